/* OOXMLの個別判断 — contract in ooxml_hooks.h and xml_filter.h. One function per kind of element; the tables say which element has which. */
#include "sanitize/parts/ooxml_hooks.h"
#include "base/buf.h"
#include "sanitize/parts/field.h"
#include "sanitize/rules.h"

enum { FIELDS_MOST = 64, SPANS_MOST = 4096, INSTRUCTION_MOST = 65536 };

struct span {
	size_t from, to;
};
/* A complex field: begin, instruction over any number of runs, separate, result, end. Fields nest. */
struct field {
	bool decided, removed, nests;
	struct buf instruction;
	unsigned first_span; /* in spans: begin mark, then pieces of the instruction */
};
struct ooxml_fields {
	struct field open[FIELDS_MOST];
	unsigned depth;
	struct span spans[SPANS_MOST];
	unsigned span_count;
};

struct ooxml_state *ooxml_state_new(struct xml_filter *f)
{
	struct ooxml_state *s = arena_alloc(f->arena, sizeof *s);

	must((s->fields = arena_scratch(f->arena, sizeof *s->fields)));
	s->fields->depth = s->fields->span_count = 0;
	f->state = s;
	return s;
}

/* --- fields (B14) ------------------------------------------------------------------------------------------------ */

/* Place of the element being closed, as it will have been written. */
static struct span span_of_top(const struct xml_filter *f, const struct element_rule *rule)
{
	const struct xml_frame *frame = &f->frames[f->depth];
	return (struct span){ frame->out_start + frame->was_open, f->n + (f->tag_open ? 2u : rule->out_n + 3u) };
}

static void add_span(struct xml_filter *f, struct span s)
{
	struct ooxml_fields *fields = f->state->fields;

	if (fields->span_count == SPANS_MOST)
		xml_filter_refuse(f, REFUSAL_FEATURE, "a field of too many pieces");
	else
		fields->spans[fields->span_count++] = s;
}

/* NULL: it may stand. */
static const char *field_threat(const struct xml_filter *f, struct bytes instruction)
{
	if (!field_is_allowed(instruction))
		return "B14";
	return f->removes >> FEATURE_links & 1 && field_leads_out(instruction) ? "P1" : NULL;
}

static void decide(struct xml_filter *f, struct field *field, bool complete)
{
	struct ooxml_fields *fields = f->state->fields;

	if (field->decided)
		return;
	field->decided = true;
	struct bytes instruction = buf_view(&field->instruction);
	const char *threat = !complete || (field->nests && !field_may_hold_fields(instruction)) ? "B14" : field_threat(f, instruction);
	if (threat) {
		field->removed = true;
		const char *shown = text_printable(f->arena, buf_view(&field->instruction), 60);
		while (*shown == ' ')
			shown++;
		xml_filter_removed(f, threat, shown);
		for (unsigned i = fields->span_count; i-- > field->first_span;)
			xml_filter_cut(f, fields->spans[i].from, fields->spans[i].to);
	}
	fields->span_count = field->first_span;
}

static enum hook_answer open_field_mark(struct xml_filter *f)
{
	struct ooxml_fields *fields = f->state->fields;
	const char *type = xml_filter_attribute(f, NS_W, "fldCharType");

	if (type && strcmp(type, "begin") == 0) {
		if (fields->depth == FIELDS_MOST) {
			xml_filter_refuse(f, REFUSAL_FEATURE, "fields nested too deeply");
			return HOOK_DROP;
		}
		/* What nests before the keyword is complete would take part in it. */
		if (fields->depth && !fields->open[fields->depth - 1].decided &&
		    !field_has_keyword(buf_view(&fields->open[fields->depth - 1].instruction)))
			decide(f, &fields->open[fields->depth - 1], false);
		if (fields->depth)
			fields->open[fields->depth - 1].nests = true;
		fields->open[fields->depth++] =
			(struct field){ .instruction = buf_in(f->arena, INSTRUCTION_MOST), .first_span = fields->span_count };
		return HOOK_PASS;
	}
	bool separate = type && strcmp(type, "separate") == 0;
	if (!fields->depth || (!separate && !(type && strcmp(type, "end") == 0)) || (separate && fields->open[fields->depth - 1].decided && !fields->open[fields->depth - 1].removed))
		return HOOK_DROP;
	struct field *field = &fields->open[fields->depth - 1];
	decide(f, field, buf_ok(&field->instruction));
	bool removed = field->removed;
	if (!separate)
		fields->depth--;
	return removed ? HOOK_DROP : HOOK_PASS;
}

