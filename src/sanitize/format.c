/* 形式・断る理由・上限の表 — contract in format.h: the tables made of the .def files, without any parser. */
#include "sanitize/format.h"
#include <stdarg.h>

const struct format formats[] = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) { #name, #family, #grammar, extension, media_type, ja, en },
#include "sanitize/formats/formats.def"
#undef FORMAT
	{ NULL },
};

const struct format *format_by_name(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static const struct {
	const char *name, *ja, *en;
} refusals[REFUSAL_COUNT] = {
	[REFUSAL_NONE] = { "NONE", "", "" },
#define REFUSAL(code, ja, en) [REFUSAL_##code] = { #code, ja, en },
#include "sanitize/refusals.def"
#undef REFUSAL
};

const char *refusal_name(enum refusal r) { return r < REFUSAL_COUNT ? refusals[r].name : "UNKNOWN"; }
const char *refusal_japanese(enum refusal r) { return refusals[r < REFUSAL_COUNT ? r : REFUSAL_WORKER_DIED].ja; }
const char *refusal_english(enum refusal r) { return refusals[r < REFUSAL_COUNT ? r : REFUSAL_WORKER_DIED].en; }

const struct format *format_of_output(const struct format *input, const char *extension)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->extension, extension) == 0 && (strcmp(f->name, f->grammar) == 0 || strcmp(f->name, f->extension) == 0))
			return f;
	return input;
}

int refuse(struct err *err, enum refusal reason, const char *format, ...)
{
	char say[sizeof err->say];
	va_list args;

	va_start(args, format);
	vsnprintf(say, sizeof say, format, args);
	va_end(args);
	return fail(err, ERR_REFUSED, reason, "%s", say);
}

const struct limit_row limit_rows[LIMIT_COUNT] = {
#define LIMIT(name, usual, ceiling, unit, ja, en) [LIMIT_##name] = { #name, usual, ceiling, unit, ja, en },
#include "sanitize/limits.def"
#undef LIMIT
};

struct limits limits_usual(void)
{
	struct limits l;

	for (size_t i = 0; i < LIMIT_COUNT; i++)
		l.most[i] = limit_rows[i].usual;
	return l;
}

bool format_is_pictured(struct text name)
{
#define DRAWN(format) text_is(name, #format) ||
#define PICTURED(format, kind) text_is(name, #format) ||
	return
#include "sanitize/pictured.def"
		false;
#undef PICTURED
#undef DRAWN
}
