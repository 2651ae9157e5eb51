/* PDFの注釈 — links, markup and widgets. Of all actions two are kept: a web or mail address, and a place in this document. Threats D1, D2, D3, D5. */
#include "sanitize/parts/pdf_rebuild.h"
#include "sanitize/rules.h"

enum { ADDRESS_MOST = 2048, CONTENT_MOST = 65536 };

/* ---- actions ---- */

static bool starts_folded(struct bytes b, const char *start)
{
	size_t n = strlen(start);

	if (b.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((b.p[i] >= 'A' && b.p[i] <= 'Z' ? b.p[i] | 0x20 : b.p[i]) != (uint8_t)start[i])
			return false;
	return true;
}

/* http, https, mailto; printable bytes without blanks, quotes and angle brackets; UTF-8 beyond ASCII as real files have it. */
static bool is_address(struct bytes b)
{
	if (b.n > ADDRESS_MOST || !(starts_folded(b, "http://") || starts_folded(b, "https://") || starts_folded(b, "mailto:")) || !is_utf8(b))
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] <= 0x20 || b.p[i] == 0x7f || b.p[i] == '"' || b.p[i] == '<' || b.p[i] == '>' || b.p[i] == '\\')
			return false;
	return true;
}

static const char *threat_of_action(const struct pdf_value *kind)
{
	return pdf_is_name(kind, "JavaScript") || pdf_is_name(kind, "JS") ? "D1" : pdf_is_name(kind, "URI") ? "D5" : "D2";
}

bool pdf_keep_action(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *d = &pdf_find(r, in)->value, *kind = pdf_find_key(r, d, "S");
	struct pdf_value kept = { .kind = PDF_DICTIONARY }, part;

	if (d->kind != PDF_DICTIONARY)
		return false;
	for (const struct pdf_value *next = pdf_find_key(r, d, "Next"); next;) { /* the first tells enough */
		const struct pdf_value *first = next->kind == PDF_ARRAY && next->n > 0 ? &pdf_find(r, &next->items[0])->value : next;
		pdf_report(r, threat_of_action(pdf_find_key(r, first, "S")), 1);
		break;
	}
	if (pdf_is_name(kind, "URI") && pdf_get(d, "URI") && pdf_keep_string(r, pdf_get(d, "URI"), NULL, &part) && is_address(part.bytes)) {
		if (job_removes(r->job, FEATURE_links)) {
			pdf_report(r, feature_words[FEATURE_links].removal, 1);
			return false;
		}
		pdf_set_literal(r->arena, &kept, "S", pdf_of_name("URI"));
		pdf_set_literal(r->arena, &kept, "URI", part);
	} else if (pdf_is_name(kind, "GoTo") && pdf_get(d, "D") && pdf_keep_destination(r, pdf_get(d, "D"), NULL, &part)) {
		pdf_set_literal(r->arena, &kept, "D", part);
		pdf_set_literal(r->arena, &kept, "S", pdf_of_name("GoTo"));
	} else {
		if (!pdf_is_name(kind, "GoTo")) /* a place that does not exist is no threat */
			pdf_report(r, threat_of_action(kind), 1);
		return false;
	}
	*out = kept;
	return true;
}

/* ---- parts of annotations ---- */

bool pdf_keep_default_appearance(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	struct pdf_value text;
	struct pdf_content c = { .arena = r->scratch, .most = CONTENT_MOST };

	if (!pdf_keep_string(r, in, names, &text) || text.bytes.n > CONTENT_MOST)
		return false;
	struct buf b = buf_in(r->scratch, 4 * CONTENT_MOST);
	pdf_content_rewrite(&c, text.bytes, &b);
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '\n')
			b.p[i] = ' ';
	while (b.n > 0 && b.p[b.n - 1] == ' ')
		b.n--;
	*out = (struct pdf_value){ .kind = PDF_STRING, .bytes = arena_bytes(r->arena, buf_view(&b)) };
	bool ok = buf_ok(&b) && c.dropped_images == 0 && !c.paints;
	pdf_scratch(r);
	return ok;
}

static bool keep_by(struct pdf_rebuild *r, const struct pdf_value *in, const struct pdf_rule *rules, size_t n, struct pdf_value *out)
{
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY || pdf_find(r, in)->is_stream)
		return false;
	out->kind = PDF_NULL;
	pdf_keep_keys(r, d, rules, n, out);
	return true;
}

static bool keep_appearance(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	const struct pdf_object *o = pdf_find(r, in);

	if (o->is_stream)
		return pdf_keep_form(r, in, names, out);
	if (o->value.kind != PDF_DICTIONARY)
		return false;
	pdf_keep_all(r, &o->value, pdf_keep_form, NULL, out);
	return true;
}

static bool keep_appearances(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = { { "D", keep_appearance, NULL }, { "N", keep_appearance, NULL }, { "R", keep_appearance, NULL } };

	return keep_by(r, in, rules, COUNT(rules), out) && out->n > 0;
}

