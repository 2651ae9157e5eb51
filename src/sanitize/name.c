/* ファイル名の無害化 — contract in name.h. */
#include "sanitize/name.h"
#include "base/buf.h"

enum { NAME_MOST = 255, EXTENSION_MOST = 16, ROUNDS_MOST = 8 };

/* Extensions that a program, a script or a container of them has: in the middle of a name they are there to be mistaken. */
static const char *const telling[] = {
	"exe", "com", "scr", "pif", "bat", "cmd", "msi", "msp", "dll", "cpl", "sys", "js", "jse", "vbs", "vbe", "wsf", "wsh", "hta", "ps1", "psm1", "lnk", "url",
	"reg", "inf", "jar", "sh", "py", "app", "apk", "iso", "img", "vhd", "htm", "html", "svg", "xml", "chm", "scf", "msc", "gadget", "application",
	"doc", "docx", "docm", "dot", "dotx", "dotm", "xls", "xlsx", "xlsm", "xlt", "xltx", "xltm", "xlsb", "xla", "xlam", "ppt", "pptx", "pptm", "pps", "ppsx",
	"pdf", "txt", "csv", "rtf", "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "zip", "lzh", "7z", "rar", "cab", "eml", "msg", "jtd",
};
static const char *const devices[] = { "con", "prn", "aux", "nul", "conin$", "conout$", "clock$" };

static bool is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff) || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) ||
	       (c >= 0xe000 && c <= 0xf8ff && false) /* private use: Japanese 外字, kept */;
}

static bool is_forbidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c < 0x80 && strchr("\\/:*?\"<>|", (int)c));
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
}

static uint8_t lower(char c) { return (uint8_t)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c); }

static bool is_word(const char *p, size_t n, const char *word)
{
	if (strlen(word) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(p[i]) != (uint8_t)word[i])
			return false;
	return true;
}

/* Bytes as they come from a zip or a shell: UTF-8, else CP932, else the ASCII in them. */
static struct text decode(struct arena *arena, struct bytes raw)
{
	struct text t;
	struct buf b = buf_in(arena, 0);

	if (text_from_utf8(arena, raw, &t, NULL) == 0 || text_from_cp932(arena, raw, &t, NULL) == 0)
		return t;
	for (size_t i = 0; i < raw.n; i++)
		buf_byte(&b, raw.p[i] >= 0x20 && raw.p[i] < 0x7f ? raw.p[i] : '_');
	return (struct text){ buf_string(&b), b.n };
}

/* Characters: forbidden ones become "_", invisible ones go, runs of blanks (that push the extension out of sight) become one. */
static struct text clean_characters(struct arena *arena, struct text in)
{
	struct buf out = buf_in(arena, 0);
	size_t at = 0;
	unsigned blanks = 0;

	for (uint32_t c; (c = text_next(in, &at));) {
		uint8_t utf8[4];
		if (is_invisible(c))
			continue;
		if (is_forbidden(c))
			c = '_';
		blanks = is_blank(c) ? blanks + 1 : 0;
		if (blanks > 2)
			continue;
		buf_put(&out, utf8, utf8_put(utf8, c));
	}
	return (struct text){ buf_string(&out), out.n };
}

static struct text trim(struct arena *arena, struct text t)
{
	size_t from = 0, end = 0, at = 0;
	bool begun = false;

	for (;;) {
		size_t before = at;
		uint32_t c = text_next(t, &at);
		if (c == 0)
			break;
		bool edge = is_blank(c) || c == '.';
		if (!begun && is_blank(c)) {
			from = at;
			continue;
		}
		if (!begun)
			from = before;
		begun = true;
		if (!edge)
			end = at;
	}
	return end > from ? (struct text){ arena_copy(arena, t.p + from, end - from), end - from } : TEXT("");
}

static size_t last_dot(struct text t)
{
	size_t dot = t.n;

	while (dot > 0 && t.p[dot - 1] != '.')
		dot--;
	return dot > 1 && t.n - dot <= EXTENSION_MOST && dot < t.n ? dot - 1 : t.n; /* index of the dot, or the end */
}

