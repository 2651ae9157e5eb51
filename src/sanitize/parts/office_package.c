/* オフィス文書の箱 — contract in office_package.h: which parts there are and which are kept. */
#include "sanitize/parts/office_parts.h"
#include "base/sort.h"
#include "base/text.h"
#include "sanitize/parts/link.h"
#include "sanitize/rules.h"

enum { IMAGE_BYTES_MOST = 128 << 20 };

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define STRICT "http://purl.oclc.org/ooxml/officeDocument/relationships/"
#define OFFICE_SMALL "http://schemas.openxmlformats.org/officedocument/2006/relationships/"
#define WML "application/vnd.openxmlformats-officedocument.wordprocessingml."
#define PML "application/vnd.openxmlformats-officedocument.presentationml."
#define SML "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define DML "application/vnd.openxmlformats-officedocument.drawingml."
#define DML_OFFICE "application/vnd.openxmlformats-officedocument."
#define DML_DRAWING "application/vnd.openxmlformats-officedocument."
enum { HOME_WORD = OFFICE_WORD, HOME_SHEET = OFFICE_SHEET, HOME_SLIDES = OFFICE_SLIDES, HOME_PAPER = OFFICE_WORD | OFFICE_SHEET,
       HOME_ALL = OFFICE_WORD | OFFICE_SHEET | OFFICE_SLIDES };
enum { ROOT = PARENT_ROOT, MAIN = PARENT_MAIN, STORY = PARENT_STORY, GRID = PARENT_GRID, DRAWING = PARENT_DRAWING, CHART = PARENT_CHART,
       PICTURES = PARENT_PICTURES, PIVOT = PARENT_PIVOT, PIVOT_CACHE = PARENT_PIVOT_CACHE, SLIDE = PARENT_SLIDE, MASTER = PARENT_MASTER,
       VIEW = PARENT_VIEW };

