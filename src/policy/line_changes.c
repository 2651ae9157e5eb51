/* 文の違い — contract in line_changes.h. What is alike at both ends is set aside; between, the longest common run of lines by dynamic programming. */
#include "policy/line_changes.h"
#include "base/cursor.h"

enum { CELLS_MOST = 4 << 20 };

struct lines {
	struct text *rows;
	size_t count;
};

static struct lines split(struct arena *arena, struct bytes t)
{
	struct lines out = { .count = 0 };
	struct bytes line;
	size_t most = 1;

	for (size_t i = 0; i < t.n; i++)
		most += t.p[i] == '\n';
	out.rows = arena_new_array(arena, struct text, most);
	for (struct cursor rest = cursor_over(t); cursor_next_line(&rest, &line);)
		out.rows[out.count++] = (struct text){ (const char *)line.p, line.n };
	return out;
}

static void put(struct line_changes *out, char sign, struct text line)
{
	out->rows[out->count++] = (struct line_change){ .sign = sign, .line = line };
	out->come += sign == '+', out->go += sign == '-';
}

static void put_all(struct line_changes *out, char sign, const struct text *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(out, sign, rows[i]);
}

/* lengths[i][k]: of the longest common run of a from i on and b from k on. */
static void compare(struct arena *arena, struct line_changes *out, const struct text *a, size_t n, const struct text *b, size_t m)
{
	if (n == 0 || m == 0 || n > CELLS_MOST / m) {
		put_all(out, '-', a, n), put_all(out, '+', b, m);
		return;
	}
	uint32_t *lengths = arena_new_array(arena, uint32_t, (n + 1) * (m + 1));
#define AT(i, k) lengths[(i) * (m + 1) + (k)]
	for (size_t i = n; i-- > 0;)
		for (size_t k = m; k-- > 0;)
			AT(i, k) = text_equal(a[i], b[k]) ? AT(i + 1, k + 1) + 1 : MAX(AT(i + 1, k), AT(i, k + 1));
	size_t i = 0, k = 0;
	while (i < n && k < m)
		if (text_equal(a[i], b[k]))
			put(out, ' ', a[i]), i++, k++;
		else if (AT(i + 1, k) >= AT(i, k + 1))
			put(out, '-', a[i++]);
		else
			put(out, '+', b[k++]);
#undef AT
	put_all(out, '-', a + i, n - i), put_all(out, '+', b + k, m - k);
}

static bool near_change(const struct line_changes *all, size_t at, size_t around)
{
	size_t from = at > around ? at - around : 0, to = MIN(all->count, at + around + 1);

	for (size_t i = from; i < to; i++)
		if (all->rows[i].sign != ' ')
			return true;
	return false;
}

static struct line_changes shorten(struct arena *arena, const struct line_changes *all, size_t around)
{
	struct line_changes out = { arena_new_array(arena, struct line_change, all->count), 0, all->come, all->go };

	for (size_t i = 0; i < all->count; i++)
		if (near_change(all, i, around))
			out.rows[out.count++] = all->rows[i];
		else if (out.count > 0 && out.rows[out.count - 1].sign == '~')
			out.rows[out.count - 1].left_out++;
		else
			out.rows[out.count++] = (struct line_change){ .sign = '~', .line = TEXT(""), .left_out = 1 };
	return out;
}

struct line_changes line_changes_of(struct arena *arena, struct bytes before, struct bytes after, size_t around)
{
	struct lines a = split(arena, before), b = split(arena, after);
	struct line_changes all = { arena_new_array(arena, struct line_change, a.count + b.count), 0, 0, 0 };
	size_t head = 0, tail = 0;

	while (head < a.count && head < b.count && text_equal(a.rows[head], b.rows[head]))
		head++;
	while (tail < a.count - head && tail < b.count - head && text_equal(a.rows[a.count - 1 - tail], b.rows[b.count - 1 - tail]))
		tail++;
	put_all(&all, ' ', a.rows, head);
	compare(arena, &all, a.rows + head, a.count - head - tail, b.rows + head, b.count - head - tail);
	put_all(&all, ' ', a.rows + a.count - tail, tail);
	return shorten(arena, &all, around);
}
