/* TrueTypeの部品 — what font_truetype.c asks of its neighbours: outlines with their instructions, the tables that find a glyph by character or name.
 * Nothing here fails the font but memory: what is malformed is left out. Every limit is a number of the format or stands in the enum below. */
#ifndef SANITIZE_PARTS_FONT_TRUETYPE_H
#define SANITIZE_PARTS_FONT_TRUETYPE_H
#include "sanitize/parts/font.h"

enum {
	TRUETYPE_CODE_MOST = 65535,    /* bytes of one stream of instructions */
	TRUETYPE_POINTS_MOST = 65535,  /* of a glyph, components included: maxp counts them in 16 bits */
	TRUETYPE_PARTS_MOST = 4096,    /* components of a glyph, those of its components included: what a drawing program has to load for it */
	TRUETYPE_DEPTH_MOST = 10,      /* components in components */
	TRUETYPE_OVERLAPS_MOST = 2,    /* the outlines read may come to so many times the table: entries of loca may overlap */
	TRUETYPE_CMAPS_MOST = 64,      /* ways from characters to glyphs */
	TRUETYPE_NAME_MOST = 127,      /* bytes of a glyph's name */
};

/* Which instructions are kept. */
struct truetype_code {
	bool kept;    /* false: none in the whole font */
	bool defines; /* the font defines instructions of its own: unknown ones may be those */
};
/* Pushes lie within the stream, IF and EIF, FDEF or IDEF and ENDF pair, each instruction is known or may be one that the font defines. Sets code->defines. A glyph must not define. */
bool truetype_code_is_whole(struct bytes stream, bool of_glyph, struct truetype_code *code);

struct truetype_outlines {
	struct bytes glyf, loca; /* in the arena */
	bool is_long;		 /* offsets of 32 bits */
	unsigned emptied;
	/* for maxp, exact */
	unsigned points, contours, composite_points, composite_contours, code, elements, depth;
};
/* ERR_LIMIT: the arena is full. */
int truetype_outlines(struct arena *arena, struct bytes glyf, struct bytes loca, bool is_long, unsigned glyphs, const struct truetype_code *code,
		      struct truetype_outlines *out, struct err *err) CHECK_RESULT;

/* Empty: nothing of it could be kept. In the arena. */
struct bytes truetype_cmap(struct arena *arena, struct bytes in, unsigned glyphs);
struct bytes truetype_post(struct arena *arena, struct bytes in, unsigned glyphs);

static inline uint8_t *truetype_put16(uint8_t *to, unsigned v)
{
	to[0] = (uint8_t)(v >> 8), to[1] = (uint8_t)v;
	return to + 2;
}
static inline uint8_t *truetype_put32(uint8_t *to, uint32_t v)
{
	return truetype_put16(truetype_put16(to, v >> 16), v & 0xffff);
}

#endif
