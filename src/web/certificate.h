/* 証明書 — the certificate and key of this process, read from files and exchanged while connections go on. GnuTLS asks for them at every
 * handshake and knows no owner, so a process has one pair. What is being served is never replaced by a pair that is not sound. */
#ifndef WEB_CERTIFICATE_H
#define WEB_CERTIFICATE_H
#include "base/err.h"
#include "base/hash.h"
#include <gnutls/abstract.h>

enum { CERTIFICATE_BYTES_MOST = 256 * 1024, CERTIFICATE_CHAIN_MOST = 8 };

/* Reads both and puts them in force. Refused, the pair before staying: a file that cannot be read; a key that others, or a group that is not
 * ours, may read, or that anybody but its owner may write (ERR_DENIED); what is no certificate or key in PEM; a key of another certificate
 * (ERR_MISMATCH). *ends: when the certificate ends, seconds since 1970. The paths are kept. Not from two threads at once. */
int certificate_load(const char *certificate, const char *key, int64_t *ends, struct err *err) CHECK_RESULT;
/* Have the files changed since certificate_load last looked at them, whether it liked them or not? */
bool certificate_is_changed(void);
/* SHA-256 of the certificate in force, as browsers show it; false without one. By the thread that loads. */
bool certificate_print(uint8_t out[SHA256_BYTES]);
/* Is this host name (a port behind it is ignored) one of the certificate's? */
bool certificate_names(const char *host);

/* For GnuTLS: a copy of the pair in force, which it frees. */
gnutls_certificate_retrieve_function3 certificate_give;

#endif
