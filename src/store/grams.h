/* 検索の手がかり — characters and pairs of characters of folded text (store/fold.h): what Japanese words of two characters are found by, which
 * trigrams would miss. A run of 16 hex digits or more also gives "#" and its first 16: a hash is found by its beginning. */
#ifndef STORE_GRAMS_H
#define STORE_GRAMS_H
#include "base/arena.h"

enum { GRAMS_MOST = 3000, GRAM_HASH_DIGITS = 16 };
struct grams {
	struct text *rows; /* none twice */
	size_t count;
	bool cut; /* there were more */
};
/* Of a text that was folded. Blanks and controls are in none. */
void grams_of(struct arena *arena, struct text folded, struct grams *out);

#endif
