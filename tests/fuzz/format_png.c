/* PNGの作り直し — any bytes as png. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_png;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_hold(data, size, "in.png", png_rebuild, &grammar_png);
	return 0;
}
