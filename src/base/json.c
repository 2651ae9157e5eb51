/* 正準JSON — contract in json.h. */
#include "base/json.h"
#include "base/cursor.h"
#include "base/sort.h"
#include "base/text.h"

static const int64_t NUMBER_MOST = ((int64_t)1 << 53) - 1;

/* ---- reading ---- */

struct reader {
	struct arena *arena;
	struct cursor in;
	unsigned depth;
	bool foreign;
};
struct member {
	struct text key;
	struct json value;
};

static int value(struct reader *r, struct json *out, struct err *err);

static void skip_blanks(struct reader *r)
{
	while (r->in.left && (*r->in.p == ' ' || *r->in.p == '\n' || *r->in.p == '\r' || *r->in.p == '\t'))
		cursor_take(&r->in, 1);
}

static int peek(struct reader *r)
{
	skip_blanks(r);
	return r->in.left ? *r->in.p : -1;
}

static int malformed(struct reader *r, struct err *err, const char *wanted)
{
	if (r->in.left == 0)
		return fail(err, ERR_CUT_SHORT, r->in.at, "JSON ends at byte %llu where %s is wanted", (unsigned long long)r->in.at, wanted);
	return fail(err, ERR_MALFORMED, r->in.at, "JSON: %s is wanted at byte %llu", wanted, (unsigned long long)r->in.at);
}

static int hex4(struct reader *r, uint32_t *out)
{
	const uint8_t *p = cursor_take(&r->in, 4);
	uint32_t v = 0;

	for (unsigned i = 0; p && i < 4; i++) {
		unsigned c = p[i], d = c - '0' < 10u ? c - '0' : (c | 32) - 'a' < 6u ? (c | 32) - 'a' + 10 : 16;
		if (d == 16)
			return -1;
		v = v << 4 | d;
	}
	*out = v;
	return p ? 0 : -1;
}

/* Behind a backslash. Controls other than \n \r \t cannot be had this way either. */
static int escape(struct reader *r, struct buf *s, struct err *err)
{
	static const char plain[] = "\"\\/nrt", meant[] = "\"\\/\n\r\t";
	uint8_t c = cursor_u8(&r->in), utf8[4];
	const char *which = c ? strchr(plain, c) : NULL;
	uint32_t high, low;

	if (which) {
		buf_byte(s, (uint8_t)meant[which - plain]);
		return 0;
	}
	if (c != 'u' || hex4(r, &high) != 0)
		return malformed(r, err, "an escape of \\\" \\\\ \\/ \\n \\r \\t \\uXXXX");
	if (high >= 0xd800 && high < 0xdc00) {
		const uint8_t *u = cursor_take(&r->in, 2);
		if (!u || u[0] != '\\' || u[1] != 'u' || hex4(r, &low) != 0 || low < 0xdc00 || low > 0xdfff)
			return malformed(r, err, "the second half of a surrogate pair");
		high = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
	}
	size_t n = utf8_put(utf8, high);
	if (n == 0 || (high < 0x20 && high != '\n' && high != '\r' && high != '\t'))
		return malformed(r, err, "a character that text may hold");
	buf_put(s, utf8, n);
	return 0;
}

static int string(struct reader *r, struct text *out, struct err *err)
{
	struct buf s = buf_in(r->arena, 0);

	if (peek(r) != '"')
		return malformed(r, err, "a string");
	cursor_take(&r->in, 1);
	for (;;) {
		size_t n = 0;
		while (n < r->in.left && r->in.p[n] >= 0x20 && r->in.p[n] != '"' && r->in.p[n] != '\\')
			n++;
		if (n == r->in.left) {
			cursor_take(&r->in, n);
			return malformed(r, err, "the end of a string");
		}
		if (s.n == 0 && r->in.p[n] == '"') { /* nearly all: no escape, no copy in between */
			uint64_t start = r->in.at;
			struct bytes plain = cursor_bytes(&r->in, n);
			cursor_take(&r->in, 1);
			if (text_from_utf8(r->arena, plain, out, err) == 0)
				return 0;
			if (err)
				err->at += start; /* counted from the start of the input, like every other place */
			return -1;
		}
		buf_bytes(&s, cursor_bytes(&r->in, n));
		uint8_t c = cursor_u8(&r->in);
		if (c == '"')
			break;
		if (c != '\\')
			return fail(err, ERR_MALFORMED, r->in.at - 1, "JSON: bare control character in a string at byte %llu", (unsigned long long)r->in.at - 1);
		if (escape(r, &s, err) != 0)
			return -1;
	}
	if (!buf_ok(&s))
		return fail(err, ERR_LIMIT, r->in.at, "JSON: a string is too long");
	uint64_t end = r->in.at;
	if (text_from_utf8(r->arena, buf_view(&s), out, err) == 0)
		return 0;
	if (err)
		err->at += end - 1 - MIN(s.n, end - 1); /* near enough: escapes are not counted back */
	return -1;
}

