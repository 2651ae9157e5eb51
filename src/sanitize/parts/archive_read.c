/* 書庫の読取り — contract in archive_read.h. */
#include "sanitize/parts/archive_read.h"
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <time.h>
#include <wchar.h>

enum { WINDOW = 64 * 1024, TAR_HEADER = 512 };

struct input {
	struct job *job;
	struct archive_source source;
	uint64_t at;
	uint8_t *window;
	struct err *err;
	bool failed;
};

void archive_prepare(void)
{
	wchar_t wide;
	char narrow[MB_LEN_MAX];

	setenv("TZ", "UTC0", 1);
	tzset();
	/* The first conversion looks for tables of the system; later ones do not. */
	if (setlocale(LC_CTYPE, "C.UTF-8") && mbtowc(&wide, "\xe9\x96\xa2", 3) == 3)
		(void)!wctomb(narrow, wide);
}

/* -- how the library reads -- */
static int read_job(void *self, void *to, size_t n, uint64_t at, struct err *err)
{
	return job_read(self, to, n, at, err);
}

static uint64_t left_of(const struct input *in)
{
	return in->source.size - MIN(in->source.size, in->at);
}

static la_ssize_t read_on(struct archive *a, void *self, const void **out)
{
	struct input *in = self;
	size_t n = (size_t)MIN((uint64_t)WINDOW, left_of(in));

	if (in->source.read(in->source.self, in->window, n, MIN(in->at, in->source.size), in->err) < 0) {
		in->failed = true;
		archive_set_error(a, EIO, "the input cannot be read");
		return -1;
	}
	in->at += n;
	*out = in->window;
	return (la_ssize_t)n;
}

static la_int64_t skip_on(struct archive *a, void *self, la_int64_t n)
{
	struct input *in = self;

	(void)a;
	n = n < 0 ? 0 : (la_int64_t)MIN((uint64_t)n, left_of(in));
	in->at += (uint64_t)n;
	return n;
}

static la_int64_t seek_to(struct archive *a, void *self, la_int64_t offset, int whence)
{
	struct input *in = self;
	int64_t from = whence == SEEK_CUR ? (int64_t)in->at : whence == SEEK_END ? (int64_t)in->source.size : 0;

	if (offset < -from || offset > INT64_MAX - from) {
		archive_set_error(a, EINVAL, "a place outside the archive");
		return ARCHIVE_FATAL;
	}
	in->at = (uint64_t)(from + offset);
	return (la_int64_t)in->at;
}

/* -- why it stops -- */
static bool says(const char *why, const char *const words[])
{
	for (; *words; words++)
		if (strcasestr(why, *words))
			return true;
	return false;
}

/* The library has sentences for people and few codes. */
static int refuse_of(struct archive *a, const struct input *in, struct err *err)
{
	static const char *const ciphers[] = { "encrypt", NULL };
	static const char *const features[] = { "unsupported", "not supported", "unknown codec", "unavailable", "isn't supported", NULL };
	static const char *const volumes[] = { "multivolume", "multi-volume", "multi volume", NULL };
	const char *why = archive_error_string(a) ? archive_error_string(a) : "no reason";

	if (in->failed)
		return -1;
	why = text_printable(job_arena(in->job), bytes_of(why, strlen(why)), 120);
	if (says(why, ciphers) || (archive_format(a) != 0 && archive_read_has_encrypted_entries(a) > 0)) /* before a format is chosen the library asks what lies behind its list */
		return refuse(err, REFUSAL_PROTECTED, "%s", why);
	if (archive_errno(a) == ENOMEM)
		return refuse(err, REFUSAL_MEMORY, "%s", why);
	return refuse(err, says(why, volumes) || says(why, features) ? REFUSAL_FEATURE : REFUSAL_DAMAGED, "%s", why);
}

/* -- one file inside -- */
static int add_zeros(struct bundle *b, uint64_t n, struct err *err)
{
	static const uint8_t zeros[4096];

	for (; n; n -= MIN(n, (uint64_t)sizeof zeros))
		if (bundle_add(b, bytes_of(zeros, (size_t)MIN(n, (uint64_t)sizeof zeros)), err) < 0)
			return -1;
	return 0;
}

/* Holes of sparse files are zeros, and count as such. */
static int add_content(struct archive *a, struct input *in, struct archive_entry *e, struct bundle *b, struct err *err)
{
	uint64_t given = 0;
	const void *p;
	size_t n;
	la_int64_t at;
	int got;

	while ((got = archive_read_data_block(a, &p, &n, &at)) == ARCHIVE_OK) {
		if (at < 0 || (uint64_t)at < given)
			return refuse(err, REFUSAL_DAMAGED, "content that goes back");
		if (add_zeros(b, (uint64_t)at - given, err) < 0 || bundle_add(b, bytes_of(p, n), err) < 0)
			return -1;
		given = (uint64_t)at + n;
	}
	if (got != ARCHIVE_EOF)
		return refuse_of(a, in, err);
	if (!archive_entry_size_is_set(e))
		return 0;
	uint64_t size = (uint64_t)archive_entry_size(e);
	if (given > size || (given < size && archive_entry_sparse_count(e) == 0))
		return refuse(err, REFUSAL_DAMAGED, "%llu bytes where %llu are announced", (unsigned long long)given, (unsigned long long)size);
	return add_zeros(b, size - given, err);
}

