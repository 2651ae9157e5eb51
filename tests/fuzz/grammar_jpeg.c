/* JPEGの文法 — any bytes before the verifier. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_jpeg;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_survive(data, size, &grammar_jpeg);
	return 0;
}