static int number(struct reader *r, int64_t *out, struct err *err)
{
	int64_t most = r->foreign ? INT64_MAX : NUMBER_MOST;
	bool minus = *r->in.p == '-';
	int64_t v = 0;
	unsigned digits = 0;

	if (minus)
		cursor_take(&r->in, 1);
	for (; r->in.left && *r->in.p >= '0' && *r->in.p <= '9'; digits++) {
		if (digits == 1 && v == 0)
			return malformed(r, err, "a number without leading zero");
		int digit = *r->in.p - '0';
		if (v > (most - digit) / 10)
			return fail(err, ERR_LIMIT, r->in.at, "JSON: a number beyond 2^%d - 1", r->foreign ? 63 : 53);
		v = v * 10 + digit;
		cursor_take(&r->in, 1);
	}
	if (digits == 0 || (minus && v == 0))
		return malformed(r, err, "a whole number");
	if (r->in.left && (*r->in.p == '.' || (*r->in.p | 32) == 'e'))
		return malformed(r, err, "a whole number, no fraction or exponent,");
	*out = minus ? -v : v;
	return 0;
}

static bool is_key(struct text k)
{
	for (size_t i = 0; i < k.n; i++)
		if (!(k.p[i] >= 'a' && k.p[i] <= 'z') && !(k.p[i] >= '0' && k.p[i] <= '9') && k.p[i] != '_')
			return false;
	return k.n > 0;
}