const struct part_kind part_kinds[PART_COUNT] = {
#define PART(kind, home, parents, relationship, content_type, place, extension, ns, root) \
	[PART_##kind] = { #kind, HOME_##home, parents, relationship, content_type, place, extension, NS_##ns, root },
#include "sanitize/parts/parts.def"
#undef PART
};

/* What each kind may be the parent of. */
static unsigned parent_of(const struct package *p, const struct part *part)
{
	if (part == &p->root)
		return PARENT_ROOT;
	switch (part->id) {
	case PART_document: case PART_glossary: return PARENT_MAIN | PARENT_STORY;
	case PART_workbook: case PART_presentation: return PARENT_MAIN;
	case PART_header: case PART_footer: case PART_footnotes: case PART_endnotes: case PART_comments: return PARENT_STORY;
	case PART_worksheet: case PART_chartsheet: return PARENT_GRID;
	case PART_drawing: return PARENT_DRAWING;
	case PART_slide: case PART_slide_layout: case PART_notes_slide: return PARENT_SLIDE;
	case PART_slide_master: case PART_notes_master: case PART_handout_master: return PARENT_SLIDE | PARENT_MASTER;
	case PART_view_properties: return PARENT_VIEW;
	case PART_chart: return PARENT_CHART;
	case PART_chart_shapes: case PART_diagram_data: case PART_diagram_drawing: case PART_diagram_layout: case PART_numbering: case PART_theme:
	case PART_theme_override: case PART_vml_drawing: case PART_table_styles: return PARENT_PICTURES;
	case PART_pivot_table: return PARENT_PIVOT;
	case PART_pivot_cache: return PARENT_PIVOT_CACHE;
	default: return 0;
	}
}

/* Other content types of a main part, which become the plain kind: macros, templates, shows. */
static const struct {
	enum part_id id;
	const char *type;
	bool macros;
} other_mains[] = {
	{ PART_document, "application/vnd.ms-word.document.macroEnabled.main+xml", true },
	{ PART_document, "application/vnd.ms-word.template.macroEnabledTemplate.main+xml", true },
	{ PART_document, WML "template.main+xml", false },
	{ PART_workbook, "application/vnd.ms-excel.sheet.macroEnabled.main+xml", true },
	{ PART_workbook, "application/vnd.ms-excel.template.macroEnabled.main+xml", true },
	{ PART_workbook, SML "template.main+xml", false },
	{ PART_presentation, "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml", true },
	{ PART_presentation, "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml", true },
	{ PART_presentation, "application/vnd.ms-powerpoint.template.macroEnabled.main+xml", true },
	{ PART_presentation, PML "slideshow.main+xml", false },
	{ PART_presentation, PML "template.main+xml", false },
};

static bool is_relationship(const char *type, const char *wanted)
{
	size_t n = sizeof OFFICE - 1;

	if (strcmp(type, wanted) == 0)
		return true;
	if (strncmp(wanted, OFFICE, n) == 0)
		return (strncmp(type, STRICT, sizeof STRICT - 1) == 0 && strcasecmp(type + sizeof STRICT - 1, wanted + n) == 0) ||
		       (strcmp(wanted + n, "extended-properties") == 0 && strcmp(type, STRICT "extendedProperties") == 0) ||
		       (strcmp(wanted + n, "custom-properties") == 0 && strcmp(type, STRICT "customProperties") == 0);
	return strcmp(type, OFFICE_SMALL "metadata/core-properties") == 0 && strstr(wanted, "metadata/core-properties");
}

static const struct part_kind *kind_of(const struct package *p, unsigned parent, const char *type, const char *content_type)
{
	for (unsigned i = 0; i < PART_COUNT; i++) {
		const struct part_kind *k = &part_kinds[i];
		if (!(k->home & p->home) || !(k->parents & parent) || !is_relationship(type, k->relationship))
			continue;
		if (k->content_type[0] == 0 || strcasecmp(k->content_type, content_type) == 0)
			return k;
	}
	return NULL;
}

static const char *last_word(const char *type)
{
	const char *slash = strrchr(type, '/');
	return slash ? slash + 1 : type;
}

static void report(struct package *p, const char *type, const char *what)
{
	static const struct {
		const char *word, *threat;
	} known[] = {
#define REMOVED(word, threat) { word, threat },
#include "sanitize/parts/removed_parts.def"
#undef REMOVED
	};
	const char *word = last_word(type), *threat = "B2";

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].word, word) == 0)
			threat = known[i].threat;
	if (threat[0])
		job_removed(p->job, threat, text_printable(p->arena, bytes_of(what, strlen(what)), 120), 1);
	if (strcmp(word, "origin") == 0)
		job_note(p->job, "SIGNATURE_LOST"), p->is_signed = true;
}

static bool is_placeholder(struct bytes content)
{
	return bytes_equal(content, office_placeholder);
}

static int hand_out(struct package *p, struct part *part, const char *expected, struct bytes content, struct err *err)
{
	const char *slash = strrchr(part->name, '/');
	struct text name;

	part->extension = part->id == PART_package || strcmp(expected, "jpeg") == 0 ? expected : "png";
	if (text_from_utf8(p->arena, bytes_of(slash ? slash + 1 : part->name, strlen(slash ? slash + 1 : part->name)), &name, err) < 0)
		return -1;
	if (job_member_begin(p->job, name, expected, err) < 0 || job_member_add(p->job, content, err) < 0)
		return -1;
	part->handed_out = true;
	return job_member_end(p->job, &part->number, err);
}

/* Drawings of Windows, which the converter draws; their own jail looks at more than the first bytes. */
static const char *metafile_of(struct bytes content)
{
	enum { EMF_MARK_AT = 40 };

	if (bytes_start(content, BYTES("\1\0\0\0")) && content.n > EMF_MARK_AT + 4 && memcmp(content.p + EMF_MARK_AT, " EMF", 4) == 0)
		return "emf";
	return bytes_start(content, BYTES("\xd7\xcd\xc6\x9a")) || bytes_start(content, BYTES("\1\0\x09\0")) ? "wmf" : NULL;
}

