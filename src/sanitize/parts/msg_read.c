/* Outlookのメール（msg）の読取り — contract in msg_read.h. */
#include "sanitize/parts/msg_read.h"
#include "base/cursor.h"
#include "sanitize/parts/mapi.h"
#include "sanitize/parts/ole.h"

enum { PROPERTY = 16, TOP_HEAD = 32, INNER_HEAD = 24 };
struct msg {
	struct job *job;
	struct arena *arena;
	struct ole ole;
	uint64_t parts;
	unsigned depth;
};

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
	while (!c.failed && c.left >= PROPERTY) { /* a list shorter than its head has none */
		uint32_t tag = cursor_u32le(&c);
		cursor_take(&c, 4);
		uint64_t value = cursor_u64le(&c);
		if (tag == ((uint32_t)id << 16 | type))
			*out = value;
	}
	return 0;
}

/* A text in either of its two forms; "" none. */
static int text_of(struct msg *m, uint32_t storage, unsigned id, struct text charset, struct text *out, struct err *err)
{
	struct bytes b;
	bool there;

	*out = TEXT("");
	if (stream_of(m, storage, id, MAPI_TEXT16, &there, &b, err) < 0)
		return -1;
	if (there)
		return mapi_text16(m->arena, b, out, err);
	if (stream_of(m, storage, id, MAPI_TEXT8, &there, &b, err) < 0)
		return -1;
	return mapi_text8(m->arena, charset, b, out, err);
}

/* -- the mail -- */
static int parse_message(struct msg *m, uint32_t storage, size_t head, struct mime_part *out, struct err *err);

static int take_headers(struct msg *m, uint32_t storage, size_t head, struct text charset, struct mime_part *out, struct err *err)
{
	struct mapi_head h;

	if (text_of(m, storage, MAPI_SUBJECT, charset, &h.subject, err) < 0 || text_of(m, storage, MAPI_SENDER, charset, &h.sender, err) < 0 ||
	    text_of(m, storage, MAPI_SENDER_ADDRESS, charset, &h.address, err) < 0 || text_of(m, storage, MAPI_SMTP_ADDRESS, charset, &h.smtp, err) < 0 ||
	    text_of(m, storage, MAPI_TO, charset, &h.to, err) < 0 || text_of(m, storage, MAPI_CC, charset, &h.cc, err) < 0 ||
	    fixed_of(m, storage, head, MAPI_SENT_AT, MAPI_TIME, &h.sent, err) < 0 || fixed_of(m, storage, head, MAPI_ARRIVED_AT, MAPI_TIME, &h.arrived, err) < 0)
		return -1;
	mapi_headers(m->arena, &h, out);
	return 0;
}

/* Only the form that will be read is looked at. */
static int take_body(struct msg *m, uint32_t storage, struct text charset, uint64_t internet_code_page, struct mime_part *out, bool *there, struct err *err)
{
	struct mapi_body body = { .page = TEXT(""), .code_page = internet_code_page };

	if (text_of(m, storage, MAPI_BODY, charset, &body.plain, err) < 0)
		return -1;
	if (!body.plain.n && text_of(m, storage, MAPI_HTML, charset, &body.page, err) < 0)
		return -1;
	if (!body.plain.n && !body.page.n && stream_of(m, storage, MAPI_HTML, MAPI_BINARY, there, &body.html, err) < 0)
		return -1;
	if (!body.plain.n && !body.page.n && !body.html.n && stream_of(m, storage, MAPI_RTF, MAPI_BINARY, there, &body.rtf, err) < 0)
		return -1;
	return mapi_text_part(m->job, &body, out, there, err);
}

static int take_attachment(struct msg *m, uint32_t storage, struct text charset, struct mime_part *out, struct err *err)
{
	struct text name, short_name, display, type;
	struct bytes b;
	bool there;

	if (mapi_more_parts(m->job, &m->parts, err) < 0 || text_of(m, storage, MAPI_LONG_NAME, charset, &name, err) < 0 ||
	    text_of(m, storage, MAPI_SHORT_NAME, charset, &short_name, err) < 0 || text_of(m, storage, MAPI_DISPLAY_NAME, charset, &display, err) < 0 ||
	    text_of(m, storage, MAPI_MIME_TAG, charset, &type, err) < 0 || stream_of(m, storage, MAPI_DATA, MAPI_BINARY, &there, &b, err) < 0)
		return -1;
	name = name.n ? name : short_name.n ? short_name : display;
	uint32_t inner = ole_find(&m->ole, storage, "__substg1.0_3701000D");
	if (inner != OLE_NONE && m->ole.entries[inner].type == OLE_STORAGE) {
		if (ole_find(&m->ole, inner, "__properties_version1.0") != OLE_NONE)
			return parse_message(m, inner, INNER_HEAD, out, err);
		job_removed(m->job, "C2", text_printable(m->arena, bytes_of_text(name), 120), 1); /* an object drawn into the text */
		*out = mapi_empty_part();
		return 0;
	}
	*out = mapi_file_part(name, type, b);
	return 0;
}

/* A mail within the mail is another text behind the first, with its own attachments. */
static int parse_message(struct msg *m, uint32_t storage, size_t head, struct mime_part *out, struct err *err)
{
	uint64_t code_page, internet_code_page;
	size_t room = 1;
	bool there;

	if (m->depth == MAPI_DEPTH_MOST)
		return refuse(err, REFUSAL_TOO_DEEP, "mails within mails, more than %d deep", MAPI_DEPTH_MOST);
	if (mapi_more_parts(m->job, &m->parts, err) < 0 || fixed_of(m, storage, head, MAPI_CODE_PAGE, MAPI_NUMBER, &code_page, err) < 0 ||
	    fixed_of(m, storage, head, MAPI_INTERNET_CODE_PAGE, MAPI_NUMBER, &internet_code_page, err) < 0)
		return -1;
	struct text charset = mapi_charset(code_page ? code_page & 0xffffffff : internet_code_page & 0xffffffff);
	*out = mapi_empty_part();
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
