/* Outlookの値（MAPI）— contract in mapi.h. */
#include "sanitize/parts/mapi.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/html_text.h"

enum { HEADERS_MOST = 8 };

int mapi_more_parts(struct job *job, uint64_t *parts, struct err *err)
{
	if (++*parts > job_limit(job, LIMIT_MEMBERS))
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "too many parts in a mail");
	return 0;
}

/* -- texts -- */
struct text mapi_charset(uint64_t code_page)
{
	switch (code_page) {
	case 932: return TEXT("cp932");
	case 65001: return TEXT("utf-8");
	case 20932: case 51932: return TEXT("euc-jp");
	case 50220: case 50221: case 50222: return TEXT("iso-2022-jp");
	case 1252: case 28591: return TEXT("windows-1252");
	default: return TEXT("");
	}
}

/* Some programs leave a NUL at the end, or several. */
static struct bytes without_nuls(struct arena *arena, struct bytes wide)
{
	uint8_t *p = arena_alloc(arena, wide.n + 1);
	size_t n = 0;

	for (size_t i = 0; i + 1 < wide.n; i += 2)
		if (wide.p[i] || wide.p[i + 1])
			p[n++] = wide.p[i], p[n++] = wide.p[i + 1];
	return bytes_of(p, n);
}

int mapi_text16(struct arena *arena, struct bytes b, struct text *out, struct err *err)
{
	struct text t;

	if (text_from(arena, CHARSET_UTF16LE, without_nuls(arena, b), &t, NULL) < 0)
		return refuse(err, REFUSAL_NOT_TEXT, "a text of a mail is no UTF-16");
	return foreign_text(arena, TEXT("utf-8"), bytes_of_text(t), out, err);
}

int mapi_text8(struct arena *arena, struct text charset, struct bytes b, struct text *out, struct err *err)
{
	*out = TEXT("");
	if (b.n == 0 || foreign_text(arena, charset, b, out, err) == 0)
		return 0;
	return charset.n ? -1 : foreign_text(arena, TEXT("windows-1252"), b, out, err); /* where a mail says nothing, Windows of the West wrote it */
}

/* -- RTF as Outlook packs it -- */
static int unpack_rtf(struct job *job, struct bytes packed, struct bytes *out, struct err *err)
{
	enum { PACKED = 0x75465a4c, PLAIN = 0x414c454d, WINDOW = 4096 };
	static const char begun[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
				    "{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
	struct cursor c = cursor_over(packed);
	uint8_t window[WINDOW] = { 0 };
	size_t at = sizeof begun - 1;

	cursor_take(&c, 4);
	uint32_t size = cursor_u32le(&c), kind = cursor_u32le(&c);
	cursor_take(&c, 4);
	if (c.failed || (kind != PACKED && kind != PLAIN))
		return refuse(err, REFUSAL_DAMAGED, "the RTF of a mail has no head");
	if (size > job_unpack_left(job))
		return refuse(err, REFUSAL_BOMB, "the RTF of a mail would be %u bytes", size);
	if (kind == PLAIN) {
		*out = cursor_bytes(&c, MIN((size_t)size, c.left));
		return 0;
	}
	memcpy(window, begun, sizeof begun - 1);
	struct buf b = buf_in(job_arena(job), (size_t)size + 32);
	for (bool over = false; !over && c.left && b.n < size;) {
		uint8_t flags = cursor_u8(&c);
		for (unsigned bit = 0; bit < 8 && !over && c.left && b.n < size; bit++) {
			if (!(flags >> bit & 1)) {
				uint8_t v = cursor_u8(&c);
				buf_byte(&b, window[at++ % WINDOW] = v);
				continue;
			}
			uint16_t reference = cursor_u16be(&c);
			size_t from = reference >> 4, n = (reference & 15) + 2u;
			over = from == at % WINDOW || c.failed;
			for (; !over && n && b.n < size; n--, from++)
				buf_byte(&b, window[at++ % WINDOW] = window[from % WINDOW]);
		}
	}
	if (!buf_ok(&b))
		return refuse(err, REFUSAL_MEMORY, "no memory for the RTF of a mail");
	*out = buf_view(&b);
	return 0;
}

/* -- the parts of a mail -- */
static void add_header(struct mime_part *part, const char *name, struct text value)
{
	if (value.n && part->header_count < HEADERS_MOST)
		part->headers[part->header_count++] = (struct mime_header){ { name, strlen(name) }, bytes_of_text(value) };
}

/* "2026-11-26 19:30 +0900" of a Windows time, in Japan's time. Not by the C library, which would ask for the time zone's file. */
static struct text time_text(struct arena *arena, uint64_t filetime)
{
	enum { TICKS = 10000000, DAY = 86400, JAPAN = 9 * 3600, DAYS_OF_400_YEARS = 146097, DAYS_TO_1970 = 719468 /* from March of the year 0 */ };
	const uint64_t epoch = 11644473600u, last = 4102444800u; /* 1970, 2100 */
	uint64_t seconds = filetime / TICKS;

	if (seconds < epoch || seconds - epoch > last)
		return TEXT("");
	unsigned at = (unsigned)(seconds - epoch + JAPAN), days = at / DAY + DAYS_TO_1970, minutes = at % DAY / 60;
	unsigned of_era = days % DAYS_OF_400_YEARS, year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), march = (5 * of_year + 2) / 153;
	unsigned day = of_year - (153 * march + 2) / 5 + 1, month = march < 10 ? march + 3 : march - 9;
	unsigned year = days / DAYS_OF_400_YEARS * 400 + year_of_era + (month <= 2);
	const char *s = arena_printf(arena, "%04u-%02u-%02u %02u:%02u +0900", year, month, day, minutes / 60, minutes % 60);
	return (struct text){ s, strlen(s) };
}

