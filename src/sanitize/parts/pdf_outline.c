/* PDFのしおり — bookmarks and named destinations, read with every loop cut, written consistent. Threats D2, D14. */
#include "base/sort.h"
#include "sanitize/parts/pdf_rebuild.h"

enum { TREE_DEPTH = 32 };

/* ---- destinations ---- */

static bool keep_place(struct pdf_rebuild *r, const struct pdf_value *array, struct pdf_value *out)
{
	static const char kinds[] = " XYZ Fit FitH FitV FitR FitB FitBH FitBV ";
	struct pdf_output *page = array->n > 0 ? pdf_page_of(r, &array->items[0]) : NULL;

	if (!page)
		return false;
	struct pdf_value kept = { .kind = PDF_ARRAY, .n = 2, .items = arena_new_array(r->arena, struct pdf_value, 6) };
	kept.items[0] = pdf_output_value(page);
	if (array->n < 2 || !pdf_keep_name(r, &array->items[1], kinds, &kept.items[1]))
		kept.items[1] = pdf_of_name("Fit");
	else
		for (uint32_t i = 2; i < array->n && i < 6; i++, kept.n++)
			if (!pdf_keep_number(r, &array->items[i], NULL, &kept.items[i]))
				kept.items[i] = (struct pdf_value){ .kind = PDF_NULL };
	*out = kept;
	return true;
}

bool pdf_keep_destination(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out)
{
	const struct pdf_value *v = &pdf_find(r, in)->value;

	if (v->kind == PDF_DICTIONARY) /* of a named destination */
		v = pdf_find_key(r, v, "D");
	if (v && v->kind == PDF_ARRAY)
		return keep_place(r, v, out);
	return v && (pdf_keep_string(r, v, names, out) || pdf_keep_name(r, v, names, out));
}

struct named {
	size_t at; /* the first of equal names counts */
	struct bytes name;
	struct pdf_value value;
};
struct named_list {
	struct named *rows;
	size_t n, room;
};

static void add_named(struct pdf_rebuild *r, struct named_list *l, struct bytes name, struct pdf_value value)
{
	if (l->n == l->room) {
		struct named *bigger = arena_new_array(r->arena, struct named, l->room * 2 + 64);
		if (l->n > 0)
			memcpy(bigger, l->rows, l->n * sizeof *bigger);
		l->rows = bigger, l->room = l->room * 2 + 64;
	}
	l->rows[l->n] = (struct named){ l->n, name, value };
	l->n++;
}

static void gather(struct pdf_rebuild *r, const struct pdf_value *node_value, unsigned depth, struct named_list *l)
{
	struct pdf_object *node = pdf_find(r, node_value);
	const struct pdf_value *names = pdf_find_key(r, &node->value, "Names"), *kids = pdf_find_key(r, &node->value, "Kids");

	if (node->value.kind != PDF_DICTIONARY || node->visited || depth > TREE_DEPTH)
		return;
	node->visited = true;
	for (uint32_t i = 0; names && names->kind == PDF_ARRAY && i + 1 < names->n && !r->refused; i += 2) {
		struct pdf_value name, place;
		if (pdf_keep_string(r, &names->items[i], NULL, &name) && pdf_keep_destination(r, &names->items[i + 1], NULL, &place) &&
		    place.kind == PDF_ARRAY)
			add_named(r, l, name.bytes, place);
	}
	for (uint32_t i = 0; kids && kids->kind == PDF_ARRAY && i < kids->n && !r->refused; i++)
		gather(r, &kids->items[i], depth + 1, l);
}

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = memcmp(x->name.p, y->name.p, MIN(x->name.n, y->name.n));

	if (c == 0)
		c = (x->name.n > y->name.n) - (x->name.n < y->name.n);
	return c ? c : (x->at > y->at) - (x->at < y->at);
}

