#include "web/pages.h"
const struct html_translation html_translations[] = { { "{0} 名", "{0} people & more" }, { "{0}から{1}へ", "To {1} from {0}" }, { "開く", "Open \"it\"" }, { "", "" } };
const size_t html_translations_count = COUNT(html_translations) - 1;
int main(void)
{
	struct arena *arena = arena_new(0);
	struct html o = html_begin(arena, HTML_ENGLISH, "00ff");
	page_t(&o, "<3>");
	fwrite(o.out.p, 1, o.out.n, stdout);
	arena_free(arena);
	return 0;
}
