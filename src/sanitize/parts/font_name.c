/* 書体と字形の名前 — contract in font.h. */
#include "sanitize/parts/font.h"

bool font_is_name(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || strchr("()<>[]{}/%", name.p[i]))
			return false;
	return name.n > 0 && name.n <= FONT_NAME_MOST;
}
