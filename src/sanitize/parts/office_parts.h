/* オフィス文書の部品 — shared by office_read.c (what is there), office_package.c (what is kept) and office_write.c. */
#ifndef SANITIZE_PARTS_OFFICE_PARTS_H
#define SANITIZE_PARTS_OFFICE_PARTS_H
#include "sanitize/parts/office_package.h"
#include "sanitize/parts/ooxml_hooks.h"
#include "sanitize/parts/zip_write.h"

enum part_id {
#define PART(kind, home, parents, relationship, content_type, place, extension, ns, root) PART_##kind,
#include "sanitize/parts/parts.def"
#undef PART
	PART_COUNT
};
enum { PARENT_ROOT = 1, PARENT_MAIN = 2, PARENT_STORY = 4, PARENT_GRID = 8, PARENT_DRAWING = 16, PARENT_CHART = 32, PARENT_PICTURES = 64, PARENT_PIVOT = 128,
       PARENT_PIVOT_CACHE = 256, PARENT_SLIDE = 512, PARENT_MASTER = 1024, PARENT_VIEW = 2048 };
struct part_kind {
	const char *name;
	unsigned home, parents;
	const char *relationship, *content_type, *place, *extension;
	enum ooxml_namespace ns;
	const char *root;
};
extern const struct part_kind part_kinds[PART_COUNT];

struct relation {
	const char *id, *type;	   /* type: as we write it */
	struct part *target;	   /* NULL: a link */
	const char *link;
};
struct part {
	enum part_id id;
	const struct zip_member *member;
	const char *name;	      /* as it was called, for the report */
	const struct part *source;    /* the one that names it first */
	struct text out_name;
	struct relation *relations; /* in their order, those that are kept */
	size_t relation_count, followed;
	struct relation **by_id;    /* sorted */
	bool handed_out, placeholder, ordered;
	unsigned number;	    /* of the member handed out */
	const char *extension;	    /* of images and embedded packages */
};
struct package {
	struct job *job;
	struct arena *arena;
	enum office_home home;
	struct zip zip;
	struct zip_space plain;
	const struct zip_member **by_name; /* folded names, sorted */
	struct content_type *types;
	size_t type_count;
	struct part **part_of_member;	   /* by index of the member */
	struct part root, *main, *placeholder;
	bool is_signed;
	struct part **order;
	size_t order_count;
	struct xml_filter *filter;
	const char *main_type;
	unsigned metafiles; /* handed out to be drawn */
	unsigned numbers[PART_COUNT];
};
/* office_package.c: the package with its members in order of their names, nothing of it read yet. */
int office_open(struct job *job, enum office_home home, struct package **out, struct err *err) CHECK_RESULT;

/* office_read.c: content types and relationships as they stand in the package. */
struct raw_relation {
	const char *id, *type, *target;
	bool external;
};
int office_read_types(struct package *p, struct err *err) CHECK_RESULT;
const char *office_type_of(const struct package *p, const struct zip_member *member); /* "" if none is declared */
const struct zip_member *office_find(const struct package *p, const char *name);	/* case folded, no leading slash; NULL if absent */
/* Relationships of the part called `name` ("": the package). */
int office_read_relations(struct package *p, const char *name, struct raw_relation **out, size_t *count, struct err *err) CHECK_RESULT;
/* Pictures of a slide's VML drawing, as relationships of the slide: programs before 2010 keep there how an embedded object looks. Identifiers:
 * "preview" and the shape's own. */
int office_read_previews(struct package *p, const char *source, const char *drawing, struct raw_relation **out, size_t *count, struct err *err) CHECK_RESULT;
/* Target against its source: a plain part name, or NULL if it leaves the package. */
const char *office_resolve(struct arena *arena, const char *source, const char *target);
/* Of the start tag being read: the value of an attribute without prefix; the identifier of its relationship. NULL: absent. */
const char *office_value(struct package *p, const char *name);
const char *office_relation_id(struct package *p);
int office_content(struct package *p, const struct zip_member *member, struct bytes *out, struct err *err) CHECK_RESULT;

/* ooxml_features.c: the removal id under which the policy takes this part away; NULL: it may stay. */
const char *ooxml_feature_part(const struct xml_filter *f, enum part_id part);

/* office_signature.c: a row of B5 for each signature, that names signer, issuer and time, and a note SIGNATURE_FITS, _PART, _BROKEN or _UNREAD. Never refuses. */
void office_signatures_tell(struct package *p);

/* office_write.c */
int office_write(struct package *p, struct err *err) CHECK_RESULT;
extern const struct bytes office_placeholder; /* a PNG: stands where a picture was that cannot be kept */

#endif
