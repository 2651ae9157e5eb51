/* 画像からPDF — contract in picture_pdf.h. */
#include "sanitize/parts/picture_pdf.h"
#include "sanitize/parts/pdf_rebuild.h"

enum { USUAL_RESOLUTION = 3937 /* a metre: 100 an inch, where a page says nothing */, PAGE_MOST = 14400 };

struct picture_pdf {
	struct job *job;
	struct arena *arena;
	struct pdf_output *catalog, *tree;
	struct pdf_value *kids;
	size_t count, room;
};

static struct pdf_value dictionary(void) { return (struct pdf_value){ .kind = PDF_DICTIONARY }; }

static struct pdf_value reference(struct pdf_output *o) { return (struct pdf_value){ .kind = PDF_OUTPUT, .output = o }; }

static struct pdf_value list(struct arena *arena, const struct pdf_value *items, uint32_t n)
{
	return (struct pdf_value){ .kind = PDF_ARRAY, .n = n, .items = arena_copy(arena, items, n * sizeof *items) };
}

static struct pdf_output *object(struct picture_pdf *pdf, const char *type)
{
	struct pdf_output *o = arena_alloc(pdf->arena, sizeof *o);

	o->value = dictionary();
	if (type)
		pdf_set_literal(pdf->arena, &o->value, "Type", pdf_of_name(type));
	return o;
}

static void set(struct picture_pdf *pdf, struct pdf_output *o, const char *key, struct pdf_value v)
{
	pdf_set_literal(pdf->arena, &o->value, key, v);
}

static void fill(struct picture_pdf *pdf, struct pdf_output *o, struct bytes data)
{
	o->is_stream = true;
	ARENA(scratch) = arena_new(0);
	o->data = arena_bytes(pdf->arena, pdf_deflate(scratch, data));
	set(pdf, o, "Filter", pdf_of_name("FlateDecode"));
	set(pdf, o, "Length", pdf_of_integer((int64_t)o->data.n));
}

struct picture_pdf *picture_pdf_new(struct job *job)
{
	struct picture_pdf *pdf = arena_alloc(job_arena(job), sizeof *pdf);

	pdf->job = job, pdf->arena = job_arena(job);
	pdf->catalog = object(pdf, "Catalog"), pdf->tree = object(pdf, "Pages");
	set(pdf, pdf->catalog, "Pages", reference(pdf->tree));
	return pdf;
}

/* On white paper: a page has no transparency. */
static struct bytes opaque(struct arena *arena, const struct png_shape *s, const uint8_t *pixels)
{
	unsigned channels = s->colour == PICTURE_RGBA ? 3 : 1, bytes = s->depth / 8u;
	size_t n = (size_t)s->width * s->height;
	uint8_t *to = arena_scratch(arena, n * channels * bytes + 1);

	must(to);
	for (size_t i = 0; i < n; i++, pixels += (channels + 1) * bytes)
		for (unsigned k = 0; k < channels * bytes; k++) {
			unsigned alpha = pixels[channels * bytes];
			to[i * channels * bytes + k] = (uint8_t)((pixels[k] * alpha + 255 * (255 - alpha) + 127) / 255);
		}
	return bytes_of(to, n * channels * bytes);
}

static struct pdf_value colours_of(struct picture_pdf *pdf, const struct png_head *head)
{
	const struct png_shape *s = &head->shape;

	if (s->colour != PICTURE_PALETTE)
		return pdf_of_name(s->colour == PICTURE_RGB || s->colour == PICTURE_RGBA ? "DeviceRGB" : "DeviceGray");
	const struct pdf_value items[] = { pdf_of_name("Indexed"), pdf_of_name("DeviceRGB"), pdf_of_integer((int64_t)head->palette.n / 3 - 1),
					   { .kind = PDF_STRING, .bytes = arena_bytes(pdf->arena, head->palette) } };
	return list(pdf->arena, items, COUNT(items));
}

