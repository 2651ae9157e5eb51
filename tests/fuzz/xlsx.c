/* Excelブック — any bytes as a xlsx. */
#include "office_rebuilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	office_must_hold(data, size, "xlsx", xlsx_rebuild);
	return 0;
}
