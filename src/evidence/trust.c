/* トラストファイル — contract in trust.h. */
#include "evidence/trust.h"
#include "base/buf.h"
#include "base/code.h"
#include "base/cursor.h"

#define CHECKSUM_HEAD "# sha256 "
enum { WORDS_MOST = TRUST_WITNESSES_MOST + TRUST_GROUPS_MOST + 4, CHECKSUM_LINE = sizeof CHECKSUM_HEAD - 1 + 64 };

struct reader {
	struct arena *arena;
	struct trust *t;
	struct note_key logs[TRUST_LOGS_MOST], witnesses[TRUST_WITNESSES_MOST];
	size_t log_count, witness_count, group_count, quorums;
	uint64_t line;
	struct err *err;
};

static bool is_hex(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!((b.p[i] >= '0' && b.p[i] <= '9') || (b.p[i] >= 'a' && b.p[i] <= 'f')))
			return false;
	return true;
}

/* The last line, if it is the checksum or was one but for a byte. */
static int check_sum(struct bytes in, bool *sealed, struct err *err)
{
	size_t start = in.n - 1;
	uint8_t want[SHA256_BYTES], got[SHA256_BYTES];

	while (start > 0 && in.p[start - 1] != '\n')
		start--;
	struct bytes line = bytes_of(in.p + start, in.n - 1 - start), head = BYTES(CHECKSUM_HEAD);
	bool has_head = bytes_start(line, head), has_sum = line.n == CHECKSUM_LINE && line.p[0] == '#' && is_hex(bytes_of(line.p + head.n, 64));
	*sealed = false;
	for (size_t i = 0; i < start; i++)
		if ((i == 0 || in.p[i - 1] == '\n') && bytes_start(bytes_of(in.p + i, start - i), head))
			return fail(err, ERR_MISMATCH, i, "the checksum line of the trust file is not its last line (offset %zu)", i);
	if (!has_head && !has_sum)
		return 0;
	if (!has_head || line.n != CHECKSUM_LINE || hex_decode(bytes_of(line.p + head.n, 64), want, sizeof want, NULL) != 0)
		return fail(err, ERR_MISMATCH, start, "the checksum line of the trust file is damaged (offset %zu)", start);
	sha256_of(bytes_of(in.p, start), got);
	if (memcmp(want, got, sizeof got) != 0)
		return fail(err, ERR_MISMATCH, 0, "the trust file does not agree with its checksum line");
	*sealed = true;
	return 0;
}

static bool is_same_key(const struct note_key *a, const struct note_key *b)
{
	return bytes_equal(a->public_key, b->public_key);
}

static int no_duplicate(struct reader *r, const struct note_key *key)
{
	for (size_t i = 0; i < r->log_count; i++)
		if (is_same_key(&r->logs[i], key))
			return fail(r->err, ERR_INVALID, r->line, "line %llu: this public key stands in the file already", (unsigned long long)r->line);
	for (size_t i = 0; i < r->witness_count; i++)
		if (is_same_key(&r->witnesses[i], key))
			return fail(r->err, ERR_INVALID, r->line, "line %llu: this public key stands in the file already", (unsigned long long)r->line);
	return 0;
}

static int read_key(struct reader *r, struct bytes word, struct note_key *out)
{
	struct err why = { 0 };

	if (note_key_read(r->arena, word, out, &why) != 0)
		return fail(r->err, why.code, r->line, "line %llu: %.180s", (unsigned long long)r->line, why.say);
	return no_duplicate(r, out);
}

static ssize_t node_named(const struct trust *t, struct bytes name)
{
	for (size_t i = 0; i < t->count; i++)
		if (bytes_equal(t->nodes[i].name, name))
			return (ssize_t)i;
	return -1;
}

static int new_node(struct reader *r, struct bytes name, struct trust_node **out)
{
	if (bytes_equal(name, BYTES("none")) || node_named(r->t, name) >= 0)
		return fail(r->err, ERR_INVALID, r->line, "line %llu: the name is taken", (unsigned long long)r->line);
	*out = &r->t->nodes[r->t->count++];
	(*out)->name = name;
	return 0;
}

