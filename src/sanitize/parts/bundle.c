/* 中身をそろえて一つのZIPへ — contract in bundle.h. */
#include "sanitize/parts/bundle.h"
#include "base/buf.h"
#include "sanitize/name.h"
#include "sanitize/parts/member_name.h"
#include "sanitize/parts/zip_write.h"

enum { WHOLE_MOST = 16 << 20, PATH_MOST = 1024, LISTED_MOST = 200 };

struct item {
	struct bytes raw;
	struct text came, name; /* decoded; as it will be called */
	bool folder, left_out;
	unsigned number;
};
struct space {
	uint8_t *p;
	size_t room;
};
struct bundle {
	struct job *job;
	enum bundle_names names;
	struct item *items;
	size_t count, room;
	struct space plain, packed;
};

struct bundle *bundle_new(struct job *job, enum bundle_names names)
{
	struct bundle *b = arena_alloc(job_arena(job), sizeof *b);

	*b = (struct bundle){ .job = job, .names = names };
	return b;
}

static bool ends_in(struct bytes path, const char *last)
{
	size_t n = strlen(last);

	return path.n >= n && strncasecmp((const char *)path.p + path.n - n, last, n) == 0 && (path.n == n || path.p[path.n - n - 1] == '/');
}

bool bundle_is_litter(struct bundle *b, struct bytes path)
{
	static const char *const files[] = { ".DS_Store", "Thumbs.db", "desktop.ini" };
	const uint8_t *slash = memrchr(path.p, '/', path.n);
	struct bytes last = slash ? bytes_of(slash + 1, (size_t)(path.p + path.n - slash - 1)) : path;
	bool litter = bytes_start(path, BYTES("__MACOSX/")) || (last.n > 2 && bytes_start(last, BYTES("._")));

	for (size_t i = 0; i < COUNT(files) && !litter; i++)
		litter = ends_in(path, files[i]);
	if (litter)
		job_removed(b->job, "H1", text_printable(job_arena(b->job), path, 120), 1);
	return litter;
}

/* "./a" is "a"; the name of the top folder itself is empty then. */
static struct bytes without_dots(struct bytes path)
{
	while (path.n >= 2 && path.p[0] == '.' && path.p[1] == '/')
		for (path.p += 2, path.n -= 2; path.n && path.p[0] == '/';)
			path.p++, path.n--;
	return path.n == 1 && path.p[0] == '.' ? bytes_of(path.p, 0) : path;
}

static int decode(struct bundle *b, struct item *item, bool cp932, struct err *err)
{
	bool ends_as_folder;

	if (member_name_decode(job_arena(b->job), item->raw, cp932, &item->came, err) < 0)
		return -1;
	if (b->names == BUNDLE_BACKSLASHES) {
		char *p = arena_copy(job_arena(b->job), item->came.p, item->came.n);
		for (size_t i = 0; i < item->came.n; i++)
			p[i] = p[i] == '\\' ? '/' : p[i];
		item->came.p = p;
	}
	return member_name_check(item->came, &ends_as_folder, err);
}

static struct item *new_item(struct bundle *b, struct bytes path, struct err *err)
{
	struct arena *arena = job_arena(b->job);

	if (path.n > PATH_MOST) {
		(void)!refuse(err, REFUSAL_BAD_NAME, "path of %zu bytes", path.n);
		return NULL;
	}
	if (b->count == b->room) {
		struct item *more = arena_new_array(arena, struct item, b->room = b->room ? b->room * 2 : 16);
		if (b->count)
			memcpy(more, b->items, b->count * sizeof *more);
		b->items = more;
	}
	struct item *item = &b->items[b->count];
	*item = (struct item){ .raw = arena_bytes(arena, path) };
	/* By itself for now, so that a name that climbs stops at once. */
	if (decode(b, item, b->names != BUNDLE_UTF8 && member_names_are_cp932(&item->raw, 1), err) < 0)
		return NULL;
	b->count++;
	return item;
}