/* Pictures go to a jail of their own and come back as PNG or JPEG; those of other kinds are replaced (B8). */
static int take_image(struct package *p, struct part *part, struct err *err)
{
	static const struct {
		struct bytes magic;
		const char *format;
	} known[] = {
#define MAGIC(s, format) { { (const uint8_t *)(s), sizeof(s) - 1 }, format }
		MAGIC("\x89PNG\r\n\x1a\n", "png"), MAGIC("\xff\xd8\xff", "jpeg"), MAGIC("GIF8", "gif"), MAGIC("BM", "bmp"),
		MAGIC("II*\0", "tiff"), MAGIC("MM\0*", "tiff"), MAGIC("RIFF", "webp"),
#undef MAGIC
	};
	struct bytes content;

	if (part->member->size > IMAGE_BYTES_MOST) {
		part->placeholder = true;
		report(p, "image", part->name);
		return 0;
	}
	if (office_content(p, part->member, &content, err) < 0)
		return -1;
	part->placeholder = is_placeholder(content);
	if (part->placeholder)
		return 0;
	const char *metafile = metafile_of(content);
	if (metafile && p->metafiles++ < job_limit(p->job, LIMIT_METAFILES)) /* each takes a start of the converter */
		return hand_out(p, part, metafile, content, err);
	for (size_t i = 0; i < COUNT(known); i++)
		if (bytes_start(content, known[i].magic))
			return hand_out(p, part, known[i].format, content, err);
	part->placeholder = true;
	report(p, "image", part->name);
	return 0;
}

/* A document within the document (B7): handed out if its content type is one that can be rebuilt. */
static int take_package(struct package *p, struct part *part, bool *kept, struct err *err)
{
	static const struct {
		const char *type, *format;
	} known[] = {
		{ DML_OFFICE "wordprocessingml.document", "docx" },
		{ DML_OFFICE "spreadsheetml.sheet", "xlsx" },
		{ "application/vnd.ms-word.document.macroEnabled.12", "docx" },
		{ "application/vnd.ms-excel.sheet.macroEnabled.12", "xlsx" },
		{ DML_OFFICE "presentationml.presentation", "pptx" },
		{ "application/vnd.ms-powerpoint.presentation.macroEnabled.12", "pptx" },
	};
	const char *type = office_type_of(p, part->member), *format = NULL;
	struct bytes content;

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcasecmp(known[i].type, type) == 0)
			format = known[i].format;
	*kept = format;
	if (!format)
		return 0;
	if (office_content(p, part->member, &content, err) < 0)
		return -1;
	return hand_out(p, part, format, content, err);
}

/* A cache filled from elsewhere would ask for its source again (B10). */
static int is_own_cache(struct package *p, const struct zip_member *member, bool *own, struct err *err)
{
	struct bytes content;

	if (office_content(p, member, &content, err) < 0)
		return -1;
	*own = memmem(content.p, content.n, "type=\"worksheet\"", 16) && !memmem(content.p, content.n, "connectionId", 12) &&
	       !memmem(content.p, content.n, "type=\"external\"", 15) && !memmem(content.p, content.n, "type=\"consolidation\"", 20);
	return 0;
}

/* What each home is called: folder of its parts, extension, main part. */
static const struct home {
	enum office_home home;
	const char *folder, *extension;
	enum part_id main;
} homes[] = { { OFFICE_WORD, "word/", "docx", PART_document }, { OFFICE_SHEET, "xl/", "xlsx", PART_workbook }, { OFFICE_SLIDES, "ppt/", "pptx", PART_presentation } };

