/* ファイルのパスワード — what the form for a protected file's password shows, on either face. */
#ifndef TRANSFER_PAGES_PASSWORD_H
#define TRANSFER_PAGES_PASSWORD_H
#include "base/base.h"
#include "web/html.h"

struct password_view {
	uint64_t ticket;
	uint32_t wrong, left; /* given so far; tries that are left */
	struct phrase say; /* ja NULL: nothing */
};

struct password_view password_view_of(uint64_t ticket, uint32_t wrong, struct phrase say);

#endif
