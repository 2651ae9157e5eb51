/* 組織 — what the administrator's page about units shows. */
#ifndef PEOPLE_PAGES_UNITS_H
#define PEOPLE_PAGES_UNITS_H
#include "store/read.h"
#include "web/export.h"
#include "web/html.h"

struct unit_row {
	struct store_unit unit;
	const char *parent_name; /* "" none */
	bool closed;
};
/* A form as typed, and what is wrong with which field. */
struct unit_form {
	struct text code, name, parent;
	struct phrase code_fault, name_fault, parent_fault;
};
struct units_view {
	struct unit_row *rows;
	size_t count;
	struct unit_form form;
	struct export_links_view links;
	bool done;
};
struct unit_view {
	struct unit_row unit;
	struct unit_row *rows; /* all: what it may stand under */
	size_t count;
	struct unit_form form;
	struct phrase say; /* why it cannot be closed */
};

#endif