int bundle_folder(struct bundle *b, struct bytes path, struct err *err)
{
	char slashed[PATH_MOST + 2];

	path = without_dots(path);
	if (path.n == 0)
		return 0;
	if (path.n > PATH_MOST)
		return refuse(err, REFUSAL_BAD_NAME, "path of %zu bytes", path.n);
	memcpy(slashed, path.p, path.n);
	if (path.p[path.n - 1] != '/')
		slashed[path.n] = '/', path.n++;
	struct item *item = new_item(b, bytes_of(slashed, path.n), err);
	if (!item)
		return -1;
	item->folder = true;
	return 0;
}

int bundle_begin(struct bundle *b, struct bytes path, struct err *err)
{
	struct item *item = new_item(b, without_dots(path), err);

	if (!item)
		return -1;
	const char *slash = strrchr(item->came.p, '/');
	struct text last = slash ? (struct text){ slash + 1, (size_t)(item->came.p + item->came.n - slash - 1) } : item->came;
	if (last.n == 0)
		return refuse(err, REFUSAL_DAMAGED, "folder with content");
	bool changed; /* the jail's own name of it is safe; how it will be called in the end is decided with all names at hand */
	return job_member_begin(b->job, name_safe(job_arena(b->job), bytes_of_text(last), &changed), NULL, err);
}

int bundle_add(void *bundle, struct bytes content, struct err *err)
{
	return job_member_add(((struct bundle *)bundle)->job, content, err);
}

int bundle_end(struct bundle *b, struct err *err)
{
	return job_member_end(b->job, &b->items[b->count - 1].number, err);
}

/* -- names -- */
/* Each component by itself; a folder keeps its '/' at the end. */
static struct text safe_path(struct job *job, struct text path)
{
	struct arena *arena = job_arena(job);
	struct buf b = buf_in(arena, 0);
	bool any = false;

	for (size_t from = 0, i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		if (i > from) {
			bool changed;
			buf_text(&b, name_safe(arena, bytes_of(path.p + from, i - from), &changed));
			any |= changed;
		}
		if (i < path.n)
			buf_byte(&b, '/');
		from = i + 1;
	}
	if (any)
		job_removed(job, "A4", text_printable(arena, bytes_of_text(path), 120), 1);
	const char *s = arena_copy(arena, b.p, b.n);
	return (struct text){ s, b.n };
}

static int name_all(struct bundle *b, struct err *err)
{
	struct arena *arena = job_arena(b->job);
	struct bytes *raw = arena_new_array(arena, struct bytes, b->count + 1);
	struct text *names = arena_new_array(arena, struct text, b->count + 1);

	for (size_t i = 0; i < b->count; i++)
		raw[i] = b->items[i].raw;
	bool cp932 = b->names != BUNDLE_UTF8 && member_names_are_cp932(raw, b->count);
	for (size_t i = 0; i < b->count; i++) {
		if (b->names != BUNDLE_UTF8 && decode(b, &b->items[i], cp932, err) < 0)
			return -1;
		names[i] = b->items[i].came;
	}
	if (member_names_differ(arena, names, b->count, err) < 0)
		return -1;
	for (size_t i = 0; i < b->count; i++)
		b->items[i].name = safe_path(b->job, b->items[i].came);
	return 0;
}

/* Another name for the same kind is no change: photo.jpeg stays photo.jpeg. */
static bool is_of_kind(struct text name, const char *extension)
{
	static const char *const same[][2] = { { "jpeg", "jpg" }, { "jpe", "jpg" }, { "jfif", "jpg" }, { "text", "txt" }, { "log", "txt" }, { "tsv", "csv" } };
	const char *dot = strrchr(name.p, '.');

	if (!dot || strchr(dot, '/'))
		return false;
	if (strcasecmp(dot + 1, extension) == 0)
		return true;
	for (size_t i = 0; i < COUNT(same); i++)
		if (strcasecmp(dot + 1, same[i][0]) == 0 && strcmp(extension, same[i][1]) == 0)
			return true;
	return false;
}

static struct text final_name(struct job *job, struct text path, const char *extension)
{
	struct arena *arena = job_arena(job);
	const char *slash = strrchr(path.p, '/');
	size_t folder = slash ? (size_t)(slash - path.p) + 1 : 0;

