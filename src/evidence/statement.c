/* 承認の署名文 — contract in statement.h. */
#include "evidence/statement.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/json.h"

enum { VERSION = 1, KEYS = 10 };

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES);
}

static void batch_of(const uint8_t (*sorted)[SHA256_BYTES], size_t count, uint8_t out[SHA256_BYTES])
{
	struct sha256 h;
	char hex[SHA256_HEX];

	sha256_start(&h);
	for (size_t i = 0; i < count; i++) {
		hex_put(hex, bytes_of(sorted[i], SHA256_BYTES));
		if (i)
			sha256_add(&h, "\n", 1);
		sha256_add(&h, hex, SHA256_HEX - 1);
	}
	sha256_end(&h, out);
}

/* A control could not be written as canonical JSON, and would only serve to mislead a reader. */
static bool is_plain(struct text t, bool lines)
{
	for (size_t i = 0; i < t.n; i++)
		if (((uint8_t)t.p[i] < 0x20 && !(lines && (t.p[i] == '\n' || t.p[i] == '\r' || t.p[i] == '\t'))) || t.p[i] == 0x7f)
			return false;
	return true;
}

static bool is_word(struct text t)
{
	return t.n > 0 && t.n <= STATEMENT_WORD_MOST && is_plain(t, false);
}

static bool is_one_of(struct text action, const char *const *actions)
{
	for (; *actions; actions++)
		if (text_is(action, *actions))
			return true;
	return false;
}

static int check(const struct statement *s, struct err *err)
{
	static const char *const plain[] = { STATEMENT_APPROVE, STATEMENT_ADOPT, NULL };
	static const char *const reasoned[] = { STATEMENT_RETURN, STATEMENT_RELEASE, STATEMENT_PROPOSE, STATEMENT_REJECT, NULL };
	bool approves = is_one_of(s->action, plain);

	if (!approves && !is_one_of(s->action, reasoned))
		return fail(err, ERR_INVALID, 0, "the statement names no act that is known");
	if (!text_is(s->factor, "totp"))
		return fail(err, ERR_INVALID, 0, "the statement names no factor that is known");
	if (!is_word(s->person) || !is_word(s->post) || !is_word(s->site))
		return fail(err, ERR_INVALID, 0, "person, post or site of the statement is empty, too long or no plain text");
	if (s->reason.n > STATEMENT_REASON_MOST || !is_plain(s->reason, true))
		return fail(err, ERR_INVALID, s->reason.n, "the reason is longer than %d bytes or no plain text", STATEMENT_REASON_MOST);
	if (!approves && s->reason.n == 0)
		return fail(err, ERR_INVALID, 0, "sending back, releasing and proposing want a reason");
	if (s->count == 0 || s->count > STATEMENT_OBJECTS_MOST)
		return fail(err, ERR_LIMIT, s->count, "a statement is about 1 to %d objects", STATEMENT_OBJECTS_MOST);
	for (size_t i = 1; i < s->count; i++)
		if (by_bytes(s->objects[i - 1], s->objects[i]) >= 0)
			return fail(err, ERR_INVALID, i, "an object of the statement stands twice or out of order");
	return 0;
}

static struct text hex_text(struct arena *arena, const uint8_t *p)
{
	return (struct text){ hex_of(arena, bytes_of(p, SHA256_BYTES)), SHA256_HEX - 1 };
}

int statement_build(struct arena *arena, const struct statement *what, struct bytes *out, struct err *err)
{
	struct statement s = *what;
	char at[CLOCK_TEXT];

	if (s.count > STATEMENT_OBJECTS_MOST)
		return fail(err, ERR_LIMIT, s.count, "a statement is about 1 to %d objects", STATEMENT_OBJECTS_MOST);
	uint8_t(*sorted)[SHA256_BYTES] = arena_copy(arena, what->objects, s.count * SHA256_BYTES);
	qsort(sorted, s.count, SHA256_BYTES, by_bytes);
	s.objects = (const uint8_t(*)[SHA256_BYTES])sorted;
	if (check(&s, err) != 0)
		return -1;
	batch_of(s.objects, s.count, s.batch);
	struct json *j = json_object(arena), *objects = json_array(arena);
	for (size_t i = 0; i < s.count; i++)
		json_add(arena, objects, json_of_text(arena, hex_text(arena, s.objects[i])));
	json_set_text(arena, j, "action", s.action);
	json_set_str(arena, j, "at", clock_utc(s.at, at));
	json_set_text(arena, j, "batch", hex_text(arena, s.batch));
	json_set_text(arena, j, "factor", s.factor);
	json_set(arena, j, "objects", objects);
	json_set_text(arena, j, "person", s.person);
	json_set_text(arena, j, "post", s.post);
	json_set_text(arena, j, "reason", s.reason);
	json_set_text(arena, j, "site", s.site);
	json_set_number(arena, j, "v", VERSION);
	*out = json_bytes(arena, j);
	return 0;
}

static bool take_hash(const struct json *value, uint8_t out[SHA256_BYTES])
{
	return value && value->kind == JSON_STRING && hex_decode(bytes_of_text(value->string), out, SHA256_BYTES, NULL) == 0;
}

