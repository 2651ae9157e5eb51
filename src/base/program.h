/* よその命令 — runs a program of the machine (nft, ip …) and takes what it writes. Never through a shell with words from outside. */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H
#include "base/arena.h"
#include "base/err.h"

struct program {
	const char *const *argv; /* ended by NULL; looked for in /usr/sbin:/usr/bin:/sbin:/bin */
	struct bytes input;	 /* its standard input */
	bool apart;		 /* in a network namespace of its own, which dies with it, behind a wall that lets it read programs and libraries only */
	size_t most;		 /* bytes of its output; more is ERR_LIMIT */
	unsigned seconds;	 /* then it is ended: ERR_LIMIT; 0: it may take as long as it likes */
};
/* *out: its standard output, whole. ERR_NOT_FOUND: there is no such program. ERR_INVALID: it ended badly, the sentence quotes its first line of complaint. */
int program_run(struct arena *arena, const struct program *program, struct bytes *out, struct err *err) CHECK_RESULT;
/* This process into a network namespace of its own; as an ordinary user inside a user namespace, where it is root of that network only. −1 and errno. */
int program_apart(void) CHECK_RESULT;

#endif
