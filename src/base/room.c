/* ディスクの空き — contract in room.h. */
#include "base/room.h"
#include <sys/statvfs.h>

const char *room_event(enum room_level level)
{
	return level == ROOM_STOP ? "disk.full" : level == ROOM_SCARCE ? "disk.scarce" : "disk.enough";
}

bool room_judge(struct room *r, uint64_t free)
{
	uint64_t warn = r->warn, stop = r->stop;

	/* On the way back the limit is higher, or a level would come and go with every file. */
	if (r->level >= ROOM_SCARCE)
		warn += warn / 8;
	if (r->level == ROOM_STOP)
		stop += stop / 8;
	enum room_level now = free < stop ? ROOM_STOP : free < warn ? ROOM_SCARCE : ROOM_ENOUGH;
	bool changed = now != r->level;
	r->free = free;
	if (changed)
		r->level = now, r->told = false;
	return changed;
}

bool room_look(struct room *r, int folder)
{
	struct statvfs disk;

	if (fstatvfs(folder, &disk) != 0)
		return false; /* nothing is known: what was known stays */
	return room_judge(r, (uint64_t)disk.f_bavail * disk.f_frsize);
}
