/* CSVの作り直し — any bytes as csv. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_csv;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_hold(data, size, "in.csv", csv_rebuild, &grammar_csv);
	return 0;
}
