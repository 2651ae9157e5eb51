/* 請求の読取り — contract in parse.h. */
#include "web/parse.h"
#include "base/code.h"
#include "base/text.h"
#include "web/limits.h"
#include <strings.h>

int fields_add(struct fields *fields, struct arena *arena, struct field field, struct err *err)
{
	if (fields->count == WEB_FIELDS)
		return fail(err, ERR_LIMIT, WEB_FIELDS, "more than %d fields", WEB_FIELDS);
	if (fields->count == fields->room) {
		size_t room = fields->room ? fields->room * 2 : 8;
		struct field *rows = arena_new_array(arena, struct field, room);
		if (fields->count)
			memcpy(rows, fields->rows, fields->count * sizeof *rows);
		fields->rows = rows, fields->room = room;
	}
	fields->rows[fields->count++] = field;
	return 0;
}

struct text fields_first(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (text_is(fields->rows[i].name, name))
			return fields->rows[i].value;
	return TEXT("");
}

bool fields_has(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (text_is(fields->rows[i].name, name))
			return true;
	return false;
}

static int hex_value(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int form_text(struct arena *arena, struct bytes value, struct text *out, struct err *err)
{
	char *to = arena_alloc(arena, value.n + 1);
	size_t n = 0;

	if (!is_utf8(value))
		return fail(err, ERR_NOT_TEXT, 0, "a field is no UTF-8");
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\r' && i + 1 < value.n && value.p[i + 1] == '\n')
			continue;
		if ((value.p[i] < 0x20 && value.p[i] != '\n' && value.p[i] != '\t') || value.p[i] == 0x7f)
			return fail(err, ERR_NOT_TEXT, i, "a field holds the control character %02x", value.p[i]);
		to[n++] = (char)value.p[i];
	}
	*out = (struct text){ to, n };
	return 0;
}

static int percent_decode(struct arena *arena, struct bytes in, size_t most, struct text *out, struct err *err)
{
	struct buf b = buf_in(arena, most);

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '+') {
			buf_byte(&b, ' ');
		} else if (in.p[i] == '%') {
			bool two = in.n - i > 2;
			int high = two ? hex_value(in.p[i + 1]) : -1, low = two ? hex_value(in.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return fail(err, ERR_MALFORMED, i, "%% without two hex digits");
			buf_byte(&b, (uint8_t)(high << 4 | low));
			i += 2;
		} else {
			buf_byte(&b, in.p[i]);
		}
	}
	if (!buf_ok(&b))
		return fail(err, ERR_LIMIT, most, "a field of more than %zu bytes", most);
	return form_text(arena, buf_view(&b), out, err);
}

int form_read(struct arena *arena, struct bytes body, size_t field_most, struct fields *fields, struct err *err)
{
	size_t at = 0;

	while (at < body.n) {
		const uint8_t *p = body.p + at, *end = memchr(p, '&', body.n - at);
		size_t n = end ? (size_t)(end - p) : body.n - at;
		const uint8_t *equals = n ? memchr(p, '=', n) : NULL;
		size_t name = equals ? (size_t)(equals - p) : n;
		struct field f = { TEXT(""), TEXT("") };
		at += n + 1;
		if (n == 0)
			continue;
		if (percent_decode(arena, bytes_of(p, name), field_most, &f.name, err) != 0)
			return -1;
		if (equals && percent_decode(arena, bytes_of(equals + 1, n - name - 1), field_most, &f.value, err) != 0)
			return -1;
		if (fields_add(fields, arena, f, err) != 0)
			return -1;
	}
	return 0;
}

bool cookie_read(const char *header, const char *name, struct bytes *out)
{
	size_t wanted = strlen(name);
	unsigned found = 0;

	if (!header || strlen(header) > WEB_COOKIE_BYTES)
		return false;
	while (*header) {
		size_t blank = strspn(header, "; ");
		header += blank;
		size_t n = strcspn(header, ";");
		if (n > wanted && strncmp(header, name, wanted) == 0 && header[wanted] == '=') {
			*out = bytes_of(header + wanted + 1, n - wanted - 1);
			found++;
		}
		header += n;
	}
	return found == 1;
}

bool token_read(struct bytes hex, uint8_t out[32])
{
	return hex_decode(hex, out, 32, NULL) == 0;
}

bool is_host(const char *header, const char *host, bool tls)
{
	size_t n = strlen(host);
	const char *port = tls ? ":443" : ":80";

	if (!header || strlen(header) > 255)
		return false;
	if (strcasecmp(header, host) == 0)
		return true;
	if (strchr(host, ':')) /* "name:80" is named "name" by browsers */
		return n > strlen(port) && strcmp(host + n - strlen(port), port) == 0 && strlen(header) == n - strlen(port) &&
		       strncasecmp(header, host, n - strlen(port)) == 0;
	if (strncasecmp(header, host, n) != 0 || header[n] != ':')
		return false;
	size_t digits = strspn(header + n + 1, "0123456789");
	return digits > 0 && digits <= 5 && header[n + 1 + digits] == 0;
}

bool is_origin(const char *origin, const char *host_header, bool tls)
{
	const char *scheme = tls ? "https://" : "http://";

	return host_header && strncasecmp(origin, scheme, strlen(scheme)) == 0 && strcasecmp(origin + strlen(scheme), host_header) == 0;
}

/* q-value in thousandths; absent: 1000. */
static unsigned quality(const char *s, size_t n)
{
	const char *q = memmem(s, n, "q=", 2);
	unsigned value = 0, digits = 0;

	if (!q)
		return 1000;
	for (q += 2; q < s + n && ((*q >= '0' && *q <= '9') || *q == '.') && digits < 4; q++)
		if (*q != '.')
			value = value * 10 + (unsigned)(*q - '0'), digits++;
	while (digits++ < 4)
		value *= 10;
	return MIN(value, 1000u);
}

enum html_language language_of(const char *accept)
{
	unsigned japanese = 0, english = 0;

	for (const char *s = accept ? accept : ""; *s;) {
		s += strspn(s, ", ");
		size_t n = strcspn(s, ",");
		if (n >= 2 && strncasecmp(s, "ja", 2) == 0)
			japanese = MAX(japanese, quality(s, n));
		if (n >= 2 && strncasecmp(s, "en", 2) == 0)
			english = MAX(english, quality(s, n));
		s += n;
	}
	return english > japanese ? HTML_ENGLISH : HTML_JAPANESE;
}

bool is_local_path(struct text path)
{
	if (path.n == 0 || path.n > WEB_ADDRESS_BYTES || path.p[0] != '/' || (path.n > 1 && path.p[1] == '/'))
		return false;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] <= 0x20 || (unsigned char)path.p[i] >= 0x7f || strchr("\\\"<>", path.p[i]))
			return false;
	return true;
}

const char *attachment_header(struct arena *arena, struct text name)
{
	static const char digits[] = "0123456789ABCDEF";
	struct buf b = buf_in(arena, 0);

	buf_str(&b, "attachment; filename=\"");
	for (size_t at = 0; at < name.n;) {
		uint32_t c = text_next(name, &at);
		buf_byte(&b, (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ? (uint8_t)c : '_');
	}
	buf_str(&b, "\"; filename*=UTF-8''");
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = (uint8_t)name.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_')
			buf_byte(&b, c);
		else
			buf_put(&b, (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3);
	}
	return buf_string(&b);
}
