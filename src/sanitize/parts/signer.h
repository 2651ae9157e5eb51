/* 署名した人 — who a certificate says that it belongs to, as a report names it: "山田 太郎 ← 発行した認証局 2026-11-26 10:30 UTC". Whether the certificate can be trusted is not judged: that needs an
 * authority to ask, and the jail asks nobody. Cryptography by OpenSSL, in the jail, where signatures are. */
#ifndef SANITIZE_PARTS_SIGNER_H
#define SANITIZE_PARTS_SIGNER_H
#include "base/arena.h"
#include <openssl/x509.h>

enum { SIGNER_NAME_MOST = 60 }; /* characters */
/* Before any call of OpenSSL: in the jail there is no file to read. */
void signer_prepare(void);
/* The common name in it, or the organisation's. "" if there is none. */
const char *signer_name(struct arena *arena, X509_NAME *name);
/* The row of the report; NULL if nobody is named. time may be "". */
const char *signer_row(struct arena *arena, const char *subject, const char *issuer, const char *time);

#endif
