/* オフィス文書の書出し — content types, relationships and parts in one order that follows from the relationships. */
#include "sanitize/parts/office_parts.h"
#include "base/buf.h"
#include "base/text.h"

#define PACKAGE_TYPES "http://schemas.openxmlformats.org/package/2006/content-types"
#define PACKAGE_RELATIONS "http://schemas.openxmlformats.org/package/2006/relationships"
#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

/* A grey square with a cross, 32 × 32. */
static const uint8_t placeholder_png[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x20,
	0x00, 0x00, 0x00, 0x20, 0x08, 0x00, 0x00, 0x00, 0x00, 0x56, 0x11, 0x25, 0x28, 0x00, 0x00, 0x00, 0x84, 0x49, 0x44, 0x41,
	0x54, 0x78, 0xda, 0x95, 0xd3, 0xc9, 0x11, 0xc0, 0x20, 0x08, 0x40, 0x51, 0x4b, 0xa7, 0x14, 0x4a, 0xa2, 0xa4, 0xc4, 0x1d,
	0x8c, 0xfa, 0x27, 0x9e, 0x14, 0xde, 0x8c, 0x1b, 0x24, 0x95, 0xeb, 0xd0, 0x24, 0x6a, 0x97, 0xa1, 0x92, 0xc4, 0x2e, 0x42,
	0x2d, 0x83, 0xb3, 0x78, 0x13, 0x05, 0x9c, 0x44, 0x0e, 0x57, 0xb0, 0x17, 0x25, 0xd8, 0xc0, 0x4e, 0xd4, 0x50, 0x07, 0x5f,
	0xd1, 0x02, 0x03, 0xac, 0xa2, 0x2f, 0x27, 0x88, 0x62, 0x2c, 0x1c, 0xf0, 0x62, 0x4e, 0x3d, 0x98, 0x61, 0x47, 0x03, 0xe8,
	0x09, 0xbf, 0x59, 0x04, 0x35, 0x15, 0x0e, 0xb3, 0x80, 0x9c, 0x8c, 0xd7, 0x59, 0x81, 0xe9, 0x72, 0xdd, 0xdf, 0x80, 0xb6,
	0xa0, 0x43, 0xd2, 0x35, 0xe9, 0xa1, 0xe8, 0xa9, 0xe9, 0xb3, 0xe8, 0xbb, 0xa9, 0x60, 0xa8, 0xe4, 0xa8, 0x68, 0xa9, 0xec,
	0xa9, 0x71, 0xa8, 0xf5, 0xa8, 0x79, 0xa9, 0xfd, 0x1f, 0x4a, 0xb2, 0x0e, 0xae, 0x92, 0xa7, 0x8a, 0x77, 0x00, 0x00, 0x00,
	0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};
const struct bytes office_placeholder = { placeholder_png, sizeof placeholder_png };

static void put_escaped(struct buf *b, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '&': buf_str(b, "&amp;"); break;
		case '<': buf_str(b, "&lt;"); break;
		case '>': buf_str(b, "&gt;"); break;
		case '"': buf_str(b, "&quot;"); break;
		default: buf_byte(b, (uint8_t)*s);
		}
}

/* Space for packing: what was unpacked last is no longer needed. */
static uint8_t *space_for(struct package *p, size_t n)
{
	return zip_space_room(&p->zip, &p->plain, zip_write_room(n));
}

static int put_member(struct package *p, struct zip_writer *w, struct text name, struct bytes content, struct err *err)
{
	uint8_t *space = space_for(p, content.n);

	if (!space)
		return refuse(err, REFUSAL_MEMORY, "no memory to pack %s", name.p);
	return zip_write_member(w, name, ZIP_DEFLATED, content, space, err);
}

