/* PDFの作り直し — the rebuilding of one document: what is found in the input graph, checked key by key against lists, becomes a new graph
 * of outputs; the writer numbers what its root reaches. Whatever no list names is not copied. Threats D1–D14. */
#ifndef SANITIZE_PARTS_PDF_REBUILD_H
#define SANITIZE_PARTS_PDF_REBUILD_H
#include "sanitize/format.h"
#include "sanitize/parts/pdf_content.h"
#include "sanitize/parts/pdf_filter.h"
#include "sanitize/parts/pdf_source.h"
#include "sanitize/parts/pdf_value.h"

/* An object of the new file. Streams carry their data as it is written (compressed). */
struct pdf_output {
	struct pdf_value value;
	struct bytes data;
	bool is_stream;
	uint32_t number;		/* by the writer */
	struct pdf_output *next;	/* by the writer */
};

struct pdf_pending;
struct pdf_memo;
struct pdf_page_list;
struct pdf_drawn;

struct pdf_rebuild {
	struct job *job;
	struct arena *arena;   /* lives as long as the job */
	struct arena *scratch; /* one stream at a time; see pdf_scratch */
	struct pdf_source *source;
	struct pdf_pending *first, *last; /* objects met but not built yet */
	struct pdf_memo *memo;
	size_t memo_room, memo_count;
	struct pdf_page_list *pages;
	struct pdf_drawn *drawn; /* pictures that others decode */
	unsigned page;	/* being built, from 1; 0 = the document itself: the place in reports */
	unsigned depth; /* of eager building */
	uint64_t outputs, decoded, streamed; /* how much was made, undone from filters, kept */
	uint64_t content_most;		     /* ceiling of all content decoded so far */
	uint64_t content_kept;		     /* of it, as it is written, before it is packed */
	struct pdf_output *empty_form;	     /* stands for a picture that is not kept */
	unsigned pictures, lost_pictures;    /* met in resources so far: kept, and replaced by the empty form */
	bool has_text;			     /* the content rewritten last shows text or draws paths */
	unsigned others;		     /* keys and values that no list names and no threat names */
	bool refused;			     /* err says why: everything stops */
	bool glyphs_lost, signature_lost, hidden_layers;
	struct err *err;
};

/* Checks `in` (possibly a reference) and makes *out. False: not to be kept. `names`: of the rule. */
typedef bool pdf_keep(struct pdf_rebuild *r, const struct pdf_value *in, const char *names, struct pdf_value *out);

struct pdf_rule {
	const char *key;
	pdf_keep *keep;
	const char *names; /* for pdf_keep_name: " A B " the names allowed; NULL any */
};
/* Every listed key whose value is kept; others are dropped and counted. `in` must be a dictionary. */
void pdf_keep_keys(struct pdf_rebuild *r, const struct pdf_value *in, const struct pdf_rule *rules, size_t n, struct pdf_value *out);
/* Every key, the same rule for each value (resources of one kind, names of glyphs …). */
void pdf_keep_all(struct pdf_rebuild *r, const struct pdf_value *in, pdf_keep *keep, const char *names, struct pdf_value *out);
#define PDF_KEEP_KEYS(r, in, rules, out) pdf_keep_keys((r), (in), (rules), COUNT(rules), (out))

/* Plain values */
pdf_keep pdf_keep_boolean, pdf_keep_integer, pdf_keep_number, pdf_keep_name, pdf_keep_string, pdf_keep_numbers /* array */,
	pdf_keep_rectangle /* 4 numbers, ordered */, pdf_keep_matrix /* 6 */, pdf_keep_name_or_number, pdf_keep_names /* array of listed names */,
	pdf_keep_date;

/* How an object is built. later: it cannot fail once its kind fits, and is built from a queue (no recursion); else at once. */
struct pdf_builder {
	const char *name;
	bool dictionary, stream, array, later;
	bool (*build)(struct pdf_rebuild *r, const struct pdf_object *in, struct pdf_output *out);
};
/* An object of the input by this builder: the same object by the same builder gives the same output. Direct values become direct values,
 * or outputs of their own if built later. */
bool pdf_build(struct pdf_rebuild *r, const struct pdf_value *in, const struct pdf_builder *builder, struct pdf_value *out);
struct pdf_output *pdf_output_new(struct pdf_rebuild *r);
void pdf_build_pending(struct pdf_rebuild *r); /* until nothing is left */

