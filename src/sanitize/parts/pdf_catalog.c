/* PDFの文書カタログ — the root of the document: what a reader needs to show it, nothing that acts on opening. Threats D1, D3, D6, D7. */
#include "base/sort.h"
#include "sanitize/parts/pdf_rebuild.h"
#include "sanitize/rules.h"

enum { TREE_DEPTH = 32 };

static bool keep_preferences(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "CenterWindow", pdf_keep_boolean, NULL }, { "Direction", pdf_keep_name, " L2R R2L " },
		{ "DisplayDocTitle", pdf_keep_boolean, NULL }, { "Duplex", pdf_keep_name, " Simplex DuplexFlipShortEdge DuplexFlipLongEdge " },
		{ "FitWindow", pdf_keep_boolean, NULL }, { "PickTrayByPDFSize", pdf_keep_boolean, NULL },
		{ "PrintScaling", pdf_keep_name, " None AppDefault " },
	};
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	return out->n > 0;
}

/* ---- page labels ---- */

struct label {
	size_t at; /* the first of equal pages counts */
	int64_t page;
	struct pdf_value value;
};
struct labels {
	struct label *rows;
	size_t n, room;
};

static bool keep_label(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_value *out)
{
	static const struct pdf_rule rules[] = {
		{ "P", pdf_keep_string, NULL }, { "S", pdf_keep_name, " D R r A a " }, { "St", pdf_keep_integer, NULL },
		{ "Type", pdf_keep_name, " PageLabel " },
	};
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	out->kind = PDF_NULL;
	PDF_KEEP_KEYS(r, d, rules, out);
	return true;
}

static void gather(struct pdf_rebuild *r, const struct pdf_value *node_value, unsigned depth, struct labels *l)
{
	struct pdf_object *node = pdf_find(r, node_value);
	const struct pdf_value *rows = pdf_find_key(r, &node->value, "Nums"), *kids = pdf_find_key(r, &node->value, "Kids");

	if (node->value.kind != PDF_DICTIONARY || node->visited || depth > TREE_DEPTH)
		return;
	node->visited = true;
	for (uint32_t i = 0; rows && rows->kind == PDF_ARRAY && i + 1 < rows->n && !r->refused; i += 2) {
		struct pdf_value page;
		struct label row;
		if (!pdf_keep_integer(r, &rows->items[i], NULL, &page) || page.integer < 0 || page.integer >= pdf_page_count(r) ||
		    !keep_label(r, &rows->items[i + 1], &row.value))
			continue;
		row.page = page.integer;
		if (l->n == l->room) {
			struct label *bigger = arena_new_array(r->arena, struct label, l->room * 2 + 64);
			if (l->n > 0)
				memcpy(bigger, l->rows, l->n * sizeof *bigger);
			l->rows = bigger, l->room = l->room * 2 + 64;
		}
		row.at = l->n;
		l->rows[l->n++] = row;
	}
	for (uint32_t i = 0; kids && kids->kind == PDF_ARRAY && i < kids->n && !r->refused; i++)
		gather(r, &kids->items[i], depth + 1, l);
}

static int by_page(const void *a, const void *b)
{
	const struct label *x = a, *y = b;

	return x->page != y->page ? (x->page > y->page) - (x->page < y->page) : (x->at > y->at) - (x->at < y->at);
}

bool pdf_keep_page_labels(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	struct labels l = { 0 };

	gather(r, in, 0, &l);
	if (l.n == 0)
		return false;
	sort_items(l.rows, l.n, sizeof *l.rows, by_page);
	struct pdf_value all = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, l.n * 2) };
	for (size_t i = 0; i < l.n; i++) {
		if (i > 0 && l.rows[i].page == l.rows[i - 1].page)
			continue;
		all.items[all.n++] = pdf_of_integer(l.rows[i].page);
		all.items[all.n++] = l.rows[i].value;
	}
	*out = (struct pdf_value){ .kind = PDF_DICTIONARY };
	pdf_set_literal(r->arena, out, "Nums", all);
	return true;
}

/* ---- catalog ---- */

static bool keep_destinations(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *d = &pdf_find(r, in)->value;

	if (d->kind != PDF_DICTIONARY)
		return false;
	pdf_keep_all(r, d, pdf_keep_destination, NULL, out);
	return out->n > 0;
}