static bool keep_border_style(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "D", pdf_keep_numbers, NULL }, { "S", pdf_keep_name, NULL }, { "Type", pdf_keep_name, " Border " }, { "W", pdf_keep_number, NULL },
	};

	return keep_by(r, in, rules, COUNT(rules), out);
}

static bool keep_border_effect(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = { { "I", pdf_keep_number, NULL }, { "S", pdf_keep_name, NULL } };

	return keep_by(r, in, rules, COUNT(rules), out);
}

/* [horizontal vertical width [dashes]] */
static bool keep_border(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY || array->n < 3)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, 4) };
	for (; kept.n < 3; kept.n++)
		if (!pdf_keep_number(r, &array->items[kept.n], NULL, &kept.items[kept.n]))
			return false;
	if (array->n > 3 && pdf_keep_numbers(r, &array->items[3], NULL, &kept.items[3]))
		kept.n = 4;
	*out = kept;
	return true;
}

static bool keep_icon_fit(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "A", pdf_keep_numbers, NULL }, { "FB", pdf_keep_boolean, NULL }, { "S", pdf_keep_name, " A P " }, { "SW", pdf_keep_name, " A B N S " },
	};

	return keep_by(r, in, rules, COUNT(rules), out);
}

static bool keep_characteristics(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "AC", pdf_keep_string, NULL }, { "BC", pdf_keep_numbers, NULL }, { "BG", pdf_keep_numbers, NULL }, { "CA", pdf_keep_string, NULL },
		{ "I", pdf_keep_form, NULL }, { "IF", keep_icon_fit, NULL }, { "IX", pdf_keep_form, NULL }, { "R", pdf_keep_integer, NULL },
		{ "RC", pdf_keep_string, NULL }, { "RI", pdf_keep_form, NULL }, { "TP", pdf_keep_integer, NULL },
	};

	return keep_by(r, in, rules, COUNT(rules), out);
}

static bool keep_strokes(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n; i++)
		kept.n += pdf_keep_numbers(r, &array->items[i], NULL, &kept.items[kept.n]);
	*out = kept;
	return true;
}

static bool keep_line_ends(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	return pdf_keep_name(r, in, names, out) || pdf_keep_names(r, in, names, out);
}

/* ---- annotations ---- */

#define KEPT_KINDS \
	" Text Link FreeText Line Square Circle Polygon PolyLine Highlight Underline Squiggly StrikeOut Stamp Caret Ink Popup Watermark Redact "

static const struct pdf_rule rules[] = {
	{ "A", pdf_keep_action, NULL }, { "AP", keep_appearances, NULL }, { "AS", pdf_keep_name, NULL }, { "BE", keep_border_effect, NULL },
	{ "BS", keep_border_style, NULL }, { "Border", keep_border, NULL }, { "C", pdf_keep_numbers, NULL }, { "CA", pdf_keep_number, NULL },
	{ "CL", pdf_keep_numbers, NULL }, { "CO", pdf_keep_numbers, NULL }, { "CP", pdf_keep_name, NULL }, { "Cap", pdf_keep_boolean, NULL },
	{ "Contents", pdf_keep_string, NULL }, { "CreationDate", pdf_keep_date, NULL }, { "DA", pdf_keep_default_appearance, NULL },
	{ "Dest", pdf_keep_destination, NULL }, { "F", pdf_keep_integer, NULL }, { "H", pdf_keep_name, NULL }, { "IC", pdf_keep_numbers, NULL },
	{ "IRT", pdf_keep_annotation, NULL }, { "IT", pdf_keep_name, NULL }, { "InkList", keep_strokes, NULL }, { "L", pdf_keep_numbers, NULL },
	{ "LE", keep_line_ends, NULL }, { "LL", pdf_keep_number, NULL }, { "LLE", pdf_keep_number, NULL }, { "LLO", pdf_keep_number, NULL },
	{ "M", pdf_keep_date, NULL }, { "MK", keep_characteristics, NULL }, { "NM", pdf_keep_string, NULL }, { "Name", pdf_keep_name, NULL },
	{ "OC", pdf_keep_optional_content, NULL }, { "Open", pdf_keep_boolean, NULL }, { "Popup", pdf_keep_annotation, NULL },
	{ "Q", pdf_keep_integer, NULL }, { "QuadPoints", pdf_keep_numbers, NULL }, { "RD", pdf_keep_numbers, NULL }, { "RT", pdf_keep_name, NULL },
	{ "Rect", pdf_keep_rectangle, NULL }, { "Rotate", pdf_keep_integer, NULL }, { "State", pdf_keep_string, NULL },
	{ "StateModel", pdf_keep_string, NULL }, { "Subj", pdf_keep_string, NULL }, { "Subtype", pdf_keep_name, KEPT_KINDS "Widget " },
	{ "Sy", pdf_keep_name, NULL }, { "T", pdf_keep_string, NULL }, { "Type", pdf_keep_name, " Annot " }, { "Vertices", pdf_keep_numbers, NULL },
};

const struct pdf_rule *pdf_annotation_rules(size_t *n)
{
	*n = COUNT(rules);
	return rules;
}

