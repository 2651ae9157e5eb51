/* OOXMLの個別判断 — what a table row cannot say: fields joined over runs, formulas, sheets, names, objects. State of one package. */
#ifndef SANITIZE_PARTS_OOXML_HOOKS_H
#define SANITIZE_PARTS_OOXML_HOOKS_H
#include "sanitize/parts/formula.h"
#include "sanitize/parts/xml_filter.h"

struct ooxml_state {
	/* The workbook's sheets, filled while its part is filtered; every later formula may refer to these only. */
	const char **sheet_names;
	size_t sheet_count, sheet_room;
	int *sheet_map; /* old index → new index, -1: removed */
	size_t sheet_map_count;
	bool sheets_removed;	     /* known before: a sheet's relationship was not kept */
	bool knows_sheets;
	bool hidden_sheets;
	/* Is this relationship a sheet that is kept? */
	bool (*is_sheet)(void *self, const char *id);
	struct ooxml_fields *fields;
	uint32_t *dropped_shared; /* numbers of shared formulas that were dropped in this part */
	size_t dropped_shared_count, dropped_shared_room;
	/* presentations */
	bool slides_removed;	      /* known before: a slide's relationship was not kept */
	const char *object_shape;     /* of the object being read: its shape in a VML drawing */
	const char **shapes_removed;  /* identifiers of shapes dropped in this part */
	size_t shapes_removed_count, shapes_removed_room;
};
struct ooxml_state *ooxml_state_new(struct xml_filter *f);

/* parts/slide_hooks.c: what the hooks of xml_filter.h hand on for presentations. */
enum hook_answer slide_hook_open(struct xml_filter *f, const struct element_rule *rule);
void slide_hook_close(struct xml_filter *f, const struct element_rule *rule);
bool slide_hook_attribute(struct xml_filter *f, const struct element_rule *element, const struct attribute_rule *rule, const char *value);
void slide_hook_dropped(struct xml_filter *f, struct bytes markup);

#endif
