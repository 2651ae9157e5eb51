/* 署名した人 — contract in signer.h. */
#include "sanitize/parts/signer.h"
#include "base/text.h"
#include <openssl/crypto.h>

void signer_prepare(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}

const char *signer_name(struct arena *arena, X509_NAME *name)
{
	static const int kinds[] = { NID_commonName, NID_organizationalUnitName, NID_organizationName };

	for (size_t i = 0; name && i < COUNT(kinds); i++) {
		int at = X509_NAME_get_index_by_NID(name, kinds[i], -1);
		unsigned char *utf8 = NULL;
		int n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
		if (n <= 0)
			continue;
		const char *said = text_printable(arena, bytes_of(utf8, (size_t)n), SIGNER_NAME_MOST);
		OPENSSL_free(utf8);
		return said;
	}
	return "";
}

const char *signer_row(struct arena *arena, const char *subject, const char *issuer, const char *time)
{
	return *subject ? arena_printf(arena, "%s%s%s%s%s", subject, *issuer ? " ← " : "", issuer, *time ? " " : "", time) : NULL;
}