static void close_field_mark(struct xml_filter *f, const struct element_rule *rule)
{
	struct ooxml_fields *fields = f->state->fields;

	/* Only a begin mark can still be taken back. */
	if (fields->depth && !fields->open[fields->depth - 1].decided && fields->span_count == fields->open[fields->depth - 1].first_span &&
	    fields->open[fields->depth - 1].instruction.n == 0)
		add_span(f, span_of_top(f, rule));
}

static enum hook_answer open_instruction(struct xml_filter *f)
{
	const struct ooxml_fields *fields = f->state->fields;

	/* An instruction outside a field, or in its result, is read by some programs all the same. */
	return fields->depth && !fields->open[fields->depth - 1].decided ? HOOK_PASS : HOOK_DROP;
}

static void close_instruction(struct xml_filter *f, const struct element_rule *rule)
{
	struct ooxml_fields *fields = f->state->fields;
	struct bytes text = xml_filter_decoded(f, xml_filter_content(f));

	if (!fields->depth)
		return;
	buf_bytes(&fields->open[fields->depth - 1].instruction, text);
	add_span(f, span_of_top(f, rule));
}

/* Text among the pieces of an instruction is read as part of it by some programs: it is judged with it. */
static void close_field_text(struct xml_filter *f)
{
	struct ooxml_fields *fields = f->state->fields;

	if (fields->depth && !fields->open[fields->depth - 1].decided)
		buf_bytes(&fields->open[fields->depth - 1].instruction, xml_filter_decoded(f, xml_filter_content(f)));
}

static enum hook_answer open_simple_field(struct xml_filter *f)
{
	struct ooxml_fields *fields = f->state->fields;

	if (fields->depth && !fields->open[fields->depth - 1].decided) {
		fields->open[fields->depth - 1].nests = true;
		if (!field_has_keyword(buf_view(&fields->open[fields->depth - 1].instruction)))
			decide(f, &fields->open[fields->depth - 1], false);
	}
	const char *instruction = xml_filter_attribute(f, NS_W, "instr");

	const char *threat = instruction ? field_threat(f, bytes_of(instruction, strlen(instruction))) : "B14";
	if (!threat)
		return HOOK_PASS;
	xml_filter_removed(f, threat, text_printable(f->arena, bytes_of(instruction ? instruction : "", instruction ? strlen(instruction) : 0), 60));
	return HOOK_UNWRAP;
}

void ooxml_hook_dropped(struct xml_filter *f, size_t out_start)
{
	struct ooxml_fields *fields = f->state->fields;

	if (f->root_ns == NS_P)
		slide_hook_dropped(f, bytes_of(f->out + out_start, f->n - out_start));
	while (fields->span_count && fields->spans[fields->span_count - 1].from >= out_start)
		fields->span_count--;
	for (unsigned i = 0; i < fields->depth; i++)
		if (!fields->open[i].decided && fields->open[i].first_span >= fields->span_count) {
			fields->depth = i; /* its begin mark is gone */
			break;
		}
}

void ooxml_hook_moved(struct xml_filter *f, size_t from, size_t by)
{
	struct ooxml_fields *fields = f->state->fields;

	for (unsigned i = 0; i < fields->span_count; i++) {
		if (fields->spans[i].from >= from)
			fields->spans[i].from -= by;
		if (fields->spans[i].to >= from)
			fields->spans[i].to -= by;
	}
}