static const struct home *home_of(const struct package *p)
{
	for (size_t i = 0; i < COUNT(homes); i++)
		if (homes[i].home == p->home)
			return &homes[i];
	must(!"a home without a row");
	return NULL;
}

/* The type of a part; a main part of another kind (a template, one with macros) is taken for the plain one. */
static const char *type_of_target(struct package *p, const struct part *source, const struct zip_member *member)
{
	const char *type = office_type_of(p, member);

	for (size_t i = 0; source == &p->root && i < COUNT(other_mains); i++)
		if (strcasecmp(other_mains[i].type, type) == 0) {
			job_converted(p->job, home_of(p)->extension);
			if (other_mains[i].macros)
				job_note(p->job, "MACRO_KIND");
			type = part_kinds[other_mains[i].id].content_type;
		}
	return type;
}

/* The part behind a relationship; *out NULL: not kept. */
static int take_target(struct package *p, struct part *source, const struct raw_relation *raw, struct part **out, struct err *err)
{
	const char *name = office_resolve(p->arena, source->name, raw->target);
	const struct zip_member *member = name ? office_find(p, name) : NULL;
	size_t index = member ? (size_t)(member - p->zip.members) : 0;

	*out = NULL;
	if (!member) {
		if (strcmp(raw->target, "NULL") != 0)
			report(p, raw->type, raw->target);
		return 0;
	}
	const char *type = type_of_target(p, source, member);
	const struct part_kind *kind = kind_of(p, parent_of(p, source), raw->type, type);
	struct part *part = p->part_of_member[index];
	const char *unwanted = kind ? ooxml_feature_part(p->filter, (enum part_id)(kind - part_kinds)) : NULL;
	if (unwanted) {
		job_removed(p->job, unwanted, text_printable(p->arena, bytes_of_text(member->name), 120), 1);
		return 0;
	}
	if (part && kind) {
		*out = &part_kinds[part->id] == kind ? part : NULL; /* one part, one role */
		return 0;
	}
	if (!kind) {
		report(p, raw->type, member->name.p);
		if (part_kinds[source->id].name && source->id == PART_workbook && strstr(raw->type, "sheet"))
			p->filter->state->sheets_removed |= !strstr(raw->type, "sheetMetadata");
		if (source->id == PART_presentation && strcmp(last_word(raw->type), "slide") == 0)
			p->filter->state->slides_removed = true;
		return 0;
	}
	for (size_t i = 0; source == &p->root && i < source->relation_count; i++)
		if (source->relations[i].target && &part_kinds[source->relations[i].target->id] == kind) {
			report(p, raw->type, member->name.p); /* the package has one of each */
			return 0;
		}
	part = arena_alloc(p->arena, sizeof *part);
	part->id = (enum part_id)(kind - part_kinds), part->member = member, part->name = member->name.p, part->extension = kind->extension, part->source = source;
	/* A drawing of vectors stands beside a picture of pixels, for programs that cannot draw: that one stays (B8). */
	bool kept = part->id != PART_image || strcasecmp(type, "image/svg+xml") != 0;
	if (part->id == PART_image && kept && take_image(p, part, err) < 0)
		return -1;
	if (part->id == PART_package && take_package(p, part, &kept, err) < 0)
		return -1;
	if (part->id == PART_pivot_cache && is_own_cache(p, member, &kept, err) < 0)
		return -1;
	if (!kept) {
		report(p, part->id == PART_pivot_cache ? "connections" : raw->type, part->name);
		return 0;
	}
	p->part_of_member[index] = part;
	*out = part;
	p->order[p->order_count++] = part; /* its own relationships are read in their turn */
	return 0;
}

