/* XMLの濾過 — one part in, its allow-listed content out in canonical form: fixed prefixes, all declarations at the root, one way to
 * escape, no comments, no white space between elements. The same input gives the same output, and an output gives itself.
 * Compatibility markup is resolved: of an AlternateContent the first choice that stands by itself in any program, else the fallback. */
#ifndef SANITIZE_PARTS_XML_FILTER_H
#define SANITIZE_PARTS_XML_FILTER_H
#include "sanitize/format.h"
#include "sanitize/parts/ooxml_vocabulary.h"
#include "sanitize/parts/xml_read.h"
#include "sanitize/parts/zip_read.h"

enum frame_kind { FRAME_KEPT, FRAME_UNWRAPPED, FRAME_SKIPPED, FRAME_ALTERNATE };
struct xml_frame {
	const struct element_rule *rule; /* KEPT only */
	size_t out_start;		 /* where its output begins, the '>' of its parent included */
	size_t content;			 /* where its content begins; 0 while its start tag is open */
	uint64_t used;			 /* namespaces written before it */
	uint32_t generation;		 /* of the bindings outside it */
	uint16_t bindings;
	uint8_t kind;
	bool was_open;	   /* the parent's start tag was open before it */
	bool chosen;	   /* ALTERNATE: a branch was taken */
	bool lost;	   /* something in it was dropped */
	bool has_relation; /* an attribute names a kept relationship */
};
struct xml_filter {
	struct job *job;
	struct arena *arena;
	const char *where; /* part, for the report */
	struct xml_reader *reader;
	uint8_t *out; /* body from `start` on; the head is put before it at the end */
	size_t start, n, room;
	bool tag_open;
	unsigned depth, skip; /* skip: depth at which dropping began, 0 = none */
	struct xml_frame *frames; /* XML_DEPTH_MOST + 1; [0] is outside the root */
	uint64_t used; /* namespaces written, one bit each */
	uint32_t generation, generations;
	unsigned binding_count;
	struct xml_binding *bindings;
	struct xml_cached_element *element_cache;
	struct xml_cached_attribute *attribute_cache;
	enum ooxml_namespace root_ns;
	uint8_t root_attributes[2048];
	size_t root_n;
	const char *why; /* set by hooks and emitters: the part is refused */
	enum refusal refusal;
	uint8_t removes; /* features that the policy does not let stay: one bit for each enum feature */
	unsigned unknown; /* elements dropped because no list has them */
	/* Whether a relationship of this part is kept. */
	bool (*keeps_relation)(void *self, const char *id);
	/* Whether the part that names this one keeps, under this id, the drawing of a diagram. */
	bool (*keeps_drawing)(void *self, const char *id);
	void *relations;
	struct ooxml_state *state; /* of the hooks */
};
struct xml_filter *xml_filter_new(struct job *job);
/* Filters `in` (zero byte behind it); root: what the part must be. Output: a view into the filter's buffer, valid until the next run.
 * -1: refused (DAMAGED, FEATURE, MEMORY). */
int xml_filter_run(struct xml_filter *f, const char *where, struct bytes in, enum ooxml_namespace root_ns, const char *root, struct bytes *out,
		   struct err *err) CHECK_RESULT;

/* For hooks. */
static inline struct xml_frame *xml_filter_top(struct xml_filter *f)
{
	return &f->frames[f->depth];
}
/* Takes an element that is still open back out of the output, with all it holds. at: index of its frame. */
void xml_filter_drop(struct xml_filter *f, unsigned at);
/* Puts elements in the place of one that is still open. with: of what was written so far, or built from it; a copy. */
void xml_filter_replace(struct xml_filter *f, unsigned at, struct bytes with);
/* Namespaces that markup of ours uses, as a mask. */
uint64_t xml_filter_namespaces_in(struct bytes markup);
/* Takes out what was written at [from, to): whole elements only. Elements left without content are written as such. */
void xml_filter_cut(struct xml_filter *f, size_t from, size_t to);
/* Index of the nearest carrier around the top, else of the top itself. */
unsigned xml_filter_carrier(const struct xml_filter *f);
/* Content of the top element so far, as written; and with its references resolved. */
struct bytes xml_filter_content(const struct xml_filter *f);
struct bytes xml_filter_decoded(struct xml_filter *f, struct bytes content);
void xml_filter_put(struct xml_filter *f, const void *p, size_t n);
void xml_filter_put_attribute(struct xml_filter *f, const char *name, const char *value); /* value: escaped by the caller */
/* The value of an attribute of the start tag being read, by the local name of a known namespace (NS_NONE: unqualified); NULL if absent. */
const char *xml_filter_attribute(struct xml_filter *f, enum ooxml_namespace ns, const char *local);
void xml_filter_removed(struct xml_filter *f, const char *threat, const char *what);
int xml_filter_refuse(struct xml_filter *f, enum refusal refusal, const char *why); /* the run ends; returns -1 */

/* parts/ooxml_hooks.c */
enum hook_answer { HOOK_PASS, HOOK_DROP, HOOK_UNWRAP };
/* parts/ooxml_features.c: does the policy let this element, this attribute stay? Reported where not. */
enum hook_answer ooxml_feature_open(struct xml_filter *f, const struct element_rule *rule);
bool ooxml_feature_attribute(struct xml_filter *f, const struct attribute_rule *rule);
void ooxml_feature_close_table(struct xml_filter *f);
enum hook_answer ooxml_hook_open(struct xml_filter *f, const struct element_rule *rule);
void ooxml_hook_close(struct xml_filter *f, const struct element_rule *rule);
bool ooxml_hook_attribute(struct xml_filter *f, const struct element_rule *element, const struct attribute_rule *rule, struct xml_value value);
void ooxml_hook_lost_attribute(struct xml_filter *f, struct xml_name name, struct xml_value value); /* no list has it: is it worth a word? */
void ooxml_hook_dropped(struct xml_filter *f, size_t out_start); /* output from here on will be taken back */
void ooxml_hook_moved(struct xml_filter *f, size_t from, size_t by);	  /* output behind `from` moved forward by so much */
void ooxml_hook_end(struct xml_filter *f);			  /* the part is complete */

#endif
