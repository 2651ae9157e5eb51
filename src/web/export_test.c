/* 単体試験 — lists as CSV: what stays text, what CP932 lacks, what is too long. The Excel form is read by foreign readers in tests/web/export_cases.py. */
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "web/export.h"
#include "web/limits.h"
#include <unistd.h>

const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = 0;

static const struct export_column columns[] = { { { "名前", "Name" }, 20 }, { { "数", "Number" }, 8 }, { { "日時", "Time" }, 18 } };

struct made {
	struct arena *arena;
	int fd;
	struct export_list list;
	struct phrase say;
	struct export *e;
};

static void begin(struct made *m, enum export_kind kind)
{
	*m = (struct made){ .arena = arena_new(0), .list = { kind, HTML_JAPANESE, { "一覧", "List" }, columns, COUNT(columns), NULL } };
	m->list.say = &m->say;
	m->fd = memfd_new("export", NULL);
	CHECK_OK(export_begin(m->arena, m->fd, &m->list, &m->e, &err_));
}

static int row(struct made *m, const char *name, struct err *err)
{
	const struct export_cell cells[] = { cell_text((struct text){ name, strlen(name) }), cell_number(-3), cell_moment(1795770764) };

	return export_row(m->e, cells, err);
}

static struct bytes finish(struct made *m)
{
	struct bytes all = { NULL, 0 };
	uint64_t bytes = 0;

	CHECK_OK(export_end(m->e, &bytes, &err_));
	assert_int_equal(lseek(m->fd, 0, SEEK_SET), 0);
	CHECK_OK(file_read_fd(m->arena, m->fd, 1 << 28, &all, &err_));
	assert_int_equal(all.n, bytes);
	return all;
}

static void end(struct made *m)
{
	close(m->fd);
	arena_free(m->arena);
}

TEST(csv_is_utf8_with_its_mark_and_every_text_quoted)
{
	struct made m;

	begin(&m, EXPORT_CSV);
	CHECK_OK(row(&m, "山\"田\n", &err_));
	CHECK_OK(row(&m, "", &err_));
	assert_string_equal((const char *)finish(&m).p, "\xef\xbb\xbf\"名前\",\"数\",\"日時\"\r\n\"山\"\"田\n\",-3,2026-11-27 18:12:44\r\n,-3,2026-11-27 18:12:44\r\n");
	end(&m);
}

TEST(what_a_spreadsheet_would_calculate_stays_text)
{
	static const char *const signs[] = { "=1+1", "+81", "-1", "@x", "\tx", "'x", "＝1", "－1" };
	struct made m;

	for (size_t i = 0; i < COUNT(signs); i++) {
		begin(&m, EXPORT_CSV);
		CHECK_OK(row(&m, signs[i], &err_));
		const char *wanted = arena_printf(m.arena, "\r\n\"'%s\",", signs[i]);
		assert_non_null(strstr((const char *)finish(&m).p, wanted));
		end(&m);
	}
}

TEST(cp932_writes_japanese_and_names_the_cell_it_cannot_write)
{
	struct err err = { 0 };
	struct made m;
	struct text back;

	begin(&m, EXPORT_CSV_CP932);
	CHECK_OK(row(&m, "髙﨑〜①", &err_));
	CHECK_OK(text_from_cp932(m.arena, finish(&m), &back, &err_));
	assert_non_null(strstr(back.p, "\"髙﨑"));
	end(&m);
	begin(&m, EXPORT_CSV_CP932);
	CHECK_OK(row(&m, "吉田", &err_));
	assert_int_equal(row(&m, "𠮷田", &err), -1);
	assert_int_equal(err.code, ERR_NOT_TEXT);
	assert_non_null(strstr(m.say.ja, "3 行目の「名前」にある文字「𠮷」"));
	assert_non_null(strstr(m.say.en, "row 3, Name"));
	end(&m);
}

TEST(too_many_rows_are_refused_with_what_to_do)
{
	struct err err = { 0 };
	struct made m;

	begin(&m, EXPORT_XLSX);
	for (int i = 0; i < WEB_EXPORT_ROWS; i++)
		CHECK_OK(row(&m, "山田", &err_));
	assert_int_equal(row(&m, "山田", &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(m.say.ja, "絞り込んで"));
	end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_utf8_with_its_mark_and_every_text_quoted),
		cmocka_unit_test(what_a_spreadsheet_would_calculate_stays_text),
		cmocka_unit_test(cp932_writes_japanese_and_names_the_cell_it_cannot_write),
		cmocka_unit_test(too_many_rows_are_refused_with_what_to_do),
	};
	return RUN_TESTS(tests);
}
