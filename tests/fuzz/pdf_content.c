/* ファズ: PDFの描画命令 — what is written lies within the verifier's grammar, and a second pass changes nothing and drops nothing. */
#include "sanitize/grammars/pdf_streams.h"
#include "sanitize/parts/pdf_cmap.h"
#include "sanitize/parts/pdf_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct pdf_content first = { .arena = arena, .most = 1 << 20 }, second = first;
	size_t at;
	struct buf a = buf_in(arena, MOST), b = buf_in(arena, MOST);

	pdf_content_rewrite(&first, bytes_of(data, size), &a);
	if (!buf_ok(&a))
		return 0;
	pdf_content_rewrite(&second, buf_view(&a), &b);
	must(buf_ok(&b) && bytes_equal(buf_view(&a), buf_view(&b)));
	must(stream_is_content(buf_view(&a), '\n', &at));
	must(second.dropped == 0 && second.dropped_images == 0);

	a.n = b.n = 0;
	pdf_cmap_rewrite(arena, bytes_of(data, size), &a);
	if (!buf_ok(&a))
		return 0;
	pdf_cmap_rewrite(arena, buf_view(&a), &b);
	must(buf_ok(&b) && bytes_equal(buf_view(&a), buf_view(&b)));
	must(stream_is_cmap(buf_view(&a), &at));
	return 0;
}
