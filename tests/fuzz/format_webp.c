/* WebPの作り直し — any bytes as webp: what is delivered is a PNG that stays as it is. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_png;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_become(data, size, "in.webp", webp_rebuild, png_rebuild, &grammar_png);
	return 0;
}