	if (is_of_kind(path, extension))
		return path;
	struct text last = name_with_extension(arena, (struct text){ path.p + folder, path.n - folder }, extension, true);
	const char *s = arena_printf(arena, "%.*s%s", (int)folder, path.p, last.p);
	return (struct text){ s, strlen(s) };
}

static bool is_taken(const struct item *items, size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (!items[i].left_out && strcasecmp(items[i].name.p, name.p) == 0)
			return true;
	return false;
}

/* "a.docm" and "a.docx" would both be a.docx: the later becomes "a (2).docx". */
static struct text free_name(struct job *job, const struct item *items, size_t count, struct text name)
{
	const char *slash = strrchr(name.p, '/'), *dot = strrchr(slash ? slash : name.p, '.');
	size_t stem = dot ? (size_t)(dot - name.p) : name.n;

	for (unsigned k = 2; is_taken(items, count, name); k++) {
		const char *s = arena_printf(job_arena(job), "%.*s (%u)%s", (int)stem, name.p, k, name.p + stem);
		struct text t = { s, strlen(s) };
		if (!is_taken(items, count, t))
			return t;
	}
	return name;
}

/* -- writing -- */
static uint8_t *room_for(struct bundle *b, struct space *space, size_t n)
{
	if (space->room < n) {
		uint8_t *p = arena_scratch(job_arena(b->job), MAX(n + n / 4, (size_t)64 * 1024));
		if (!p)
			return NULL;
		space->p = p, space->room = MAX(n + n / 4, (size_t)64 * 1024);
	}
	return space->p;
}

static bool is_text(const char *extension)
{
	return strcmp(extension, "txt") == 0 || strcmp(extension, "csv") == 0;
}

static int put_pieces(struct job *job, struct zip_writer *w, const struct item *item, enum zip_method method, struct err *err)
{
	const struct job_member *r = job_member_result(job, item->number);
	uint8_t piece[64 * 1024];

	if (zip_write_begin(w, item->name, method, err) < 0)
		return -1;
	for (uint64_t at = 0; at < r->size;) {
		size_t n = (size_t)MIN((uint64_t)sizeof piece, r->size - at);
		if (job_member_read(job, item->number, piece, n, at, err) < 0 || zip_write_add(w, bytes_of(piece, n), err) < 0)
			return -1;
		at += n;
	}
	return zip_write_end(w, err);
}

/* Text is packed; the other formats are packed inside already. */
static int put_item(struct bundle *b, struct zip_writer *w, const struct item *item, struct err *err)
{
	const struct job_member *r = job_member_result(b->job, item->number);

	if (!is_text(r->extension))
		return put_pieces(b->job, w, item, ZIP_STORED, err);
	if (r->size > WHOLE_MOST)
		return put_pieces(b->job, w, item, ZIP_DEFLATED, err);
	uint8_t *plain = room_for(b, &b->plain, (size_t)r->size + 1), *packed = room_for(b, &b->packed, zip_write_room((size_t)r->size));
	if (!plain || !packed)
		return refuse(err, REFUSAL_MEMORY, "no memory to pack a member");
	if (job_member_read(b->job, item->number, plain, (size_t)r->size, 0, err) < 0)
		return -1;
	return zip_write_member(w, item->name, ZIP_DEFLATED, bytes_of(plain, (size_t)r->size), packed, err);
}

/* -- what is left out -- */
/* Reasons that speak of one file alone, and that nobody can mend by handing the bundle in again. */
static bool is_of_one_file(enum refusal why)
{
	switch (why) {
	case REFUSAL_UNKNOWN_FORMAT: case REFUSAL_UNSUPPORTED_FORMAT: case REFUSAL_DAMAGED: case REFUSAL_NOT_TEXT: case REFUSAL_ACTIVE_TEXT: case REFUSAL_FEATURE:
	case REFUSAL_AMBIGUOUS_CHARSET: case REFUSAL_TOO_LARGE: case REFUSAL_NOT_CONVERTED: case REFUSAL_NO_CONVERTER: case REFUSAL_PROTECTED:
		return true;
	default:
		return false;
	}
}

