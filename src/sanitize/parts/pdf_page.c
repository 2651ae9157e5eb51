/* PDFのページ — the page tree, read once, cycles refused, attributes inherited brought down, written flat. Threats D2, D14. */
#include "sanitize/parts/pdf_rebuild.h"

enum { TREE_DEPTH = 64 };

struct inherited {
	const struct pdf_value *resources, *media_box, *crop_box, *rotate;
};
struct page {
	struct pdf_object *in;
	struct inherited inherited;
	struct pdf_output *out;
};
struct pdf_page_list {
	struct page *pages;
	uint32_t count, room;
	int path[TREE_DEPTH]; /* object numbers from the root to here */
};

static bool add_page(struct pdf_rebuild *r, struct pdf_page_list *l, struct pdf_object *in, const struct inherited *inherited)
{
	if (l->count >= job_limit(r->job, LIMIT_PAGES))
		return pdf_refuse(r, REFUSAL_TOO_MANY_PARTS, "more pages than the limit");
	if (l->count == l->room) {
		struct page *bigger = arena_new_array(r->arena, struct page, l->room * 2 + 64);
		if (l->count > 0)
			memcpy(bigger, l->pages, l->count * sizeof *bigger);
		l->pages = bigger, l->room = l->room * 2 + 64;
	}
	l->pages[l->count++] = (struct page){ in, *inherited, pdf_output_new(r) };
	if (!in->page) /* shown twice: destinations mean the first */
		in->page = l->pages[l->count - 1].out;
	return true;
}

static void inherit(const struct pdf_value *node, const char *key, const struct pdf_value **value)
{
	const struct pdf_value *v = pdf_get(node, key);

	if (v && v->kind != PDF_NULL)
		*value = v;
}

static bool read_node(struct pdf_rebuild *r, struct pdf_page_list *l, const struct pdf_value *value, struct inherited inherited, unsigned depth)
{
	struct pdf_object *node = pdf_find(r, value);
	const struct pdf_value *kids = pdf_find_key(r, &node->value, "Kids");

	if (r->refused)
		return false;
	if (node->value.kind != PDF_DICTIONARY || node->is_stream)
		return true; /* nothing there */
	for (unsigned i = 0; i < depth && node->id > 0; i++)
		if (l->path[i] == node->id) {
			pdf_report(r, "D14", 1);
			return pdf_refuse(r, REFUSAL_DAMAGED, "the page tree turns back on itself");
		}
	inherit(&node->value, "Resources", &inherited.resources);
	inherit(&node->value, "MediaBox", &inherited.media_box);
	inherit(&node->value, "CropBox", &inherited.crop_box);
	inherit(&node->value, "Rotate", &inherited.rotate);
	if (!kids || kids->kind != PDF_ARRAY || pdf_is_name(pdf_find_key(r, &node->value, "Type"), "Page"))
		return pdf_is_name(pdf_find_key(r, &node->value, "Type"), "Pages") || add_page(r, l, node, &inherited);
	if (depth >= TREE_DEPTH)
		return pdf_refuse(r, REFUSAL_TOO_DEEP, "the page tree is nested too deeply");
	l->path[depth] = node->id;
	for (uint32_t i = 0; i < kids->n; i++)
		if (!read_node(r, l, &kids->items[i], inherited, depth + 1))
			return false;
	return true;
}

bool pdf_pages_read(struct pdf_rebuild *r, const struct pdf_value *catalog)
{
	const struct pdf_value *root = pdf_get(catalog, "Pages");

	r->pages = arena_alloc(r->arena, sizeof *r->pages);
	if (!root || !read_node(r, r->pages, root, (struct inherited){ 0 }, 0))
		return r->refused ? false : pdf_refuse(r, REFUSAL_DAMAGED, "no page tree");
	if (r->pages->count == 0)
		return pdf_refuse(r, REFUSAL_DAMAGED, "no pages");
	return true;
}

unsigned pdf_page_count(const struct pdf_rebuild *r)
{
	return r->pages->count;
}

struct pdf_output *pdf_page_of(struct pdf_rebuild *r, const struct pdf_value *reference)
{
	const struct pdf_value *v = &pdf_find(r, reference)->value;

	if (v->kind == PDF_INTEGER) /* a page number: meant for other files, used for this one too */
		return v->integer >= 0 && (uint64_t)v->integer < r->pages->count ? r->pages->pages[v->integer].out : NULL;
	return pdf_find(r, reference)->page;
}

/* Contents: a stream, or several that are one text together. */
static struct bytes contents_of(struct pdf_rebuild *r, const struct pdf_value *contents, struct arena *arena)
{
	struct buf all = buf_in(arena, (size_t)job_limit(r->job, LIMIT_JOB_MEMORY) / 4);
	uint32_t n = contents->kind == PDF_ARRAY ? contents->n : 1;

