/* JPEGの読み損ない — the way out of libjpeg where it would end the process: back to the setjmp on `out`, with no word to anybody. For JPEG inside other
 * formats; formats/jpeg.c tells faults apart by itself. */
#ifndef SANITIZE_PARTS_JPEG_FAILURE_H
#define SANITIZE_PARTS_JPEG_FAILURE_H
#include <setjmp.h>
#include <stdio.h>
#include <jpeglib.h>

struct jpeg_failure {
	struct jpeg_error_mgr manager;
	jmp_buf out;
};

_Noreturn static inline void jpeg_failure_stop(j_common_ptr c)
{
	longjmp(((struct jpeg_failure *)c->err)->out, 1);
}

static inline void jpeg_failure_silent(j_common_ptr c __attribute__((unused)))
{
}

#endif
