/* PDFの見分け — "%PDF-" at the start; blanks or a byte order mark before it are forgiven, anything else there is another format's (A2). */
#include "sanitize/format.h"

enum { BLANKS_MOST = 1024 };

static bool probe(struct bytes head, struct bytes tail __attribute__((unused)), uint64_t size __attribute__((unused)))
{
	size_t at = bytes_start(head, BYTES("\xef\xbb\xbf")) ? 3 : 0;

	while (at < head.n && at < BLANKS_MOST && (head.p[at] == 0 || strchr(" \t\r\n\f", head.p[at])))
		at++;
	return head.n - at >= 5 && memcmp(head.p + at, "%PDF-", 5) == 0;
}

const struct format_probe probe_pdf = { .extensions = (const char *const[]){ "pdf", NULL }, .probe = probe };
