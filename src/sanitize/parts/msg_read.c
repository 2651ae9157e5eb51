/* Outlookのメール（msg）の読取り — contract in msg_read.h. */
#include "sanitize/parts/msg_read.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/html_text.h"
#include "sanitize/parts/ole.h"

enum { DEPTH_MOST = 8, PROPERTY = 16, HEADERS_MOST = 8, TOP_HEAD = 32, INNER_HEAD = 24, ATTACHMENT_HEAD = 8 };
enum property {
	SUBJECT = 0x0037, SENT_AT = 0x0039, MESSAGE_CLASS = 0x001a, SENDER = 0x0c1a, SENDER_ADDRESS = 0x0c1f, TO = 0x0e04, CC = 0x0e03, ARRIVED_AT = 0x0e06, BODY = 0x1000,
	RTF = 0x1009, HTML = 0x1013, SMTP_ADDRESS = 0x5d01, CODE_PAGE = 0x3ffd, INTERNET_CODE_PAGE = 0x3fde, DATA = 0x3701, SHORT_NAME = 0x3704, LONG_NAME = 0x3707, MIME_TAG = 0x370e,
	DISPLAY_NAME = 0x3001,
};
enum { TYPE_OBJECT = 0x000d, TYPE_TEXT8 = 0x001e, TYPE_TEXT16 = 0x001f, TYPE_TIME = 0x0040, TYPE_BINARY = 0x0102, TYPE_NUMBER = 0x0003 };

struct msg {
	struct job *job;
	struct arena *arena;
	struct ole ole;
	uint64_t parts;
	unsigned depth;
};

static int more_parts(struct msg *m, struct err *err)
{
	if (++m->parts > job_limit(m->job, LIMIT_MEMBERS))
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "too many parts in a mail");
	return 0;
}

/* -- properties -- */
static int stream_of(struct msg *m, uint32_t storage, unsigned id, unsigned type, bool *there, struct bytes *out, struct err *err)
{
	uint32_t entry = ole_find(&m->ole, storage, arena_printf(m->arena, "__substg1.0_%04X%04X", id, type));

	*there = entry != OLE_NONE && m->ole.entries[entry].type == OLE_STREAM;
	*out = bytes_of(NULL, 0);
	return *there ? ole_content(&m->ole, entry, out, err) : 0;
}

/* A property of fixed size; -1 bytes of the list are skipped at its head. 0: not there. */
static int fixed_of(struct msg *m, uint32_t storage, size_t head, unsigned id, unsigned type, uint64_t *out, struct err *err)
{
	uint32_t entry = ole_find(&m->ole, storage, "__properties_version1.0");
	struct bytes list;

	*out = 0;
	if (entry == OLE_NONE)
		return 0;
	if (ole_content(&m->ole, entry, &list, err) < 0)
		return -1;
	struct cursor c = cursor_over(list);
	cursor_take(&c, head);
	while (c.left >= PROPERTY) {
		uint32_t tag = cursor_u32le(&c);
		cursor_take(&c, 4);
		uint64_t value = cursor_u64le(&c);
		if (tag == ((uint32_t)id << 16 | type))
			*out = value;
	}
	return 0;
}

