/* TIFFの中のJPEG — contract in tiff_jpeg.h. */
#include "sanitize/parts/tiff_jpeg.h"
#include "sanitize/format.h"
#include "sanitize/parts/jpeg_failure.h"

/* A warning means that the library guesses; what is guessed was not sent. */
static void warned(j_common_ptr c, int level)
{
	if (level < 0)
		jpeg_failure_stop(c);
}

static bool decode(struct jpeg_decompress_struct *c, struct bytes tables, struct bytes in, uint32_t width, uint32_t rows, unsigned samples, bool ycbcr, uint8_t *to)
{
	if (tables.n > 4) {
		jpeg_mem_src(c, tables.p, tables.n);
		if (jpeg_read_header(c, FALSE) != JPEG_HEADER_TABLES_ONLY)
			return false;
	}
	jpeg_mem_src(c, in.p, in.n);
	if (jpeg_read_header(c, TRUE) != JPEG_HEADER_OK || c->image_width != width || c->image_height < rows || c->image_height - rows > 4096 || (unsigned)c->num_components != samples)
		return false;
	c->jpeg_color_space = samples == 3 ? (ycbcr ? JCS_YCbCr : JCS_RGB) : samples == 4 ? JCS_CMYK : samples == 1 ? JCS_GRAYSCALE : JCS_UNKNOWN;
	c->out_color_space = samples == 3 ? JCS_RGB : c->jpeg_color_space;
	c->dct_method = JDCT_ISLOW;
	jpeg_start_decompress(c);
	while (c->output_scanline < rows) {
		JSAMPROW row = to + (size_t)c->output_scanline * width * samples;
		if (jpeg_read_scanlines(c, &row, 1) != 1)
			return false;
	}
	return true;
}

int tiff_jpeg(struct arena *arena, struct bytes tables, struct bytes in, uint32_t width, uint32_t rows, unsigned samples, bool ycbcr, struct bytes *out, struct err *err)
{
	struct jpeg_decompress_struct c = { 0 };
	struct jpeg_failure failure;
	uint8_t *to = arena_scratch(arena, (size_t)width * rows * samples + 1);
	volatile bool good = false;

	if (!to || in.n == 0)
		return refuse(err, to ? REFUSAL_DAMAGED : REFUSAL_MEMORY, "a JPEG strip");
	c.err = jpeg_std_error(&failure.manager);
	failure.manager.error_exit = jpeg_failure_stop;
	failure.manager.output_message = jpeg_failure_silent;
	failure.manager.emit_message = warned;
	if (setjmp(failure.out) == 0) {
		jpeg_create_decompress(&c);
		good = decode(&c, tables, in, width, rows, samples, ycbcr, to);
	}
	jpeg_destroy_decompress(&c);
	if (!good)
		return refuse(err, REFUSAL_DAMAGED, "a JPEG strip cannot be decoded");
	*out = bytes_of(to, (size_t)width * rows * samples);
	return 0;
}
