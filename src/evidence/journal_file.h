/* 記録の書出し — the journal rows of an export: one canonical JSON file for the rows of each entry bundle, journal/000.json, journal/x001/234.json.
 * {"rows":[{"at":"…Z","epoch":"hex","event":"…","no":N,"record":"canonical JSON","salt":"hex"} or {"at":…,"epoch":…,"erased":true,"event":…,"no":N}]}
 * Foreign bytes when read; pure. */
#ifndef EVIDENCE_JOURNAL_FILE_H
#define EVIDENCE_JOURNAL_FILE_H
#include "evidence/tile.h"

enum { JOURNAL_FILE_MOST = 64 * 1024 * 1024, RECORD_BYTES_MOST = 128 * 1024 };

struct export_row {
	uint64_t no;
	int64_t at;
	uint8_t epoch[ENTRY_EPOCH];
	struct text event;
	bool erased;		  /* lawfully: record and salt are gone */
	struct text record;	  /* canonical JSON, exactly the bytes that were committed to */
	uint8_t salt[ENTRY_SALT];
	size_t offset;		  /* reading: where the row begins in its file */
};

char *journal_path(char out[TILE_PATH], uint64_t index);
struct bytes journal_file_text(struct arena *arena, const struct export_row *rows, size_t count); /* count ≤ TILE_WIDTH */
int journal_file_read(struct arena *arena, struct bytes in, struct export_row rows[TILE_WIDTH], size_t *count, struct err *err) CHECK_RESULT;

#endif