void ooxml_hook_end(struct xml_filter *f)
{
	struct ooxml_fields *fields = f->state->fields;

	while (fields->depth)
		decide(f, &fields->open[--fields->depth], false);
	fields->span_count = 0;
	f->state->dropped_shared_count = 0;
	f->state->shapes_removed_count = 0;
}

/* --- sheets and formulas ----------------------------------------------------------------------------------------- */

static enum hook_answer open_sheet(struct xml_filter *f)
{
	struct ooxml_state *s = f->state;
	const char *name = xml_filter_attribute(f, NS_NONE, "name"), *id = xml_filter_attribute(f, NS_R, "id");
	const char *state = xml_filter_attribute(f, NS_NONE, "state");
	bool kept = name && id && s->is_sheet(f->relations, id);

	if (s->sheet_map_count == s->sheet_room) {
		size_t room = MAX(s->sheet_room * 2, (size_t)64);
		int *map = arena_new_array(f->arena, int, room);
		const char **names = arena_new_array(f->arena, const char *, room);
		if (s->sheet_map_count) {
			memcpy(map, s->sheet_map, s->sheet_map_count * sizeof *map);
			memcpy(names, s->sheet_names, s->sheet_count * sizeof *names);
		}
		s->sheet_map = map, s->sheet_names = names, s->sheet_room = room;
	}
	s->sheet_map[s->sheet_map_count++] = kept ? (int)s->sheet_count : -1;
	if (!kept) {
		s->sheets_removed = true;
		xml_filter_removed(f, "B3", name ? text_printable(f->arena, bytes_of(name, strlen(name)), 60) : NULL);
		return HOOK_DROP;
	}
	s->knows_sheets = true;
	s->sheet_names[s->sheet_count++] = name;
	if (state && strcmp(state, "visible") != 0)
		job_note(f->job, "HIDDEN_SHEET");
	return HOOK_PASS;
}

static struct formula_sheets sheets_of(const struct xml_filter *f)
{
	return (struct formula_sheets){ f->state->knows_sheets ? f->state->sheet_names : NULL, f->state->sheet_count, f->removes >> FEATURE_links & 1 };
}

static const char *threat_of(struct xml_filter *f, struct bytes formula)
{
	struct formula_sheets sheets = sheets_of(f);
	return formula_threat(formula, &sheets);
}

static bool same_start(const char *name, const char *start)
{
	for (; *start; name++, start++)
		if ((*name | 32) != (*start | 32))
			return false;
	return true;
}

/* Names that run by themselves, that belong to macros, or that only macro sheets define (B17). */
static bool is_active_name(struct xml_filter *f, const char *name)
{
	static const char *const active[] = { "auto_open", "auto_close", "auto_activate", "auto_deactivate", "_xlnm.auto_open", "_xlnm.auto_close",
					      "_xlnm.auto_activate", "_xlnm.auto_deactivate", "_xlnm.recorder", "_xlnm.data_form" };
	static const char *const flags[] = { "function", "vbProcedure", "xlm", "macro" };

	for (size_t i = 0; i < COUNT(active); i++)
		if (same_start(name, active[i]))
			return true;
	for (size_t i = 0; i < COUNT(flags); i++) {
		const char *value = xml_filter_attribute(f, NS_NONE, flags[i]);
		if (value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0)
			return true;
	}
	return false;
}

static enum hook_answer open_defined_name(struct xml_filter *f)
{
	const char *name = xml_filter_attribute(f, NS_NONE, "name"), *sheet = xml_filter_attribute(f, NS_NONE, "localSheetId");

	if (!name || is_active_name(f, name)) {
		xml_filter_removed(f, "B17", name ? text_printable(f->arena, bytes_of(name, strlen(name)), 60) : NULL);
		return HOOK_DROP;
	}
	if (sheet) {
		unsigned long at = strtoul(sheet, NULL, 10);
		if (at >= f->state->sheet_map_count || f->state->sheet_map[at] < 0)
			return HOOK_DROP;
	}
	return HOOK_PASS;
}