/* The name tree of destinations, in one node. */
bool pdf_destinations_build(struct pdf_rebuild *r, const struct pdf_value *catalog, struct pdf_value *out)
{
	const struct pdf_value *names = pdf_find_key(r, catalog, "Names"), *tree = names ? pdf_get(names, "Dests") : NULL;
	struct named_list l = { 0 };

	if (tree)
		gather(r, tree, 0, &l);
	if (l.n == 0)
		return false;
	sort_items(l.rows, l.n, sizeof *l.rows, by_name);
	struct pdf_value all = { .kind = PDF_ARRAY, .items = arena_new_array(r->arena, struct pdf_value, l.n * 2) };
	for (size_t i = 0; i < l.n; i++) {
		if (i > 0 && bytes_equal(l.rows[i].name, l.rows[i - 1].name))
			continue;
		all.items[all.n++] = (struct pdf_value){ .kind = PDF_STRING, .bytes = l.rows[i].name };
		all.items[all.n++] = l.rows[i].value;
	}
	struct pdf_output *node = pdf_output_new(r);
	struct pdf_value holder = { .kind = PDF_DICTIONARY };
	node->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	pdf_set_literal(r->arena, &node->value, "Names", all);
	pdf_set_literal(r->arena, &holder, "Dests", pdf_output_value(node));
	*out = holder;
	return true;
}

/* ---- bookmarks ---- */

static const struct pdf_rule item_rules[] = {
	{ "A", pdf_keep_action, NULL }, { "C", pdf_keep_numbers, NULL }, { "Dest", pdf_keep_destination, NULL }, { "F", pdf_keep_integer, NULL },
	{ "Title", pdf_keep_string, NULL },
};

/* Keys of the chain are made anew: those of the file are not looked at. */
static void keep_item(struct pdf_rebuild *r, const struct pdf_value *in, struct pdf_output *out)
{
	out->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	for (size_t i = 0; i < COUNT(item_rules); i++) {
		const struct pdf_value *v = pdf_get(in, item_rules[i].key);
		struct pdf_value kept;
		if (v && item_rules[i].keep(r, v, NULL, &kept))
			pdf_set_literal(r->arena, &out->value, item_rules[i].key, kept);
	}
	if (pdf_get(in, "AA"))
		pdf_report(r, "D1", 1);
	if (!pdf_get(&out->value, "Title"))
		pdf_set_literal(r->arena, &out->value, "Title", (struct pdf_value){ .kind = PDF_STRING, .bytes = BYTES("") });
}

/* The chain that begins at `first`; returns how many lines it shows when open. */
static int64_t build_chain(struct pdf_rebuild *r, const struct pdf_value *first, struct pdf_output *parent, unsigned depth)
{
	struct pdf_output *begin = NULL, *end = NULL;
	int64_t lines = 0;

	while (first && depth < TREE_DEPTH && !r->refused) {
		struct pdf_object *in = pdf_find(r, first);
		if (in->id == 0 || in->value.kind != PDF_DICTIONARY || in->is_stream || in->visited)
			break;
		in->visited = true;
		struct pdf_output *item = pdf_output_new(r);
		keep_item(r, &in->value, item);
		int64_t below = build_chain(r, pdf_get(&in->value, "First"), item, depth + 1);
		const struct pdf_value *count = pdf_find_key(r, &in->value, "Count");
		bool is_open = count && pdf_is_number(count) && pdf_integer(count) > 0;
		if (below > 0)
			pdf_set_literal(r->arena, &item->value, "Count", pdf_of_integer(is_open ? below : -below));
		lines += 1 + (is_open ? below : 0);
		pdf_set_literal(r->arena, &item->value, "Parent", pdf_output_value(parent));
		if (end) {
			pdf_set_literal(r->arena, &item->value, "Prev", pdf_output_value(end));
			pdf_set_literal(r->arena, &end->value, "Next", pdf_output_value(item));
		} else {
			begin = item;
		}
		end = item;
		first = pdf_get(&in->value, "Next");
	}
	if (begin) {
		pdf_set_literal(r->arena, &parent->value, "First", pdf_output_value(begin));
		pdf_set_literal(r->arena, &parent->value, "Last", pdf_output_value(end));
	}
	return lines;
}

bool pdf_keep_outlines(struct pdf_rebuild *r, const struct pdf_value *in, const char *names __attribute__((unused)), struct pdf_value *out)
{
	const struct pdf_value *d = &pdf_find(r, in)->value;
	struct pdf_output *root = pdf_output_new(r);

	if (d->kind != PDF_DICTIONARY)
		return false;
	root->value = (struct pdf_value){ .kind = PDF_DICTIONARY };
	int64_t lines = build_chain(r, pdf_get(d, "First"), root, 0);
	if (lines == 0)
		return false;
	pdf_set_literal(r->arena, &root->value, "Count", pdf_of_integer(lines));
	pdf_set_literal(r->arena, &root->value, "Type", pdf_of_name("Outlines"));
	*out = pdf_output_value(root);
	return true;
}
