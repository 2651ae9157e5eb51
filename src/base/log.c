/* 動作ログ — contract in log.h. One write per line, so that lines of several processes do not mix. */
#include "base/log.h"
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static const char *program = "sekisho";
static int out = 2;
static enum log_level least = LOG_INFO;
static const char *const names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };

void log_open(const char *name, int fd)
{
	program = name;
	out = fd;
}

void log_least(enum log_level level)
{
	least = level;
}

void log_line(enum log_level level, const char *id, const char *format, ...)
{
	char line[1024];
	struct tm utc;
	time_t now = time(NULL);
	va_list args;

	if (level < least)
		return;
	gmtime_r(&now, &utc);
	size_t n = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
	n += (size_t)snprintf(line + n, sizeof line - n, "%s[%d] %s %s ", program, (int)getpid(), names[level], id);
	size_t start = n;
	va_start(args, format);
	int more = vsnprintf(line + n, sizeof line - n - 1, format, args);
	va_end(args);
	n += more > 0 ? MIN((size_t)more, sizeof line - n - 2) : 0;
	for (size_t i = start; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[n++] = '\n';
	if (write(out, line, n) < 0) {
		/* a log that cannot be written must not stop the service */
	}
}

void log_err(enum log_level level, const char *id, const char *words, const struct err *err)
{
	log_line(level, id, "%s: %s (%s at %llu)", words, err->say, err_name(err->code), (unsigned long long)err->at);
}