static void close_defined_name(struct xml_filter *f)
{
	const char *threat = threat_of(f, xml_filter_decoded(f, xml_filter_content(f)));

	if (threat) {
		xml_filter_removed(f, strcmp(threat, "B3") == 0 ? "B17" : threat, "definedName");
		xml_filter_drop(f, f->depth);
	}
}

static bool put_sheet_index(struct xml_filter *f, struct xml_value value)
{
	const char *text = xml_text_of(f->arena, value);
	unsigned long at = text ? strtoul(text, NULL, 10) : 0;

	if (at < f->state->sheet_map_count && f->state->sheet_map[at] >= 0)
		xml_filter_put_attribute(f, "localSheetId", arena_printf(f->arena, "%d", f->state->sheet_map[at]));
	return false;
}

/* The cell a formula stands in, read back from what was written: <c r="B7" … */
static const char *cell_of(struct xml_filter *f)
{
	for (unsigned i = f->depth - 1; i > 0; i--) {
		const struct xml_frame *frame = &f->frames[i];
		if (frame->kind != FRAME_KEPT)
			continue;
		struct bytes b = bytes_of(f->out + frame->out_start, MIN(f->n - frame->out_start, (size_t)200));
		const uint8_t *at = memmem(b.p, b.n, " r=\"", 4);
		if (!at)
			return NULL;
		at += 4;
		const uint8_t *end = memchr(at, '"', (size_t)(b.p + b.n - at));
		return end && end - at < 12 ? arena_printf(f->arena, "%.*s", (int)(end - at), (const char *)at) : NULL;
	}
	return NULL;
}

