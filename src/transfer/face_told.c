/* 画面の設定の記録 — a face has no way to recordd (the Internet one must not have one): what it read of settings and certificate becomes a row here. A face
 * that goes wild fills no journal: so many an hour. article: s6.6a */
#include "base/clock.h"
#include "base/json.h"
#include "transfer/transferd.h"

static int may_tell(struct transferd *t, unsigned face, struct err *err)
{
	int64_t hour = clock_now() / 3600;

	if (t->told[face].hour != hour)
		t->told[face].hour = hour, t->told[face].rows = 0;
	if (t->told[face].rows++ < TRANSFER_FACE_ROWS_MOST)
		return 0;
	return fail(err, ERR_TOO_MANY, face, "more than %d readings of settings in this hour", TRANSFER_FACE_ROWS_MOST);
}

static int journal(struct exchange *x, struct err *err)
{
	struct json read, *content = json_object(x->arena);
	struct store_process_event report = { .event = TEXT("face.configured") };
	int result;

	if (json_read(x->arena, bytes_of_text(x->asked.query), &read, err) != 0)
		return -1;
	if (read.kind != JSON_OBJECT)
		return fail(err, ERR_MALFORMED, 0, "what a face tells is a JSON object");
	json_set_str(x->arena, content, "face", x->face == FACE_OFFICE ? "office" : "internet");
	json_set(x->arena, content, "read", &read);
	report.content = json_bytes(x->arena, content);
	STORE_ASK(result, &x->transferd->recordd, x->arena, process_event, &report, NULL, err);
	return result;
}

void face_configured(struct exchange *x)
{
	struct err err = { 0 };

	if (may_tell(x->transferd, x->face, &err) != 0 || journal(x, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	exchange_reply(x, &m);
}
