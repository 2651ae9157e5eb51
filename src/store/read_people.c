/* 組織と職員の閲覧 — contract in read.h. */
#include "store/reader.h"
#include "base/clock.h"
#include "store/fold.h"

int store_read_units(struct store_reader *r, struct arena *arena, struct store_units *out, struct err *err)
{
	struct sql_unit_by_code_row *rows;
	size_t count;

	struct sql_units_people_row *people;
	size_t people_count;

	if (sql_units(r->sql, arena, r->site, &rows, &count, err) != 0 || sql_units_people(r->sql, arena, r->site, clock_now(), &people, &people_count, err) != 0)
		return -1;
	*out = (struct store_units){ arena_new_array(arena, struct store_unit, count), count };
	for (size_t i = 0, k = 0; i < count; i++) { /* both by code */
		out->rows[i] = (struct store_unit){ rows[i].code, rows[i].name, rows[i].parent, rows[i].valid_from, rows[i].valid_to, 0 };
		if (k < people_count && text_equal(people[k].unit, rows[i].code))
			out->rows[i].people = (uint64_t)people[k++].count;
	}
	return 0;
}

static struct store_person person_of(const struct sql_person_by_number_row *p)
{
	return (struct store_person){ .number = p->number, .name = p->name, .kana = p->kana, .unit = p->unit, .unit_name = p->unit_name,
				      .mail = p->mail, .from = p->valid_from, .to = p->valid_to, .is_chief = p->is_chief,
				      .is_administrator = p->is_administrator };
}

int store_read_person(struct store_reader *r, struct arena *arena, struct text number, struct store_person *out, struct err *err)
{
	struct sql_person_by_number_row row;
	bool found;

	if (sql_person_by_number(r->sql, arena, r->site, number, clock_now(), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "nobody has this staff number");
	*out = person_of(&row);
	return 0;
}

enum { PEOPLE_WORDS = 4 };

static void read_words(struct arena *arena, struct text query, struct text words[PEOPLE_WORDS])
{
	size_t at = 0;

	for (size_t i = 0; i < PEOPLE_WORDS; i++)
		words[i] = TEXT("%");
	for (size_t i = 0; i < PEOPLE_WORDS; i++) {
		struct text word = fold_word(query, &at);
		if (word.n == 0)
			break;
		words[i] = fold_pattern(arena, word);
	}
}

int store_read_people(struct store_reader *r, struct arena *arena, struct text query, unsigned most, struct store_people *out, struct err *err)
{
	struct text words[PEOPLE_WORDS];
	struct sql_person_by_number_row *rows;
	size_t count;

	read_words(arena, query, words);
	most = read_most(most);
	if (sql_people_found(r->sql, arena, r->site, clock_now(), words[0], words[1], words[2], words[3], most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_people){ arena_new_array(arena, struct store_person, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = person_of(&rows[i]);
	return 0;
}

int store_read_names(struct store_reader *r, struct arena *arena, struct text query, unsigned most, struct store_people *out, struct err *err)
{
	struct text words[PEOPLE_WORDS], none = TEXT("");
	struct sql_people_named_row *rows;
	size_t count;

	read_words(arena, query, words);
	most = read_most(most);
	if (sql_people_named(r->sql, arena, r->site, clock_now(), words[0], words[1], words[2], words[3], most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_people){ arena_new_array(arena, struct store_person, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = (struct store_person){ .number = rows[i].number, .name = rows[i].name, .kana = rows[i].kana, .unit = none,
						      .unit_name = rows[i].unit_name, .mail = none };
	return 0;
}

int store_read_posts(struct store_reader *r, struct arena *arena, struct text number, struct store_posts *out, struct err *err)
{
	struct sql_posts_of_row *rows;
	size_t count;

	if (sql_posts_of(r->sql, arena, r->site, number, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_posts){ arena_new_array(arena, struct store_post, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_post){ rows[i].number, rows[i].person_name, rows[i].unit, rows[i].unit_name, rows[i].post,
						    rows[i].valid_from, rows[i].valid_to };
	return 0;
}