static bool takes_shared(struct xml_filter *f, bool add)
{
	struct ooxml_state *s = f->state;
	const struct xml_frame *frame = &f->frames[f->depth];
	struct bytes tag = bytes_of(f->out + frame->out_start, f->n - frame->out_start);
	const uint8_t *at = memmem(tag.p, MIN(tag.n, (size_t)200), " si=\"", 5);

	if (!at)
		return false;
	uint32_t number = 0;
	for (at += 5; at < tag.p + tag.n && *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (*at - (uint32_t)'0');
	for (size_t i = 0; i < s->dropped_shared_count; i++)
		if (s->dropped_shared[i] == number)
			return true;
	if (!add)
		return false;
	if (s->dropped_shared_count == s->dropped_shared_room) {
		size_t room = MAX(s->dropped_shared_room * 2, (size_t)64);
		uint32_t *p = arena_new_array(f->arena, uint32_t, room);
		if (s->dropped_shared_count)
			memcpy(p, s->dropped_shared, s->dropped_shared_count * sizeof *p);
		s->dropped_shared = p, s->dropped_shared_room = room;
	}
	s->dropped_shared[s->dropped_shared_count++] = number;
	return true;
}

static void close_cell_formula(struct xml_filter *f)
{
	struct bytes content = xml_filter_content(f);

	if (content.n == 0) { /* a follower of a shared formula, or a table of data */
		if (f->state->dropped_shared_count && takes_shared(f, false))
			xml_filter_drop(f, f->depth);
		return;
	}
	const char *threat = threat_of(f, xml_filter_decoded(f, content));
	if (!threat)
		return;
	takes_shared(f, true);
	xml_filter_removed(f, strcmp(threat, "B3") == 0 ? "B16" : threat, cell_of(f));
	xml_filter_drop(f, f->depth);
}

static void close_formula(struct xml_filter *f, const struct element_rule *rule)
{
	const char *threat = threat_of(f, xml_filter_decoded(f, xml_filter_content(f)));

	if (!threat)
		return;
	xml_filter_removed(f, strcmp(threat, "B3") == 0 ? "B16" : threat, rule->out);
	xml_filter_drop(f, rule->flags & ELEMENT_TAKES_CARRIER ? xml_filter_carrier(f) : f->depth);
}

/* A chart keeps its cached points; a reference that cannot stay becomes what a program itself writes for a lost one. */
static void close_chart_formula(struct xml_filter *f)
{
	const char *threat = threat_of(f, xml_filter_decoded(f, xml_filter_content(f)));

	if (!threat)
		return;
	xml_filter_removed(f, strcmp(threat, "B3") == 0 ? "B16" : threat, "c:f");
	f->n = f->frames[f->depth].content;
	xml_filter_put(f, "#REF!", 5);
}

/* --- others ------------------------------------------------------------------------------------------------------ */

/* A cell, comment, header … that lost something must still hold a paragraph. */
static void close_block(struct xml_filter *f)
{
	const struct xml_frame *frame = &f->frames[f->depth];

	if (!frame->lost)
		return;
	struct bytes content = xml_filter_content(f);
	if (content.n >= 6 && (memcmp(content.p + content.n - 6, "</w:p>", 6) == 0))
		return;
	const uint8_t *last = content.n ? memrchr(content.p, '<', content.n) : NULL;
	if (last && (memcmp(last, "<w:p/>", 6) == 0 || memcmp(last, "<w:p ", 5) == 0 || memcmp(last, "</w:sdt>", 8) == 0))
		return;
	if (f->tag_open) {
		xml_filter_put(f, ">", 1);
		f->tag_open = false;
	}
	xml_filter_put(f, "<w:p/>", 6);
}

static enum hook_answer open_extension(struct xml_filter *f)
{
	static const char *const known[] = {
		"{78C0D931-6437-407d-A8EE-F0AAD7539E65}", /* x14 conditional formattings */
		"{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}", /* x14 data validations */
		"{05C60535-1F16-4fd2-B633-F4F36F0B64E0}", /* sparklines */
		"{B025F937-C7B1-47D3-B67F-A62EFF666E3E}", /* id of an x14 rule */
		"{BDBB8CDC-FA1E-496E-A857-3C3F30C029C3}", /* dynamic arrays */
		"http://schemas.microsoft.com/office/drawing/2008/diagram",
		"{C676402C-5697-4E1C-873F-D02D1690AC5C}", /* which comment answers which */
		"{6950BFC3-D8DA-4A85-94F7-54DA5524770B}", /* a slide's newer comments */
	};
	static const char sections[] = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}";
	const char *uri = xml_filter_attribute(f, NS_NONE, "uri");

	if (!uri) /* a:ext of a transformation is a size */
		return xml_filter_attribute(f, NS_NONE, "cx") ? HOOK_PASS : HOOK_DROP;
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcasecmp(uri, known[i]) == 0)
			return HOOK_PASS;
	return strcasecmp(uri, sections) == 0 && !f->state->slides_removed ? HOOK_PASS : HOOK_DROP;
}

static enum hook_answer open_graphic(struct xml_filter *f)
{
	static const char *const known[] = {
		"http://schemas.openxmlformats.org/drawingml/2006/picture", "http://schemas.openxmlformats.org/drawingml/2006/chart",
		"http://schemas.openxmlformats.org/drawingml/2006/diagram", "http://schemas.openxmlformats.org/drawingml/2006/lockedCanvas",
		"http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
		"http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
		"http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas", "http://purl.oclc.org/ooxml/drawingml/picture",
		"http://purl.oclc.org/ooxml/drawingml/chart", "http://purl.oclc.org/ooxml/drawingml/diagram",
		"http://schemas.openxmlformats.org/drawingml/2006/table", "http://purl.oclc.org/ooxml/drawingml/table",
		"http://schemas.openxmlformats.org/drawingml/2006/compatibility", "http://schemas.openxmlformats.org/presentationml/2006/ole", "http://purl.oclc.org/ooxml/presentationml/ole",
	};
	const char *uri = xml_filter_attribute(f, NS_NONE, "uri");

