/* メタファイルの額縁 — contract in metafile_frame.h. */
#include "sanitize/parts/metafile_frame.h"

enum { SIDE_MOST = 42300 /* 1,600 pixels of 96 an inch */, SIDE_LEAST = 100, USUAL_WIDTH = 15000, USUAL_HEIGHT = 10000, LINE = 300, PIECE = 3 * 8192 };

static const char before[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\""
	" xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\""
	" xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\" office:version=\"1.3\" office:mimetype=\"application/vnd.oasis.opendocument.graphics\">"
	"<office:styles/><office:automatic-styles><style:page-layout style:name=\"L\"><style:page-layout-properties fo:margin-top=\"0cm\" fo:margin-bottom=\"0cm\""
	" fo:margin-left=\"0cm\" fo:margin-right=\"0cm\"";
static const char between[] =
	"/></style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name=\"M\" style:page-layout-name=\"L\"/></office:master-styles>"
	"<office:body><office:drawing><draw:page draw:name=\"p\" draw:master-page-name=\"M\"><draw:frame svg:x=\"0cm\" svg:y=\"0cm\"";
static const char behind[] = "</office:binary-data></draw:image></draw:frame></draw:page></office:drawing></office:body></office:document>\n";

static int put(struct job *job, const char *line, struct err *err)
{
	return job_write(job, bytes_of(line, strlen(line)), err);
}

static int put_base64(struct job *job, struct bytes b, struct err *err)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static uint8_t line[PIECE / 3 * 4];

	while (b.n) {
		size_t n = MIN(b.n, (size_t)PIECE), to = 0;
		for (size_t i = 0; i < n; i += 3) {
			uint32_t v = (uint32_t)b.p[i] << 16 | (i + 1 < n ? (uint32_t)b.p[i + 1] << 8 : 0) | (i + 2 < n ? b.p[i + 2] : 0);
			for (int k = 0; k < 4; k++)
				line[to++] = (uint8_t)digits[v >> (18 - 6 * k) & 63];
			if (i + 2 >= n)
				line[to - 1] = '=';
			if (i + 1 >= n)
				line[to - 2] = '=';
		}
		if (job_write(job, bytes_of(line, to), err) < 0)
			return -1;
		b.p += n, b.n -= n;
	}
	return 0;
}

int metafile_frame(struct job *job, uint64_t width, uint64_t height, struct bytes metafile, struct err *err)
{
	char page[LINE], frame[LINE];

	if (width == 0 || height == 0 || width > UINT32_MAX || height > UINT32_MAX)
		width = USUAL_WIDTH, height = USUAL_HEIGHT;
	uint64_t longer = MAX(width, height), wanted = MIN(2 * longer, (uint64_t)SIDE_MOST);
	width = MAX(width * wanted / longer, (uint64_t)SIDE_LEAST), height = MAX(height * wanted / longer, (uint64_t)SIDE_LEAST);
	unsigned long long w = width, h = height;
	snprintf(page, sizeof page, " fo:page-width=\"%llu.%03llucm\" fo:page-height=\"%llu.%03llucm\"", w / 1000, w % 1000, h / 1000, h % 1000);
	snprintf(frame, sizeof frame, " svg:width=\"%llu.%03llucm\" svg:height=\"%llu.%03llucm\"><draw:image><office:binary-data>", w / 1000, w % 1000, h / 1000, h % 1000);
	if (put(job, before, err) < 0 || put(job, page, err) < 0 || put(job, between, err) < 0 || put(job, frame, err) < 0 || put_base64(job, metafile, err) < 0)
		return -1;
	return put(job, behind, err);
}