pdf_keep pdf_keep_resources, pdf_keep_resources_later, pdf_keep_form, pdf_keep_function, pdf_keep_functions /* one or an array */,
	pdf_keep_color_space, pdf_keep_x_object, pdf_keep_font, pdf_keep_group, pdf_keep_shading, pdf_keep_state, pdf_keep_pattern,
	pdf_keep_destination, pdf_keep_layer, pdf_keep_optional_content, pdf_keep_layers, pdf_keep_annotation, pdf_keep_field,
	pdf_keep_interactive_form, pdf_keep_default_appearance, pdf_keep_outlines, pdf_keep_page_labels, pdf_keep_action,
	pdf_keep_layer_properties;
/* The rest of a stream object: its dictionary is in out->value already. Content is rewritten, other data deflated as it is. */
void pdf_finish_content(struct pdf_rebuild *r, const struct pdf_object *in, const struct pdf_value *resources, struct pdf_output *out);
void pdf_finish_stream(struct pdf_rebuild *r, struct bytes data, struct pdf_output *out);
/* Rewrites content of several streams (a page). The data lies in r->arena. */
void pdf_rewrite_content(struct pdf_rebuild *r, struct bytes content, const struct pdf_value *resources, struct pdf_output *out);
/* Undoes filters up to image data; *last = the image filter that is left (kind NONE if none). Data lies in r->scratch.
 * False: cannot be read at all, or the file refers to data outside itself (D4). Ceilings refuse (r->refused). */
bool pdf_decode(struct pdf_rebuild *r, const struct pdf_object *in, struct bytes *data, struct pdf_filter *last);
void pdf_scratch(struct pdf_rebuild *r); /* forgets the scratch arena: between two streams */

/* An image (pdf_image.c): pixels decoded and deflated, JPEG rewritten, its masks with it. is_mask: of another image, masks itself no more. */
bool pdf_image(struct pdf_rebuild *r, const struct pdf_object *in, bool is_mask, struct pdf_output *out);
/* Pictures of JBIG2 and JPEG 2000 (pdf_drawn.c). begin: hands them out, all at once, and waits for them. find: the samples of one that came back, in r->scratch: one bit a
 * pixel if as_bits, else of eight bits, grey or RGB; rows from the top, each padded to a byte. False: it did not come back. */
int pdf_drawn_begin(struct pdf_rebuild *r, struct bytes file, struct err *err) CHECK_RESULT;
bool pdf_drawn_find(struct pdf_rebuild *r, const struct pdf_object *in, bool as_bits, uint32_t size[2], struct bytes *samples, bool *grey);
/* Components of a colour space (as kept), 0 unknown. */
int pdf_color_components(struct pdf_rebuild *r, const struct pdf_value *kept);
int pdf_components_of_resource(struct pdf_rebuild *r, const struct pdf_value *resources, struct bytes name);

struct pdf_value pdf_output_value(struct pdf_output *output);
struct pdf_object *pdf_find(struct pdf_rebuild *r, const struct pdf_value *value); /* resolved */
const struct pdf_value *pdf_find_key(struct pdf_rebuild *r, const struct pdf_value *dictionary, const char *key); /* resolved; NULL absent */
void pdf_report(struct pdf_rebuild *r, const char *threat, unsigned count);	    /* at the page being built */
void pdf_report_key(struct pdf_rebuild *r, struct bytes key);			    /* a key that no list names */
bool pdf_refuse(struct pdf_rebuild *r, enum refusal reason, const char *sentence);  /* false */

/* Pages (pdf_page.c): the tree is read once, flattened. */
bool pdf_pages_read(struct pdf_rebuild *r, const struct pdf_value *catalog);
struct pdf_output *pdf_page_of(struct pdf_rebuild *r, const struct pdf_value *reference); /* NULL: no page of this document */
unsigned pdf_page_count(const struct pdf_rebuild *r);
void pdf_pages_build(struct pdf_rebuild *r, struct pdf_output *root);

/* Form fields (pdf_field.c): the tree is read once, before anything is built; fields outside it lose their parents. */
void pdf_fields_read(struct pdf_rebuild *r, const struct pdf_value *catalog);
bool pdf_is_signature_field(struct pdf_rebuild *r, const struct pdf_object *field);
const struct pdf_rule *pdf_annotation_rules(size_t *n); /* of every annotation, widgets too */
/* Bookmarks, named destinations (pdf_outline.c) */
bool pdf_destinations_build(struct pdf_rebuild *r, const struct pdf_value *catalog, struct pdf_value *out);
/* The catalog with everything it holds (pdf_catalog.c). */
bool pdf_catalog_build(struct pdf_rebuild *r, const struct pdf_value *trailer, struct pdf_output **catalog, struct pdf_output **info);
/* Numbers and writes what the catalog and info reach: one revision, classic cross-reference table (pdf_write.c). */
int pdf_write(struct job *job, struct arena *arena, struct pdf_output *catalog, struct pdf_output *info, struct err *err) CHECK_RESULT;

#endif