	for (size_t i = 0; uri && i < COUNT(known); i++)
		if (strcmp(uri, known[i]) == 0)
			return HOOK_PASS;
	xml_filter_removed(f, "B4", uri ? text_printable(f->arena, bytes_of(uri, strlen(uri)), 100) : "a:graphicData");
	unsigned carrier = xml_filter_carrier(f);
	if (carrier < f->depth)
		xml_filter_drop(f, carrier);
	return HOOK_DROP;
}

/* One name for two things: in a drawing it refers to the part of a chart, in that part it is the chart itself. */
static enum hook_answer open_chart(struct xml_filter *f)
{
	xml_filter_top(f)->has_relation = f->root_ns == NS_C;
	return HOOK_PASS;
}

static enum hook_answer open_hyperlink(struct xml_filter *f)
{
	const char *id = xml_filter_attribute(f, NS_R, "id"), *place = xml_filter_attribute(f, NS_NONE, "location");

	return (id && id[0] ? f->keeps_relation(f->relations, id) : place && place[0]) ? HOOK_PASS : HOOK_DROP;
}

static enum hook_answer open_ole_object(struct xml_filter *f)
{
	static const char *const programs[] = { "Word.Document.12", "Excel.Sheet.12", "PowerPoint.Show.12" };
	const char *type = xml_filter_attribute(f, NS_NONE, "Type"), *id = xml_filter_attribute(f, NS_R, "id");
	const char *program = xml_filter_attribute(f, NS_NONE, "ProgID");
	bool known = false;

	for (size_t i = 0; program && i < COUNT(programs); i++)
		known |= strcmp(program, programs[i]) == 0;
	if (known && type && strcmp(type, "Embed") == 0 && id && f->keeps_relation(f->relations, id))
		return HOOK_PASS;
	xml_filter_removed(f, type && strcmp(type, "Link") == 0 ? "B10" : "B7", program ? text_printable(f->arena, bytes_of(program, strlen(program)), 40) : NULL);
	return HOOK_DROP;
}

/* Boxes of comments stay; buttons, lists and other controls go (B4). */
static enum hook_answer open_client_data(struct xml_filter *f)
{
	const char *type = xml_filter_attribute(f, NS_NONE, "ObjectType");

	bool note = type && strcmp(type, "Note") == 0;
	if (note && !(f->removes >> FEATURE_comments & 1))
		return HOOK_PASS;
	xml_filter_removed(f, note ? "P2" : type && strcmp(type, "Pict") == 0 ? "B7" : "B4", type ? text_printable(f->arena, bytes_of(type, strlen(type)), 40) : NULL);
	unsigned carrier = xml_filter_carrier(f);
	if (carrier < f->depth)
		xml_filter_drop(f, carrier);
	return HOOK_DROP;
}

enum hook_answer ooxml_hook_open(struct xml_filter *f, const struct element_rule *rule)
{
	switch (rule->hook) {
	case HOOK_FIELD_MARK: return open_field_mark(f);
	case HOOK_INSTRUCTION: return open_instruction(f);
	case HOOK_SIMPLE_FIELD: return open_simple_field(f);
	case HOOK_SHEET: return open_sheet(f);
	case HOOK_DEFINED_NAME: return open_defined_name(f);
	case HOOK_EXTENSION: return open_extension(f);
	case HOOK_GRAPHIC: return open_graphic(f);
	case HOOK_CHART: return open_chart(f);
	case HOOK_HYPERLINK: return open_hyperlink(f);
	case HOOK_OLE_OBJECT: return open_ole_object(f);
	case HOOK_CLIENT_DATA: return open_client_data(f);
	default: return slide_hook_open(f, rule);
	}
}

