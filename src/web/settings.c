/* 画面の設定 — contract in settings.h. */
#include "web/settings.h"
#include "base/file.h"
#include "base/text.h"
#include <fcntl.h>

static int put_once(const char **slot, const char *name, const char *value, struct err *err)
{
	if (*slot)
		return fail(err, ERR_INVALID, 0, "%s is given twice", name);
	*slot = value;
	return 0;
}

int settings_put(struct settings *s, const char *name, const char *value, struct err *err)
{
	if (*value == 0)
		return fail(err, ERR_INVALID, 0, "%s has no value", name);
	if (strcmp(name, "certificate") == 0 || strcmp(name, "key") == 0) {
		if (value[0] != '/')
			return fail(err, ERR_INVALID, 0, "%s: a path begins with /", name);
		return put_once(*name == 'k' ? &s->key : &s->certificate, name, value, err);
	}
	if (strcmp(name, "host") != 0)
		return fail(err, ERR_INVALID, 0, "no setting is called \"%.40s\": there are host, certificate, key", name);
	if (s->host_count == SETTINGS_HOSTS_MOST)
		return fail(err, ERR_LIMIT, SETTINGS_HOSTS_MOST, "more than %d hosts", SETTINGS_HOSTS_MOST);
	if (strlen(value) > 255 || value[strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz-.:[]")] != 0)
		return fail(err, ERR_INVALID, 0, "\"%.80s\" is no host name (small letters, digits, hyphen, dot, :PORT)", value);
	s->hosts[s->host_count++] = value;
	return 0;
}

static char *trimmed(char *from, char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
		to--;
	*to = 0;
	return from;
}

/* The line is cut up in place. */
static int take_line(struct settings *s, struct arena *arena, char *line, struct err *err)
{
	char *end = line + strlen(line), *mark = strchr(line, '=');

	line += strspn(line, " \t");
	if (*line == '#' || line[strspn(line, " \t\r")] == 0)
		return 0;
	if (!mark)
		return fail(err, ERR_INVALID, 0, "no \"name = value\": %s", text_printable(arena, bytes_of(line, strlen(line)), 60));
	const char *value = trimmed(mark + 1, end), *name = trimmed(line, mark);
	return settings_put(s, text_printable(arena, bytes_of(name, strlen(name)), 40), value, err);
}

int settings_read(struct settings *s, struct arena *arena, const char *path, struct err *err)
{
	struct bytes file;
	struct text whole;
	unsigned number = 0;

	if (file_read(arena, AT_FDCWD, path, SETTINGS_BYTES_MOST, &file, err) != 0)
		return -1;
	s->path = path;
	sha256_of(file, s->hash);
	if (text_from_utf8(arena, file, &whole, err) != 0)
		return fail(err, ERR_NOT_TEXT, err->at, "%s is no UTF-8 text", path);
	char *line = arena_copy(arena, whole.p, whole.n);
	for (char *next; line; line = next) {
		struct err why = { 0 };
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		number++;
		if (take_line(s, arena, line, &why) != 0)
			return fail(err, why.code, number, "%s:%u: %s", path, number, why.say);
	}
	return 0;
}

int settings_complete(const struct settings *s, struct err *err)
{
	if (s->host_count == 0)
		return fail(err, ERR_INVALID, 0, "no host name is given: host = NAME");
	if (!s->certificate != !s->key)
		return fail(err, ERR_INVALID, 0, "certificate and key go together: %s is missing", s->key ? "certificate" : "key");
	return 0;
}