static int key_order(struct text a, struct text b)
{
	int d = memcmp(a.p, b.p, MIN(a.n, b.n));

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int member_order(const void *a, const void *b)
{
	return key_order(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static int object(struct reader *r, struct json *out, struct err *err)
{
	struct member *m = NULL;
	size_t count = 0, room = 0;

	cursor_take(&r->in, 1);
	while (count || peek(r) != '}') {
		if (count == room) {
			struct member *more = arena_new_array(r->arena, struct member, room = room ? room * 2 : 8);
			if (count)
				memcpy(more, m, count * sizeof *m);
			m = more;
		}
		uint64_t at = r->in.at;
		if (string(r, &m[count].key, err) != 0)
			return -1;
		if (!r->foreign && !is_key(m[count].key))
			return fail(err, ERR_MALFORMED, at, "JSON: a key of other characters than a-z 0-9 _ at byte %llu", (unsigned long long)at);
		if (peek(r) != ':')
			return malformed(r, err, "a colon");
		cursor_take(&r->in, 1);
		if (value(r, &m[count].value, err) != 0)
			return -1;
		count++;
		int c = peek(r);
		if (c == '}')
			break;
		if (c != ',')
			return malformed(r, err, "a comma or }");
		cursor_take(&r->in, 1);
	}
	cursor_take(&r->in, 1);
	if (count)
		sort_items(m, count, sizeof *m, member_order);
	*out = (struct json){ .kind = JSON_OBJECT, .count = count };
	out->items = arena_new_array(r->arena, struct json, count);
	out->keys = arena_new_array(r->arena, struct text, count);
	for (size_t i = 0; i < count; i++) {
		if (i && text_equal(m[i].key, m[i - 1].key))
			return fail(err, ERR_MALFORMED, r->in.at, "JSON: the key \"%.60s\" stands twice", m[i].key.p);
		out->keys[i] = m[i].key, out->items[i] = m[i].value;
	}
	return 0;
}

static int array(struct reader *r, struct json *out, struct err *err)
{
	struct json *items = NULL;
	size_t count = 0, room = 0;

	cursor_take(&r->in, 1);
	while (count || peek(r) != ']') {
		if (count == room) {
			struct json *more = arena_new_array(r->arena, struct json, room = room ? room * 2 : 8);
			if (count)
				memcpy(more, items, count * sizeof *items);
			items = more;
		}
		if (value(r, &items[count], err) != 0)
			return -1;
		count++;
		int c = peek(r);
		if (c == ']')
			break;
		if (c != ',')
			return malformed(r, err, "a comma or ]");
		cursor_take(&r->in, 1);
	}
	cursor_take(&r->in, 1);
	*out = (struct json){ .kind = JSON_ARRAY, .items = items, .count = count };
	return 0;
}

static int word(struct reader *r, const char *w, enum json_kind kind, struct json *out, struct err *err)
{
	if (r->in.left < strlen(w) || memcmp(r->in.p, w, strlen(w)) != 0)
		return malformed(r, err, "a value");
	cursor_take(&r->in, strlen(w));
	*out = (struct json){ .kind = kind };
	return 0;
}

static int value(struct reader *r, struct json *out, struct err *err)
{
	int c = peek(r);
	int result;

	switch (c) {
	case '{':
	case '[':
		if (r->depth == JSON_DEPTH_MOST)
			return fail(err, ERR_LIMIT, r->in.at, "JSON: more than %d levels", JSON_DEPTH_MOST);
		r->depth++;
		result = c == '{' ? object(r, out, err) : array(r, out, err);
		r->depth--;
		return result;
	case '"':
		*out = (struct json){ .kind = JSON_STRING };
		return string(r, &out->string, err);
	case 't':
		return word(r, "true", JSON_TRUE, out, err);
	case 'f':
		return word(r, "false", JSON_FALSE, out, err);
	case 'n':
		return word(r, "null", JSON_NULL, out, err);
	default:
		if (c != '-' && (c < '0' || c > '9'))
			return malformed(r, err, "a value");
		*out = (struct json){ .kind = JSON_NUMBER };
		return number(r, &out->number, err);
	}
}

static int whole(struct reader r, struct json *out, struct err *err)
{
	struct json got;

	if (value(&r, &got, err) != 0)
		return -1;
	if (peek(&r) >= 0)
		return malformed(&r, err, "the end");
	*out = got;
	return 0;
}

int json_read_loose(struct arena *arena, struct bytes in, struct json *out, struct err *err)
{
	return whole((struct reader){ .arena = arena, .in = cursor_over(in) }, out, err);
}

int json_read_foreign(struct arena *arena, struct bytes in, struct json *out, struct err *err)
{
	return whole((struct reader){ .arena = arena, .in = cursor_over(in), .foreign = true }, out, err);
}

int json_read(struct arena *arena, struct bytes in, struct json *out, struct err *err)
{
	struct json got;

	if (json_read_loose(arena, in, &got, err) != 0)
		return -1;
	struct bytes again = json_bytes(arena, &got); /* the form is canonical if writing gives it back */
	size_t same = 0;
	while (same < MIN(in.n, again.n) && in.p[same] == again.p[same])
		same++;
	if (same < in.n || same < again.n)
		return fail(err, ERR_MALFORMED, same, "JSON is not in canonical form from byte %zu on", same);
	*out = got;
	return 0;
}

/* ---- asking ---- */

const struct json *json_get(const struct json *object, const char *key)
{
	struct text k = { key, strlen(key) };
	size_t low = 0, high = object && object->kind == JSON_OBJECT ? object->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int d = key_order(object->keys[middle], k);
		if (d == 0)
			return &object->items[middle];
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct text json_text(const struct json *object, const char *key)
{
	const struct json *v = json_get(object, key);

	return v && v->kind == JSON_STRING ? v->string : TEXT("");
}

int64_t json_number(const struct json *object, const char *key, int64_t otherwise)
{
	const struct json *v = json_get(object, key);

	return v && v->kind == JSON_NUMBER ? v->number : otherwise;
}

bool json_is_true(const struct json *object, const char *key)
{
	const struct json *v = json_get(object, key);

	return v && v->kind == JSON_TRUE;
}

/* ---- building ---- */

static struct json *of_kind(struct arena *arena, enum json_kind kind)
{
	struct json *v = arena_alloc(arena, sizeof *v);

	v->kind = kind;
	return v;
}

struct json *json_object(struct arena *arena)
{
	return of_kind(arena, JSON_OBJECT);
}

struct json *json_array(struct arena *arena)
{
	return of_kind(arena, JSON_ARRAY);
}

struct json *json_of_text(struct arena *arena, struct text t)
{
	struct json *v = of_kind(arena, JSON_STRING);

	v->string = arena_text(arena, t);
	return v;
}

struct json *json_of_number(struct arena *arena, int64_t n)
{
	struct json *v = of_kind(arena, JSON_NUMBER);

	must(n <= NUMBER_MOST && n >= -NUMBER_MOST);
	v->number = n;
	return v;
}

/* Room for one more: the arrays grow when the count is a power of two, so no capacity needs to be kept. */
static void grow(struct arena *arena, struct json *v)
{
	if (v->count & (v->count - 1))
		return;
	size_t room = v->count ? v->count * 2 : 1;
	struct json *items = arena_new_array(arena, struct json, room);
	if (v->count)
		memcpy(items, v->items, v->count * sizeof *items);
	v->items = items;
	if (v->kind == JSON_OBJECT) {
		struct text *keys = arena_new_array(arena, struct text, room);
		if (v->count)
			memcpy(keys, v->keys, v->count * sizeof *keys);
		v->keys = keys;
	}
}

void json_set(struct arena *arena, struct json *object, const char *key, struct json *v)
{
	struct text k = { key, strlen(key) };
	size_t at = object->count;

	must(object->kind == JSON_OBJECT && is_key(k));
	grow(arena, object);
	for (; at > 0 && key_order(object->keys[at - 1], k) > 0; at--)
		object->keys[at] = object->keys[at - 1], object->items[at] = object->items[at - 1];
	must(at == 0 || !text_equal(object->keys[at - 1], k)); /* no key twice */
	object->keys[at] = arena_text(arena, k);
	object->items[at] = *v;
	object->count++;
}

void json_set_text(struct arena *arena, struct json *object, const char *key, struct text t)
{
	json_set(arena, object, key, json_of_text(arena, t));
}

void json_set_str(struct arena *arena, struct json *object, const char *key, const char *s)
{
	json_set_text(arena, object, key, (struct text){ s, strlen(s) });
}

void json_set_number(struct arena *arena, struct json *object, const char *key, int64_t n)
{
	json_set(arena, object, key, json_of_number(arena, n));
}

void json_set_true(struct arena *arena, struct json *object, const char *key, bool v)
{
	json_set(arena, object, key, of_kind(arena, v ? JSON_TRUE : JSON_FALSE));
}

void json_add(struct arena *arena, struct json *array, struct json *v)
{
	must(array->kind == JSON_ARRAY);
	grow(arena, array);
	array->items[array->count++] = *v;
}

/* ---- writing ---- */

static void write_string(struct buf *out, struct text t)
{
	size_t from = 0;

	buf_byte(out, '"');
	for (size_t i = 0; i < t.n; i++) {
		uint8_t c = (uint8_t)t.p[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		must(c >= 0x20 || c == '\n' || c == '\r' || c == '\t');
		buf_put(out, t.p + from, i - from);
		buf_byte(out, '\\');
		buf_byte(out, c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c);
		from = i + 1;
	}
	buf_put(out, t.p + from, t.n - from);
	buf_byte(out, '"');
}

static void write_value(struct buf *out, const struct json *v, unsigned depth)
{
	must(depth <= JSON_DEPTH_MOST);
	switch (v->kind) {
	case JSON_NULL:
		buf_str(out, "null");
		return;
	case JSON_TRUE:
		buf_str(out, "true");
		return;
	case JSON_FALSE:
		buf_str(out, "false");
		return;
	case JSON_NUMBER:
		buf_printf(out, "%lld", (long long)v->number);
		return;
	case JSON_STRING:
		write_string(out, v->string);
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	bool object = v->kind == JSON_OBJECT;
	buf_byte(out, object ? '{' : '[');
	for (size_t i = 0; i < v->count; i++) {
		if (i)
			buf_byte(out, ',');
		if (object) {
			write_string(out, v->keys[i]);
			buf_byte(out, ':');
		}
		write_value(out, &v->items[i], depth + 1);
	}
	buf_byte(out, object ? '}' : ']');
}

void json_write(struct buf *out, const struct json *v)
{
	write_value(out, v, 0);
}

struct bytes json_bytes(struct arena *arena, const struct json *v)
{
	struct buf out = buf_in(arena, 0);

	json_write(&out, v);
	must(buf_ok(&out));
	return buf_view(&out);
}