/* What reviewers write beside the page: goes if the policy lets no comments stay. What they draw or type on the page itself stays, as do links. */
#define COMMENT_KINDS " Text Highlight Underline Squiggly StrikeOut Caret Redact Popup "
#define DRAWN_KINDS " FreeText Line Square Circle Polygon PolyLine Stamp Ink Watermark "
#define REMARKS " CreationDate IRT M NM Popup RT State StateModel Subj T "

/* Who drew it, when, and the note behind it. */
static void drop_remarks(struct pdf_rebuild *r, struct pdf_value *annotation)
{
	const struct pdf_value *kind = pdf_get(annotation, "Subtype");
	struct pdf_value unused;
	uint32_t kept = 0;

	if (!kind || !pdf_keep_name(r, kind, DRAWN_KINDS, &unused))
		return;
	for (uint32_t i = 0; i < annotation->n; i++) {
		struct pdf_value key = { .kind = PDF_NAME, .bytes = annotation->entries[i].key };
		bool note = bytes_equal(key.bytes, BYTES("Contents")) && !pdf_is_name(kind, "FreeText"); /* there it is what is shown */
		if (!note && !pdf_keep_name(r, &key, REMARKS, &unused))
			annotation->entries[kept++] = annotation->entries[i];
	}
	if (kept < annotation->n)
		pdf_report(r, feature_words[FEATURE_comments].removal, 1);
	annotation->n = kept;
}

static bool build_annotation(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	PDF_KEEP_KEYS(r, &in->value, rules, &out->value);
	if (job_removes(r->job, FEATURE_comments))
		drop_remarks(r, &out->value);
	if (!pdf_get(&out->value, "Rect")) {
		struct pdf_value box = { .kind = PDF_ARRAY, .n = 4, .items = arena_new_array(r->arena, struct pdf_value, 4) };
		for (int i = 0; i < 4; i++)
			box.items[i] = pdf_of_integer(0);
		pdf_set_literal(r->arena, &out->value, "Rect", box);
	}
	pdf_set_literal(r->arena, &out->value, "Type", pdf_of_name("Annot"));
	return true;
}

/* The picture of an annotation that is not kept for what it does (a film, a file, a signature) stays, as a stamp. */
static bool build_stamp(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out)
{
	static const struct pdf_rule few[] = {
		{ "AP", keep_appearances, NULL }, { "AS", pdf_keep_name, NULL }, { "F", pdf_keep_integer, NULL },
		{ "OC", pdf_keep_optional_content, NULL }, { "Rect", pdf_keep_rectangle, NULL },
	};

	for (uint32_t i = 0; i < in->value.n; i++) {
		const struct pdf_entry *e = &in->value.entries[i];
		for (size_t k = 0; k < COUNT(few); k++) {
			struct pdf_value kept;
			if (bytes_equal(e->key, bytes_of(few[k].key, strlen(few[k].key))) && few[k].keep(r, &e->value, NULL, &kept)) {
				out->value.kind = PDF_DICTIONARY;
				pdf_set(r->arena, &out->value, e->key, kept);
			}
		}
	}
	pdf_set_literal(r->arena, &out->value, "Subtype", pdf_of_name("Stamp"));
	pdf_set_literal(r->arena, &out->value, "Type", pdf_of_name("Annot"));
	return true;
}

static bool keep_picture(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_value *out)
{
	static const struct pdf_builder builder = { "stamp", .dictionary = true, .later = true, .build = build_stamp };
	const struct pdf_value *d = &pdf_find(r, in)->value, *looks = pdf_find_key(r, d, "AP");
	struct pdf_value box;

	return looks && pdf_find_key(r, looks, "N") && pdf_get(d, "Rect") && pdf_keep_rectangle(r, pdf_get(d, "Rect"), NULL, &box) &&
	       pdf_build(r, in, &builder, out);
}

bool pdf_keep_annotation(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_builder builder = { "annotation", .dictionary = true, .later = true, .build = build_annotation };
	const struct pdf_object *o = pdf_find(r, in);
	const struct pdf_value *kind = pdf_find_key(r, &o->value, "Subtype");
	struct pdf_value unused;

	if (o->value.kind != PDF_DICTIONARY || o->is_stream || !kind || kind->kind != PDF_NAME)
		return false;
	if (pdf_is_name(kind, "Widget")) {
		if (!pdf_is_signature_field(r, o))
			return pdf_keep_field(r, in, NULL, out);
		pdf_report(r, "D7", 1);
		r->signature_lost |= pdf_find_key(r, &o->value, "V") != NULL;
		return keep_picture(r, in, out);
	}
	if (job_removes(r->job, FEATURE_comments) && pdf_keep_name(r, kind, COMMENT_KINDS, &unused)) {
		if (!pdf_is_name(kind, "Popup"))
			pdf_report(r, feature_words[FEATURE_comments].removal, 1);
		return false;
	}
	if (pdf_keep_name(r, kind, KEPT_KINDS, &unused))
		return pdf_build(r, in, &builder, out);
	pdf_report(r, pdf_is_name(kind, "FileAttachment") ? "D3" : "D2", 1);
	return keep_picture(r, in, out);
}
