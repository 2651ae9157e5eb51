/* WebP画像 — decoded by libwebp within its jail and delivered as PNG: exactly the pixels it shows. The chunks around them are read here and no
 * further than the picture needs; of an animation the first picture stays, and the report says so. Profiles, EXIF, XMP and what follows the end go (G, A2). */
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/parts/exif.h"
#include "sanitize/parts/picture.h"
#include <webp/decode.h>

enum { CHUNKS_MOST = 100000, FRAME_HEADER = 16, ALPHA_FLAG = 0x10, SCREEN_BYTES = 10 };

struct webp {
	struct job *job;
	struct bytes picture, alpha;	 /* chunks of the first picture, with their heads */
	uint32_t width, height;		 /* of the screen; 0: the picture's own */
	uint32_t left, top;
	unsigned frames, orientation;
};

static bool is_kind(struct bytes chunk, const char *name) { return memcmp(chunk.p, name, 4) == 0; }

static struct bytes body_of(struct bytes chunk) { return bytes_of(chunk.p + 8, chunk.n - 8); }

/* The next chunk, its head and filling included; n = 0 at the end. */
static struct bytes next_chunk(struct cursor *c)
{
	if (c->left < 8)
		return (struct bytes){ NULL, 0 };
	const uint8_t *from = cursor_take(c, 4);
	uint32_t n = cursor_u32le(c);
	cursor_take(c, n);
	if (n & 1 && c->left)
		cursor_take(c, 1);
	return c->failed ? (struct bytes){ NULL, 0 } : bytes_of(from, 8 + (size_t)n);
}

static void take_pictures(struct webp *w, struct cursor c)
{
	for (struct bytes chunk; (chunk = next_chunk(&c)).n;) {
		if (is_kind(chunk, "ALPH") && !w->alpha.n)
			w->alpha = chunk;
		if ((is_kind(chunk, "VP8 ") || is_kind(chunk, "VP8L")) && !w->picture.n)
			w->picture = chunk;
	}
}

static uint32_t u24(struct cursor *c)
{
	uint32_t low = cursor_u16le(c);
	return low | (uint32_t)cursor_u8(c) << 16;
}

static void take_frame(struct webp *w, struct bytes body)
{
	struct cursor c = cursor_over(body);

	if (w->frames++ > 0)
		return;
	w->left = u24(&c) * 2, w->top = u24(&c) * 2;
	cursor_take(&c, FRAME_HEADER - 6);
	if (!c.failed)
		take_pictures(w, c);
}

static void take_chunk(struct webp *w, struct bytes chunk)
{
	struct bytes body = body_of(chunk);
	struct cursor c = cursor_over(body);

	if (is_kind(chunk, "VP8X") && body.n >= SCREEN_BYTES) {
		cursor_take(&c, 4);
		w->width = u24(&c) + 1, w->height = u24(&c) + 1;
	} else if (is_kind(chunk, "ANMF")) {
		take_frame(w, body);
	} else if (is_kind(chunk, "EXIF")) {
		/* some programs write the head of JPEG before it */
		w->orientation = exif_orientation(bytes_start(body, BYTES("Exif\0\0")) ? bytes_of(body.p + 6, body.n - 6) : body);
		job_removed(w->job, "G", "EXIF", 1);
	} else if (is_kind(chunk, "ICCP")) {
		job_removed(w->job, "G", "ICCP", 1);
		job_note(w->job, "PROFILE_DROPPED");
	} else if (!is_kind(chunk, "VP8 ") && !is_kind(chunk, "VP8L") && !is_kind(chunk, "ALPH") && !is_kind(chunk, "ANIM")) {
		job_removed(w->job, "G", "", 1);
	}
}

/* A file of this one picture, for the library: nothing else of the sender's file reaches it. */
static struct bytes wrapped(struct webp *w, uint32_t width, uint32_t height)
{
	struct buf b = buf_in(job_arena(w->job), 0);

