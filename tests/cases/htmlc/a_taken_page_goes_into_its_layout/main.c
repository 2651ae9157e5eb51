#include "web/pages.h"
const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = COUNT(html_translations) - 1;
int main(void)
{
	struct arena *arena = arena_new(0);
	struct html o = html_begin(arena, HTML_JAPANESE, "00ff");
	html_raw(&o, "<p>", 3); html_text(&o, "<"); html_raw(&o, "</p>", 4);
	struct html_safe s = html_take(&o);
	page_t(&o, s);
	fwrite(o.out.p, 1, o.out.n, stdout);
	arena_free(arena);
	return 0;
}
