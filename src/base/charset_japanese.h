/* 日本の文字コードと外字 — one character at a time, for charset.c only. CP932 is the root: EUC-JP and ISO-2022-JP are the same table of 94 × 94
 * rows in other clothes (NEC row 13 and rows 89-92 included), and EUC-JP has JIS X 0212 besides.
 *
 * Doubled characters are written as Windows writes them: JIS X 0208 before NEC row 13 before IBM (FA-FC) before NEC's copy (ED-EE).
 * EUC-JP knows no IBM rows: JIS X 0212 where it has the character, else rows 89-92; ISO-2022-JP: rows 89-92. The user-defined area
 * (外字) F040-F9FC is U+E000-U+E757 in CP932 and does not exist in the others. ESC $ @ (the edition of 1978) is read as ESC $ B. */
#ifndef BASE_CHARSET_JAPANESE_H
#define BASE_CHARSET_JAPANESE_H
#include "base/base.h"

/* Bytes taken from p (n ≥ 1 are there), 0 if no character begins here. *c = 0: a shift sequence, no character. */
size_t cp932_take(const uint8_t *p, size_t n, uint32_t *c);
size_t euc_jp_take(const uint8_t *p, size_t n, uint32_t *c);
/* *state is 0 at the start and the caller's to keep. */
size_t iso_2022_jp_take(const uint8_t *p, size_t n, unsigned *state, uint32_t *c);

/* Bytes written (≤ 8), 0 if the charset lacks the character. */
size_t cp932_put(uint8_t *out, uint32_t c);
size_t euc_jp_put(uint8_t *out, uint32_t c);
size_t iso_2022_jp_put(uint8_t *out, unsigned *state, uint32_t c);
size_t iso_2022_jp_end(uint8_t *out, unsigned *state); /* back to ASCII */

#endif
