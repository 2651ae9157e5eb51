/* 鍵の引継ぎ書 — contract in handover.h. */
#include "evidence/handover.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/file.h"

#define FIRST_LINE "sekisho-key-handover/v1"

static struct note_key key_of(struct arena *arena, struct text name, const uint8_t secret[ED25519_SECRET])
{
	struct note_key key = { .name = name, .type = SIGNATURE_ed25519 };

	key.public_key = arena_bytes(arena, bytes_of(secret + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC));
	key.id = note_key_id(key.name, key.type, key.public_key);
	return key;
}

static struct text text_of(struct arena *arena, const struct handover *h)
{
	char at[CLOCK_TEXT], until[CLOCK_TEXT];
	char *s = arena_printf(arena, FIRST_LINE "\nold %s\nnew %s\nat %s\nuntil %s\n", note_key_line(arena, &h->old_key), note_key_line(arena, &h->new_key),
			       clock_utc(h->at, at), clock_utc(h->until, until));
	return (struct text){ s, strlen(s) };
}

struct bytes handover_make(struct arena *arena, struct text origin, const uint8_t old_secret[ED25519_SECRET],
			   const uint8_t new_secret[ED25519_SECRET], int64_t at, int64_t until)
{
	struct handover h = { .old_key = key_of(arena, origin, old_secret), .new_key = key_of(arena, origin, new_secret), .at = at, .until = until };

	must(until >= at);
	return note_sign_two(arena, text_of(arena, &h), origin, old_secret, new_secret);
}

/* "WORD VALUE" of the next line. */
static struct bytes value_of(struct cursor *c, const char *word)
{
	struct bytes line = cursor_line(c);
	size_t n = strlen(word);

	if (line.n <= n + 1 || memcmp(line.p, word, n) != 0 || line.p[n] != ' ') {
		c->failed = true;
		return (struct bytes){ NULL, 0 };
	}
	return bytes_of(line.p + n + 1, line.n - n - 1);
}

static int time_of(struct arena *arena, struct bytes value, int64_t *out)
{
	return clock_from_utc(arena_copy(arena, value.p, value.n), out);
}

int handover_read(struct arena *arena, struct bytes in, struct handover *out, struct err *err)
{
	struct handover h = { .raw = in };
	struct note note;
	bool good[2];

	if (in.n > EVIDENCE_HANDOVER_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "a hand-over of %zu bytes; the limit is %d", in.n, EVIDENCE_HANDOVER_BYTES_MOST);
	if (note_read(arena, in, &note, err) != 0)
		return -1;
	struct cursor c = cursor_over(bytes_of_text(note.text));
	struct bytes first = cursor_line(&c), old_line = value_of(&c, "old"), new_line = value_of(&c, "new"), at = value_of(&c, "at"), until = value_of(&c, "until");
	if (c.failed || c.left || !bytes_equal(first, BYTES(FIRST_LINE)))
		return fail(err, ERR_MALFORMED, c.at, "the note is not a hand-over of a key");
	if (note_key_read(arena, old_line, &h.old_key, err) != 0 || note_key_read(arena, new_line, &h.new_key, err) != 0)
		return -1;
	if (!note_key_signs_logs(&h.old_key) || !note_key_signs_logs(&h.new_key) || !text_equal(h.old_key.name, h.new_key.name) ||
	    bytes_equal(h.old_key.public_key, h.new_key.public_key) || time_of(arena, at, &h.at) != 0 || time_of(arena, until, &h.until) != 0 || h.until < h.at)
		return fail(err, ERR_MALFORMED, 0, "the hand-over does not go from one key of a log to another key of it");
	/* One form only: a statement that reads alike but is written otherwise would have two hashes. */
	if (!text_equal(text_of(arena, &h), note.text) || note.count != 2)
		return fail(err, ERR_MALFORMED, 0, "the hand-over is not in the form we write");
	struct note_key keys[2] = { h.old_key, h.new_key };
	if (note_verify(&note, keys, 2, good, err) != 0)
		return -1;
	if (!good[0] || !good[1])
		return fail(err, ERR_SIGNATURE, note.text.n, "the hand-over does not bear the signatures of both keys");
	*out = h;
	return 0;
}

char *handover_path(char out[HANDOVER_PATH], size_t number)
{
	snprintf(out, HANDOVER_PATH, HANDOVER_FOLDER "/%03zu", number);
	return out;
}

static bool stands_before(const struct handovers *all, struct bytes public_key)
{
	for (size_t i = 0; i < all->count; i++)
		if (bytes_equal(all->steps[i].old_key.public_key, public_key))
			return true;
	return false;
}

int handovers_read(struct arena *arena, int dir, struct handovers *out, size_t *bad, struct err *err)
{
	struct handovers all = { .steps = arena_new_array(arena, struct handover, EVIDENCE_HANDOVERS_MOST) };
	char path[HANDOVER_PATH];

	for (;;) {
		struct bytes raw;
		struct err why = { 0 };
		*bad = all.count + 1;
		if (file_read(arena, dir, handover_path(path, *bad), EVIDENCE_HANDOVER_BYTES_MOST, &raw, &why) != 0) {
			if (why.code == ERR_NOT_FOUND)
				break;
			return fail(err, why.code, why.at, "%s", why.say);
		}
		if (all.count == EVIDENCE_HANDOVERS_MOST)
			return fail(err, ERR_LIMIT, all.count, "more than %d hand-overs", EVIDENCE_HANDOVERS_MOST);
		struct handover *h = &all.steps[all.count], *before = all.count ? h - 1 : NULL;
		if (handover_read(arena, raw, h, err) != 0)
			return -1;
		if (before && (!bytes_equal(before->new_key.public_key, h->old_key.public_key) || !text_equal(before->new_key.name, h->old_key.name)))
			return fail(err, ERR_SIGNATURE, 0, "the hand-over does not go on from the key that the one before names");
		if (stands_before(&all, h->new_key.public_key))
			return fail(err, ERR_SIGNATURE, 0, "the hand-over goes back to a key that was given up");
		all.count++;
	}
	*out = all;
	return 0;
}