/* The values of names other than destinations are code, files, templates. */
static void report_names(struct pdf_rebuild *r, const struct pdf_value *catalog)
{
	const struct pdf_value *names = pdf_find_key(r, catalog, "Names");

	for (uint32_t i = 0; names && names->kind == PDF_DICTIONARY && i < names->n; i++)
		if (!bytes_equal(names->entries[i].key, BYTES("Dests")))
			pdf_report_key(r, names->entries[i].key);
}

/* A document that is a program drawing its pages by itself: what is left would be "please wait". */
static bool is_only_xfa(struct pdf_rebuild *r, const struct pdf_value *catalog)
{
	const struct pdf_value *form = pdf_find_key(r, catalog, "AcroForm"), *needs = pdf_find_key(r, catalog, "NeedsRendering");
	const struct pdf_value *fields = pdf_find_key(r, form, "Fields");

	return pdf_find_key(r, form, "XFA") &&
	       ((needs && needs->kind == PDF_BOOLEAN && needs->yes) || (pdf_page_count(r) == 1 && (!fields || fields->n == 0)));
}

static bool build_info(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_output *out)
{
	static const struct pdf_rule rules[] = {
		{ "Author", pdf_keep_string, NULL }, { "CreationDate", pdf_keep_date, NULL }, { "Keywords", pdf_keep_string, NULL },
		{ "ModDate", pdf_keep_date, NULL },  { "Subject", pdf_keep_string, NULL },    { "Title", pdf_keep_string, NULL },
	};

	out->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct pdf_value *v = pdf_get(in, rules[i].key);
		struct pdf_value kept;
		if (v && rules[i].keep(r, v, NULL, &kept) && kept.bytes.n > 0)
			pdf_set_literal(r->arena, &out->value, rules[i].key, kept);
	}
	return out->value.n > 0;
}

bool pdf_catalog_build(struct pdf_rebuild *r, const struct pdf_value *trailer, struct pdf_output **catalog, struct pdf_output **info)
{
	static const struct pdf_rule rules[] = {
		{ "AcroForm", pdf_keep_interactive_form, NULL }, { "Dests", keep_destinations, NULL }, { "Lang", pdf_keep_string, NULL },
		{ "OCProperties", pdf_keep_layer_properties, NULL }, { "Outlines", pdf_keep_outlines, NULL },
		{ "PageLabels", pdf_keep_page_labels, NULL },
		{ "PageLayout", pdf_keep_name, " SinglePage OneColumn TwoColumnLeft TwoColumnRight TwoPageLeft TwoPageRight " },
		{ "PageMode", pdf_keep_name, " UseNone UseOutlines UseThumbs UseOC " }, { "ViewerPreferences", keep_preferences, NULL },
	};
	const struct pdf_value *in = pdf_find_key(r, trailer, "Root"), *about = pdf_find_key(r, trailer, "Info");
	struct pdf_output *out = pdf_output_new(r), *pages = pdf_output_new(r);
	struct pdf_value names;

	if (!in || in->kind != PDF_DICTIONARY)
		return pdf_refuse(r, REFUSAL_DAMAGED, "no catalog");
	if (!pdf_pages_read(r, in))
		return false;
	if (is_only_xfa(r, in))
		return pdf_refuse(r, REFUSAL_FEATURE, "its pages are drawn by an XFA program");
	pdf_fields_read(r, in);
	pdf_pages_build(r, pages);
	PDF_KEEP_KEYS(r, in, rules, &out->value);
	report_names(r, in);
	r->signature_lost |= pdf_get(in, "Perms") || pdf_get(in, "DSS");
	if (pdf_destinations_build(r, in, &names))
		pdf_set_literal(r->arena, &out->value, "Names", names);
	pdf_build_pending(r);
	pdf_set_literal(r->arena, &out->value, "Pages", pdf_output_value(pages));
	pdf_set_literal(r->arena, &out->value, "Type", pdf_of_name("Catalog"));
	*catalog = out;
	*info = pdf_output_new(r);
	if (!about || about->kind != PDF_DICTIONARY || !build_info(r, about, *info))
		*info = NULL;
	if (*info && job_removes(r->job, FEATURE_metadata)) {
		pdf_report(r, feature_words[FEATURE_metadata].removal, (*info)->value.n);
		*info = NULL;
	}
	return !r->refused;
}
