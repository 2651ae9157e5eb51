/* 誤りの伝え方 — contract in err.h. */
#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

static const struct {
	const char *name, *ja, *en;
} table[] = {
	[ERR_NONE] = { "NONE", "", "" },
#define ERR(code, ja, en) [ERR_##code] = { #code, ja, en },
#include "base/errors.def"
#undef ERR
};

int fail(struct err *err, enum err_code code, uint64_t at, const char *format, ...)
{
	if (err) {
		va_list args;
		err->code = code;
		err->at = at;
		va_start(args, format);
		vsnprintf(err->say, sizeof err->say, format, args);
		va_end(args);
	}
	return -1;
}

int fail_errno(struct err *err, enum err_code code, const char *format, ...)
{
	int why = errno;

	if (err) {
		va_list args;
		err->code = why == ENOSPC || why == EDQUOT ? ERR_FULL : code;
		err->at = (uint64_t)why;
		va_start(args, format);
		int n = vsnprintf(err->say, sizeof err->say, format, args);
		va_end(args);
		if (n >= 0 && (size_t)n < sizeof err->say)
			snprintf(err->say + n, sizeof err->say - (size_t)n, ": %s", strerror(why));
	}
	errno = why;
	return -1;
}

const char *err_name(enum err_code code) { return code < ERR_COUNT ? table[code].name : "UNKNOWN"; }
const char *err_japanese(enum err_code code) { return code < ERR_COUNT ? table[code].ja : table[ERR_BUG].ja; }
const char *err_english(enum err_code code) { return code < ERR_COUNT ? table[code].en : table[ERR_BUG].en; }

_Noreturn void die(const char *file, int line, const char *what)
{
	char say[300];
	int n = snprintf(say, sizeof say, "must(%s) failed at %s:%d\n", what, file, line);

	if (n > 0 && write(2, say, MIN((size_t)n, sizeof say - 1)) < 0) {
		/* nobody left to tell */
	}
	abort();
}
