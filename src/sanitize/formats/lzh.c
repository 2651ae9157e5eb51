/* LZH書庫 — lh0 to lh7, lz4, lz5, lzs, levels 0 to 3, unpacked by lhasa and delivered as a plain ZIP. Names are taken from the headers themselves:
 * the library takes every byte 5C for a separator, but in CP932 it is half of 表 and ソ. Refused: links, names that climb, checksums that do not fit,
 * methods that nobody writes any more (pm1, pm2). article: s6.3.2b; threats A2, A3, H2, H4. */
#include "base/cursor.h"
#include "sanitize/parts/bundle.h"
#include <lhasa.h>

enum {
	WINDOW = 64 * 1024,
	LEVEL_AT = 20,
	NAME_AT = 21,	/* levels 0 and 1: length and name */
	EXTENSIONS_2 = 24,
	EXTENSIONS_3 = 28,
	EXTENSION_NAME = 1,
	EXTENSION_FOLDER = 2,
	EXTENSION_VOLUMES = 0x39,
};

struct input {
	struct job *job;
	uint64_t at;
};
struct names {
	struct bytes name, folder;
	bool volumes;
};

static int read_on(void *self, void *to, size_t n)
{
	struct input *in = self;
	struct err err;

	n = (size_t)MIN((uint64_t)n, job_size(in->job) - in->at);
	if (job_read(in->job, to, n, in->at, &err) < 0)
		return -1;
	in->at += n;
	return (int)n;
}

static int skip_on(void *self, size_t n)
{
	struct input *in = self;

	if (n > job_size(in->job) - in->at)
		return 0;
	in->at += n;
	return 1;
}

/* -- names -- */
/* Each extension says how long the next is; the length counts itself. */
static void take_extensions(struct cursor *c, bool wide, struct names *out)
{
	size_t field = wide ? 4 : 2;

	for (uint64_t n = wide ? cursor_u32le(c) : cursor_u16le(c); n > field && !c->failed; n = wide ? cursor_u32le(c) : cursor_u16le(c)) {
		struct bytes e = cursor_bytes(c, (size_t)n - field);
		if (e.n == 0)
			break;
		struct bytes content = bytes_of(e.p + 1, e.n - 1);
		if (e.p[0] == EXTENSION_NAME)
			out->name = content;
		else if (e.p[0] == EXTENSION_FOLDER)
			out->folder = content;
		else if (e.p[0] == EXTENSION_VOLUMES)
			out->volumes = true;
	}
}

static void take_names(const LHAFileHeader *h, struct names *out)
{
	struct cursor c = cursor_over(bytes_of(h->raw_data, h->raw_data_len));

	*out = (struct names){ { 0 } };
	if (h->header_level < 2) {
		cursor_take(&c, NAME_AT);
		out->name = cursor_bytes(&c, cursor_u8(&c));
		if (h->header_level == 1) {
			cursor_take(&c, 3); /* checksum, system */
			take_extensions(&c, false, out);
		}
	} else {
		cursor_take(&c, h->header_level == 2 ? EXTENSIONS_2 : EXTENSIONS_3);
		take_extensions(&c, h->header_level == 3, out);
	}
}

/* The folder's parts are separated by FF, which is no part of a character; '\' waits until the encoding is known (bundle.h). */
static struct bytes path_of(struct arena *arena, const struct names *n)
{
	uint8_t *p = arena_alloc(arena, n->folder.n + n->name.n + 2);
	size_t k = n->folder.n, name = strnlen((const char *)n->name.p ? (const char *)n->name.p : "", n->name.n);

	if (k)
		memcpy(p, n->folder.p, k);
	for (size_t i = 0; i < k; i++)
		p[i] = p[i] == 0xff ? '/' : p[i];
	if (k && name && p[k - 1] != '/')
		p[k++] = '/';
	if (name)
		memcpy(p + k, n->name.p, name);
	return bytes_of(p, k + name);
}

/* -- content -- */
static uint16_t crc16(uint16_t crc, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
	}
	return crc;
}

