/* 字形の手続き（Type 2） — walks charstrings of a CFF font without drawing: every command known, its numbers as many as it takes, calls within the font, nesting and work bounded
 * (Adobe Technical Note 5177). */
#ifndef SANITIZE_PARTS_FONT_CHARSTRING_H
#define SANITIZE_PARTS_FONT_CHARSTRING_H
#include "base/base.h"

struct font_subroutines {
	const struct bytes *items;
	uint32_t count;
	uint32_t *used; /* of each, how many bytes are ever executed; 0: nobody calls it */
};
struct font_walk {
	struct font_subroutines global, local;
	uint64_t work; /* numbers and commands that may still be executed, over all glyphs */
};
/* How many bytes of the charstring are executed, up to its endchar; what it calls is marked. 0: it is malformed, and nothing is marked. */
size_t font_charstring(struct font_walk *w, struct bytes code);

#endif
