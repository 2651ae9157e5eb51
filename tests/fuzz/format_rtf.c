/* RTF文書 — any bytes as RTF: what is written lies within its grammar, and writing it again changes nothing. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_rtf;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_hold(data, size, "in.rtf", rtf_rebuild, &grammar_rtf);
	return 0;
}
