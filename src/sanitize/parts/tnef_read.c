/* Outlookの添付（winmail.dat）の読取り — contract in tnef_read.h. */
#include "sanitize/parts/tnef_read.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/parts/mapi.h"

enum { SIGNATURE = 0x223e9f78, OF_MESSAGE = 1, OF_ATTACHMENT = 2, RECIPIENTS_MOST = 1000 };
enum attribute_id {
	OEM_CODE_PAGE = 0x00069007, SUBJECT = 0x00018004, BODY = 0x0002800c, MESSAGE_PROPERTIES = 0x00069003, RECIPIENTS = 0x00069004,
	ATTACHMENT_BEGINS = 0x00069002, CONTENT = 0x0006800f, TITLE = 0x00018010, ATTACHMENT_PROPERTIES = 0x00069005,
};
enum { RECIPIENT_KIND = 0x0c15, RECIPIENT_ADDRESS = 0x39fe, KIND_TO = 1, KIND_COPY = 2 };
enum { MANY = 0x1000, NAMED = 0x8000, NAMED_BY_NUMBER = 0, NAMED_BY_TEXT = 1, GUID = 16 };

struct tnef {
	struct job *job;
	struct arena *arena;
	uint64_t parts;
	unsigned depth;
};
struct attribute {
	uint8_t level;
	uint32_t id;
	struct bytes value;
};
struct attachment {
	struct bytes content, title, properties;
};
struct message {
	struct bytes code_page, subject, body, properties, recipients;
	struct attachment *attachments;
	size_t count;
	struct text charset;
};
/* A property that is looked for; type 0: not there. */
struct property {
	uint16_t id, type;
	struct bytes value;
};

/* -- attributes -- */
static int next_attribute(struct cursor *c, struct attribute *a, struct err *err)
{
	uint16_t sum = 0;

	a->level = cursor_u8(c);
	a->id = cursor_u32le(c);
	a->value = cursor_bytes(c, cursor_u32le(c));
	uint16_t told = cursor_u16le(c);
	if (c->failed || (a->level != OF_MESSAGE && a->level != OF_ATTACHMENT))
		return refuse(err, REFUSAL_DAMAGED, "TNEF is cut short or has no order");
	for (size_t i = 0; i < a->value.n; i++)
		sum = (uint16_t)(sum + a->value.p[i]);
	return sum == told ? 0 : refuse(err, REFUSAL_DAMAGED, "a sum of TNEF is wrong");
}

static int keep(struct bytes *to, struct bytes value, struct err *err)
{
	if (to->p)
		return refuse(err, REFUSAL_DAMAGED, "TNEF says something twice");
	*to = value;
	return 0;
}

static int take_attribute(struct message *m, const struct attribute *a, struct err *err)
{
	struct bytes none = { 0 }, *to = &none;
	struct attachment *last = m->count ? &m->attachments[m->count - 1] : NULL;

	bool of_attachment = a->id == CONTENT || a->id == TITLE || a->id == ATTACHMENT_PROPERTIES, of_message = a->id == OEM_CODE_PAGE || a->id == SUBJECT || a->id == BODY || a->id == MESSAGE_PROPERTIES || a->id == RECIPIENTS;

	if (a->level == OF_ATTACHMENT && !last)
		return refuse(err, REFUSAL_DAMAGED, "TNEF speaks of an attachment before one begins");
	if ((of_attachment && a->level != OF_ATTACHMENT) || (of_message && a->level == OF_ATTACHMENT))
		return refuse(err, REFUSAL_DAMAGED, "TNEF says of a mail what belongs to an attachment, or the other way round");
	switch (a->id) {
	case OEM_CODE_PAGE: to = &m->code_page; break;
	case SUBJECT: to = &m->subject; break;
	case BODY: to = &m->body; break;
	case MESSAGE_PROPERTIES: to = &m->properties; break;
	case RECIPIENTS: to = &m->recipients; break;
	case CONTENT: to = last ? &last->content : &none; break;
	case TITLE: to = last ? &last->title : &none; break;
	case ATTACHMENT_PROPERTIES: to = last ? &last->properties : &none; break;
	default: break; /* times, numbers, small pictures of attachments */
	}
	return keep(to, a->value, err);
}

