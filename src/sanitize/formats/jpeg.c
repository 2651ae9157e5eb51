/* JPEG画像 — decoded to its coefficients and written as a fresh stream of the same coefficients: no pixel changes, a second pass gives the same bytes.
 *
 * One layout only: baseline (or extended, where a quantisation step needs 16 bits), one scan, the standard Huffman tables; so the verifier can read every bit.
 * Kept: JFIF's resolution, Adobe's colour transform where colours need it, and which way up the picture is, each in a fixed form. Everything else
 * is dropped (G): EXIF, XMP, profiles, thumbnails, comments, further pictures, whatever follows the end (A2). */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/parts/exif.h"
#include "sanitize/parts/jpeg_prepare.h"
#include <setjmp.h>
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>

enum { DENSITY_UNITS_MOST = 2, MARKER_EXIF = JPEG_APP0 + 1, MARKER_ICC = JPEG_APP0 + 2, SCAN_BLOCKS_MOST = 10, OUTPUT_ROOM = 4 * 1024, EXIF_BYTES = 32, ORIENTATION_AT = 25 };

struct jpeg {
	struct job *job;
	struct jpeg_error_mgr errors;
	jmp_buf trap;
	char say[JMSG_LENGTH_MAX];
	int code;
	bool damaged;
	struct err err; /* of a write that failed */
	unsigned orientation;
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	struct jpeg_source_mgr source;
	struct jpeg_destination_mgr destination;
	uint8_t room[OUTPUT_ROOM];
};

/* -- the library's way to fail -- */
static void give_up(j_common_ptr c)
{
	struct jpeg *j = c->client_data;

	j->errors.format_message(c, j->say);
	j->code = j->errors.msg_code;
	longjmp(j->trap, 1);
}

/* A warning means that the library guesses: what it guesses is not what was sent. A few are about nothing but marks. */
static void warned(j_common_ptr c, int level)
{
	struct jpeg *j = c->client_data;

	if (level >= 0)
		return;
	switch (j->errors.msg_code) {
	case JWRN_EXTRANEOUS_DATA:
	case JWRN_ADOBE_XFORM:
	case JWRN_JFIF_MAJOR:
	case JWRN_BOGUS_PROGRESSION:
		return;
	default:
		j->errors.format_message(c, j->say);
		j->damaged = true;
	}
}

static void silent(j_common_ptr c) { (void)c; }

/* -- input: the whole lies in memory -- */
static void source_nothing(j_decompress_ptr c) { (void)c; }
static boolean source_more(j_decompress_ptr c)
{
	static const JOCTET end[] = { 0xff, JPEG_EOI };

	((struct jpeg *)c->client_data)->damaged = true;
	c->src->next_input_byte = end;
	c->src->bytes_in_buffer = sizeof end;
	return TRUE;
}
static void source_skip(j_decompress_ptr c, long n)
{
	if (n <= 0)
		return;
	size_t take = MIN((size_t)n, c->src->bytes_in_buffer);
	((struct jpeg *)c->client_data)->damaged |= take < (size_t)n;
	c->src->next_input_byte += take;
	c->src->bytes_in_buffer -= take;
}

/* -- output -- */
static void sink_start(j_compress_ptr c)
{
	struct jpeg *j = c->client_data;

	j->destination.next_output_byte = j->room;
	j->destination.free_in_buffer = sizeof j->room;
}
static void sink_write(struct jpeg *j, size_t n)
{
	if (job_write(j->job, bytes_of(j->room, n), &j->err) != 0)
		longjmp(j->trap, 2);
}
static boolean sink_full(j_compress_ptr c)
{
	struct jpeg *j = c->client_data;

	sink_write(j, sizeof j->room);
	sink_start(c);
	return TRUE;
}
static void sink_end(j_compress_ptr c)
{
	struct jpeg *j = c->client_data;

	sink_write(j, sizeof j->room - j->destination.free_in_buffer);
}

