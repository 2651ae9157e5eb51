/* PDFの中のJPEG — markers of colour (JFIF, Adobe) are kept as they were: viewers of PDF decide by them. Threats D10, G. */
#include "sanitize/parts/pdf_jpeg.h"
#include "sanitize/parts/jpeg_failure.h"

static void transcode(struct jpeg_decompress_struct *from, struct jpeg_compress_struct *to)
{
	jvirt_barray_ptr *coefficients = jpeg_read_coefficients(from);

	jpeg_copy_critical_parameters(from, to);
	to->write_JFIF_header = from->saw_JFIF_marker && from->num_components != 4;
	to->write_Adobe_marker = from->saw_Adobe_marker;
	to->density_unit = 0, to->X_density = 1, to->Y_density = 1;
	to->JFIF_major_version = 1, to->JFIF_minor_version = 1;
	to->optimize_coding = TRUE; /* the pass that chooses codes also finds coefficients that no code has room for */
	jpeg_write_coefficients(to, coefficients);
	jpeg_finish_compress(to);
}

int pdf_jpeg_rewrite(struct arena *arena, struct bytes in, size_t most, struct bytes *out)
{
	struct jpeg_decompress_struct from = { 0 };
	struct jpeg_compress_struct to = { 0 };
	struct jpeg_failure failure;
	unsigned char *data = NULL;
	unsigned long n = 0;
	volatile int result = -1;

	from.err = to.err = jpeg_std_error(&failure.manager);
	failure.manager.error_exit = jpeg_failure_stop;
	failure.manager.output_message = jpeg_failure_silent;
	if (setjmp(failure.out) == 0) {
		jpeg_create_decompress(&from);
		jpeg_create_compress(&to);
		jpeg_mem_src(&from, in.p, in.n);
		jpeg_mem_dest(&to, &data, &n);
		if (jpeg_read_header(&from, TRUE) == JPEG_HEADER_OK &&
		    (uint64_t)from.image_width * from.image_height * (unsigned)from.num_components * sizeof(JCOEF) <= most) {
			transcode(&from, &to);
			result = 0;
		}
	}
	if (result == 0)
		*out = bytes_of(arena_copy(arena, data, n), n);
	jpeg_destroy_compress(&to);
	jpeg_destroy_decompress(&from);
	free(data);
	return result;
}
