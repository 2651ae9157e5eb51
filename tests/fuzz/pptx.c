/* PowerPoint資料 — any bytes as a pptx. */
#include "office_rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	office_must_hold(data, size, "pptx", pptx_rebuild);
	return 0;
}
