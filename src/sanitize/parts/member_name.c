/* 書庫の中の名前 — contract in member_name.h. */
#include "sanitize/parts/member_name.h"
#include "base/sort.h"

bool member_names_are_cp932(const struct bytes *names, size_t count)
{
	bool three = false, only_kana = true, any = false;

	for (size_t i = 0; i < count; i++) {
		struct bytes b = names[i];
		if (is_ascii(b))
			continue;
		if (!is_utf8(b))
			return true;
		any = true;
		for (size_t k = 0; k < b.n; k++) {
			three |= b.p[k] >= 0xe0;
			only_kana &= b.p[k] < 0x80 || (b.p[k] >= 0xa1 && b.p[k] <= 0xdf);
		}
	}
	return any && !three && only_kana;
}

int member_name_decode(struct arena *arena, struct bytes raw, bool cp932, struct text *out, struct err *err)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] < 0x20 || raw.p[i] == 0x7f)
			return refuse(err, REFUSAL_BAD_NAME, "control character in a name");
	if (cp932 && !is_ascii(raw) ? text_from_cp932(arena, raw, out, NULL) : text_from_utf8(arena, raw, out, NULL))
		return refuse(err, REFUSAL_BAD_NAME, "name is neither UTF-8 nor CP932");
	return 0;
}

/* Relative, downwards, in plain components: the same file for every reader. */
int member_name_check(struct text t, bool *folder, struct err *err)
{
	size_t start = 0;

	if (t.n == 0 || t.p[0] == '/' || memchr(t.p, '\\', t.n) || (t.n >= 2 && t.p[1] == ':'))
		return refuse(err, REFUSAL_BAD_NAME, "absolute name or backslash in a name");
	for (size_t i = 0; i <= t.n; i++) {
		if (i < t.n && t.p[i] != '/')
			continue;
		size_t n = i - start;
		const char *part = t.p + start;
		if ((n == 0 && i < t.n) || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
			return refuse(err, REFUSAL_BAD_NAME, "name that leaves its folder");
		start = i + 1;
	}
	*folder = t.p[t.n - 1] == '/';
	return 0;
}

/* Case folded as far as the file systems of terminals do: ASCII, Latin-1, Greek, Cyrillic and full-width letters. */
static uint32_t fold(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xff21 && c <= 0xff3a) || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	return c;
}

struct folded {
	struct text key, name;
};

static struct text fold_name(struct arena *arena, struct text name)
{
	struct text t = text_nfc(arena, name);
	char *out = arena_alloc(arena, t.n * 2 + 5);
	size_t n = 0, at = 0;
	uint32_t c;

	while ((c = text_next(t, &at)))
		n += utf8_put((uint8_t *)out + n, fold(c));
	while (n && out[n - 1] == '/')
		n--;
	out[n] = 0;
	return (struct text){ out, n };
}

static int by_key(const void *a, const void *b)
{
	const struct text *x = &((const struct folded *)a)->key, *y = &((const struct folded *)b)->key;
	int order = memcmp(x->p, y->p, MIN(x->n, y->n));
	return order ? order : (x->n > y->n) - (x->n < y->n);
}

int member_names_differ(struct arena *arena, const struct text *names, size_t count, struct err *err)
{
	struct folded *all = arena_new_array(arena, struct folded, count + 1);

	for (size_t i = 0; i < count; i++)
		all[i] = (struct folded){ fold_name(arena, names[i]), names[i] };
	sort_items(all, count, sizeof *all, by_key);
	for (size_t i = 1; i < count; i++) {
		struct text a = all[i - 1].name, b = all[i].name;
		if (text_equal(all[i - 1].key, all[i].key) && !(text_equal(a, b) && a.p[a.n - 1] == '/'))
			return refuse(err, REFUSAL_BAD_NAME, "two members of one name: %s", text_printable(arena, bytes_of_text(all[i].key), 80));
	}
	return 0;
}
