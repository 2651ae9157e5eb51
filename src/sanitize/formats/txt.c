/* テキスト — plain text, written anew in its own encoding (UTF-8 with or without mark, UTF-16, CP932, EUC-JP, ISO-2022-JP).
 * Out: NUL and other controls, stray escapes (F2). Refused: pages, scripts, UTF-7 that only say they are text (F1). */
#include "sanitize/parts/plain.h"

enum { PART = 1 << 18 };

static int write_lines(struct job *job, struct plain *plain, void *with, struct err *err)
{
	size_t at = 0;

	(void)with;
	while (at < plain->text.n) {
		size_t end = MIN(at + PART, plain->text.n);
		while (end < plain->text.n && plain->text.p[end - 1] != '\n')
			end++;
		if (plain_write(job, plain, (struct text){ plain->text.p + at, end - at }, err) != 0)
			return -1;
		at = end;
	}
	return 0;
}

int txt_rebuild(struct job *job, struct err *err)
{
	struct plain plain;

	return plain_read(job, &plain, err) != 0 ? -1 : plain_write_all(job, &plain, write_lines, NULL, err);
}