static int read_attributes(struct tnef *t, struct bytes stream, struct message *m, struct err *err)
{
	struct cursor c = cursor_over(stream);
	struct attribute a;
	size_t room = 0;

	bool good = cursor_u32le(&c) == SIGNATURE;
	cursor_u16le(&c); /* a number for the sender's own use */
	if (c.failed || !good)
		return refuse(err, REFUSAL_DAMAGED, "TNEF without its head");
	for (struct cursor ahead = c; ahead.left;) {
		if (next_attribute(&ahead, &a, err) < 0)
			return -1;
		if (a.id == ATTACHMENT_BEGINS && (room++, mapi_more_parts(t->job, &t->parts, err) < 0))
			return -1;
	}
	m->attachments = arena_new_array(t->arena, struct attachment, room + 1);
	while (c.left) {
		if (next_attribute(&c, &a, err) < 0)
			return -1;
		if (a.id == ATTACHMENT_BEGINS)
			m->attachments[m->count++] = (struct attachment){ 0 };
		else if (take_attribute(m, &a, err) < 0)
			return -1;
	}
	return 0;
}

/* -- properties -- */
/* Bytes of one value; 0: it says itself, SIZE_MAX: no such type. */
static size_t size_of_type(unsigned type)
{
	switch (type) {
	case 0x02: case 0x0b: return 2;
	case 0x03: case 0x04: case 0x0a: return 4;
	case 0x05: case 0x06: case 0x07: case 0x14: case MAPI_TIME: return 8;
	case 0x48: return GUID;
	case MAPI_OBJECT: case MAPI_TEXT8: case MAPI_TEXT16: case MAPI_BINARY: return 0;
	default: return SIZE_MAX;
	}
}

static void pad(struct cursor *c, size_t n) { cursor_take(c, -n & 3); }

static void skip_name(struct cursor *c)
{
	cursor_take(c, GUID);
	uint32_t kind = cursor_u32le(c), n = cursor_u32le(c); /* of a number: the number */
	if (kind == NAMED_BY_TEXT)
		cursor_take(c, n), pad(c, n);
	else if (kind != NAMED_BY_NUMBER)
		c->failed = true;
}

/* The first of the values; the others are stepped over. */
static struct bytes read_values(struct cursor *c, unsigned type)
{
	size_t size = size_of_type(type & ~(unsigned)MANY);
	uint32_t count = size == 0 || (type & MANY) ? cursor_u32le(c) : 1;
	struct bytes first = { 0 };

	c->failed |= size == SIZE_MAX || (count != 1 && !(type & MANY));
	for (uint32_t i = 0; i < count && !c->failed; i++) {
		size_t n = size ? size : cursor_u32le(c);
		struct bytes value = cursor_bytes(c, n);
		pad(c, n);
		if (i == 0)
			first = value;
	}
	return first;
}

static int read_properties(struct cursor *c, struct property *wanted, size_t count, struct err *err)
{
	uint32_t n = cursor_u32le(c);

	for (uint32_t i = 0; i < n && !c->failed; i++) {
		uint16_t type = cursor_u16le(c), id = cursor_u16le(c);
		if (id & NAMED)
			skip_name(c);
		struct bytes value = read_values(c, type);
		for (size_t k = 0; k < count; k++)
			if (wanted[k].id == id && wanted[k].type)
				return refuse(err, REFUSAL_DAMAGED, "TNEF gives a property twice");
			else if (wanted[k].id == id)
				wanted[k].type = type, wanted[k].value = value;
	}
	return c->failed ? refuse(err, REFUSAL_DAMAGED, "a property of TNEF runs over its end") : 0;
}

static int all_properties(struct bytes block, struct property *wanted, size_t count, struct err *err)
{
	struct cursor c = cursor_over(block);

	return block.n ? read_properties(&c, wanted, count, err) : 0;
}

