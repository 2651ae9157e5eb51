/* 保管庫 — contract in spool.h. Here: the folder, its names, and the keys of before. */
#include "base/copy.h"
#include "base/file.h"
#include "transfer/limits.h"
#include "transfer/spool_inside.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

const uint8_t spool_magic[MAGIC] = { 'S', 'K', 'S', 'P', 'O', 'O', 'L', '1' };
const char *const spool_folder_names[SPOOL_FOLDERS] = { "spool/in", "spool/out", "spool/uploads", "spool/pictures" };

int spool_make(int home, struct err *err)
{
	uint8_t key[SPOOL_KEY];
	struct err ours = { 0 };

	for (size_t i = 0; i < COUNT(spool_folder_names); i++)
		if (folder_make(home, spool_folder_names[i], 0700, err) != 0)
			return -1;
	random_bytes(key, sizeof key);
	int result = file_create(home, "spool/wrapping.key", bytes_of(key, sizeof key), 0600, &ours);
	secret_wipe(key, sizeof key);
	if (result != 0 && ours.code != ERR_CONFLICT) {
		*err = ours;
		return -1;
	}
	return 0;
}

bool spool_is_temporary(const char *name)
{
	size_t n = strlen(name), t = sizeof TEMPORARY - 1;
	return n > t && strcmp(name + n - t, TEMPORARY) == 0;
}

static int sweep(int folder, struct err *err)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; (e = readdir(d));)
		if (spool_is_temporary(e->d_name))
			unlinkat(folder, e->d_name, 0);
	closedir(d);
	return folder_sync(folder, err);
}

int spool_open(int home, struct spool **out, struct err *err)
{
	struct spool *s = calloc(1, sizeof *s);

	must(s && sodium_init() >= 0);
	for (size_t i = 0; i < COUNT(s->folders); i++)
		s->folders[i] = -1;
	s->keys.home = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->keys.home < 0) {
		fail_errno(err, ERR_IO, "cannot open the data folder");
		goto failed;
	}
	if (wrapping_keys_load(&s->keys, err) != 0)
		goto failed;
	if (folder_make(home, spool_folder_names[SPOOL_UPLOADS], 0700, err) != 0 || folder_make(home, spool_folder_names[SPOOL_PICTURES], 0700, err) != 0)
		goto failed;
	for (size_t i = 0; i < COUNT(spool_folder_names); i++) {
		s->folders[i] = openat(home, spool_folder_names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (s->folders[i] < 0) {
			fail_errno(err, ERR_IO, "cannot open %s", spool_folder_names[i]);
			goto failed;
		}
		if (sweep(s->folders[i], err) != 0)
			goto failed;
	}
	*out = s;
	return 0;
failed:
	spool_close(s);
	return -1;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < COUNT(s->folders); i++)
		if (s->folders[i] >= 0)
			close(s->folders[i]);
	wrapping_keys_wipe(&s->keys);
	fd_close_at(&s->keys.home);
	free(s);
}

int spool_folder(const struct spool *s) { return s->folders[SPOOL_IN]; }

int spool_has_room(struct spool *s, uint64_t bytes, struct err *err)
{
	struct statvfs disk;

	if (fstatvfs(s->folders[SPOOL_IN], &disk) != 0)
		return fail_errno(err, ERR_IO, "cannot ask how much room there is");
	uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (room < TRANSFER_RESERVE_BYTES_MOST || room - TRANSFER_RESERVE_BYTES_MOST < bytes)
		return fail(err, ERR_FULL, room, "the disk has room for %llu bytes", (unsigned long long)room);
	return 0;
}