static int add_content(LHAReader *reader, const LHAFileHeader *h, struct bundle *b, uint8_t *window, struct err *err)
{
	uint64_t given = 0;
	uint16_t crc = 0;

	for (size_t n; (n = lha_reader_read(reader, window, WINDOW)) > 0; given += n) {
		if (bundle_add(b, bytes_of(window, n), err) < 0)
			return -1;
		crc = crc16(crc, window, n);
	}
	if (given != h->length || crc != h->crc)
		return refuse(err, REFUSAL_DAMAGED, "wrong length or checksum (%s)", h->compress_method);
	return 0;
}

static bool is_read(const char *method)
{
	static const char *const methods[] = { "-lh0-", "-lh1-", "-lh4-", "-lh5-", "-lh6-", "-lh7-", "-lz4-", "-lz5-", "-lzs-" };

	for (size_t i = 0; i < COUNT(methods); i++)
		if (strcmp(methods[i], method) == 0)
			return true;
	return false;
}

static int take_member(struct job *job, LHAReader *reader, const LHAFileHeader *h, struct bundle *b, uint8_t *window, struct err *err)
{
	struct names names;

	take_names(h, &names);
	struct bytes path = path_of(job_arena(job), &names);
	if (h->symlink_target)
		return refuse(err, REFUSAL_BAD_LINK, "%s is a link", text_printable(job_arena(job), path, 100));
	if (names.volumes)
		return refuse(err, REFUSAL_FEATURE, "one of several volumes");
	if (path.n == 0)
		return refuse(err, REFUSAL_BAD_NAME, "member without a name");
	if (bundle_is_litter(b, path))
		return 0;
	if (strcmp(h->compress_method, "-lhd-") == 0)
		return bundle_folder(b, path, err);
	if (!is_read(h->compress_method))
		return refuse(err, REFUSAL_FEATURE, "method %s is not read", text_printable(job_arena(job), bytes_of(h->compress_method, 5), 20));
	if (h->length > job_unpack_left(job))
		return refuse(err, REFUSAL_BOMB, "a member of %zu bytes", h->length);
	if (bundle_begin(b, path, err) < 0 || add_content(reader, h, b, window, err) < 0)
		return -1;
	return bundle_end(b, err);
}

/* The library stops at the end and at what it cannot read alike: a zero byte or nothing must stand where it stopped. */
static int check_end(struct job *job, uint64_t end, struct err *err)
{
	uint8_t next = 0;

	if (end > job_size(job))
		return refuse(err, REFUSAL_DAMAGED, "a member is cut short");
	if (end < job_size(job) && job_read(job, &next, 1, end, err) < 0)
		return -1;
	if (next != 0)
		return refuse(err, REFUSAL_DAMAGED, "no header where the next should be");
	if (end + 1 < job_size(job))
		job_removed(job, "A2", "", 1);
	return 0;
}

static int take_all(struct job *job, LHAReader *reader, struct bundle *b, struct err *err)
{
	uint8_t *window = arena_alloc(job_arena(job), WINDOW);
	uint64_t end = 0;
	LHAFileHeader *h;

	lha_reader_set_dir_policy(reader, LHA_READER_DIR_PLAIN);
	while ((h = lha_reader_next_file(reader))) {
		end += h->raw_data_len + h->compressed_length;
		if (take_member(job, reader, h, b, window, err) < 0)
			return -1;
	}
	return check_end(job, end, err);
}

int lzh_rebuild(struct job *job, struct err *err)
{
	static const LHAInputStreamType type = { .read = read_on, .skip = skip_on };
	struct input in = { .job = job };
	struct bundle *b = bundle_new(job, BUNDLE_BACKSLASHES);
	LHAInputStream *stream = lha_input_stream_new(&type, &in);
	LHAReader *reader = stream ? lha_reader_new(stream) : NULL;
	int got = reader ? take_all(job, reader, b, err) : refuse(err, REFUSAL_MEMORY, "no memory for the reader");

	if (reader)
		lha_reader_free(reader);
	if (stream)
		lha_input_stream_free(stream);
	if (got < 0 || bundle_finish(b, err) < 0)
		return -1;
	job_note(job, "ARCHIVE_AS_ZIP");
	job_converted(job, "zip");
	return 0;
}
