/* 家を写す — contract in copying.h. */
#include "cli/copying.h"
#include "base/code.h"
#include "base/copy.h"
#include "base/cursor.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECKPOINT_HEAD = 512, DEPTH_MOST = 8 };
#define CHECKPOINT "evidence/log/checkpoint"

static const char *const processes[] = { "evidenced", "recordd", "authd", "transferd" };
static const char *const own_folders[] = { "trust", "policy", "backup", "sample" };

struct stream {
	struct copying *c;
	bool is_checkpoint;
	uint8_t head[CHECKPOINT_HEAD];
	size_t n;
};

static int file_begins(void *self, const char *name, unsigned mode, struct err *err)
{
	struct stream *s = self;

	s->is_checkpoint = strcmp(name, CHECKPOINT) == 0;
	s->n = 0;
	if (s->c->told)
		s->c->told(s->c->self, name, s->c->bytes);
	return vault_file(s->c->to, name, mode, err);
}

static int file_goes_on(void *self, struct bytes b, struct err *err)
{
	struct stream *s = self;

	if (s->is_checkpoint) {
		size_t n = MIN(b.n, sizeof s->head - s->n);
		memcpy(s->head + s->n, b.p, n);
		s->n += n;
	}
	s->c->bytes += b.n;
	return vault_data(s->c->to, b, err);
}

static int file_ends(void *self, struct err *err)
{
	struct stream *s = self;

	if (s->is_checkpoint) {
		struct cursor c = cursor_over(bytes_of(s->head, s->n));
		cursor_line(&c);
		struct bytes size = cursor_line(&c);
		if (c.failed || decimal_decode(size, INT64_MAX, &s->c->entries, err) != 0)
			return fail(err, ERR_MALFORMED, 0, "the checkpoint of the evidence log is malformed");
	}
	return vault_file_end(s->c->to, err);
}

static int copy_process(struct copying *c, const struct house *h, const char *name, struct err *err)
{
	const char *const arguments[2] = { [0] = "--copy" };
	struct stream s = { .c = c };
	struct copy_sink sink = { file_begins, file_goes_on, file_ends, &s };
	struct house_task task;
	struct err ended;

	if (house_task_start(name, h->inside_home, h->inside_programs, h->one_uid, arguments, (struct bytes){ NULL, 0 }, &task, err) != 0)
		return -1;
	int result = copy_read(task.out, &sink, err);
	if (house_task_end(&task, &ended) != 0 && result == 0) {
		*err = ended;
		return -1;
	}
	return result;
}

/* Files of a folder of the operator's, by name; links and devices are none of ours. */
static int copy_folder(struct stream *s, int home, const char *folder, unsigned depth, struct err *err)
{
	ARENA(arena) = arena_new(0);
	int fd = openat(home, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), result = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return errno == ENOENT ? 0 : fail_errno(err, ERR_IO, "cannot list %s", folder);
	for (struct dirent *e; result == 0 && (e = readdir(d));) {
		struct stat st;
		struct bytes content;
		const char *path = arena_printf(arena, "%s/%s", folder, e->d_name);
		if (e->d_name[0] == '.' || strstr(e->d_name, ".new") || !copy_name_is_good(path) || fstatat(home, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MOST)
			result = copy_folder(s, home, path, depth + 1, err);
		else if (S_ISREG(st.st_mode)) {
			result = file_read(arena, home, path, (size_t)64 << 20, &content, err);
			if (result == 0 && (file_begins(s, path, st.st_mode & 0777, err) != 0 || file_goes_on(s, content, err) != 0 || file_ends(s, err) != 0))
				result = -1;
		}
	}
	closedir(d);
	return result;
}

int copying(struct copying *c, const struct house *h, struct err *err)
{
	struct stream s = { .c = c };

	for (size_t i = 0; i < COUNT(processes); i++)
		if (copy_process(c, h, processes[i], err) != 0)
			return -1;
	FD(home) = open(h->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home < 0)
		return fail_errno(err, ERR_IO, "cannot open %s", h->home);
	for (size_t i = 0; i < COUNT(own_folders); i++)
		if (copy_folder(&s, home, own_folders[i], 0, err) != 0)
			return -1;
	return 0;
}
