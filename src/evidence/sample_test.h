/* 試験用の行 — journal rows, their records and salts as the store would keep them. Tests only. */
#ifndef EVIDENCE_SAMPLE_TEST_H
#define EVIDENCE_SAMPLE_TEST_H
#include "base/arena.h"
#include "base/check.h"
#include "base/file.h"
#include "evidence/journal_wire.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_ORIGIN "konpeki.example.lg.jp/sekisho/evidence"

/* Salt and record follow from the number, so that a test can make any row again. */
static inline void sample_salt(uint64_t no, uint8_t salt[ENTRY_SALT])
{
	sha256_of(bytes_of(&no, sizeof no), salt);
}

static inline struct bytes sample_record(struct arena *arena, uint64_t no)
{
	char *s = arena_printf(arena, "{\"name\":\"受渡 第%llu号\",\"ticket\":%llu}", (unsigned long long)no, (unsigned long long)no);
	return bytes_of(s, strlen(s));
}

static inline struct journal_row sample_row(struct arena *arena, const uint8_t epoch[ENTRY_EPOCH], uint64_t no, const char *event)
{
	struct entry e = { .no = no, .at = 1795425164 + (int64_t)no, .event = { event, strlen(event) }, .site = TEXT("konpeki-1") };
	struct journal_row row = { .no = no, .at = e.at, .event = e.event };
	uint8_t salt[ENTRY_SALT];

	sample_salt(no, salt);
	memcpy(e.epoch, epoch, ENTRY_EPOCH);
	entry_commit(salt, sample_record(arena, no), e.commit);
	must(entry_make(arena, &e, &row.entry, NULL) == 0);
	return row;
}

static inline struct journal_row *sample_rows(struct arena *arena, const uint8_t epoch[ENTRY_EPOCH], uint64_t first, size_t count)
{
	struct journal_row *rows = arena_new_array(arena, struct journal_row, count);

	for (size_t i = 0; i < count; i++)
		rows[i] = sample_row(arena, epoch, first + i, "ticket.opened");
	return rows;
}

static inline void remove_tree(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (d) {
		for (struct dirent *e; (e = readdir(d));)
			if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
				remove_tree(fd, e->d_name);
		closedir(d);
		unlinkat(dir, name, AT_REMOVEDIR);
	} else {
		unlinkat(dir, name, 0);
	}
}

/* A fresh folder; the caller removes it with remove_tree(AT_FDCWD, path). */
static inline char *temporary_folder(struct arena *arena)
{
	const char *base = getenv("TMPDIR");
	char *path = arena_printf(arena, "%s/sekisho-evidence-XXXXXX", base && *base ? base : "/tmp");

	must(mkdtemp(path) != NULL);
	return path;
}

#endif
