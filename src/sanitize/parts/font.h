/* 埋め込みの書体 — font programs inside of documents, written anew from what was understood: outlines, metrics and what finds a glyph stay as they are, tables that no list names go, instructions
 * stay only where each of them is known and within its bounds. A glyph that is malformed becomes an empty one and is counted; a font without what every font needs is not kept.
 * Rebuilding what was rebuilt gives the same bytes. Formats: Apple TrueType Reference Manual and ISO/IEC 14496-22; Adobe Technical Notes 5176 (CFF) and 5177 (Type 2 charstrings);
 * Adobe Type 1 Font Format 1.1. Threat D11. */
#ifndef SANITIZE_PARTS_FONT_H
#define SANITIZE_PARTS_FONT_H
#include "base/arena.h"
#include "base/err.h"

enum { FONT_BYTES_MOST = 64 << 20, FONT_GLYPHS_MOST = 65535, FONT_NAME_MOST = 127 };
struct font {
	struct bytes program;	   /* in the arena */
	size_t length1, length2, length3; /* Type 1: of the three parts */
	unsigned glyphs;
	unsigned emptied;	   /* of them, those that were malformed */
};
/* ERR_MALFORMED, ERR_UNSUPPORTED, ERR_LIMIT: this is no font of the kind that can be kept. */
int font_truetype(struct arena *arena, struct bytes in, struct font *out, struct err *err) CHECK_RESULT; /* FontFile2; FontFile3 of OpenType, with glyf or CFF outlines */
int font_cff(struct arena *arena, struct bytes in, struct font *out, struct err *err) CHECK_RESULT;	  /* FontFile3 of Type1C and CIDFontType0C; the table CFF of OpenType */
int font_type1(struct arena *arena, struct bytes in, struct font *out, struct err *err) CHECK_RESULT;	  /* FontFile */
/* A name of PostScript, as fonts and glyphs have in CFF and Type 1: 1 to FONT_NAME_MOST printable characters of ASCII, none of them a blank or a delimiter. */
bool font_is_name(struct bytes name);

#endif
