#include "web/pages.h"
const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = COUNT(html_translations) - 1;
int main(void)
{
	struct arena *arena = arena_new(0);
	struct html o = html_begin(arena, HTML_JAPANESE, "00ff");
	page_t(&o, "");
	fwrite(o.out.p, 1, o.out.n, stdout);
	arena_free(arena);
	return 0;
}