static int take_relation(struct package *p, struct part *part, const struct raw_relation *raw, struct err *err)
{
	struct relation r = { .id = raw->id };

	for (size_t i = 0; i < part->relation_count; i++)
		if (strcmp(part->relations[i].id, raw->id) == 0)
			return refuse(err, REFUSAL_DAMAGED, "%s: relationship %s is given twice", part->name, raw->id);
	bool hyperlink = is_relationship(raw->type, OFFICE "hyperlink");
	if (hyperlink && (raw->external || raw->target[0] == '#')) {
		bool inside = raw->target[0] == '#' && !strchr(raw->target, '\\') && !strstr(raw->target, "//");
		if (!inside && !link_is_allowed(bytes_of(raw->target, strlen(raw->target)))) {
			report(p, raw->type, raw->target);
			return 0;
		}
		if (!inside && p->filter->removes >> FEATURE_links & 1) {
			job_removed(p->job, feature_words[FEATURE_links].removal, text_printable(p->arena, bytes_of(raw->target, strlen(raw->target)), 120), 1);
			return 0;
		}
		r.link = raw->target, r.type = OFFICE "hyperlink";
	} else if (raw->external) {
		static const char *const own[] = { "attachedTemplate", "frame", "audio", "video", "media" };
		const char *kind = "hyperlink";
		for (size_t i = 0; i < COUNT(own); i++)
			if (strcmp(last_word(raw->type), own[i]) == 0)
				kind = own[i];
		report(p, kind, raw->target);
		return 0;
	} else {
		if (take_target(p, part, raw, &r.target, err) < 0)
			return -1;
		if (!r.target)
			return 0;
		r.type = part_kinds[r.target->id].relationship;
	}
	part->relations[part->relation_count++] = r;
	return 0;
}

static int visit(struct package *p, struct part *part, struct err *err)
{
	struct raw_relation *raw;
	size_t count, previews = 0;

	if (office_read_relations(p, part->name, &raw, &count, err) < 0)
		return -1;
	struct raw_relation *drawing = NULL, *preview = NULL;
	for (size_t i = 0; i < count; i++)
		if (parent_of(p, part) & PARENT_SLIDE && !raw[i].external && strcmp(last_word(raw[i].type), "vmlDrawing") == 0)
			drawing = &raw[i];
	if (drawing && office_read_previews(p, part->name, drawing->target, &preview, &previews, err) < 0)
		return -1;
	part->relations = arena_new_array(p->arena, struct relation, count + previews + 1);
	for (size_t i = 0; i < count; i++)
		if (take_relation(p, part, &raw[i], err) < 0)
			return -1;
	for (size_t i = 0; i < previews; i++)
		if (take_relation(p, part, &preview[i], err) < 0)
			return -1;
	return 0;
}

/* From part to part, in the order they are found: a show may lead from slide to slide as often as it likes. */
static int visit_all(struct package *p, struct err *err)
{
	p->order = arena_new_array(p->arena, struct part *, p->zip.count + 2);
	if (visit(p, &p->root, err) < 0)
		return -1;
	for (size_t i = 0; i < p->order_count; i++)
		if (visit(p, p->order[i], err) < 0)
			return -1;
	p->order_count = 0;
	return 0;
}

/* A pivot table without its cache cannot be shown. */
static bool misses_child(const struct part *part)
{
	if (part->id != PART_pivot_table)
		return false;
	for (size_t i = 0; i < part->relation_count; i++)
		if (part->relations[i].target && part->relations[i].target->id == PART_pivot_cache)
			return false;
	return true;
}

/* A picture of several pages may come back as a document. */
static bool is_extension_of(const struct part *part, const char *extension)
{
	return strcmp(part->extension, extension) == 0 || (strcmp(part->extension, "jpeg") == 0 && strcmp(extension, "jpg") == 0);
}

