/* 埋め込みの書体（Type 1）の読取り — what renderers use of a Type 1 program: entries of its dictionaries, names, charstrings where they lie. No PostScript is run. For font_type1.c. Threat D11. */
#ifndef SANITIZE_PARTS_FONT_TYPE1_READ_H
#define SANITIZE_PARTS_FONT_TYPE1_READ_H
#include "base/buf.h"
#include "base/err.h"

enum { TYPE1_NUMBERS_MOST = 14, TYPE1_CODE_MOST = 65535, TYPE1_SUBRS_MOST = 65536, TYPE1_PLACES = 12, TYPE1_KEY_PROGRAM = 55665, TYPE1_KEY_CODE = 4330 };
static const int64_t type1_unit = 1000000000000; /* numbers count its parts: TYPE1_PLACES places behind the point */

/* What is kept of the dictionaries, in the order in which it is written. */
enum type1_item {
	ITALIC_ANGLE, FIXED_PITCH, UNDERLINE_POSITION, UNDERLINE_THICKNESS, PAINT_TYPE, FONT_MATRIX, FONT_BOX, STROKE_WIDTH,
	BLUE_VALUES, OTHER_BLUES, FAMILY_BLUES, FAMILY_OTHER_BLUES, BLUE_SCALE, BLUE_SHIFT, BLUE_FUZZ, STANDARD_WIDTH, STANDARD_HEIGHT, SNAP_WIDTH, SNAP_HEIGHT,
	FORCE_BOLD, LANGUAGE_GROUP, EXPANSION, LEAD_LENGTH, TYPE1_ITEMS,
};
struct type1_rule {
	const char *name;
	char form; /* # number, ? boolean, [ array, { array in braces */
	uint8_t least, most, step;
};
extern const struct type1_rule type1_rules[TYPE1_ITEMS];

struct type1_numbers {
	bool is_there;
	uint8_t n;
	int64_t v[TYPE1_NUMBERS_MOST]; /* of a boolean: 0 or not */
};
struct type1_glyph {
	struct bytes name, code; /* name: any bytes; code: as it lies in the private part, which is the arena's and may be decrypted in place */
	/* For font_type1.c, zeros as read: */
	size_t work;
	uint32_t order;
	bool is_sound, is_composed, is_kept;
	uint8_t base, accent;
	int32_t width; /* of one that becomes empty */
};
struct type1_subr {
	uint32_t index;
	struct bytes code;
};
struct type1_font {
	size_t size;			/* of the program without segments' heads */
	struct bytes name;
	const char *encoding;		/* NULL: an array, characters */
	struct bytes characters[256];	/* empty: none */
	struct type1_numbers items[TYPE1_ITEMS];
	struct type1_subr *subrs;	/* [subrs_n] in the order of the program, an index perhaps more than once */
	size_t subrs_n;
	struct type1_glyph *glyphs;	/* [glyphs_n] at most FONT_GLYPHS_MOST, a name perhaps more than once */
	size_t glyphs_n;
};

/* ERR_MALFORMED, ERR_LIMIT. Of what is missing nothing is said. */
int type1_read(struct arena *arena, struct bytes in, struct type1_font *out, struct err *err) CHECK_RESULT;
/* to may be from. */
void type1_decrypt(uint8_t *to, const uint8_t *from, size_t n, uint16_t key);

#endif
