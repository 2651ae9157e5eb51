/* Word文書 — any bytes as a docx. */
#include "office_rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	office_must_hold(data, size, "docx", docx_rebuild);
	return 0;
}