/* What came back from the other jails: a picture refused there is replaced, an embedded document refused there goes. */
static void settle(struct package *p, struct part *part)
{
	size_t kept = 0;

	for (size_t i = 0; i < part->relation_count; i++) {
		struct part *t = part->relations[i].target;
		const struct job_member *member = t && t->handed_out ? job_member_result(p->job, t->number) : NULL;
		if (member && (!member->delivered || (t->id == PART_image && !is_extension_of(t, member->extension)))) {
			if (t->id == PART_image && !t->placeholder) {
				t->placeholder = true;
				job_removed(p->job, "B8", t->name, 1);
			} else if (t->id == PART_package) {
				job_removed(p->job, "B7", t->name, 1);
				continue;
			}
		}
		if (t && t->placeholder) {
			t = p->placeholder;
			part->relations[i].target = t;
		}
		if (t && misses_child(t)) {
			job_removed(p->job, "B10", t->name, 1);
			continue;
		}
		part->relations[kept++] = part->relations[i];
	}
	part->relation_count = kept;
}

static bool is_numbered(enum part_id id)
{
	switch (id) {
	case PART_document: case PART_workbook: case PART_core: case PART_app: case PART_custom: case PART_styles: case PART_settings:
	case PART_web_settings: case PART_font_table: case PART_numbering: case PART_footnotes: case PART_endnotes: case PART_comments:
	case PART_comments_extended: case PART_comments_ids: case PART_comments_extensible: case PART_people: case PART_glossary:
	case PART_shared_strings: case PART_sheet_styles: case PART_sheet_metadata: case PART_presentation: case PART_presentation_properties:
	case PART_view_properties: case PART_table_styles: case PART_comment_authors: case PART_authors: return false;
	default: return true;
	}
}

static void give_name(struct package *p, struct part *part)
{
	const struct part_kind *kind = &part_kinds[part->id];
	const char *folder = kind->home != HOME_ALL && kind->home != HOME_PAPER ? "" : strncmp(kind->place, "docProps/", 9) == 0 ? "" : home_of(p)->folder;
	unsigned number = part == p->placeholder ? 0 : ++p->numbers[part->id];
	const char *name;

	if (part == p->placeholder)
		name = arena_printf(p->arena, "%smedia/removed.png", folder);
	else if (number == 1 && !is_numbered(part->id))
		name = arena_printf(p->arena, "%s%s.%s", folder, kind->place, part->extension);
	else
		name = arena_printf(p->arena, "%s%s%u.%s", folder, kind->place, number, part->extension);
	part->out_name = (struct text){ name, strlen(name) };
}

/* Names and order follow from the relationships that are left, so that they come out the same when an output is read again. A part's name is
 * given when it is first come to, before what it refers to; the way back is kept aside, since a chain may be as long as the package. */
static void put_in_order(struct package *p)
{
	struct part **way = arena_new_array(p->arena, struct part *, p->zip.count + 2);
	size_t depth = 0;

	for (struct part *part = &p->root; part;) {
		if (!part->ordered) {
			part->ordered = true;
			if (part != &p->root) {
				give_name(p, part);
				p->order[p->order_count++] = part;
			}
			settle(p, part);
			way[depth++] = part;
		}
		part = way[depth - 1];
		while (part->followed < part->relation_count && (!part->relations[part->followed].target || part->relations[part->followed].target->ordered))
			part->followed++;
		if (part->followed < part->relation_count)
			part = part->relations[part->followed++].target;
		else
			part = --depth ? way[depth - 1] : NULL;
	}
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(struct relation *const *)a)->id, (*(struct relation *const *)b)->id);
}