/* Streams hold one file, and their names say which: "list.csv.gz". */
static bool is_packed(struct text t, size_t dot)
{
	static const char *const streams[] = { "gz", "bz2", "xz", "zst", "zstd" };

	for (size_t i = 0; i < COUNT(streams) && dot < t.n; i++)
		if (is_word(t.p + dot + 1, t.n - dot - 1, streams[i]))
			return true;
	return false;
}

/* "a.exe.pdf" → "a_exe.pdf": of several extensions that tell something, only the last one is left to tell. */
static void defuse(char *p, size_t n, size_t final_dot)
{
	for (size_t i = 0; i < final_dot; i++) {
		if (p[i] != '.')
			continue;
		size_t end = i + 1;
		while (end < n && p[end] != '.')
			end++;
		size_t word_end = end;
		while (word_end > i + 1 && p[word_end - 1] == ' ')
			word_end--;
		for (size_t k = 0; k < COUNT(telling); k++)
			if (is_word(p + i + 1, word_end - i - 1, telling[k])) {
				p[i] = '_';
				break;
			}
	}
}

static bool is_device(struct text t)
{
	size_t n = 0;

	while (n < t.n && t.p[n] != '.')
		n++;
	while (n > 0 && t.p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < COUNT(devices); i++)
		if (is_word(t.p, n, devices[i]))
			return true;
	if (n < 4 || !(is_word(t.p, 3, "com") || is_word(t.p, 3, "lpt")))
		return false;
	return (n == 4 && t.p[3] >= '0' && t.p[3] <= '9') ||
	       (n == 5 && (memcmp(t.p + 3, "\xc2\xb9", 2) == 0 || memcmp(t.p + 3, "\xc2\xb2", 2) == 0 || memcmp(t.p + 3, "\xc2\xb3", 2) == 0));
}

static size_t cut_at_character(const char *p, size_t n, size_t most)
{
	if (n <= most)
		return n;
	n = most;
	while (n > 0 && ((uint8_t)p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static struct text shorten(struct arena *arena, struct text t, size_t most)
{
	if (t.n <= most)
		return t;
	size_t dot = last_dot(t), tail = t.n - dot;
	size_t head = cut_at_character(t.p, dot, most - tail);
	while (head > 0 && (t.p[head - 1] == ' ' || t.p[head - 1] == '.'))
		head--;
	char *p = arena_printf(arena, "%.*s%.*s", (int)head, t.p, (int)tail, t.p + dot);
	return (struct text){ p, strlen(p) };
}

static struct text safe_once(struct arena *arena, struct text t)
{
	t = trim(arena, clean_characters(arena, text_nfc(arena, t)));
	if (t.n == 0)
		t = TEXT("file");
	char *p = arena_copy(arena, t.p, t.n);
	size_t dot = last_dot(t);
	if (is_packed(t, dot))
		dot = last_dot((struct text){ p, dot });
	defuse(p, t.n, dot);
	t.p = p;
	if (t.p[0] == '.' || is_device(t)) { /* hidden files, and names that are no files at all */
		p = arena_printf(arena, "_%s", t.p);
		t = (struct text){ p, strlen(p) };
	}
	return shorten(arena, t, NAME_MOST);
}

/* What one rule takes out may bring together what another one is about (a cut, a sign and its accent): until nothing changes any more. */
struct text name_safe(struct arena *arena, struct bytes raw, bool *changed)
{
	struct text t = safe_once(arena, decode(arena, raw)), again = TEXT("file");

	for (unsigned round = 0; round < ROUNDS_MOST && !text_equal(t, again); round++) {
		again = t;
		t = safe_once(arena, t);
	}
	if (!text_equal(t, again))
		t = TEXT("file");
	*changed = !bytes_equal(bytes_of_text(t), raw);
	return t;
}

struct text name_with_extension(struct arena *arena, struct text name, const char *extension, bool replace)
{
	size_t dot = last_dot(name);

	if (dot < name.n && !replace)
		return name;
	if (is_packed(name, dot)) /* "a.tar.gz" has one extension in two parts */
		dot = last_dot((struct text){ name.p, dot });
	char *p = arena_printf(arena, "%.*s.%s", (int)dot, name.p, extension);
	return shorten(arena, (struct text){ p, strlen(p) }, NAME_MOST);
}
