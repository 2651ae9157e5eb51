/* QRコード — contract in qr.h: one path of dark squares on white, four squares of quiet zone. */
#include "web/qr.h"
#include "base/buf.h"
#include <qrencode.h>

enum { QUIET = 4 };

int qr_svg(struct arena *arena, struct text content, struct bytes *out, struct err *err)
{
	QRcode *code = QRcode_encodeString8bit(content.p, 0, QR_ECLEVEL_M);
	struct buf b = buf_in(arena, 0);

	if (!code)
		return fail(err, ERR_LIMIT, content.n, "the text does not fit into a QR code");
	int side = code->width + 2 * QUIET;
	buf_printf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
		   "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"", side, side, side, side);
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			if (code->data[y * code->width + x] & 1)
				buf_printf(&b, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
	buf_str(&b, "\"/></svg>");
	QRcode_free(code);
	*out = buf_view(&b);
	return 0;
}