int spool_copy(int home, int out, struct err *err)
{
	struct wrapping_keys keys = { .home = home };

	for (size_t i = SPOOL_IN; i <= SPOOL_OUT; i++) { /* what is on its way in is nobody's yet; pictures are drawn again */
		char name[32 + SPOOL_NAME_MOST];
		int folder = openat(home, spool_folder_names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = folder < 0 ? NULL : fdopendir(folder);
		int result = 0;
		if (!d)
			return fail_errno(err, ERR_IO, "cannot list %s", spool_folder_names[i]);
		for (struct dirent *e; result == 0 && (e = readdir(d));) {
			if (e->d_name[0] == '.' || spool_is_temporary(e->d_name) || strlen(e->d_name) > SPOOL_NAME_MOST)
				continue;
			snprintf(name, sizeof name, "%s/%.*s", spool_folder_names[i], SPOOL_NAME_MOST, e->d_name);
			result = copy_file(out, home, name, 0600, true, err);
		}
		closedir(d);
		if (result != 0)
			return -1;
	}
	/* The keys last: a file that was written meanwhile has its key among them. */
	if (wrapping_keys_load(&keys, err) != 0)
		return -1;
	size_t count = keys.count;
	wrapping_keys_wipe(&keys);
	for (size_t i = 0; i < count; i++)
		if (copy_file(out, home, keys.names[i], 0600, i > 0, err) != 0)
			return -1;
	return 0;
}

/* ---- keys of before ---- */

static int note_needed(struct spool *s, enum spool_folder folder, bool needed[SPOOL_KEYS_MOST], struct err *err)
{
	int again = openat(s->folders[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; (e = readdir(d));) {
		FD(fd) = e->d_name[0] == '.' ? -1 : openat(s->folders[folder], e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		size_t at = fd < 0 ? s->keys.count : spool_key_index(s, fd);
		if (at < s->keys.count)
			needed[at] = true;
	}
	closedir(d);
	return 0;
}

int spool_forget_keys(struct spool *s, unsigned *dropped, struct err *err)
{
	bool needed[SPOOL_KEYS_MOST] = { 0 };

	*dropped = 0;
	if (wrapping_keys_fresh(&s->keys, err) != 0)
		return -1;
	uint64_t inode = s->keys.inode;
	if (s->keys.count < 2)
		return 0;
	for (size_t i = 0; i < SPOOL_FOLDERS; i++)
		if (note_needed(s, (enum spool_folder)i, needed, err) != 0)
			return -1;
	if (s->keys.inode != inode)
		return 0; /* a rotation meanwhile: the numbers are others now */
	for (size_t i = s->keys.count; i-- > 1;) {
		if (needed[i])
			continue;
		if (wrapping_keys_drop(&s->keys, i, err) != 0)
			return -1;
		++*dropped;
	}
	return 0;
}

/* ---- names ---- */

int spool_rename(struct spool *s, enum spool_folder from_folder, const char *from, enum spool_folder to_folder, const char *to, struct err *err)
{
	if (renameat(s->folders[from_folder], from, s->folders[to_folder], to) != 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot rename %s to %s", from, to);
	/* The new name first: should the old one come back too, it leads to the same file. */
	if (folder_sync(s->folders[to_folder], err) != 0)
		return -1;
	return from_folder == to_folder ? 0 : folder_sync(s->folders[from_folder], err);
}

int spool_erase(struct spool *s, enum spool_folder folder, const char *name, struct err *err)
{
	static const uint8_t nothing[HEAD];
	FD(fd) = openat(s->folders[folder], name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(err, ERR_IO, "cannot open %s/%s", spool_folder_names[folder], name);
	if (pwrite(fd, nothing, sizeof nothing, 0) != sizeof nothing || fdatasync(fd) != 0)
		return fail_errno(err, ERR_IO, "cannot destroy the key of %s/%s", spool_folder_names[folder], name);
	if (unlinkat(s->folders[folder], name, 0) != 0)
		return fail_errno(err, ERR_IO, "cannot remove %s/%s", spool_folder_names[folder], name);
	return folder_sync(s->folders[folder], err);
}

bool spool_holds(struct spool *s, enum spool_folder folder, const char *name)
{
	return faccessat(s->folders[folder], name, F_OK, 0) == 0;
}

int spool_list(struct spool *s, enum spool_folder folder, struct arena *arena, struct spool_entry **out, size_t *count, struct err *err)
{
	int again = openat(s->folders[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	size_t n = 0, room = 64;
	struct spool_entry *rows = arena_new_array(arena, struct spool_entry, room);
	struct stat st;

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.' || spool_is_temporary(e->d_name) || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (n == room) {
			struct spool_entry *more = arena_new_array(arena, struct spool_entry, room *= 2);
			memcpy(more, rows, n * sizeof *rows);
			rows = more;
		}
		rows[n++] = (struct spool_entry){ arena_copy(arena, e->d_name, strlen(e->d_name)), st.st_mtim.tv_sec };
	}
	closedir(d);
	*out = rows, *count = n;
	return 0;
}