/* EXIF with one entry: which way up. The verifier knows these bytes by heart. */
static void fill_exif(uint8_t out[EXIF_BYTES], unsigned orientation)
{
	static const char fixed[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";

	_Static_assert(sizeof fixed - 1 == EXIF_BYTES, "header, one entry, no next directory");
	memcpy(out, fixed, EXIF_BYTES);
	out[ORIENTATION_AT] = (uint8_t)orientation;
}

/* -- what is dropped, told by its name -- */
static void note_marker(struct jpeg *j, uint8_t kind, struct bytes b)
{
	char name[8];

	if (kind == JPEG_COM) {
		job_removed(j->job, "G", "COM", 1);
		return;
	}
	if (kind == JPEG_APP0 && bytes_start(b, BYTES("JFIF\0")))
		return; /* its resolution is kept, a thumbnail is not */
	if (kind == JPEG_APP0 + 14 && bytes_start(b, BYTES("Adobe")))
		return;
	if (kind == MARKER_EXIF && bytes_start(b, BYTES("Exif\0\0"))) {
		uint8_t ours[EXIF_BYTES];
		j->orientation = exif_orientation(bytes_of(b.p + 6, b.n - 6));
		fill_exif(ours, j->orientation);
		if (!bytes_equal(b, bytes_of(ours, sizeof ours)))
			job_removed(j->job, "G", "EXIF", 1);
		return;
	}
	if (kind == MARKER_ICC && bytes_start(b, BYTES("ICC_PROFILE\0")))
		job_note(j->job, "PROFILE_DROPPED");
	snprintf(name, sizeof name, "APP%d", kind - JPEG_APP0);
	job_removed(j->job, "G", name, 1);
}

/* Markers before the first scan, read by ourselves: the library is told to keep none. */
static void note_markers(struct jpeg *j, struct bytes whole)
{
	struct cursor c = cursor_over(whole);

	cursor_take(&c, 2);
	for (;;) {
		uint8_t mark = cursor_u8(&c), kind;
		do
			kind = cursor_u8(&c);
		while (kind == 0xff && !c.failed);
		uint16_t length = cursor_u16be(&c);
		if (c.failed || mark != 0xff || kind == 0xda || length < 2)
			return;
		struct bytes body = cursor_bytes(&c, length - 2u);
		if (!c.failed && ((kind >= JPEG_APP0 && kind <= JPEG_APP0 + 15) || kind == JPEG_COM))
			note_marker(j, kind, body);
	}
}

static int take_input(struct jpeg *j, struct bytes whole)
{
	struct jpeg_decompress_struct *in = &j->in;

	j->source = (struct jpeg_source_mgr){ .next_input_byte = whole.p, .bytes_in_buffer = whole.n, .init_source = source_nothing,
					      .fill_input_buffer = source_more, .skip_input_data = source_skip, .resync_to_restart = jpeg_resync_to_restart,
					      .term_source = source_nothing };
	in->src = &j->source;
	jpeg_read_header(in, TRUE);
	if ((uint64_t)in->image_width * in->image_height > job_limit(j->job, LIMIT_PIXELS))
		return refuse(&j->err, REFUSAL_TOO_LARGE, "%u by %u pixels", in->image_width, in->image_height);
	return 0;
}

static void write_orientation(struct jpeg *j)
{
	uint8_t exif[EXIF_BYTES];

	fill_exif(exif, j->orientation);
	jpeg_write_marker(&j->out, MARKER_EXIF, exif, sizeof exif);
}

static void choose_scans(struct jpeg *j, jpeg_scan_info scans[MAX_COMPONENTS])
{
	struct jpeg_compress_struct *out = &j->out;
	int blocks = 0;

	for (int i = 0; i < out->num_components; i++)
		blocks += out->comp_info[i].h_samp_factor * out->comp_info[i].v_samp_factor;
	if (out->num_components <= MAX_COMPS_IN_SCAN && blocks <= SCAN_BLOCKS_MOST)
		return; /* one scan for all */
	for (int i = 0; i < out->num_components; i++)
		scans[i] = (jpeg_scan_info){ .comps_in_scan = 1, .component_index = { i }, .Ss = 0, .Se = DCTSIZE2 - 1 };
	out->scan_info = scans;
	out->num_scans = out->num_components;
}

/* Dividing by it is what a decoder must not do; no encoder writes it. */
static bool has_step_of_zero(const struct jpeg_compress_struct *out)
{
	for (int t = 0; t < NUM_QUANT_TBLS; t++)
		for (int i = 0; out->quant_tbl_ptrs[t] && i < DCTSIZE2; i++)
			if (out->quant_tbl_ptrs[t]->quantval[i] == 0)
				return true;
	return false;
}

/* Beyond what eight bits of a sample can give: a code has no room for it, and the quick encoder does not ask. DC is held so close that no difference of two is too large. */
static bool is_out_of_range(const JCOEF *block)
{
	enum { DC_LEAST = -1024, MOST = 1023 };
	JCOEF least = 0, most = 0;

	for (int i = 1; i < DCTSIZE2; i++)
		least = MIN(least, block[i]), most = MAX(most, block[i]);
	return least < -MOST || most > MOST || block[0] < DC_LEAST || block[0] > MOST;
}

static bool has_out_of_range(struct jpeg *j, jvirt_barray_ptr *coefficients)
{
	bool out = false;

	for (int c = 0; c < j->in.num_components; c++) {
		const jpeg_component_info *component = &j->in.comp_info[c];
		for (JDIMENSION row = 0; row < component->height_in_blocks; row++) {
			JBLOCKARRAY blocks = j->in.mem->access_virt_barray((j_common_ptr)&j->in, coefficients[c], row, 1, FALSE);
			for (JDIMENSION i = 0; i < component->width_in_blocks; i++)
				out |= is_out_of_range(blocks[0][i]);
		}
	}
	return out;
}

static void transcode(struct jpeg *j, jpeg_scan_info scans[MAX_COMPONENTS])
{
	struct jpeg_compress_struct *out = &j->out;
	jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&j->in);

	out->dest = &j->destination;
	j->destination = (struct jpeg_destination_mgr){ .init_destination = sink_start, .empty_output_buffer = sink_full, .term_destination = sink_end };
	jpeg_copy_critical_parameters(&j->in, out);
	if (out->density_unit > DENSITY_UNITS_MOST) /* of no known unit: only the shape of a pixel is left to say */
		out->density_unit = 0, out->X_density = out->Y_density = 1;
	bool zero = has_step_of_zero(out);
	if (zero || has_out_of_range(j, coefficients)) {
		j->damaged = true;
		snprintf(j->say, sizeof j->say, zero ? "a quantisation step of 0" : "a coefficient out of range");
		return;
	}
	out->write_Adobe_marker = j->in.saw_Adobe_marker && (out->write_Adobe_marker || out->num_components == 4);
	choose_scans(j, scans);
	jpeg_write_coefficients(out, coefficients);
	if (j->orientation > 1)
		write_orientation(j);
	jpeg_finish_compress(out);
	jpeg_finish_decompress(&j->in);
}

