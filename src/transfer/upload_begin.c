/* 送信の始まり — contract in upload.h. Here: whether there is room for one more, and its first bytes on the disk. article: s6.3.2b */
#include "base/code.h"
#include "base/json.h"
#include "base/text.h"
#include "transfer/terms.h"
#include "transfer/upload_inside.h"

enum { TYPE_MOST = 200 };

struct text upload_guest(struct arena *arena, uint64_t link)
{
	const char *owner = arena_printf(arena, "guest:%llu", (unsigned long long)link);

	return (struct text){ owner, strlen(owner) };
}

static const char *plain(struct arena *arena, struct text t, size_t most)
{
	return text_printable(arena, bytes_of_text(t), most);
}

static struct text plain_text(struct arena *arena, struct text t, size_t most)
{
	const char *s = plain(arena, t, most);

	return (struct text){ s, strlen(s) };
}

static int check_begin(struct exchange *x, struct text owner, struct err *err)
{
	const struct transfer_asked *a = &x->asked;
	struct transferd *t = x->transferd;
	struct store_reader *reader;
	struct transfer_terms terms;
	enum charset charset;
	unsigned own = 0;

	if (a->charset.n && charset_by_name(a->charset.p, &charset) != 0)
		return fail(err, ERR_INVALID, 0, "the charset is none of those known");
	if (a->password.n > TRANSFER_PASSWORD_MOST)
		return fail(err, ERR_LIMIT, a->password.n, "the password has more than %d bytes", TRANSFER_PASSWORD_MOST);
	for (struct upload *u = t->uploads; u; u = u->next)
		own += text_equal(u->owner, owner);
	if (t->upload_count >= TRANSFER_UPLOADS_MOST)
		return fail(err, ERR_BUSY, TRANSFER_UPLOADS_MOST, "%d files are being handed in already", TRANSFER_UPLOADS_MOST);
	if (own >= TRANSFER_UPLOADS_PERSON_MOST)
		return fail(err, ERR_TOO_MANY, own, "this person is handing in %u files already", own);
	if (transferd_reader(t, &reader, err) != 0)
		return -1;
	if (terms_in_force(reader, exchange_direction(x), &terms, err) != 0) {
		transferd_reader_failed(t, err);
		return -1;
	}
	if (a->number > terms.bytes_most)
		return fail(err, ERR_LIMIT, terms.bytes_most, "the file has more than %llu bytes", (unsigned long long)terms.bytes_most);
	if (transferd_room(t, err) != 0)
		return -1;
	return spool_has_room(t->spool, 2 * a->number, err); /* what comes in and what is rebuilt */
}

static int begin_files(struct upload *u, const struct transfer_asked *a, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *note = json_object(arena);
	struct spool *spool = u->transferd->spool;

	/* What the sanitiser will want besides the content lies with it, encrypted alike. */
	json_set_text(arena, note, "charset", a->charset);
	json_set_str(arena, note, "password", hex_of(arena, bytes_of_text(a->password)));
	if (!u->lasting)
		return spool_write_begin(spool, SPOOL_UPLOADS, json_bytes(arena, note), &u->writer, err);
	if (upload_keep_about(u, err) != 0)
		return -1;
	return spool_lasting_begin(spool, u->hex, json_bytes(arena, note), &u->writer, err);
}

int upload_new(struct exchange *x, struct text owner, struct upload **out, struct err *err)
{
	const struct transfer_asked *a = &x->asked;

	if (check_begin(x, owner, err) != 0)
		return -1;
	struct arena *arena = arena_new(0);
	struct upload *u = arena_alloc(arena, sizeof *u);
	*u = (struct upload){ .transferd = x->transferd, .arena = arena, .lasting = a->lasting, .pipe = -1, .bytes = a->number,
			      .owner = arena_text(arena, owner), .name = transfer_safe_name(arena, a->name),
			      .received_name = plain_text(arena, a->name, STORE_FILE_NAME_MOST), .declared_type = plain_text(arena, a->declared_type, TYPE_MOST),
			      .charset = plain_text(arena, a->charset, 32), .source = plain_text(arena, a->source, STORE_SOURCE_MOST),
			      .begun = clock_now(), .touched = clock_now(), .connection = a->lasting ? NULL : x->connection };
	random_bytes(u->id, sizeof u->id);
	hex_put(u->hex, bytes_of(u->id, sizeof u->id));
	upload_add(u);
	if (begin_files(u, a, err) != 0) {
		upload_forget(u, true);
		return -1;
	}
	*out = u;
	return 0;
}

void upload_begin(struct exchange *x)
{
	struct store_session_check_reply person;
	struct err err = { 0 };
	struct upload *u;

	if (exchange_person(x, &person, &err) != 0 || upload_new(x, person.number, &u, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_bytes(&m, bytes_of(u->id, sizeof u->id));
	exchange_reply(x, &m);
}
