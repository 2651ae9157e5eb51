/* テキストの作り直し — any bytes as txt. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_text;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_hold(data, size, "in.txt", txt_rebuild, &grammar_text);
	return 0;
}
