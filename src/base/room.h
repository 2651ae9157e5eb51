/* ディスクの空き — how much room a folder's disk has, in three levels with a margin, so that acceptance stops before the disk is full and goes on by
 * itself. The limits are the caller's. */
#ifndef BASE_ROOM_H
#define BASE_ROOM_H
#include "base/err.h"

enum room_level { ROOM_ENOUGH, ROOM_SCARCE, ROOM_STOP };
struct room {
	uint64_t warn, stop; /* bytes free: fewer is SCARCE, fewer is STOP */
	enum room_level level;
	uint64_t free;
	bool told; /* the caller's: this level is on record */
};
/* Looks at the disk of the folder; true if the level has changed (told is false then). A better level is reached only an eighth above its limit. */
bool room_look(struct room *room, int folder);
/* The same for a known number of free bytes. */
bool room_judge(struct room *room, uint64_t free);
const char *room_event(enum room_level level); /* "disk.enough" "disk.scarce" "disk.full" */

#endif
