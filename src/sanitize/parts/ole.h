/* 複合ファイル（OLE2）— the container of doc, xls, ppt, msg, jtd and of encrypted documents: a strict, bounded reader of its directory and streams.
 *
 * Everything is checked when it is opened (threat C1): sectors within the file, no chain that turns back, no sector in two chains, no stream longer than its
 * chain, a directory that is a tree. It knows nothing of what the streams mean. */
#ifndef SANITIZE_PARTS_OLE_H
#define SANITIZE_PARTS_OLE_H
#include "base/arena.h"
#include "base/err.h"

enum ole_type { OLE_STORAGE = 1, OLE_STREAM = 2, OLE_ROOT = 5 };
struct ole_entry {
	struct text name; /* controls below U+0020 as they are: "\1CompObj" */
	enum ole_type type;
	uint32_t parent;  /* index of its storage; of the root 0 */
	uint32_t start;
	uint64_t size;
	uint8_t class_id[16];
	bool reached;	  /* stands in the tree; the others do not exist */
};
struct ole {
	struct arena *arena;
	struct bytes file;
	unsigned shift; /* of sectors: 9 or 12 */
	uint32_t sectors, fat_count, mini_count;
	uint32_t *fat, *mini;
	uint8_t *taken, *mini_taken; /* sectors of some chain */
	struct bytes mini_stream;
	uint64_t mini_cutoff;
	struct ole_entry *entries;
	uint32_t count;
};
enum { OLE_ENTRIES_MOST = 65536 };
#define OLE_NONE 0xffffffffu

/* The whole file; it must outlive the reader. -1: DAMAGED, TOO_MANY_PARTS. */
int ole_open(struct arena *arena, struct bytes file, struct ole *out, struct err *err) CHECK_RESULT;
/* Index of the entry of that name (case folded in ASCII) in the storage `parent`; OLE_NONE: there is none. The root is 0. */
uint32_t ole_find(const struct ole *ole, uint32_t parent, const char *name);
/* A stream's content: within the file where its sectors lie one behind the other, else a copy in the arena. -1: MEMORY. */
int ole_content(const struct ole *ole, uint32_t entry, struct bytes *out, struct err *err) CHECK_RESULT;
/* "Macros/VBA/dir", printable, for reports. */
const char *ole_path(const struct ole *ole, uint32_t entry);

#endif