static int check_entry(struct archive *a, struct input *in, struct archive_entry *e, struct err *err)
{
	mode_t type = archive_entry_filetype(e);
	const char *path = archive_entry_pathname(e);

	if (archive_entry_is_encrypted(e) > 0 || archive_read_has_encrypted_entries(a) > 0)
		return refuse(err, REFUSAL_PROTECTED, "encrypted member");
	if (!path || !*path)
		return refuse(err, REFUSAL_BAD_NAME, "member without a name");
	if (archive_entry_hardlink(e) || archive_entry_symlink(e) || (type != 0 && type != AE_IFREG && type != AE_IFDIR))
		return refuse(err, REFUSAL_BAD_LINK, "%s is a link or a device", text_printable(job_arena(in->job), bytes_of(path, strlen(path)), 100));
	if (archive_entry_size_is_set(e) && (archive_entry_size(e) < 0 || (uint64_t)archive_entry_size(e) > job_unpack_left(in->job)))
		return refuse(err, REFUSAL_BOMB, "a member of %lld bytes", (long long)archive_entry_size(e));
	return 0;
}

static int take_entry(struct archive *a, struct input *in, struct archive_entry *e, struct bundle *b, struct err *err)
{
	if (check_entry(a, in, e, err) < 0)
		return -1;
	const char *p = archive_entry_pathname(e);
	struct bytes path = bytes_of(p, strlen(p));
	if (bundle_is_litter(b, path))
		return 0;
	if (archive_entry_filetype(e) == AE_IFDIR)
		return bundle_folder(b, path, err);
	if (bundle_begin(b, path, err) < 0 || add_content(a, in, e, b, err) < 0)
		return -1;
	return bundle_end(b, err);
}

/* "list.csv.gz" holds list.csv. */
static int take_stream(struct archive *a, struct input *in, struct archive_entry *e, struct bundle *b, struct err *err)
{
	struct text name = job_name(in->job);
	const char *dot = strrchr(name.p, '.');
	struct bytes path = bytes_of(name.p, dot && dot > name.p ? (size_t)(dot - name.p) : name.n);
	if (dot && strcasecmp(dot, ".svgz") == 0) /* one word for two things */
		path = bytes_of(name.p, name.n - 1);

	if (bundle_begin(b, path, err) < 0 || add_content(a, in, e, b, err) < 0)
		return -1;
	return bundle_end(b, err);
}

static int take_all(struct archive *a, struct input *in, void *bundle, struct err *err)
{
	struct bundle *b = bundle;
	struct archive_entry *e;
	int got;

	while ((got = archive_read_next_header(a, &e)) == ARCHIVE_OK || got == ARCHIVE_WARN)
		if ((archive_format(a) == ARCHIVE_FORMAT_RAW ? take_stream : take_entry)(a, in, e, b, err) < 0)
			return -1;
	return got == ARCHIVE_EOF ? 0 : refuse_of(a, in, err);
}

/* What to do with the opened archive. */
typedef int archive_use(struct archive *a, struct input *in, void *self, struct err *err);

static int with_archive(struct job *job, const struct archive_way *way, archive_use *use, void *self, struct err *err)
{
	struct input in = { .job = job, .source = way->source ? *way->source : (struct archive_source){ job_size(job), read_job, job }, .window = arena_alloc(job_arena(job), WINDOW), .err = err };
	struct archive *a = archive_read_new();

	if (!a)
		return refuse(err, REFUSAL_MEMORY, "no memory for the reader");
	for (size_t i = 0; way->supports[i]; i++)
		must(way->supports[i](a) == ARCHIVE_OK);
	archive_read_set_read_callback(a, read_on);
	archive_read_set_skip_callback(a, skip_on);
	archive_read_set_seek_callback(a, seek_to);
	archive_read_set_callback_data(a, &in);
	int got = archive_read_open1(a) == ARCHIVE_OK ? use(a, &in, self, err) : refuse_of(a, &in, err);
	archive_read_free(a);
	return got;
}

int archive_rebuild(struct job *job, const struct archive_way *way, struct err *err)
{
	struct bundle *b = bundle_new(job, way->names);
	int got = with_archive(job, way, take_all, b, err);

	if (got < 0 || bundle_finish(b, err) < 0)
		return -1;
	job_note(job, "ARCHIVE_AS_ZIP");
	job_converted(job, "zip");
	return 0;
}

/* Is there a tar in the stream? The library takes zeros for the end of one, and would lose a file that begins with them. */
static int look_inside(struct archive *a, struct input *in, void *is_tar, struct err *err)
{
	uint8_t head[TAR_HEADER];
	struct archive_entry *e;
	la_ssize_t n = 0;
	int got = archive_read_next_header(a, &e);

	if (got == ARCHIVE_OK)
		n = archive_read_data(a, head, sizeof head);
	if ((got != ARCHIVE_OK && got != ARCHIVE_EOF) || n < 0)
		return refuse_of(a, in, err);
	*(bool *)is_tar = probe_tar.probe(bytes_of(head, (size_t)n), (struct bytes){ NULL, 0 }, (uint64_t)n);
	return 0;
}

int archive_rebuild_stream(struct job *job, int (*filter)(struct archive *archive), struct err *err)
{
	int (*supports[])(struct archive *) = { filter, archive_read_support_format_raw, NULL };
	const struct archive_way way = { supports, BUNDLE_UNMARKED, NULL };
	bool is_tar = false;

	if (with_archive(job, &way, look_inside, &is_tar, err) < 0)
		return -1;
	if (is_tar)
		supports[1] = archive_read_support_format_tar;
	return archive_rebuild(job, &way, err);
}
