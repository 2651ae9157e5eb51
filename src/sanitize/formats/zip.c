/* ZIP書庫 — every member is handed out, rebuilt and verified by jails of its own kind, and comes back into a plain archive: UTF-8 names that
 * are safe (A4), no comments, no times. One member that cannot be made safe and nothing is delivered: a clerk must not guess what is
 * missing. The refusal names it. Folders stay, empty ones too; the litter of operating systems goes.
 * article: s6.3.2b; threats A3, A4, H1, H4. */
#include "base/text.h"
#include "sanitize/name.h"
#include "sanitize/parts/zip_read.h"
#include "sanitize/parts/zip_write.h"

enum { WHOLE_MOST = 16 << 20 };

struct item {
	const struct zip_member *member;
	struct text name; /* as it will be called */
	unsigned number;
};

static bool is_litter(struct text name)
{
	static const char *const files[] = { ".DS_Store", "Thumbs.db", "desktop.ini" };
	const char *slash = strrchr(name.p, '/'), *last = slash ? slash + 1 : name.p;

	for (size_t i = 0; i < COUNT(files); i++)
		if (strcasecmp(last, files[i]) == 0)
			return true;
	return strncmp(name.p, "__MACOSX/", 9) == 0;
}

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

static int add_piece(void *job, struct bytes content, struct err *err)
{
	return job_member_add(job, content, err);
}

static int hand_out(struct job *job, struct zip *zip, struct item *item, struct err *err)
{
	const char *slash = strrchr(item->name.p, '/');
	struct text last = slash ? (struct text){ slash + 1, (size_t)(item->name.p + item->name.n - slash - 1) } : item->name;

	if (job_member_begin(job, last, NULL, err) < 0 || zip_stream(zip, item->member, add_piece, job, err) < 0)
		return -1;
	return job_member_end(job, &item->number, err);
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
		if (strcasecmp(items[i].name.p, name.p) == 0)
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
static int put_item(struct job *job, struct zip *zip, struct zip_writer *w, const struct item *item, struct zip_space spaces[2], struct err *err)
{
	const struct job_member *r = job_member_result(job, item->number);

	if (!is_text(r->extension))
		return put_pieces(job, w, item, ZIP_STORED, err);
	if (r->size > WHOLE_MOST)
		return put_pieces(job, w, item, ZIP_DEFLATED, err);
	uint8_t *plain = zip_space_room(zip, &spaces[0], (size_t)r->size + 1);
	uint8_t *packed = zip_space_room(zip, &spaces[1], zip_write_room((size_t)r->size));
	if (!plain || !packed)
		return refuse(err, REFUSAL_MEMORY, "no memory to pack a member");
	if (job_member_read(job, item->number, plain, (size_t)r->size, 0, err) < 0)
		return -1;
	return zip_write_member(w, item->name, ZIP_DEFLATED, bytes_of(plain, (size_t)r->size), packed, err);
}

static int check_results(struct job *job, struct item *items, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].member->folder)
			continue;
		const struct job_member *r = job_member_result(job, items[i].number);
		if (!r->delivered)
			return refuse(err, REFUSAL_MEMBER_REFUSED, "%s: %s", text_printable(job_arena(job), bytes_of_text(items[i].member->name), 150),
				      refusal_name(r->refusal));
	}
	return 0;
}

int zip_rebuild(struct job *job, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct zip zip;
	struct zip_writer w;
	struct zip_space spaces[2] = { { 0 } };
	size_t count = 0;

	if (zip_open(job, &zip, err) < 0)
		return -1;
	struct item *items = arena_new_array(arena, struct item, zip.count + 1);
	for (size_t i = 0; i < zip.count; i++) {
		const struct zip_member *m = &zip.members[i];
		if (is_litter(m->name)) {
			job_removed(job, "H1", text_printable(arena, bytes_of_text(m->name), 120), 1);
			continue;
		}
		struct item *item = &items[count++];
		item->member = m, item->name = safe_path(job, m->name);
		if (!m->folder && hand_out(job, &zip, item, err) < 0)
			return -1;
	}
	if (job_members_wait(job, err) < 0 || check_results(job, items, count, err) < 0)
		return -1;
	zip_write_start(&w, job);
	for (size_t i = 0; i < count; i++) {
		if (items[i].member->folder) {
			if (!is_taken(items, i, items[i].name) && zip_write_folder(&w, items[i].name, err) < 0)
				return -1;
			continue;
		}
		items[i].name = free_name(job, items, i, final_name(job, items[i].name, job_member_result(job, items[i].number)->extension));
		if (put_item(job, &zip, &w, &items[i], spaces, err) < 0)
			return -1;
	}
	return zip_write_finish(&w, err);
}