static const struct relation *relation_of(const struct part *part, const char *id)
{
	size_t low = 0, high = part->relation_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(part->by_id[middle]->id, id);
		if (order == 0)
			return part->by_id[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool keeps_relation(void *self, const char *id)
{
	return relation_of(self, id);
}

/* Programs that lay no diagrams out themselves draw what was drawn last; the diagram's data names it by an id of the document's, sheet's or slide's. */
static bool keeps_drawing(void *self, const char *id)
{
	const struct part *part = self;
	const struct relation *r = part->id == PART_diagram_data && part->source ? relation_of(part->source, id) : NULL;

	return r && r->target && r->target->id == PART_diagram_drawing;
}

static bool is_sheet(void *self, const char *id)
{
	const struct relation *r = relation_of(self, id);
	return r && r->target && (r->target->id == PART_worksheet || r->target->id == PART_chartsheet);
}

static void index_relations(struct package *p, struct part *part)
{
	part->by_id = arena_new_array(p->arena, struct relation *, part->relation_count + 1);
	for (size_t i = 0; i < part->relation_count; i++)
		part->by_id[i] = &part->relations[i];
	sort_items(part->by_id, part->relation_count, sizeof *part->by_id, by_id);
}

/* Parts that nothing refers to are left behind; those with a history of harm are named in the report. */
static void report_unreached(struct package *p)
{
	for (size_t i = 0; i < p->zip.count; i++) {
		const struct zip_member *m = &p->zip.members[i];
		if (p->part_of_member[i] || m->folder || strcasestr(m->name.p, "_rels/") || strcasecmp(m->name.p, "[Content_Types].xml") == 0)
			continue;
		if (strcasestr(m->name.p, "vbaProject") || strcasestr(m->name.p, "/macrosheets/"))
			job_removed(p->job, "B3", m->name.p, 1);
		else if (strcasestr(m->name.p, "/activeX/"))
			job_removed(p->job, "B4", m->name.p, 1);
	}
}

static int by_member_name(const void *a, const void *b)
{
	return strcasecmp((*(const struct zip_member *const *)a)->name.p, (*(const struct zip_member *const *)b)->name.p);
}

static int find_main(struct package *p, struct err *err)
{
	enum part_id wanted = home_of(p)->main;

	for (size_t i = 0; i < p->root.relation_count; i++) {
		struct part *t = p->root.relations[i].target;
		if (!t || t->id != wanted)
			continue;
		if (p->main && p->main != t)
			return refuse(err, REFUSAL_DAMAGED, "two main parts");
		p->main = t;
	}
	return p->main ? 0 : refuse(err, REFUSAL_UNSUPPORTED_FORMAT, "no main part of a kind that is known");
}

int office_open(struct job *job, enum office_home home, struct package **out, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct package *p = arena_alloc(arena, sizeof *p);

	p->job = job, p->arena = arena, p->home = home, p->root.name = "";
	if (zip_open(job, &p->zip, err) < 0)
		return -1;
	p->filter = xml_filter_new(job);
	ooxml_state_new(p->filter);
	p->by_name = arena_new_array(arena, const struct zip_member *, p->zip.count + 1);
	for (size_t i = 0; i < p->zip.count; i++)
		p->by_name[i] = &p->zip.members[i];
	sort_items(p->by_name, p->zip.count, sizeof *p->by_name, by_member_name);
	*out = p;
	return 0;
}

int office_rebuild(struct job *job, enum office_home home, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct package *p;

	if (job_method(job) == METHOD_text)
		return office_text(job, home, err);
	if (office_open(job, home, &p, err) < 0)
		return -1;
	p->part_of_member = arena_new_array(arena, struct part *, p->zip.count + 1);
	p->placeholder = arena_alloc(arena, sizeof *p->placeholder);
	*p->placeholder = (struct part){ .id = PART_image, .name = "removed.png", .extension = "png", .placeholder = true };
	if (office_read_types(p, err) < 0 || visit_all(p, err) < 0 || find_main(p, err) < 0)
		return -1;
	report_unreached(p);
	if (p->is_signed)
		office_signatures_tell(p);
	if (job_members_wait(job, err) < 0)
		return -1;
	put_in_order(p);
	for (size_t i = 0; i < p->order_count; i++)
		index_relations(p, p->order[i]);
	index_relations(p, &p->root);
	p->filter->keeps_relation = keeps_relation;
	p->filter->keeps_drawing = keeps_drawing;
	p->filter->state->is_sheet = is_sheet;
	return office_write(p, err);
}