void mapi_headers(struct arena *arena, const struct mapi_head *h, struct mime_part *part)
{
	struct text address = h->smtp.n ? h->smtp : strchr(h->address.p, '@') ? h->address : TEXT(""); /* an address within the sender's own house says nothing */
	const char *from = address.n && !text_equal(address, h->sender) ? arena_printf(arena, h->sender.n ? "%s <%s>" : "%s%s", h->sender.p, address.p) : h->sender.p;

	part->headers = arena_new_array(arena, struct mime_header, HEADERS_MOST);
	add_header(part, "Subject", h->subject);
	add_header(part, "From", (struct text){ from, strlen(from) });
	add_header(part, "To", h->to);
	add_header(part, "Cc", h->cc);
	add_header(part, "Date", time_text(arena, h->sent ? h->sent : h->arrived));
}

static struct mime_part part_of(const char *type, struct text charset, struct bytes body)
{
	return (struct mime_part){ .type = { type, strlen(type) }, .charset = charset, .file_name = TEXT(""), .encoding = MIME_PLAIN, .body = body };
}

struct mime_part mapi_empty_part(void) { return part_of("multipart/mixed", TEXT(""), bytes_of(NULL, 0)); }

struct mime_part mapi_file_part(struct text name, struct text type, struct bytes content)
{
	struct mime_part part = part_of("application/octet-stream", TEXT(""), content);

	if (strcasecmp(type.p, "application/pkcs7-mime") == 0 || strcasecmp(type.p, "application/x-pkcs7-mime") == 0)
		part.type = TEXT("application/pkcs7-mime");
	part.file_name = name, part.attachment = true;
	return part;
}

int mapi_text_part(struct job *job, const struct mapi_body *body, struct mime_part *out, bool *there, struct err *err)
{
	struct bytes rtf;

	*there = true;
	if (body->plain.n) {
		*out = part_of("text/plain", TEXT("utf-8"), bytes_of_text(body->plain));
	} else if (body->page.n) {
		*out = part_of("text/html", TEXT("utf-8"), bytes_of_text(body->page));
	} else if (body->html.n) {
		struct text said = html_charset(job_arena(job), body->html); /* the page knows better than the mail */
		*out = part_of("text/html", said.n ? said : mapi_charset(body->code_page), body->html);
	} else if (body->rtf.n) {
		if (unpack_rtf(job, body->rtf, &rtf, err) < 0)
			return -1;
		*out = part_of("application/rtf", TEXT(""), rtf);
		out->file_name = TEXT("本文.rtf");
		out->attachment = true;
	} else {
		*there = false;
	}
	return 0;
}