static int log_line(struct reader *r, const struct bytes *words, size_t count)
{
	if (count < 2 || count > 3)
		return fail(r->err, ERR_MALFORMED, r->line, "line %llu: log VKEY [URL]", (unsigned long long)r->line);
	if (r->log_count == TRUST_LOGS_MOST)
		return fail(r->err, ERR_LIMIT, r->line, "line %llu: more than %d logs", (unsigned long long)r->line, TRUST_LOGS_MOST);
	struct note_key key;
	if (read_key(r, words[1], &key) != 0)
		return -1;
	if (note_key_cosigns(&key))
		return fail(r->err, ERR_INVALID, r->line, "line %llu: a witness's key cannot sign a log", (unsigned long long)r->line);
	r->logs[r->log_count++] = key;
	return 0;
}

static int witness_line(struct reader *r, const struct bytes *words, size_t count)
{
	struct trust_node *node;
	struct note_key key;

	if (count < 3 || count > 4)
		return fail(r->err, ERR_MALFORMED, r->line, "line %llu: witness NAME VKEY [URL]", (unsigned long long)r->line);
	if (r->witness_count == TRUST_WITNESSES_MOST)
		return fail(r->err, ERR_LIMIT, r->line, "line %llu: more than %d witnesses", (unsigned long long)r->line, TRUST_WITNESSES_MOST);
	if (read_key(r, words[2], &key) != 0)
		return -1;
	if (note_key_signs_logs(&key))
		return fail(r->err, ERR_INVALID, r->line, "line %llu: a log's key cannot cosign", (unsigned long long)r->line);
	if (new_node(r, words[1], &node) != 0)
		return -1;
	node->key = r->witness_count;
	r->witnesses[r->witness_count++] = key;
	return 0;
}

static int group_line(struct reader *r, const struct bytes *words, size_t count)
{
	struct trust_node *node;
	uint64_t wanted;

	if (count < 4)
		return fail(r->err, ERR_MALFORMED, r->line, "line %llu: group NAME all|any|NUMBER MEMBER…", (unsigned long long)r->line);
	if (r->group_count++ == TRUST_GROUPS_MOST)
		return fail(r->err, ERR_LIMIT, r->line, "line %llu: more than %d groups", (unsigned long long)r->line, TRUST_GROUPS_MOST);
	size_t n = count - 3, *members = arena_new_array(r->arena, size_t, n);
	if (bytes_equal(words[2], BYTES("all")))
		wanted = n;
	else if (bytes_equal(words[2], BYTES("any")))
		wanted = 1;
	else if (decimal_decode(words[2], n, &wanted, NULL) != 0 || wanted == 0)
		return fail(r->err, ERR_MALFORMED, r->line, "line %llu: all, any or a number from 1 to %zu", (unsigned long long)r->line, n);
	for (size_t i = 0; i < n; i++) {
		ssize_t at = node_named(r->t, words[3 + i]);
		if (at < 0)
			return fail(r->err, ERR_INVALID, r->line, "line %llu: member %zu is not defined before", (unsigned long long)r->line, i + 1);
		if (r->t->nodes[at].is_member)
			return fail(r->err, ERR_INVALID, r->line, "line %llu: member %zu is in a group already", (unsigned long long)r->line, i + 1);
		r->t->nodes[at].is_member = true;
		members[i] = (size_t)at;
	}
	if (new_node(r, words[1], &node) != 0)
		return -1;
	node->is_group = true;
	node->members = members;
	node->count = n;
	node->wanted = (size_t)wanted;
	return 0;
}

static int quorum_line(struct reader *r, const struct bytes *words, size_t count)
{
	if (count != 2 || r->quorums++ > 0)
		return fail(r->err, ERR_MALFORMED, r->line, "line %llu: exactly one line quorum NAME|none", (unsigned long long)r->line);
	r->t->any_quorum = bytes_equal(words[1], BYTES("none"));
	ssize_t at = node_named(r->t, words[1]);
	if (!r->t->any_quorum && at < 0)
		return fail(r->err, ERR_INVALID, r->line, "line %llu: the quorum is not defined before", (unsigned long long)r->line);
	r->t->quorum = at < 0 ? 0 : (size_t)at;
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct reader *r, const struct bytes *words, size_t count);
} lines[] = { { "log", log_line }, { "witness", witness_line }, { "group", group_line }, { "quorum", quorum_line } };

