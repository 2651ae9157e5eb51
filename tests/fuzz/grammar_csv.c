/* CSVの文法 — any bytes before the verifier. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_csv;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_survive(data, size, &grammar_csv);
	return 0;
}
