/* JPEGの作り直し — any bytes as jpeg. */
#include "rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const struct grammar grammar_jpeg;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must_hold(data, size, "in.jpg", jpeg_rebuild, &grammar_jpeg);
	return 0;
}
