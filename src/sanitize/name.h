/* ファイル名の無害化 — A4: what a file may be called on the other side. */
#ifndef SANITIZE_NAME_H
#define SANITIZE_NAME_H
#include "base/text.h"

/* Any bytes (UTF-8, else CP932, else what is left of it) → a safe name of one path component: NFC, no controls, bidi or invisible characters,
 * nothing that Windows or a shell forbids, no device names, no trailing dot or space, inner extensions defused ("a.exe.pdf" → "a_exe.pdf"),
 * 1 … 255 bytes cut at a character with the extension kept. *changed: it differs from what came. Safe names stay as they are. */
struct text name_safe(struct arena *arena, struct bytes raw, bool *changed);
/* The name under the output's extension: added if it has none, put in place of the old one if replace. */
struct text name_with_extension(struct arena *arena, struct text name, const char *extension, bool replace);

#endif