	for (uint32_t i = 0; i < n && !r->refused; i++) {
		const struct pdf_object *o = pdf_find(r, contents->kind == PDF_ARRAY ? &contents->items[i] : contents);
		struct bytes data;
		struct pdf_filter last;
		if (!o->is_stream)
			continue;
		if (!pdf_decode(r, o, &data, &last) || last.kind != PDF_FILTER_NONE) {
			pdf_report(r, "D12", 1);
			continue;
		}
		if (n == 1)
			return data;
		buf_bytes(&all, data);
		buf_byte(&all, '\n');
	}
	if (!buf_ok(&all))
		pdf_refuse(r, REFUSAL_BOMB, "the drawing instructions of a page unpack out of all proportion");
	return buf_view(&all);
}

static bool build_contents(struct pdf_rebuild *r, const struct pdf_value *in, const struct pdf_value *resources, struct pdf_value *out)
{
	const struct pdf_object *o = pdf_find(r, in);
	struct pdf_output *made = pdf_output_new(r);

	if (!o->is_stream && o->value.kind != PDF_ARRAY)
		return false;
	made->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	struct pdf_value direct = o->value;
	pdf_rewrite_content(r, contents_of(r, o->is_stream ? in : &direct, r->scratch), resources, made);
	*out = pdf_output_value(made);
	return true;
}

static bool keep_annotations(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *array = &pdf_find(r, in)->value;

	if (array->kind != PDF_ARRAY)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, array->n) };
	for (uint32_t i = 0; i < array->n && !r->refused; i++)
		kept.n += pdf_keep_annotation(r, &array->items[i], NULL, &kept.items[kept.n]);
	*out = kept;
	return kept.n > 0;
}

static bool keep_turn(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	if (!pdf_keep_integer(r, in, names, out) || out->integer % 90 != 0)
		return false;
	*out = pdf_of_integer((pdf_integer(out) % 360 + 360) % 360);
	return out->integer != 0;
}

static void set_inherited(struct pdf_rebuild *r, const struct pdf_value *in, const char *key, pdf_keep *keep, struct pdf_value *out)
{
	struct pdf_value kept;

	if (in && keep(r, in, NULL, &kept))
		pdf_set_literal(r->arena, out, key, kept);
}

/* What a viewer takes where no page size is given. */
static struct pdf_value letter(struct pdf_rebuild *r)
{
	static const int sides[4] = { 0, 0, 612, 792 };
	struct pdf_value box = { .kind = PDF_ARRAY, .n = 4, .items = arena_new_array(r->arena, struct pdf_value, 4) };

	for (int i = 0; i < 4; i++)
		box.items[i] = pdf_of_integer(sides[i]);
	return box;
}

static void build_page(struct pdf_rebuild *r, const struct page *page, struct pdf_output *root)
{
	static const struct pdf_rule rules[] = {
		{ "ArtBox", pdf_keep_rectangle, NULL }, { "BleedBox", pdf_keep_rectangle, NULL }, { "Group", pdf_keep_group, NULL },
		{ "Tabs", pdf_keep_name, " R C S " },	{ "TrimBox", pdf_keep_rectangle, NULL },  { "UserUnit", pdf_keep_number, NULL },
		{ "Annots", keep_annotations, NULL },
	};
	struct pdf_value *d = &page->out->value, contents;
	unsigned lost = r->lost_pictures, kept = r->pictures;

	PDF_KEEP_KEYS(r, &page->in->value, rules, d);
	set_inherited(r, page->inherited.media_box, "MediaBox", pdf_keep_rectangle, d);
	set_inherited(r, page->inherited.crop_box, "CropBox", pdf_keep_rectangle, d);
	set_inherited(r, page->inherited.rotate, "Rotate", keep_turn, d);
	set_inherited(r, page->inherited.resources, "Resources", pdf_keep_resources, d);
	if (!pdf_get(d, "MediaBox"))
		pdf_set_literal(r->arena, d, "MediaBox", letter(r));
	const struct pdf_value *in = pdf_get(&page->in->value, "Contents");
	if (in && build_contents(r, in, pdf_get(d, "Resources"), &contents)) {
		pdf_set_literal(r->arena, d, "Contents", contents);
		if (r->lost_pictures > lost && r->pictures == kept && !r->has_text)
			pdf_refuse(r, REFUSAL_FEATURE, "a page is nothing but a picture that cannot be decoded");
	}
	pdf_set_literal(r->arena, d, "Parent", pdf_output_value(root));
	pdf_set_literal(r->arena, d, "Type", pdf_of_name("Page"));
}

void pdf_pages_build(struct pdf_rebuild *r, struct pdf_output *root)
{
	struct pdf_page_list *l = r->pages;
	struct pdf_value kids = { .kind = PDF_ARRAY, .n = l->count, .items = arena_new_array(r->arena, struct pdf_value, l->count) };

	for (uint32_t i = 0; i < l->count && !r->refused; i++) {
		r->page = i + 1;
		build_page(r, &l->pages[i], root);
		kids.items[i] = pdf_output_value(l->pages[i].out);
		pdf_build_pending(r);
	}
	r->page = 0;
	root->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	pdf_set_literal(r->arena, &root->value, "Count", pdf_of_integer(l->count));
	pdf_set_literal(r->arena, &root->value, "Kids", kids);
	pdf_set_literal(r->arena, &root->value, "Type", pdf_of_name("Pages"));
}
