/* 第二の意見の答え — any bytes as what clamd says: a word of its is understood, or it is nothing; a name can be shown. */
#include "sanitize/clamd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clamd_answer a = { .says = CLAMD_SILENT };
	struct err err;

	if (clamd_reply_read(bytes_of(data, size), &a, &err) != 0) {
		must(a.says == CLAMD_SILENT && err.code == ERR_MALFORMED);
		return 0;
	}
	must(a.says != CLAMD_SILENT && (a.says == CLAMD_FOUND) == (a.name[0] != 0));
	for (const char *p = a.name; *p; p++)
		must(*p > ' ' && *p < 0x7f);
	return 0;
}
