/* 検索のための畳み込み — text as people search it: letters in one case and width, katakana as hiragana, voiced half-width kana joined. */
#ifndef STORE_FOLD_H
#define STORE_FOLD_H
#include "base/arena.h"

struct text text_fold(struct arena *arena, struct text t);
/* A LIKE pattern (escape: \) for texts that hold the folded word anywhere. */
struct text fold_pattern(struct arena *arena, struct text word);
/* The next word of a query, blanks (full width too) before it skipped; n = 0 at the end. */
struct text fold_word(struct text query, size_t *at);

#endif