static int refusal_of(const struct jpeg *j, struct err *err)
{
	switch (j->code) {
	case JERR_OUT_OF_MEMORY:
		return refuse(err, REFUSAL_MEMORY, "%s", j->say);
	case JERR_SOF_UNSUPPORTED:
	case JERR_BAD_PRECISION:
	case JERR_NOT_COMPILED:
	case JERR_ARITH_NOTIMPL:
	case JERR_COMPONENT_COUNT:
		return refuse(err, REFUSAL_FEATURE, "%s", j->say);
	default:
		return refuse(err, REFUSAL_DAMAGED, "%s", j->say);
	}
}

static int rebuild(struct jpeg *j, struct bytes whole, jpeg_scan_info scans[MAX_COMPONENTS], struct err *err)
{
	int trapped = setjmp(j->trap);

	if (trapped == 1)
		return refusal_of(j, err);
	if (trapped == 2 || take_input(j, whole) != 0) {
		*err = j->err;
		return -1;
	}
	note_markers(j, whole);
	transcode(j, scans);
	if (j->damaged)
		return refuse(err, REFUSAL_DAMAGED, "%s", j->say[0] ? j->say : "cut short");
	if (j->source.bytes_in_buffer)
		job_removed(j->job, "A2", "", 1);
	return 0;
}

/* The smallest picture, written once. */
void jpeg_prepare(void)
{
	struct jpeg_error_mgr errors;
	struct jpeg_compress_struct out = { .err = jpeg_std_error(&errors) };
	unsigned char *content = NULL, dot = 0;
	unsigned long n = 0;
	JSAMPROW row = &dot;

	jpeg_create_compress(&out);
	jpeg_mem_dest(&out, &content, &n);
	out.image_width = out.image_height = 1, out.input_components = 1, out.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&out);
	jpeg_start_compress(&out, TRUE);
	jpeg_write_scanlines(&out, &row, 1);
	jpeg_finish_compress(&out);
	jpeg_destroy_compress(&out);
	free(content);
}

int jpeg_rebuild(struct job *job, struct err *err)
{
	struct jpeg *j = arena_alloc(job_arena(job), sizeof *j);
	jpeg_scan_info *scans = arena_new_array(job_arena(job), jpeg_scan_info, MAX_COMPONENTS);
	struct bytes whole;

	j->job = job;
	j->orientation = 1;
	if (job_read_all(job, &whole, err) != 0)
		return -1;
	j->in.err = j->out.err = jpeg_std_error(&j->errors);
	j->errors.error_exit = give_up;
	j->errors.emit_message = warned;
	j->errors.output_message = silent;
	j->in.client_data = j->out.client_data = j; /* kept while the objects are made */
	if (setjmp(j->trap))
		return refuse(err, REFUSAL_MEMORY, "%s", j->say);
	jpeg_create_decompress(&j->in);
	jpeg_create_compress(&j->out);
	int got = rebuild(j, whole, scans, err);
	jpeg_destroy_compress(&j->out);
	jpeg_destroy_decompress(&j->in);
	return got;
}