static uint64_t points(uint64_t pixels, const uint8_t *resolution)
{
	uint64_t metre = resolution ? (uint64_t)resolution[0] << 24 | (uint64_t)resolution[1] << 16 | (uint64_t)resolution[2] << 8 | resolution[3] : USUAL_RESOLUTION;
	uint64_t n = (pixels * 72 * 10000 / 254 + metre / 2) / metre;

	return n < 1 ? 1 : MIN(n, (uint64_t)PAGE_MOST);
}

int picture_pdf_add(struct picture_pdf *pdf, struct picture *picture, struct err *err)
{
	struct png_shape s = picture->head.shape;
	const uint8_t *pixels = picture->pixels, *resolution = picture->head.keep[3].n ? picture->head.keep[3].p : NULL;
	bool alpha = s.colour == PICTURE_RGBA || s.colour == PICTURE_GREY_ALPHA, lying = picture->orientation >= 5;
	struct buf content = buf_in(pdf->arena, 0);

	if (picture->orientation > 1) {
		struct png_shape turned = png_turned(&s, picture->orientation);
		uint8_t *up = png_room_in(pdf->job, picture->arena, (uint64_t)turned.row_bytes * turned.height, err);
		if (!up)
			return -1;
		png_turn(&s, pixels, picture->orientation, &turned, up);
		s = turned, pixels = up;
	}
	uint64_t width = points(s.width, resolution ? resolution + (lying ? 4 : 0) : NULL), height = points(s.height, resolution ? resolution + (lying ? 0 : 4) : NULL);
	struct pdf_output *page = object(pdf, "Page"), *image = object(pdf, "XObject"), *words = object(pdf, NULL);
	set(pdf, image, "Subtype", pdf_of_name("Image"));
	set(pdf, image, "Width", pdf_of_integer(s.width));
	set(pdf, image, "Height", pdf_of_integer(s.height));
	set(pdf, image, "BitsPerComponent", pdf_of_integer(s.depth));
	set(pdf, image, "ColorSpace", colours_of(pdf, &picture->head));
	fill(pdf, image, alpha ? opaque(picture->arena, &s, pixels) : bytes_of(pixels, s.row_bytes * s.height));
	buf_printf(&content, "q\n%llu 0 0 %llu 0 0 cm\n/Picture Do\nQ\n", (unsigned long long)width, (unsigned long long)height);
	fill(pdf, words, buf_view(&content));
	struct pdf_value pictures = dictionary(), resources = dictionary();
	pdf_set_literal(pdf->arena, &pictures, "Picture", reference(image));
	pdf_set_literal(pdf->arena, &resources, "XObject", pictures);
	const struct pdf_value box[] = { pdf_of_integer(0), pdf_of_integer(0), pdf_of_integer((int64_t)width), pdf_of_integer((int64_t)height) };
	set(pdf, page, "MediaBox", list(pdf->arena, box, COUNT(box)));
	set(pdf, page, "Contents", reference(words));
	set(pdf, page, "Resources", resources);
	set(pdf, page, "Parent", reference(pdf->tree));
	if (pdf->count == pdf->room) {
		size_t room = MAX(pdf->room * 2, (size_t)16);
		struct pdf_value *more = arena_new_array(pdf->arena, struct pdf_value, room);
		if (pdf->count)
			memcpy(more, pdf->kids, pdf->count * sizeof *more);
		pdf->kids = more, pdf->room = room;
	}
	pdf->kids[pdf->count++] = reference(page);
	return 0;
}

int picture_pdf_write(struct picture_pdf *pdf, struct err *err)
{
	set(pdf, pdf->tree, "Kids", list(pdf->arena, pdf->kids, (uint32_t)pdf->count));
	set(pdf, pdf->tree, "Count", pdf_of_integer((int64_t)pdf->count));
	return pdf_write(pdf->job, pdf->arena, pdf->catalog, NULL, err);
}