static int refuse_whole(struct bundle *b, const struct item *item, enum refusal why, struct err *err)
{
	return refuse(err, REFUSAL_MEMBER_REFUSED, "%s: %s", text_printable(job_arena(b->job), bytes_of_text(item->came), 150), refusal_name(why));
}

static int check_results(struct bundle *b, size_t *left_out, struct err *err)
{
	size_t delivered = 0;
	const struct item *first = NULL;

	*left_out = 0;
	for (size_t i = 0; i < b->count; i++) {
		struct item *item = &b->items[i];
		if (item->folder)
			continue;
		const struct job_member *r = job_member_result(b->job, item->number);
		if (!r->delivered && !is_of_one_file(r->refusal))
			return refuse_whole(b, item, r->refusal, err);
		item->left_out = !r->delivered;
		if (item->left_out && ++*left_out == 1)
			first = item;
		delivered += r->delivered;
	}
	return first && delivered == 0 ? refuse_whole(b, first, job_member_result(b->job, first->number)->refusal, err) : 0;
}

/* A name as it may stand in a text: signs that begin a tag or a code of UTF-7 become their wide forms. */
static void list_name(struct buf *out, struct text name)
{
	for (size_t i = 0; i < name.n; i++) {
		const char *wide = name.p[i] == '<' ? "＜" : name.p[i] == '+' ? "＋" : NULL;
		if (wide)
			buf_str(out, wide);
		else
			buf_byte(out, (uint8_t)name.p[i]);
	}
}

/* The list of what is missing, and why: the mark makes every program read it as UTF-8. */
static int put_list(struct bundle *b, struct zip_writer *w, size_t left_out, struct err *err)
{
	struct arena *arena = job_arena(b->job);
	struct buf list = buf_in(arena, 0);
	struct text name = TEXT(BUNDLE_LIST);
	size_t listed = 0;

	buf_str(&list, "\xef\xbb\xbf次のファイルは、安全な形に作り直せなかったため、入っていません。必要なときは、送り主に送り直してもらってください。\r\n");
	for (size_t i = 0; i < b->count && listed < LISTED_MOST; i++) {
		const struct item *item = &b->items[i];
		if (!item->left_out)
			continue;
		listed++;
		buf_str(&list, "\r\n・");
		list_name(&list, item->name);
		buf_str(&list, "\r\n　");
		buf_str(&list, refusal_japanese(job_member_result(b->job, item->number)->refusal));
		buf_str(&list, "\r\n");
	}
	if (listed < left_out)
		buf_str(&list, arena_printf(arena, "\r\nこのほかに%zu件あります。\r\n", left_out - listed));
	uint8_t *packed = room_for(b, &b->packed, zip_write_room(list.n));
	if (!packed || !buf_ok(&list))
		return refuse(err, REFUSAL_MEMORY, "no memory for the list of what is missing");
	return zip_write_member(w, free_name(b->job, b->items, b->count, name), ZIP_DEFLATED, buf_view(&list), packed, err);
}

static void tell_left_out(struct bundle *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].left_out)
			job_removed(b->job, "H5", text_printable(job_arena(b->job), bytes_of_text(b->items[i].came), 150), 1);
	job_note(b->job, "FILES_LEFT_OUT");
}

int bundle_finish(struct bundle *b, struct err *err)
{
	struct zip_writer w;
	size_t left_out;

	if (name_all(b, err) < 0 || job_members_wait(b->job, err) < 0 || check_results(b, &left_out, err) < 0)
		return -1;
	zip_write_start(&w, b->job);
	for (size_t i = 0; i < b->count; i++) {
		struct item *item = &b->items[i];
		if (item->folder) {
			if (!is_taken(b->items, i, item->name) && zip_write_folder(&w, item->name, err) < 0)
				return -1;
			continue;
		}
		if (item->left_out)
			continue;
		item->name = free_name(b->job, b->items, i, final_name(b->job, item->name, job_member_result(b->job, item->number)->extension));
		if (put_item(b, &w, item, err) < 0)
			return -1;
	}
	if (left_out) {
		tell_left_out(b);
		if (put_list(b, &w, left_out, err) < 0)
			return -1;
	}
	return zip_write_finish(&w, err);
}
