/* 同梱ファイル — style sheet, scripts and icon, built into the program. */
#ifndef WEB_STATIC_H
#define WEB_STATIC_H
#include "base/base.h"

struct static_file {
	const char *name, *type, *etag; /* etag: with its quotation marks, changes with the content */
	struct bytes content;
};
extern const struct static_file static_files[]; /* ends with name NULL */

#endif
