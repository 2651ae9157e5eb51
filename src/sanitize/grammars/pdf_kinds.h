/* PDFの文法（部品） — which keys each kind of dictionary may hold and of what shape their values are. One list; what it lacks is refused. */
#ifndef SANITIZE_GRAMMARS_PDF_KINDS_H
#define SANITIZE_GRAMMARS_PDF_KINDS_H
#include "sanitize/grammars/pdf_syntax.h"

/* Kinds of objects; at most 64 (struct object.kinds). Those behind KIND_LISTED have code of their own instead of a list. */
enum kind {
	KIND_CATALOG, KIND_INFO, KIND_PAGES, KIND_PAGE, KIND_RESOURCES, KIND_CONTENT, KIND_FORM, KIND_IMAGE, KIND_GROUP, KIND_STATE, KIND_MASK,
	KIND_TILING, KIND_SHADING_PATTERN, KIND_SHADING, KIND_FUNCTION, KIND_CALIBRATED, KIND_COMPOSITE_FONT, KIND_DESCENDANT, KIND_SIMPLE_FONT,
	KIND_DRAWN_FONT, KIND_DESCRIPTOR, KIND_TYPE1, KIND_TRUETYPE, KIND_COMPACT, KIND_BYTES, KIND_CMAP, KIND_SYSTEM_INFO, KIND_STYLE, KIND_ENCODING, KIND_GLYPH,
	KIND_ANNOTATION, KIND_APPEARANCES, KIND_BORDER, KIND_EFFECT, KIND_CHARACTERISTICS, KIND_ICON, KIND_ADDRESS_ACTION, KIND_PLACE_ACTION,
	KIND_INTERACTIVE, KIND_OUTLINES, KIND_OUTLINE, KIND_NAMES, KIND_NAME_TREE, KIND_LABELS, KIND_LABEL, KIND_LAYER, KIND_MEMBERSHIP,
	KIND_PROPERTIES, KIND_LAYERS, KIND_CONFIGURATION, KIND_PREFERENCES, KIND_JPEG_PARAMETERS,
	KIND_LISTED,
	/* decided by what they hold */
	KIND_X_OBJECT, KIND_FONT, KIND_PATTERN, KIND_ACTION, KIND_OPTIONAL, KIND_COLOR_SPACE, KIND_WIDTHS, KIND_COUNT
};

enum shape {
	BOOLEAN = 1, INTEGER = 2, NUMBER = 4, NAME = 8, TEXT = 16,
	NUMBERS = 32,		/* array */
	NAMES = 64,		/* array of names */
	TEXTS = 128,		/* array of texts */
	ONE = 256,		/* an object or direct value of `kind` */
	SEVERAL = 512,		/* an array of those */
	NAMED = 1024,		/* a dictionary of those under any names */
	SPECIAL = 2048,		/* by the function of its kind */
	NESTED = 4096,		/* arrays in arrays of layers, texts, names */
	REQUIRED = 8192,
	RECTANGLE = 16384,	/* four numbers in order */
	NUMBER_LISTS = 32768,	/* array of numbers and arrays of numbers */
};
struct key_rule {
	enum kind of;
	const char *key;
	unsigned shapes;
	enum kind kind;
	const char *names; /* " A B ": the names allowed; NULL any */
};
extern const struct key_rule key_rules[];
extern const size_t key_rule_count;
#endif