static struct text charset_of(struct msg *m, uint64_t code_page)
{
	switch (code_page) {
	case 932: return TEXT("cp932");
	case 65001: return TEXT("utf-8");
	case 20932: case 51932: return TEXT("euc-jp");
	case 50220: case 50221: case 50222: return TEXT("iso-2022-jp");
	case 1252: case 28591: return TEXT("windows-1252");
	default: (void)m; return TEXT("");
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

/* A text in either of its two forms, with its controls out; "" none. */
static int text_of(struct msg *m, uint32_t storage, unsigned id, struct text charset, struct text *out, struct err *err)
{
	struct bytes b;
	bool there;

	*out = TEXT("");
	if (stream_of(m, storage, id, TYPE_TEXT16, &there, &b, err) < 0)
		return -1;
	if (there) {
		struct text t;
		if (text_from(m->arena, CHARSET_UTF16LE, without_nuls(m->arena, b), &t, NULL) < 0)
			return refuse(err, REFUSAL_NOT_TEXT, "a text of a mail is no UTF-16");
		return foreign_text(m->arena, TEXT("utf-8"), bytes_of_text(t), out, err);
	}
	if (stream_of(m, storage, id, TYPE_TEXT8, &there, &b, err) < 0)
		return -1;
	if (!there || b.n == 0 || foreign_text(m->arena, charset, b, out, err) == 0)
		return 0;
	return charset.n ? -1 : foreign_text(m->arena, TEXT("windows-1252"), b, out, err); /* where a mail says nothing, Windows of the West wrote it */
}

/* -- RTF as Outlook packs it -- */
int msg_unpack_rtf(struct job *job, struct bytes packed, struct bytes *out, struct err *err)
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

/* -- the mail -- */
static int parse_message(struct msg *m, uint32_t storage, size_t head, struct mime_part *out, struct err *err);

static void add_header(struct mime_part *part, const char *name, struct text value)
{
	if (value.n && part->header_count < HEADERS_MOST)
		part->headers[part->header_count++] = (struct mime_header){ { name, strlen(name) }, bytes_of_text(value) };
}

/* "2026-11-26 19:30 +0900" of a Windows time, in Japan's time. Not by the C library, which would ask for the time zone's file. */
static struct text time_text(struct msg *m, uint64_t filetime)
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
	const char *s = arena_printf(m->arena, "%04u-%02u-%02u %02u:%02u +0900", year, month, day, minutes / 60, minutes % 60);
	return (struct text){ s, strlen(s) };
}

static int take_headers(struct msg *m, uint32_t storage, size_t head, struct text charset, struct mime_part *out, struct err *err)
{
	struct text subject, sender, address, smtp, to, cc;
	uint64_t sent, arrived;

	if (text_of(m, storage, SUBJECT, charset, &subject, err) < 0 || text_of(m, storage, SENDER, charset, &sender, err) < 0 || text_of(m, storage, SENDER_ADDRESS, charset, &address, err) < 0 ||
	    text_of(m, storage, SMTP_ADDRESS, charset, &smtp, err) < 0 || text_of(m, storage, TO, charset, &to, err) < 0 || text_of(m, storage, CC, charset, &cc, err) < 0 ||
	    fixed_of(m, storage, head, SENT_AT, TYPE_TIME, &sent, err) < 0 || fixed_of(m, storage, head, ARRIVED_AT, TYPE_TIME, &arrived, err) < 0)
		return -1;
	address = smtp.n ? smtp : strchr(address.p, '@') ? address : TEXT(""); /* an address within the sender's own house says nothing */
	const char *from = address.n && !text_equal(address, sender) ? arena_printf(m->arena, sender.n ? "%s <%s>" : "%s%s", sender.p, address.p) : sender.p;
	out->headers = arena_new_array(m->arena, struct mime_header, HEADERS_MOST);
	add_header(out, "Subject", subject);
	add_header(out, "From", (struct text){ from, strlen(from) });
	add_header(out, "To", to);
	add_header(out, "Cc", cc);
	add_header(out, "Date", time_text(m, sent ? sent : arrived));
	return 0;
}

static struct mime_part part_of(const char *type, struct text charset, struct bytes body)
{
	return (struct mime_part){ .type = { type, strlen(type) }, .charset = charset, .file_name = TEXT(""), .encoding = MIME_PLAIN, .body = body };
}

/* The text as text, else as a page, else as RTF. */
static int take_body(struct msg *m, uint32_t storage, struct text charset, uint64_t internet_code_page, struct mime_part *out, bool *there, struct err *err)
{
	struct text t;
	struct bytes b;

	*there = true;
	if (text_of(m, storage, BODY, charset, &t, err) < 0)
		return -1;
	if (t.n) {
		*out = part_of("text/plain", TEXT("utf-8"), bytes_of_text(t));
		return 0;
	}
	if (text_of(m, storage, HTML, charset, &t, err) < 0)
		return -1;
	if (t.n) {
		*out = part_of("text/html", TEXT("utf-8"), bytes_of_text(t));
		return 0;
	}
	if (stream_of(m, storage, HTML, TYPE_BINARY, there, &b, err) < 0)
		return -1;
	if (*there && b.n) {
		struct text said = html_charset(m->arena, b); /* the page knows better than the mail */
		*out = part_of("text/html", said.n ? said : charset_of(m, internet_code_page), b);
		return 0;
	}
	if (stream_of(m, storage, RTF, TYPE_BINARY, there, &b, err) < 0)
		return -1;
	if (!*there || b.n == 0) {
		*there = false;
		return 0;
	}
	if (msg_unpack_rtf(m->job, b, &b, err) < 0)
		return -1;
	*out = part_of("application/rtf", TEXT(""), b);
	out->file_name = TEXT("本文.rtf");
	out->attachment = true;
	return 0;
}

static int take_attachment(struct msg *m, uint32_t storage, struct text charset, struct mime_part *out, struct err *err)
{
	struct text name, short_name, display, type;
	struct bytes b;
	bool there;

	if (more_parts(m, err) < 0 || text_of(m, storage, LONG_NAME, charset, &name, err) < 0 || text_of(m, storage, SHORT_NAME, charset, &short_name, err) < 0 ||
	    text_of(m, storage, DISPLAY_NAME, charset, &display, err) < 0 || text_of(m, storage, MIME_TAG, charset, &type, err) < 0 ||
	    stream_of(m, storage, DATA, TYPE_BINARY, &there, &b, err) < 0)
		return -1;
	name = name.n ? name : short_name.n ? short_name : display;
	uint32_t inner = ole_find(&m->ole, storage, "__substg1.0_3701000D");
	if (inner != OLE_NONE && m->ole.entries[inner].type == OLE_STORAGE) {
		if (ole_find(&m->ole, inner, "__properties_version1.0") != OLE_NONE)
			return parse_message(m, inner, INNER_HEAD, out, err);
		job_removed(m->job, "C2", text_printable(m->arena, bytes_of_text(name), 120), 1); /* an object drawn into the text */
		*out = part_of("multipart/mixed", TEXT(""), bytes_of(NULL, 0));
		return 0;
	}
	*out = part_of("application/octet-stream", TEXT(""), b);
	if (strcasecmp(type.p, "application/pkcs7-mime") == 0 || strcasecmp(type.p, "application/x-pkcs7-mime") == 0)
		out->type = TEXT("application/pkcs7-mime");
	out->file_name = name, out->attachment = true;
	return 0;
}

/* A mail within the mail is another text behind the first, with its own attachments. */
static int parse_message(struct msg *m, uint32_t storage, size_t head, struct mime_part *out, struct err *err)
{
	uint64_t code_page, internet_code_page;
	size_t room = 1;
	bool there;

	if (m->depth == DEPTH_MOST)
		return refuse(err, REFUSAL_TOO_DEEP, "mails within mails, more than %d deep", DEPTH_MOST);
	if (more_parts(m, err) < 0 || fixed_of(m, storage, head, CODE_PAGE, TYPE_NUMBER, &code_page, err) < 0 ||
	    fixed_of(m, storage, head, INTERNET_CODE_PAGE, TYPE_NUMBER, &internet_code_page, err) < 0)
		return -1;
	struct text charset = charset_of(m, code_page ? code_page & 0xffffffff : internet_code_page & 0xffffffff);
	*out = part_of("multipart/mixed", TEXT(""), bytes_of(NULL, 0));
	if (take_headers(m, storage, head, charset, out, err) < 0)
		return -1;
	for (uint32_t i = 1; i < m->ole.count; i++)
		room += m->ole.entries[i].reached && m->ole.entries[i].parent == storage && m->ole.entries[i].type == OLE_STORAGE;
	out->children = arena_new_array(m->arena, struct mime_part, room);
	if (take_body(m, storage, charset, internet_code_page & 0xffffffff, &out->children[0], &there, err) < 0)
		return -1;
	out->child_count = there;
	m->depth++;
	for (uint32_t i = 1; i < m->ole.count; i++) {
		const struct ole_entry *e = &m->ole.entries[i];
		if (!e->reached || e->parent != storage || e->type != OLE_STORAGE || strncmp(e->name.p, "__attach_version1.0_", 20) != 0)
			continue;
		if (take_attachment(m, i, charset, &out->children[out->child_count], err) < 0)
			return -1;
		out->child_count++;
	}
	m->depth--;
	return 0;
}

int msg_parse(struct job *job, struct bytes file, struct mime_part *out, struct err *err)
{
	struct msg m = { .job = job, .arena = job_arena(job) };

	if (ole_open(m.arena, file, &m.ole, err) < 0)
		return -1;
	return parse_message(&m, 0, TOP_HEAD, out, err);
}
