/* リンク先 — where a hyperlink may lead (B12): http, https, mailto; nothing that a program other than browser or mail reader would open. */
#ifndef SANITIZE_PARTS_LINK_H
#define SANITIZE_PARTS_LINK_H
#include "base/base.h"

/* Scheme named in full at the very start, at least one character behind it, no control characters, no blanks at its ends, ≤ 4096 bytes. */
bool link_is_allowed(struct bytes target);

#endif