void ooxml_hook_close(struct xml_filter *f, const struct element_rule *rule)
{
	switch (rule->hook) {
	case HOOK_FIELD_MARK: close_field_mark(f, rule); break;
	case HOOK_INSTRUCTION: close_instruction(f, rule); break;
	case HOOK_FIELD_TEXT: close_field_text(f); break;
	case HOOK_DEFINED_NAME: close_defined_name(f); break;
	case HOOK_CELL_FORMULA: close_cell_formula(f); break;
	case HOOK_FORMULA: close_formula(f, rule); break;
	case HOOK_CHART_FORMULA: close_chart_formula(f); break;
	case HOOK_KEEPS_PARAGRAPH: close_block(f); break;
	case HOOK_TABLE: ooxml_feature_close_table(f); break;
	case HOOK_EXTENSION:
		if (f->tag_open && f->frames[f->depth].lost)
			xml_filter_drop(f, f->depth);
		break;
	default: slide_hook_close(f, rule); break;
	}
}

/* CSS of VML: lengths and words; nothing that names another file or is computed. */
static bool is_plain_style(const char *style)
{
	return !strchr(style, '(') && !strchr(style, '@') && !strchr(style, '\\') && !strstr(style, "/*") && !strcasestr(style, "behavior");
}

/* A place in this file: a cell, a name; not a path, not an address. */
static bool is_place(const char *place)
{
	return !strchr(place, '\\') && !strchr(place, '|') && !strstr(place, "//") && !strchr(place, '[');
}

/* Addresses and macros of shapes (B18), actions (B15), pictures from outside (B12): never kept, and worth a word. */
void ooxml_hook_lost_attribute(struct xml_filter *f, struct xml_name name, struct xml_value value)
{
	static const struct {
		const char *local, *threat;
	} known[] = { { "href", "B18" }, { "src", "B18" }, { "althref", "B18" }, { "macro", "B18" }, { "action", "B15" }, { "link", "B12" } };
	const uint8_t *colon = memchr(name.p, ':', name.n);
	struct xml_name local = colon ? (struct xml_name){ colon + 1, name.n - (uint32_t)(colon + 1 - name.p) } : name;

	if (value.n == 0 || local.n < 3 || local.n > 7)
		return;
	for (size_t i = 0; i < COUNT(known); i++)
		if (xml_name_is(local, known[i].local))
			xml_filter_removed(f, known[i].threat, text_printable(f->arena, bytes_of(value.p, value.n), 60));
}

bool ooxml_hook_attribute(struct xml_filter *f, const struct element_rule *element, const struct attribute_rule *rule, struct xml_value value)
{
	const char *text;

	if (rule->hook == HOOK_SHEET_INDEX)
		return put_sheet_index(f, value);
	if (rule->hook == HOOK_SHEET_TAB) /* the tab in front may be a sheet that goes */
		return !f->state->sheets_removed;
	text = xml_text_of(f->arena, value);
	if (!text)
		return xml_filter_refuse(f, REFUSAL_DAMAGED, "unknown reference in XML") == 0;
	switch (rule->hook) {
	case HOOK_RELATION:
		if (!text[0] && element->hook == HOOK_CLICK) /* a move within the show has no target */
			return true;
		if (!f->keeps_relation(f->relations, text))
			return false;
		f->frames[f->depth].has_relation = true;
		return true;
	case HOOK_DRAWING_RELATION:
		f->frames[f->depth].has_relation = f->keeps_drawing && f->keeps_drawing(f->relations, text);
		return f->frames[f->depth].has_relation;
	case HOOK_FORMULA: {
		const char *threat = threat_of(f, bytes_of(text, strlen(text)));
		if (threat)
			xml_filter_removed(f, strcmp(threat, "B3") == 0 ? "B16" : threat, rule->out);
		return !threat;
	}
	case HOOK_STYLE:
		if (!is_plain_style(text))
			xml_filter_removed(f, "B18", rule->out);
		return is_plain_style(text);
	case HOOK_LOCATION:
		if (!is_place(text))
			xml_filter_removed(f, "B12", text_printable(f->arena, bytes_of(text, strlen(text)), 60));
		return is_place(text);
	default: return slide_hook_attribute(f, element, rule, text);
	}
}