static int one_line(struct reader *r, struct bytes line)
{
	struct bytes words[WORDS_MOST];
	size_t count = 0;

	for (size_t i = 0; i < line.n;) {
		size_t start = i;
		uint8_t c = line.p[i];
		if (c == ' ' || c == '\t') {
			i++;
			continue;
		}
		while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t')
			i++;
		if (count == 0 && c == '#')
			return 0;
		if (count == WORDS_MOST)
			return fail(r->err, ERR_LIMIT, r->line, "line %llu has too many words", (unsigned long long)r->line);
		words[count++] = bytes_of(line.p + start, i - start);
	}
	if (count == 0)
		return 0;
	for (size_t k = 0; k < COUNT(lines); k++)
		if (bytes_equal(words[0], bytes_of(lines[k].word, strlen(lines[k].word))))
			return lines[k].read(r, words, count);
	return fail(r->err, ERR_MALFORMED, r->line, "line %llu begins with none of log, witness, group, quorum", (unsigned long long)r->line);
}

int trust_read(struct arena *arena, struct bytes in, struct trust *out, struct err *err)
{
	struct trust t = { 0 };
	struct reader *r = arena_alloc(arena, sizeof *r);

	if (in.n > TRUST_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "the trust file has more than %d bytes", TRUST_BYTES_MOST);
	if (in.n == 0 || in.p[in.n - 1] != '\n')
		return fail(err, ERR_CUT_SHORT, in.n, "the trust file does not end with a newline");
	if (check_sum(in, &t.sealed, err) != 0)
		return -1;
	in.p = arena_copy(arena, in.p, in.n); /* names are views */
	t.nodes = arena_new_array(arena, struct trust_node, TRUST_WITNESSES_MOST + TRUST_GROUPS_MOST);
	*r = (struct reader){ .arena = arena, .t = &t, .err = err };
	for (struct cursor c = cursor_over(in); c.left > 0;) {
		struct bytes line = cursor_line(&c);
		r->line++;
		for (size_t i = 0; i < line.n; i++)
			if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
				return fail(err, ERR_MALFORMED, r->line, "line %llu holds a control byte", (unsigned long long)r->line);
		if (one_line(r, line) != 0)
			return -1;
	}
	if (r->quorums == 0)
		return fail(err, ERR_MALFORMED, r->line, "the trust file names no quorum");
	t.logs = r->log_count;
	t.key_count = r->log_count + r->witness_count;
	t.keys = arena_new_array(arena, struct note_key, t.key_count);
	memcpy(t.keys, r->logs, r->log_count * sizeof *t.keys);
	memcpy(t.keys + r->log_count, r->witnesses, r->witness_count * sizeof *t.keys);
	for (size_t i = 0; i < t.count; i++)
		if (!t.nodes[i].is_group)
			t.nodes[i].key += t.logs;
	*out = t;
	return 0;
}

bool trust_is_quorum(const struct trust *t, const bool *good)
{
	bool witnessed[TRUST_WITNESSES_MOST + TRUST_GROUPS_MOST];

	if (t->any_quorum)
		return true;
	/* Members stand before their group: one pass. */
	for (size_t i = 0; i < t->count; i++) {
		const struct trust_node *n = &t->nodes[i];
		size_t have = 0;
		for (size_t k = 0; k < n->count; k++)
			have += witnessed[n->members[k]];
		witnessed[i] = n->is_group ? have >= n->wanted : good[n->key];
	}
	return witnessed[t->quorum];
}

struct bytes trust_text(struct arena *arena, struct text vkey)
{
	uint8_t sum[SHA256_BYTES];
	char hex[SHA256_HEX];
	struct buf b = buf_in(arena, 0);

	buf_str(&b, "# この鍵を信じる。ログとは別の道で監査人に渡すこと。\n"
		    "# Keys an auditor believes. This file travels to the auditor by another way than the log.\n");
	buf_printf(&b, "log %s\nquorum none\n", vkey.p);
	sha256_of(buf_view(&b), sum);
	hex_put(hex, bytes_of(sum, sizeof sum));
	buf_printf(&b, CHECKSUM_HEAD "%s\n", hex);
	must(buf_ok(&b));
	return buf_view(&b);
}
