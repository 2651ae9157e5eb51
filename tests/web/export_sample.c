/* 書き出しの見本 — writes one list as an Excel sheet to standard output, for readers that are not ours: export_sample en|ja ROWS */
#include "base/file.h"
#include "web/export.h"
#include <sys/sendfile.h>
#include <unistd.h>

const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = 0;

int main(int argc, char **argv)
{
	static const struct export_column columns[] = { { { "番号", "Number" }, 8 }, { { "目的 & <名>", "Purpose & <name>" }, 40 }, { { "日時", "Time" }, 18 },
							{ { "大きな数", "Large" }, 18 } };
	static const char *const words[] = { "=HYPERLINK(\"http://x\")", "+1", "-1", "@a", "0123", "<b>&\"'", "一行目\n二行目\tx", "_x0041_", "\x0b\x1f", "𠮷田 👪",
					     " 前後 ", "" };
	ARENA(arena) = arena_new(0);
	struct export_list list = { EXPORT_XLSX, argc > 1 && strcmp(argv[1], "en") == 0 ? HTML_ENGLISH : HTML_JAPANESE, { "一覧 A&B", "List A&B" }, columns, 4, NULL };
	long rows = argc > 2 ? strtol(argv[2], NULL, 10) : (long)COUNT(words);
	struct export *e;
	struct err err = { 0 };
	uint64_t bytes;
	FD(fd) = memfd_new("export", &err);

	if (fd < 0 || export_begin(arena, fd, &list, &e, &err) != 0)
		return fprintf(stderr, "%s\n", err.say), 1;
	for (long i = 0; i < rows; i++) {
		const char *s = words[(size_t)i % COUNT(words)];
		const struct export_cell cells[] = { cell_number(i + 1), cell_text((struct text){ s, strlen(s) }), cell_moment(1795770764 + i), cell_number(1234567890123456789) };
		if (export_row(e, cells, &err) != 0)
			return fprintf(stderr, "%s\n", err.say), 1;
	}
	if (export_end(e, &bytes, &err) != 0)
		return fprintf(stderr, "%s\n", err.say), 1;
	for (off_t at = 0; (uint64_t)at < bytes;)
		if (sendfile(STDOUT_FILENO, fd, &at, bytes - (uint64_t)at) <= 0)
			return 1;
	return 0;
}
