/* 不在と代理 — what its page shows. */
#ifndef TRANSFER_PAGES_ABSENCE_H
#define TRANSFER_PAGES_ABSENCE_H
#include "store/read.h"
#include "web/export.h"
#include "web/html.h"

struct absences_view {
	struct store_absences all;
	struct export_links_view links;
	struct text me;
	bool is_administrator;
	/* Whose absence the form is about; number "": none chosen yet. */
	struct text number, name, unit_name;
	struct store_people acting;   /* who may be named */
	struct store_person *chiefs;  /* for an administrator */
	size_t chief_count;
	struct text chosen, from, to, reason; /* as typed */
	struct phrase say, bad_day;
	bool done, withdrawn;
};

#endif
