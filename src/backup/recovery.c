/* 復元の鍵 — contract in recovery.h. */
#include "backup/recovery.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include <sodium.h>

#define HEAD "sekisho-recovery-key-1"
enum { SUM_HEX = 16, LINES = 5, SITE_MOST = 64 };

_Static_assert(RECOVERY_KEY == crypto_box_PUBLICKEYBYTES && RECOVERY_KEY == crypto_box_SECRETKEYBYTES, "recovery key");

void recovery_make(struct text site, int64_t now, struct backup_keys *machine, struct recovery_key *safe)
{
	must(sodium_init() >= 0);
	*safe = (struct recovery_key){ .site = site, .made = now };
	*machine = (struct backup_keys){ .made = now };
	must(crypto_box_keypair(safe->recovery, safe->secret) == 0);
	memcpy(machine->recovery, safe->recovery, RECOVERY_KEY);
	ed25519_pair(machine->verify, machine->signing);
	memcpy(safe->verify, machine->verify, ED25519_PUBLIC);
	random_bytes(machine->naming, NAMING_KEY);
}

const char *recovery_name(struct arena *arena, const uint8_t recovery[RECOVERY_KEY])
{
	uint8_t sum[SHA256_BYTES];

	sha256_of(bytes_of(recovery, RECOVERY_KEY), sum);
	return arena_printf(arena, "%02x%02x %02x%02x %02x%02x %02x%02x", sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]);
}

void recovery_wipe(struct recovery_key *safe) { secret_wipe(safe->secret, sizeof safe->secret); }
void backup_keys_wipe(struct backup_keys *keys) { secret_wipe(keys, sizeof *keys); }

/* ---- the file for the safe ---- */

static const char *body(struct arena *arena, const struct recovery_key *k)
{
	char at[CLOCK_TEXT];

	return arena_printf(arena, HEAD "\nsite %s\nmade %s\nsecret %s\nverify %s\n", k->site.p, clock_utc(k->made, at),
			    hex_of(arena, bytes_of(k->secret, RECOVERY_KEY)), hex_of(arena, bytes_of(k->verify, ED25519_PUBLIC)));
}

static const char *sum_of(struct arena *arena, const char *text)
{
	uint8_t sum[SHA256_BYTES];

	sha256_of(bytes_of(text, strlen(text)), sum);
	return hex_of(arena, bytes_of(sum, SUM_HEX / 2));
}

struct bytes recovery_text(struct arena *arena, const struct recovery_key *k)
{
	const char *text = body(arena, k);
	const char *all = arena_printf(arena,
				       "# 関所の復元の鍵。印刷して金庫に保管し、機械の中には残さないこと。これがないと控えから復元できません。\n"
				       "# The recovery key of Sekisho's backups. Print it, keep it in the safe, leave no copy on the machine.\n"
				       "# 鍵の名 / name of the key: %s\n%ssum %s\n",
				       recovery_name(arena, k->recovery), text, sum_of(arena, text));
	return bytes_of(all, strlen(all));
}

/* The next line that says something, without blanks at its ends. */
static bool next_line(struct bytes in, size_t *at, unsigned *number, struct bytes *out)
{
	while (*at < in.n) {
		size_t start = *at, end = start;
		while (end < in.n && in.p[end] != '\n')
			end++;
		*at = end + 1, ++*number;
		while (start < end && (in.p[start] == ' ' || in.p[start] == '\t'))
			start++;
		while (end > start && (in.p[end - 1] == ' ' || in.p[end - 1] == '\t' || in.p[end - 1] == '\r'))
			end--;
		if (start < end && in.p[start] != '#') {
			*out = bytes_of(in.p + start, end - start);
			return true;
		}
	}
	return false;
}

static int value_of(struct bytes line, const char *word, unsigned number, struct bytes *out, struct err *err)
{
	size_t n = strlen(word);

	if (line.n <= n + 1 || memcmp(line.p, word, n) != 0 || line.p[n] != ' ')
		return fail(err, ERR_MALFORMED, number, "line %u of the recovery key must begin with “%s ”", number, word);
	*out = bytes_of(line.p + n + 1, line.n - n - 1);
	return 0;
}

