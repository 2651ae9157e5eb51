/* OOXMLの語彙 — which elements and attributes pass, as tables: namespaces.def, *_elements.def, ooxml_attributes.def. */
#ifndef SANITIZE_PARTS_OOXML_VOCABULARY_H
#define SANITIZE_PARTS_OOXML_VOCABULARY_H
#include "base/base.h"

enum ooxml_namespace {
	NS_NONE,
#define NAMESPACE(id, prefix, kind, name, strict) NS_##id,
#include "sanitize/parts/namespaces.def"
#undef NAMESPACE
	NS_XML,
	NS_UNKNOWN,
	NS_COUNT
};
enum namespace_kind { NAMESPACE_STANDARD, NAMESPACE_IGNORABLE, NAMESPACE_INLINE, NAMESPACE_QUIET, NAMESPACE_MARKUP };
struct namespace_row {
	const char *prefix, *name, *strict;
	enum namespace_kind kind;
};
extern const struct namespace_row ooxml_namespaces[NS_COUNT];
/* By its name, transitional or strict; NS_UNKNOWN otherwise. */
enum ooxml_namespace ooxml_namespace_of(struct bytes name);

enum element_action { ACTION_KEEP, ACTION_DROP, ACTION_QUIET, ACTION_UNWRAP };
enum {
	ELEMENT_TEXT = 1,	     /* holds character data */
	ELEMENT_NEEDS_RELATION = 2,  /* dropped unless an attribute names a kept relationship */
	ELEMENT_NOT_EMPTY = 4,	     /* dropped if nothing of its content was kept */
	ELEMENT_CARRIER = 8,	     /* may be dropped because of what it carries */
	ELEMENT_TAKES_CARRIER = 16,  /* if it is dropped, its nearest carrier goes with it */
};
enum ooxml_hook {
	HOOK_NONE,
	HOOK_KEEPS_PARAGRAPH,
	HOOK_INSTRUCTION,
	HOOK_FIELD_MARK,
	HOOK_FIELD_TEXT,
	HOOK_SIMPLE_FIELD,
	HOOK_SHEET,
	HOOK_EXTENSION,
	HOOK_DEFINED_NAME,
	HOOK_CELL_FORMULA,
	HOOK_FORMULA,
	HOOK_CHART,
	HOOK_CHART_FORMULA,
	HOOK_HYPERLINK,
	HOOK_GRAPHIC,
	HOOK_OLE_OBJECT,
	HOOK_CLIENT_DATA,
	HOOK_TABLE,
	/* parts/slide_hooks.c */
	HOOK_CLICK,
	HOOK_SLIDE_OBJECT,
	HOOK_TIME_NODE,
	HOOK_BEHAVIOUR,
	HOOK_SHAPE_TARGET,
	/* of attributes */
	HOOK_RELATION,
	HOOK_DRAWING_RELATION, /* of the part that names this one: how a diagram was drawn last */
	HOOK_STYLE,
	HOOK_LOCATION,
	HOOK_SHEET_INDEX,
	HOOK_SHEET_TAB,
	HOOK_ACTION,
	HOOK_PROGRAM,
	HOOK_SHAPE,
	HOOK_SHOW,
};
struct element_rule {
	const char *local, *out; /* out: with the prefix we write */
	const char *threat;
	uint8_t ns, action, flags, hook;
	uint16_t local_n, out_n;
};
struct attribute_rule {
	const char *local, *out;
	uint8_t ns;	   /* of the element (own) or of the attribute */
	bool qualified;
	uint8_t hook;
	uint16_t local_n, out_n;
};
/* Makes the tables that the lists are searched by: once, before the walls, for all jobs of the process; the first search would do it too. */
void ooxml_vocabulary_prepare(void);
/* NULL: not in the list. */
const struct element_rule *ooxml_element(enum ooxml_namespace ns, const uint8_t *local, size_t n);
const struct attribute_rule *ooxml_attribute(enum ooxml_namespace ns, bool qualified, const uint8_t *local, size_t n);
/* For the test that holds the order of the lists. */
const struct element_rule *ooxml_elements(size_t *count);
const struct attribute_rule *ooxml_attributes(size_t *count);

#endif