static struct bytes bytes_of_type(const struct property *p, unsigned type)
{
	return p->type == type ? p->value : bytes_of(NULL, 0);
}

static uint64_t number_of(const struct property *p)
{
	struct cursor c = cursor_over(p->value);

	return p->type == MAPI_TIME ? cursor_u64le(&c) : p->type == MAPI_NUMBER ? cursor_u32le(&c) : 0;
}

/* A property's text, else what an attribute says. */
static int text_of(struct tnef *t, const struct property *p, struct bytes else_this, struct text charset, struct text *out, struct err *err)
{
	if (p->type == MAPI_TEXT16 && p->value.n)
		return mapi_text16(t->arena, p->value, out, err);
	return mapi_text8(t->arena, charset, p->type == MAPI_TEXT8 && p->value.n ? p->value : else_this, out, err);
}

/* -- the mail -- */
static int parse_message(struct tnef *t, struct bytes stream, struct mime_part *out, struct err *err);

static int take_recipients(struct tnef *t, const struct message *m, struct mapi_head *head, struct err *err)
{
	struct cursor c = cursor_over(m->recipients);
	struct buf to = buf_in(t->arena, 0), copy = buf_in(t->arena, 0);
	uint32_t rows = m->recipients.n ? cursor_u32le(&c) : 0;

	if (rows > RECIPIENTS_MOST)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "too many recipients of a mail");
	for (uint32_t i = 0; i < rows; i++) {
		struct property p[] = { { .id = RECIPIENT_KIND }, { .id = MAPI_DISPLAY_NAME }, { .id = RECIPIENT_ADDRESS } };
		struct text name, address;
		if (read_properties(&c, p, COUNT(p), err) < 0 || text_of(t, &p[1], bytes_of(NULL, 0), m->charset, &name, err) < 0 ||
		    text_of(t, &p[2], bytes_of(NULL, 0), m->charset, &address, err) < 0)
			return -1;
		uint64_t kind = number_of(&p[0]);
		struct buf *b = kind == KIND_TO ? &to : kind == KIND_COPY ? &copy : NULL;
		if (!b || (name.n == 0 && address.n == 0)) /* who has it without the others knowing stays so */
			continue;
		if (b->n)
			buf_str(b, "; ");
		buf_text(b, name.n ? name : address);
	}
	head->to = (struct text){ buf_string(&to), to.n };
	head->cc = (struct text){ buf_string(&copy), copy.n };
	return buf_ok(&to) && buf_ok(&copy) ? 0 : refuse(err, REFUSAL_MEMORY, "no memory for the recipients of a mail");
}

/* What the mail itself says: its head, and its text as the first of the parts. */
static int take_message(struct tnef *t, struct message *m, struct mime_part *out, struct err *err)
{
	struct property p[] = { { .id = MAPI_SUBJECT }, { .id = MAPI_SENDER }, { .id = MAPI_SENDER_ADDRESS }, { .id = MAPI_SMTP_ADDRESS }, { .id = MAPI_SENT_AT }, { .id = MAPI_ARRIVED_AT },
				{ .id = MAPI_BODY }, { .id = MAPI_HTML }, { .id = MAPI_RTF }, { .id = MAPI_INTERNET_CODE_PAGE } };
	enum { P_SUBJECT, P_SENDER, P_ADDRESS, P_SMTP, P_SENT, P_ARRIVED, P_BODY, P_HTML, P_RTF, P_CODE_PAGE };
	struct cursor code_page = cursor_over(m->code_page);
	struct bytes none = { 0 };
	struct mapi_head head = { 0 };
	struct mapi_body body = { 0 };
	bool there;

	m->charset = mapi_charset(cursor_u32le(&code_page));
	if (all_properties(m->properties, p, COUNT(p), err) < 0 || take_recipients(t, m, &head, err) < 0 || text_of(t, &p[P_SUBJECT], m->subject, m->charset, &head.subject, err) < 0 ||
	    text_of(t, &p[P_SENDER], none, m->charset, &head.sender, err) < 0 || text_of(t, &p[P_ADDRESS], none, m->charset, &head.address, err) < 0 ||
	    text_of(t, &p[P_SMTP], none, m->charset, &head.smtp, err) < 0 || text_of(t, &p[P_BODY], m->body, m->charset, &body.plain, err) < 0 ||
	    text_of(t, &p[P_HTML], none, m->charset, &body.page, err) < 0)
		return -1;
	head.sent = number_of(&p[P_SENT]), head.arrived = number_of(&p[P_ARRIVED]);
	body.html = bytes_of_type(&p[P_HTML], MAPI_BINARY), body.rtf = bytes_of_type(&p[P_RTF], MAPI_BINARY);
	body.code_page = number_of(&p[P_CODE_PAGE]);
	mapi_headers(t->arena, &head, out);
	if (mapi_text_part(t->job, &body, &out->children[0], &there, err) < 0)
		return -1;
	out->child_count = there;
	return 0;
}

