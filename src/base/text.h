/* 文字と文字コード — bytes become text only here. CP932 is first-class, UTF-8 is the inside.
 * Tables come from tools/charsets.c at build time; nothing is loaded at run time. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/arena.h"
#include "base/err.h"

enum charset { CHARSET_UTF8, CHARSET_UTF8_BOM, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_CP932, CHARSET_EUC_JP, CHARSET_ISO_2022_JP, CHARSET_COUNT };

const char *charset_name(enum charset c);			    /* "utf-8", "utf-8-bom", "utf-16le", "cp932", … */
int charset_by_name(const char *name, enum charset *out) CHECK_RESULT; /* case folded, usual aliases */

/* Shortest form, no surrogates, ≤ U+10FFFF, no NUL; other controls are allowed here. */
bool is_utf8(struct bytes b);
bool is_ascii(struct bytes b); /* no byte above 0x7F */
int text_from_utf8(struct arena *arena, struct bytes b, struct text *out, struct err *err) CHECK_RESULT;
int text_from_cp932(struct arena *arena, struct bytes b, struct text *out, struct err *err) CHECK_RESULT;
/* Any of the charsets. UTF8_BOM: the mark must be there, is taken off, and text_to puts it back. UTF-16 and plain UTF-8: a mark is the caller's to
 * take off, otherwise it stays as the character U+FEFF. err->at = offset of the bad byte. */
int text_from(struct arena *arena, enum charset c, struct bytes b, struct text *out, struct err *err) CHECK_RESULT;
/* The way back. Fails with the offset (in UTF-8 bytes) of the first character that the charset lacks; nothing is replaced.
 * text_from then text_to gives the same bytes for canonical input of every charset (CP932's doubled NEC/IBM rows keep the code
 * that Windows writes; base/charset_japanese.h says how). */
int text_to(struct arena *arena, enum charset c, struct text t, struct bytes *out, struct err *err) CHECK_RESULT;

/* One code point at *at, advancing it; 0 at the end. The text is valid by its type. */
uint32_t text_next(struct text t, size_t *at);
/* Writes 1-4 bytes, returns their number; 0 for a surrogate or above U+10FFFF. */
size_t utf8_put(uint8_t out[4], uint32_t code_point);
/* NFC of the Latin, Greek, Cyrillic, Hangul and kana that file names hold; others unchanged, compatibility ideographs too. May return t itself. */
struct text text_nfc(struct arena *arena, struct text t);
/* For messages: controls, bidi marks, invisible characters and bytes that are no UTF-8 as \xNN; at most `most` bytes, cut at a character. NUL-terminated. */
const char *text_printable(struct arena *arena, struct bytes b, size_t most);

#endif
