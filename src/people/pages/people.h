/* 職員と職 — what the administrator's pages about people show. */
#ifndef PEOPLE_PAGES_PEOPLE_H
#define PEOPLE_PAGES_PEOPLE_H
#include "store/read.h"
#include "web/export.h"
#include "web/html.h"

struct people_view {
	struct text words;
	struct store_people people;
	struct store_units units;
	struct export_links_view links;
	struct text number, name, kana, unit, mail; /* as typed */
	struct phrase say;
};
struct person_view {
	struct store_person person;
	struct store_posts posts;
	struct store_units units;
	bool self, gone, done;
	int64_t now;
	struct text post, unit, from, to, at; /* as typed */
	struct phrase say;
	uint32_t wait;
};
struct reset_view {
	struct store_person person;
	struct text password;
	bool cleared;
};

#endif