static int hex_value(struct bytes line, const char *word, unsigned number, uint8_t *out, size_t n, struct err *err)
{
	struct bytes value;

	if (value_of(line, word, number, &value, err) != 0)
		return -1;
	if (hex_decode(value, out, n, NULL) != 0)
		return fail(err, ERR_MALFORMED, number, "line %u of the recovery key (%s) is not %zu of 0-9a-f", number, word, 2 * n);
	return 0;
}

int recovery_read(struct arena *arena, struct bytes in, struct recovery_key *out, struct err *err)
{
	struct recovery_key k = { 0 };
	struct bytes lines[LINES + 1], value;
	unsigned numbers[LINES + 1], number = 0;
	size_t at = 0, count = 0;

	must(sodium_init() >= 0);
	while (count <= LINES && next_line(in, &at, &number, &lines[count]))
		numbers[count++] = number;
	if (count == 0 || !bytes_equal(lines[0], BYTES(HEAD)))
		return fail(err, ERR_MALFORMED, 1, "this is no recovery key of Sekisho: it does not begin with " HEAD);
	if (count <= LINES)
		return fail(err, ERR_CUT_SHORT, number, "the recovery key is not whole: site, made, secret, verify and sum are needed");
	char made[CLOCK_TEXT];
	if (value_of(lines[1], "site", numbers[1], &value, err) != 0 || (value.n > SITE_MOST && fail(err, ERR_LIMIT, numbers[1], "the site is too long") != 0) ||
	    text_from_utf8(arena, value, &k.site, err) != 0 || value_of(lines[2], "made", numbers[2], &value, err) != 0)
		return -1;
	if (value.n != CLOCK_TEXT - 1)
		return fail(err, ERR_MALFORMED, numbers[2], "line %u of the recovery key is no time", numbers[2]);
	memcpy(made, value.p, value.n);
	made[value.n] = 0;
	if (clock_from_utc(made, &k.made) != 0)
		return fail(err, ERR_MALFORMED, numbers[2], "line %u of the recovery key is no time", numbers[2]);
	if (hex_value(lines[3], "secret", numbers[3], k.secret, RECOVERY_KEY, err) != 0 ||
	    hex_value(lines[4], "verify", numbers[4], k.verify, ED25519_PUBLIC, err) != 0 || value_of(lines[5], "sum", numbers[5], &value, err) != 0)
		return -1;
	const char *sum = sum_of(arena, body(arena, &k));
	if (!bytes_equal(value, bytes_of(sum, strlen(sum))))
		return fail(err, ERR_MISMATCH, numbers[5], "the recovery key does not agree with its checksum: a letter was changed");
	crypto_scalarmult_base(k.recovery, k.secret);
	*out = k;
	return 0;
}

/* ---- the machine's file ---- */

int backup_keys_write(int home, const struct backup_keys *k, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *o = json_object(arena);

	json_set_number(arena, o, "made", k->made);
	json_set_str(arena, o, "naming", hex_of(arena, bytes_of(k->naming, NAMING_KEY)));
	json_set_str(arena, o, "recovery", hex_of(arena, bytes_of(k->recovery, RECOVERY_KEY)));
	json_set_str(arena, o, "signing", hex_of(arena, bytes_of(k->signing, ED25519_SECRET)));
	struct bytes b = json_bytes(arena, o);
	int result = file_replace(home, BACKUP_KEYS_FILE, b, 0600, err);
	secret_wipe((void *)(uintptr_t)b.p, b.n);
	return result;
}

int backup_keys_read(int home, struct backup_keys *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct backup_keys k = { 0 };
	struct bytes b;
	struct json o;

	if (file_read(arena, home, BACKUP_KEYS_FILE, RECOVERY_FILE_MOST, &b, err) != 0)
		return -1;
	if (json_read(arena, b, &o, err) != 0 || hex_decode(bytes_of_text(json_text(&o, "naming")), k.naming, NAMING_KEY, err) != 0 ||
	    hex_decode(bytes_of_text(json_text(&o, "recovery")), k.recovery, RECOVERY_KEY, err) != 0 ||
	    hex_decode(bytes_of_text(json_text(&o, "signing")), k.signing, ED25519_SECRET, err) != 0)
		return fail(err, ERR_MALFORMED, 0, BACKUP_KEYS_FILE " is damaged: make new keys with `sekisho keys rotate backup`");
	k.made = json_number(&o, "made", 0);
	memcpy(k.verify, k.signing + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC);
	secret_wipe((void *)(uintptr_t)b.p, b.n);
	*out = k;
	return 0;
}
