/* パスワード — contract in password.h. */
#include "people/password.h"
#include "base/text.h"
#include <sodium.h>

static const char *const common[] = {
#define COMMON_PASSWORD(stem) stem,
#include "people/common_passwords.def"
#undef COMMON_PASSWORD
};

static size_t memory = PASSWORD_MEMORY;

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (uint8_t)c >= 0x80;
}

/* The commonest words, however decorated with digits and signs at both ends. */
static bool is_common(const char *word, size_t n)
{
	while (n > 0 && !is_letter(word[0]))
		word++, n--;
	while (n > 0 && !is_letter(word[n - 1]))
		n--;
	for (size_t i = 0; i < COUNT(common); i++) {
		size_t length = strlen(common[i]);
		/* A stem may itself end in digits: compare with what stands there too. */
		if (length >= n && memcmp(common[i], word, n) == 0) {
			size_t tail = n;
			while (tail < length && word[tail] == common[i][tail])
				tail++;
			if (tail == length)
				return true;
		}
	}
	return false;
}

/* "aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "zyxwvutsrqpo": code points that repeat with a period ≤ 4, or step by ±1. */
static bool is_monotone(const uint32_t *c, size_t n)
{
	for (size_t period = 1; period <= 4; period++) {
		size_t i = period;
		while (i < n && c[i] == c[i - period])
			i++;
		if (i == n)
			return true;
	}
	size_t steps = 0;
	for (size_t i = 1; i < n; i++) {
		bool wraps = (c[i - 1] == '9' && c[i] == '0') || (c[i - 1] == '0' && c[i] == '9');
		steps += c[i] == c[i - 1] + 1 || c[i] + 1 == c[i - 1] || wraps;
	}
	return steps == n - 1;
}

enum password_refusal password_judge(struct text password, struct text staff_number)
{
	uint32_t points[PASSWORD_BYTES_MOST], c;
	char low[PASSWORD_BYTES_MOST + 1] = { 0 }, number[32] = { 0 };
	size_t n = 0;

	if (password.n > PASSWORD_BYTES_MOST)
		return PASSWORD_LONG;
	for (size_t at = 0; (c = text_next(password, &at));)
		points[n++] = c;
	if (n < PASSWORD_CHARACTERS_LEAST)
		return PASSWORD_SHORT;
	for (size_t i = 0; i < password.n; i++)
		low[i] = lower(password.p[i]);
	for (size_t i = 0; i < MIN(staff_number.n, sizeof number - 1); i++)
		number[i] = lower(staff_number.p[i]);
	enum password_refusal result = PASSWORD_GOOD;
	if (is_monotone(points, n))
		result = PASSWORD_REPEATED;
	else if (is_common(low, password.n))
		result = PASSWORD_COMMON;
	else if (strlen(number) >= 3 && strstr(low, number))
		result = PASSWORD_OWN_NUMBER;
	secret_wipe(low, sizeof low), secret_wipe(points, sizeof points);
	return result;
}

void password_hash(struct text password, char out[PASSWORD_HASH])
{
	must(sodium_init() >= 0);
	_Static_assert(PASSWORD_HASH == crypto_pwhash_STRBYTES, "libsodium's text form");
	must(crypto_pwhash_str_alg(out, password.p, password.n, PASSWORD_PASSES, memory, crypto_pwhash_ALG_ARGON2ID13) == 0);
}

bool password_fits(struct text password, const char hash[PASSWORD_HASH])
{
	must(sodium_init() >= 0);
	return crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
}

void password_cheapen(void)
{
	memory = PASSWORD_TEST_MEMORY;
}
