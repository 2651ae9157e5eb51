/* 最初のページの見た目 — GET /tickets/#/before.png, /tickets/#/after.png: pictures of the first page, from transferd, which judges who may see them, has them drawn
 * when they are asked for first, and journals each look. Where there is none the picture is a sentence that says so. article: s6.3.2b */
#include "transfer/pages/pictures_view.h"
#include "sanitize/format.h"
#include "transfer/client.h"
#include "web/pages.h"
#include "web/request.h"

enum { WIDTH = 320, HEIGHT = 120 };

struct pictures_view pictures_view_of(struct arena *arena, uint64_t ticket, struct bytes report, bool may_see)
{
	struct pictures_view v = { .number = ticket };
	struct json o;

	if (!may_see || report.n == 0 || json_read_loose(arena, report, &o, NULL) != 0 || o.kind != JSON_OBJECT)
		return v;
	v.shown = true;
	v.before = format_is_pictured(picture_format(&o, PICTURE_BEFORE));
	v.after = format_is_pictured(picture_format(&o, PICTURE_AFTER));
	v.locked = text_is(picture_format(&o, PICTURE_BEFORE), "locked");
	return v;
}

/* A sentence as a picture, where a picture is awaited. */
static int answer_sentence(struct request *r, unsigned status, const struct phrase lines[2])
{
	struct buf svg = buf_in(r->arena, 1024);

	buf_printf(&svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"15\">"
		   "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
	for (int i = 0; i < 2; i++)
		buf_printf(&svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#1a1a1a\">%s</text>", WIDTH / 2, 55 + 25 * i,
			   r->language == HTML_JAPANESE ? lines[i].ja : lines[i].en);
	buf_str(&svg, "</svg>");
	r->status = status;
	return answer_bytes(r, "image/svg+xml", buf_view(&svg));
}

static int show(struct request *r, bool after, struct err *err)
{
	static const struct phrase none[] = { { "このファイルは", "No picture" }, { "絵にできませんでした。", "could be made of this file." } };
	static const struct phrase later[] = { { "いまは絵を描けません。", "No picture can be drawn now." }, { "少し待って、開き直してください。", "Wait a little, then open the page again." } };
	struct bytes png;

	if (request_transferd(r, err) < 0)
		return -1;
	if (transfer_picture(r->transferd, r->token, r->number, after, r->arena, &png, err) == 0)
		return answer_bytes(r, "image/png", png);
	if (err->code == ERR_UNSUPPORTED)
		return answer_sentence(r, 404, none);
	return err->code == ERR_BUSY || err->code == ERR_TOO_MANY ? answer_sentence(r, 503, later) : -1;
}

int picture_before(struct request *r, struct html *o, struct err *err)
{
	(void)o;
	return show(r, false, err);
}

int picture_after(struct request *r, struct html *o, struct err *err)
{
	(void)o;
	return show(r, true, err);
}