static int put_types(struct package *p, struct zip_writer *w, struct err *err)
{
	static const struct {
		const char *extension, *type;
	} usual[] = {
		{ "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ "jpeg", "image/jpeg" },
		{ "png", "image/png" },
		{ "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
		{ "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing" },
		{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	};
	struct buf b = buf_in(p->arena, 0);

	buf_str(&b, DECLARATION "<Types xmlns=\"" PACKAGE_TYPES "\">");
	buf_str(&b, "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>");
	for (size_t i = 0; i < COUNT(usual); i++)
		for (size_t k = 0; k < p->order_count; k++)
			if (strcmp(p->order[k]->extension, usual[i].extension) == 0) {
				buf_printf(&b, "<Default Extension=\"%s\" ContentType=\"%s\"/>", usual[i].extension, usual[i].type);
				break;
			}
	for (size_t i = 0; i < p->order_count; i++)
		if (strcmp(p->order[i]->extension, "xml") == 0)
			buf_printf(&b, "<Override PartName=\"/%s\" ContentType=\"%s\"/>", p->order[i]->out_name.p,
				   part_kinds[p->order[i]->id].content_type);
	buf_str(&b, "</Types>");
	return put_member(p, w, TEXT("[Content_Types].xml"), buf_view(&b), err);
}

/* From the folder of `source` to `target`, both plain names. */
static const char *relative(struct arena *arena, const char *source, const char *target)
{
	const char *slash = strrchr(source, '/');
	size_t folder = slash ? (size_t)(slash - source) + 1 : 0, same = 0;

	for (size_t i = 0; i < folder && source[i] == target[i]; i++)
		if (source[i] == '/')
			same = i + 1;
	const char *up = "";
	for (size_t i = same; i < folder; i++)
		if (source[i] == '/')
			up = arena_printf(arena, "../%s", up);
	return arena_printf(arena, "%s%s", up, target + same);
}

static int put_relations(struct package *p, struct zip_writer *w, const struct part *part, struct err *err)
{
	struct buf b = buf_in(p->arena, 0);
	const char *source = part->out_name.p ? part->out_name.p : "";
	const char *slash = strrchr(source, '/');

	if (part->relation_count == 0)
		return 0;
	buf_str(&b, DECLARATION "<Relationships xmlns=\"" PACKAGE_RELATIONS "\">");
	for (size_t i = 0; i < part->relation_count; i++) {
		const struct relation *r = &part->relations[i];
		buf_printf(&b, "<Relationship Id=\"%s\" Type=\"%s\" Target=\"", r->id, r->type);
		put_escaped(&b, r->link ? r->link : relative(p->arena, source, r->target->out_name.p));
		buf_str(&b, r->link && r->link[0] != '#' ? "\" TargetMode=\"External\"/>" : "\"/>");
	}
	buf_str(&b, "</Relationships>");
	const char *name = slash ? arena_printf(p->arena, "%.*s/_rels/%s.rels", (int)(slash - source), source, slash + 1)
				 : arena_printf(p->arena, "_rels/%s.rels", source);
	return put_member(p, w, (struct text){ name, strlen(name) }, buf_view(&b), err);
}

static int put_rebuilt(struct package *p, struct zip_writer *w, const struct part *part, struct err *err)
{
	const struct job_member *r = job_member_result(p->job, part->number);
	uint8_t piece[64 * 1024];

	if (zip_write_begin(w, part->out_name, ZIP_STORED, err) < 0)
		return -1;
	for (uint64_t at = 0; at < r->size;) {
		size_t n = (size_t)MIN((uint64_t)sizeof piece, r->size - at);
		if (job_member_read(p->job, part->number, piece, n, at, err) < 0 || zip_write_add(w, bytes_of(piece, n), err) < 0)
			return -1;
		at += n;
	}
	return zip_write_end(w, err);
}

static int put_xml(struct package *p, struct zip_writer *w, struct part *part, struct err *err)
{
	const struct part_kind *kind = &part_kinds[part->id];
	struct bytes in, out;

	if (office_content(p, part->member, &in, err) < 0)
		return -1;
	p->filter->relations = part;
	if (xml_filter_run(p->filter, part->name, in, kind->ns, kind->root, &out, err) < 0) {
		/* VML comes out of programs that write it as HTML; without it only the places of comment boxes are lost. */
		if (part->id != PART_vml_drawing || err->code != ERR_REFUSED || err->at != REFUSAL_DAMAGED)
			return -1;
		job_removed(p->job, "B18", part->name, 1);
		out = BYTES(DECLARATION "<xml/>");
	}
	return put_member(p, w, part->out_name, out, err);
}

int office_write(struct package *p, struct err *err)
{
	struct zip_writer w;

	zip_write_start(&w, p->job);
	if (put_types(p, &w, err) < 0 || put_relations(p, &w, &p->root, err) < 0)
		return -1;
	for (size_t i = 0; i < p->order_count; i++) {
		struct part *part = p->order[i];
		int r;
		if (part->id == PART_pivot_records)
			job_note(p->job, "PIVOT_DATA");
		if (part == p->placeholder)
			r = zip_write_member(&w, part->out_name, ZIP_STORED, office_placeholder, NULL, err);
		else if (part->handed_out)
			r = put_rebuilt(p, &w, part, err);
		else
			r = put_xml(p, &w, part, err);
		if (r < 0 || put_relations(p, &w, part, err) < 0)
			return -1;
	}
	return zip_write_finish(&w, err);
}