int statement_read(struct arena *arena, struct bytes in, struct statement *out, struct err *err)
{
	static const char *const texts[] = { "action", "at", "factor", "person", "post", "reason", "site" };
	struct statement s = { 0 };
	uint8_t batch[SHA256_BYTES];
	struct json j;

	if (in.n > STATEMENT_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "the statement is longer than %d bytes", STATEMENT_BYTES_MOST);
	if (json_read(arena, in, &j, err) != 0)
		return -1;
	if (j.kind != JSON_OBJECT || j.count != KEYS || json_number(&j, "v", 0) != VERSION)
		return fail(err, ERR_MALFORMED, 0, "the statement is not of version %d", VERSION);
	for (size_t i = 0; i < COUNT(texts); i++) {
		const struct json *value = json_get(&j, texts[i]);
		if (!value || value->kind != JSON_STRING)
			return fail(err, ERR_MALFORMED, i, "the statement lacks %s", texts[i]);
	}
	const struct json *objects = json_get(&j, "objects");
	if (!objects || objects->kind != JSON_ARRAY || objects->count > STATEMENT_OBJECTS_MOST)
		return fail(err, ERR_MALFORMED, 0, "the statement has no list of objects");
	uint8_t(*hashes)[SHA256_BYTES] = arena_alloc(arena, objects->count * SHA256_BYTES);
	for (size_t i = 0; i < objects->count; i++)
		if (!take_hash(&objects->items[i], hashes[i]))
			return fail(err, ERR_MALFORMED, i, "object %zu of the statement is no hash", i);
	if (!take_hash(json_get(&j, "batch"), s.batch))
		return fail(err, ERR_MALFORMED, 0, "the statement has no batch hash");
	s.action = json_text(&j, "action"), s.factor = json_text(&j, "factor"), s.person = json_text(&j, "person");
	s.post = json_text(&j, "post"), s.reason = json_text(&j, "reason"), s.site = json_text(&j, "site");
	s.objects = (const uint8_t(*)[SHA256_BYTES])hashes, s.count = objects->count;
	struct text at = json_text(&j, "at");
	char again[CLOCK_TEXT];
	if (clock_from_utc(at.p, &s.at) != 0 || !text_is(at, clock_utc(s.at, again)))
		return fail(err, ERR_MALFORMED, 0, "the statement's time is not written as it must be");
	if (check(&s, err) != 0)
		return -1;
	batch_of(s.objects, s.count, batch);
	if (memcmp(batch, s.batch, sizeof batch) != 0)
		return fail(err, ERR_MISMATCH, 0, "the batch hash is not that of the objects");
	*out = s;
	return 0;
}

int statement_verify(struct arena *arena, struct bytes in, const uint8_t public_key[ED25519_PUBLIC], struct bytes signature,
		     struct statement *out, struct err *err)
{
	if (signature.n != ED25519_SIGNATURE || in.n > STATEMENT_BYTES_MOST || !ed25519_verifies(in, public_key, signature.p))
		return fail(err, ERR_SIGNATURE, 0, "the approval is not signed by this site's authd");
	return statement_read(arena, in, out, err);
}

bool statement_names(const struct statement *s, const uint8_t object[SHA256_BYTES])
{
	return bsearch(object, s->objects, s->count, SHA256_BYTES, by_bytes) != NULL;
}

int statement_public_key(struct bytes file, uint8_t out[ED25519_PUBLIC], struct err *err)
{
	if (file.n != 2 * ED25519_PUBLIC + 1 || file.p[file.n - 1] != '\n')
		return fail(err, ERR_MALFORMED, file.n, "approval.pub is not one line of %d hex digits", 2 * ED25519_PUBLIC);
	return hex_decode(bytes_of(file.p, 2 * ED25519_PUBLIC), out, ED25519_PUBLIC, err);
}

struct bytes statement_object(struct arena *arena, const struct statement_ticket *t)
{
	struct json *j = json_object(arena);

	json_set_text(arena, j, "addressee", t->addressee);
	if (t->outward) {
		json_set_str(arena, j, "direction", "outward");
		json_set_str(arena, j, "leak", "unchecked");
	}
	json_set_text(arena, j, "input", hex_text(arena, t->input));
	json_set_text(arena, j, "name", t->name);
	json_set_text(arena, j, "output", hex_text(arena, t->output));
	json_set_text(arena, j, "purpose", t->purpose);
	json_set_text(arena, j, "sender", t->sender);
	json_set_text(arena, j, "site", t->site);
	json_set_number(arena, j, "ticket", (int64_t)t->ticket);
	json_set_number(arena, j, "v", VERSION);
	return json_bytes(arena, j);
}

void statement_object_hash(const struct statement_ticket *t, uint8_t out[SHA256_BYTES])
{
	ARENA(arena) = arena_new(0);

	sha256_of(statement_object(arena, t), out);
}

void statement_policy_hash(const struct statement_policy *p, uint8_t out[SHA256_BYTES])
{
	ARENA(arena) = arena_new(0);
	struct json *j = json_object(arena);

	json_set_text(arena, j, "author", p->author);
	json_set_text(arena, j, "policy", hex_text(arena, p->text));
	json_set_text(arena, j, "replaces", hex_text(arena, p->replaces));
	json_set_text(arena, j, "site", p->site);
	json_set_number(arena, j, "v", VERSION);
	sha256_of(json_bytes(arena, j), out);
}
