/* 証明ファイル — contract in proof_file.h. */
#include "evidence/proof_file.h"
#include "base/buf.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/json.h"
#include "base/text.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

/* What stands behind "word " in the line, or nothing. */
static bool behind(struct bytes line, const char *word, struct bytes *rest)
{
	size_t n = strlen(word);

	if (line.n <= n || memcmp(line.p, word, n) != 0 || line.p[n] != ' ')
		return false;
	*rest = bytes_of(line.p + n + 1, line.n - n - 1);
	return true;
}

int proof_file_read(struct arena *arena, struct bytes in, struct proof_file *out, struct err *err)
{
	struct proof_file *p = arena_alloc(arena, sizeof *p);
	struct cursor c = cursor_over(in);
	struct bytes rest;

	if (in.n > PROOF_FILE_MOST)
		return fail(err, ERR_LIMIT, in.n, "a proof of %zu bytes; the limit is %d", in.n, PROOF_FILE_MOST);
	struct bytes line = cursor_line(&c);
	if (c.failed || !bytes_equal(line, BYTES(FIRST_LINE)))
		return fail(err, ERR_MALFORMED, 1, "line 1 is not " FIRST_LINE);
	line = cursor_line(&c);
	if (behind(line, "extra", &rest)) {
		if (base64_decode(arena, rest, &p->extra, err) != 0)
			return -1;
		if (p->extra.n == 0)
			return fail(err, ERR_MALFORMED, 2, "the extra data is empty");
		line = cursor_line(&c);
	}
	if (c.failed || !behind(line, "index", &rest))
		return fail(err, ERR_MALFORMED, c.at, "the proof names no index");
	if (decimal_decode(rest, MERKLE_SIZE_MOST - 1, &p->index, err) != 0)
		return -1;
	while (line = cursor_line(&c), !c.failed && line.n > 0) {
		struct bytes hash;
		if (p->count == MERKLE_PROOF_MOST)
			return fail(err, ERR_LIMIT, c.at, "more than %d hashes in the proof", MERKLE_PROOF_MOST);
		if (base64_decode(arena, line, &hash, err) != 0)
			return -1;
		if (hash.n != SHA256_BYTES)
			return fail(err, ERR_MALFORMED, c.at, "hash %zu of the proof has %zu bytes", p->count, hash.n);
		memcpy(p->hashes[p->count++].of, hash.p, SHA256_BYTES);
	}
	if (c.failed)
		return fail(err, ERR_CUT_SHORT, c.at, "the proof ends before its checkpoint");
	p->checkpoint = bytes_of(c.p, c.left);
	if (c.left == 0 || c.left > NOTE_BYTES_MOST)
		return fail(err, ERR_MALFORMED, c.at, "the proof holds no checkpoint");
	*out = *p;
	return 0;
}

struct bytes proof_file_text(struct arena *arena, const struct proof_file *p)
{
	struct buf b = buf_in(arena, 0);

	buf_str(&b, FIRST_LINE "\n");
	if (p->extra.n)
		buf_printf(&b, "extra %s\n", base64_of(arena, p->extra));
	buf_printf(&b, "index %llu\n", (unsigned long long)p->index);
	for (size_t i = 0; i < p->count; i++)
		buf_printf(&b, "%s\n", base64_of(arena, bytes_of(p->hashes[i].of, SHA256_BYTES)));
	buf_byte(&b, '\n');
	buf_bytes(&b, p->checkpoint);
	must(buf_ok(&b));
	return buf_view(&b);
}

struct bytes proof_extra(struct arena *arena, struct bytes entry, const uint8_t salt[ENTRY_SALT])
{
	struct json *o = json_object(arena);
	struct text t;

	must(text_from_utf8(arena, entry, &t, NULL) == 0);
	json_set_text(arena, o, "entry", t);
	json_set_str(arena, o, "salt", hex_of(arena, bytes_of(salt, ENTRY_SALT)));
	return json_bytes(arena, o);
}

int proof_extra_read(struct arena *arena, struct bytes extra, struct bytes *entry, uint8_t salt[ENTRY_SALT], struct err *err)
{
	struct json o;

	if (json_read(arena, extra, &o, err) != 0)
		return -1;
	struct bytes text = bytes_of_text(json_text(&o, "entry"));
	if (o.kind != JSON_OBJECT || o.count != 2 || text.n == 0 || text.n > ENTRY_BYTES_MOST)
		return fail(err, ERR_MALFORMED, 2, "the extra data is not a salt and an entry");
	if (hex_decode(bytes_of_text(json_text(&o, "salt")), salt, ENTRY_SALT, err) != 0)
		return -1;
	*entry = text;
	return 0;
}
