/* 検証の文法 — any bytes before the grammar of ics and vcf: it may refuse, never crash. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_card;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_survive(data, size, &grammar_card);
	return 0;
}
