/* ZIPに入る形式の見分け — many formats are ZIP archives inside. Which one is decided from the names that the first and last bytes show. */
#ifndef SANITIZE_PARTS_PACKAGE_KIND_H
#define SANITIZE_PARTS_PACKAGE_KIND_H
#include "base/base.h"

enum package_kind {
	PACKAGE_NONE,	     /* no ZIP at all */
	PACKAGE_ARCHIVE,     /* a plain archive */
	PACKAGE_WORD,
	PACKAGE_SHEET,
	PACKAGE_SLIDES,
	PACKAGE_BINARY_SHEET, /* xlsb */
	PACKAGE_OPEN_TEXT,   /* OpenDocument: odt, ods, odp and their templates */
	PACKAGE_OPEN_SHEET,
	PACKAGE_OPEN_SLIDES,
	PACKAGE_OFFICE_OTHER, /* drawings, XPS and what else OPC carries */
	PACKAGE_OTHER,	     /* EPUB, Java and the like: programs know them by name, we do not rebuild them */
};
/* head: first bytes; tail: last bytes (64 KiB + 22 for all ZIPs). Bounded work, no allocation. A hint: the formats check everything again. */
enum package_kind package_kind(struct bytes head, struct bytes tail, uint64_t size);

#endif
