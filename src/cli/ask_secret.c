/* 秘密の入力 — contract in ask_secret.h. */
#include "cli/ask_secret.h"
#include "base/hash.h"
#include <stdio.h>
#include <string.h>
#include <termios.h>

int ask_secret(struct arena *arena, const char *ask, struct text *out, struct err *err)
{
	struct termios shown, hidden;
	bool terminal = tcgetattr(0, &shown) == 0;
	char line[ASK_SECRET_MOST + 2];

	if (terminal) {
		fprintf(stderr, "%s: ", ask);
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(0, TCSAFLUSH, &hidden);
	}
	bool got = fgets(line, sizeof line, stdin) != NULL;
	if (terminal) {
		tcsetattr(0, TCSAFLUSH, &shown);
		fprintf(stderr, "\n");
	}
	if (!got)
		return fail(err, ERR_CUT_SHORT, 0, "nothing was typed");
	int result = text_from_utf8(arena, bytes_of(line, strcspn(line, "\r\n")), out, err);
	secret_wipe(line, sizeof line);
	return result;
}