/* A mail within the mail, an object drawn into the text, or nothing that lies here. */
static int take_object(struct tnef *t, struct bytes object, struct text name, struct mime_part *out, struct err *err)
{
	static const uint8_t mail[GUID] = { 0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
	struct cursor c = cursor_over(object);
	const uint8_t *kind = cursor_take(&c, GUID);

	if (kind && memcmp(kind, mail, GUID) == 0)
		return parse_message(t, bytes_of(c.p, c.left), out, err);
	job_removed(t->job, object.n ? "C2" : "I2", text_printable(t->arena, bytes_of_text(name), 120), 1);
	*out = mapi_empty_part();
	return 0;
}

static int take_attachment(struct tnef *t, const struct message *m, const struct attachment *a, struct mime_part *out, struct err *err)
{
	struct property p[] = { { .id = MAPI_LONG_NAME }, { .id = MAPI_SHORT_NAME }, { .id = MAPI_DISPLAY_NAME }, { .id = MAPI_MIME_TAG }, { .id = MAPI_DATA } };
	enum { P_LONG, P_SHORT, P_DISPLAY, P_TYPE, P_DATA };
	struct text name, short_name, display, type;
	struct bytes none = { 0 };

	if (all_properties(a->properties, p, COUNT(p), err) < 0 || text_of(t, &p[P_LONG], none, m->charset, &name, err) < 0 ||
	    text_of(t, &p[P_SHORT], a->title, m->charset, &short_name, err) < 0 || text_of(t, &p[P_DISPLAY], none, m->charset, &display, err) < 0 ||
	    text_of(t, &p[P_TYPE], none, m->charset, &type, err) < 0)
		return -1;
	name = name.n ? name : short_name.n ? short_name : display;
	struct bytes content = a->content.p ? a->content : bytes_of_type(&p[P_DATA], MAPI_BINARY);
	if (!content.p || p[P_DATA].type == MAPI_OBJECT)
		return take_object(t, bytes_of_type(&p[P_DATA], MAPI_OBJECT), name, out, err);
	*out = mapi_file_part(name, type, content);
	return 0;
}

static int parse_message(struct tnef *t, struct bytes stream, struct mime_part *out, struct err *err)
{
	struct message m = { 0 };

	if (t->depth == MAPI_DEPTH_MOST)
		return refuse(err, REFUSAL_TOO_DEEP, "mails within mails, more than %d deep", MAPI_DEPTH_MOST);
	if (mapi_more_parts(t->job, &t->parts, err) < 0 || read_attributes(t, stream, &m, err) < 0)
		return -1;
	*out = mapi_empty_part();
	out->children = arena_new_array(t->arena, struct mime_part, m.count + 1);
	if (take_message(t, &m, out, err) < 0)
		return -1;
	t->depth++;
	for (size_t i = 0; i < m.count; i++)
		if (take_attachment(t, &m, &m.attachments[i], &out->children[out->child_count++], err) < 0)
			return -1;
	t->depth--;
	return 0;
}

int tnef_parse(struct job *job, struct bytes stream, struct mime_part *out, struct err *err)
{
	struct tnef t = { .job = job, .arena = job_arena(job) };

	return parse_message(&t, stream, out, err);
}