	buf_str(&b, "RIFF");
	buf_u32le(&b, 0);
	buf_str(&b, "WEBP");
	if (w->alpha.n && is_kind(w->picture, "VP8 ")) {
		buf_str(&b, "VP8X");
		buf_u32le(&b, SCREEN_BYTES);
		buf_u32le(&b, ALPHA_FLAG);
		for (int i = 0; i < 3; i++)
			buf_byte(&b, (uint8_t)((width - 1) >> (8 * i)));
		for (int i = 0; i < 3; i++)
			buf_byte(&b, (uint8_t)((height - 1) >> (8 * i)));
		buf_bytes(&b, w->alpha);
		if (w->alpha.n & 1)
			buf_byte(&b, 0);
	}
	buf_bytes(&b, w->picture);
	if (w->picture.n & 1)
		buf_byte(&b, 0);
	uint32_t size = (uint32_t)b.n - 8;
	for (int i = 0; i < 4; i++)
		b.p[4 + i] = (uint8_t)(size >> (8 * i));
	return buf_view(&b);
}

static int decode(struct webp *w, struct picture *out, struct err *err)
{
	WebPBitstreamFeatures seen;

	if (!w->picture.n || WebPGetFeatures(w->picture.p, w->picture.n, &seen) != VP8_STATUS_OK || seen.width <= 0 || seen.height <= 0)
		return refuse(err, REFUSAL_DAMAGED, "a WebP without a picture");
	uint32_t width = MAX(w->width, w->left + (uint32_t)seen.width), height = MAX(w->height, w->top + (uint32_t)seen.height);
	bool covers = width == (uint32_t)seen.width && height == (uint32_t)seen.height;
	bool alpha = w->alpha.n || seen.has_alpha || !covers;
	if (picture_start(out, w->job, width, height, 8, alpha ? PICTURE_RGBA : PICTURE_RGB, err) != 0)
		return -1;
	struct bytes file = wrapped(w, (uint32_t)seen.width, (uint32_t)seen.height);
	size_t stride = out->head.shape.row_bytes, at = w->top * stride + w->left * (alpha ? 4u : 3u);
	size_t room = stride * height - at;
	const uint8_t *got = alpha ? WebPDecodeRGBAInto(file.p, file.n, out->pixels + at, room, (int)stride)
				   : WebPDecodeRGBInto(file.p, file.n, out->pixels + at, room, (int)stride);
	if (!got)
		return refuse(err, REFUSAL_DAMAGED, "the pixels cannot be decoded");
	out->orientation = w->orientation;
	return 0;
}

int webp_rebuild(struct job *job, struct err *err)
{
	struct webp w = { .job = job, .orientation = 1 };
	struct picture picture;
	struct bytes whole;

	if (job_read_all(job, &whole, err) != 0)
		return -1;
	struct cursor c = cursor_over(whole);
	cursor_take(&c, 4);
	uint64_t size = (uint64_t)cursor_u32le(&c) + 8;
	cursor_take(&c, 4);
	if (c.failed || size < 12 || size > whole.n + 1) /* some programs count a filling that they do not write */
		return refuse(err, REFUSAL_DAMAGED, "the WebP is cut short");
	if (whole.n > size + (size & 1))
		job_removed(job, "A2", "", 1);
	c = cursor_over(bytes_of(whole.p + 12, (size_t)MIN(size, (uint64_t)whole.n) - 12));
	take_pictures(&w, c);
	for (unsigned i = 0; i < CHUNKS_MOST; i++) {
		struct bytes chunk = next_chunk(&c);
		if (!chunk.n)
			break;
		take_chunk(&w, chunk);
	}
	if (w.frames > 1)
		job_note(job, "FIRST_PICTURE");
	if (decode(&w, &picture, err) != 0)
		return -1;
	job_converted(job, "png");
	return picture_write(&picture, err);
}
