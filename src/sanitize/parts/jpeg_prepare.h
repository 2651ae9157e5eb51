/* JPEGの用意 — before the walls: what the library asks the processor for is asked once. For worker.c. */
#ifndef SANITIZE_PARTS_JPEG_PREPARE_H
#define SANITIZE_PARTS_JPEG_PREPARE_H

void jpeg_prepare(void);

#endif
