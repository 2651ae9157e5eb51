/* ファイルを渡す — GET and POST /hand-in, GET /addressees: the Internet side. It knows no store: transferd answers for this person and nothing else. A
 * file goes straight from the browser's bytes into transferd's pipe. The plain form sends its files at once; a browser with scripts has sent them
 * before, in parts (uploads.c), and names them here. article: s6.3.2b */
#include "transfer/pages/hand_in.h"
#include "base/code.h"
#include "base/json.h"
#include "store/client.h"
#include "transfer/pages/part_flow.h"
#include "web/pages.h"
#include "web/request.h"

struct upload {
	struct part_flow flow;
	uint8_t ids[TRANSFER_FILES_MOST * TRANSFER_UPLOAD_ID];
	size_t count;
};

void hand_in_drop(struct request *r)
{
	struct upload *u = r->upload;

	part_flow_close(&u->flow);
}

bool upload_id_read(struct text hex, uint8_t id[TRANSFER_UPLOAD_ID])
{
	return hex_decode(bytes_of_text(hex), id, TRANSFER_UPLOAD_ID, NULL) == 0;
}

/* The uploads that the form names; those which are not here as a whole are left out. */
static void find_kept(struct request *r, struct hand_in_view *v)
{
	for (size_t i = 0; i < r->form.count && v->kept_count < TRANSFER_FILES_MOST; i++) {
		uint8_t id[TRANSFER_UPLOAD_ID];
		struct transfer_upload_state state;
		struct kept_upload *k = &v->kept[v->kept_count];
		if (!text_is(r->form.rows[i].name, "upload") || !upload_id_read(r->form.rows[i].value, id) ||
		    transfer_upload_state(r->transferd, r->token, id, r->arena, &state, NULL) != 0 || !state.complete)
			continue;
		hex_put(k->hex, bytes_of(id, sizeof id));
		k->name = state.name, k->bytes = state.bytes;
		v->kept_count++;
	}
}

/* A ticket of this person's that was refused or sent back lends its addressee and purpose; another's is not known here. */
static void take_from(struct request *r, struct hand_in_view *v)
{
	struct transfer_ticket ticket;
	struct bytes report;
	uint64_t number;

	if (decimal_decode(bytes_of_text(fields_first(&r->query, "again")), INT64_MAX, &number, NULL) != 0 ||
	    transfer_my_ticket(r->transferd, r->token, false, number, r->arena, &ticket, &report, NULL) != 0)
		return;
	v->query = v->addressee = ticket.addressee, v->purpose = ticket.purpose;
}

static int show_form(struct request *r, struct html *o, struct phrase say, const char *more, struct err *err)
{
	bool again = r->is_post;
	struct hand_in_view v = { .say = say, .say_more = { more, strlen(more) }, .addressee = form_value(r, "addressee"),
				  .purpose = form_value(r, "purpose"), .charset = form_value(r, "charset") };

	v.query = again ? form_value(r, "query") : fields_first(&r->query, "query");
	if (!again) { /* what was typed before the search for the addressee */
		v.purpose = fields_first(&r->query, "purpose");
	}
	if (request_transferd(r, err) < 0)
		return -1;
	if (!again && fields_has(&r->query, "again"))
		take_from(r, &v);
	if (transfer_hand_in_form(r->transferd, r->token, v.query, r->arena, &v.form, err) != 0)
		return -1;
	if (v.addressee.n == 0 && v.query.n > 0 && v.form.people.count == 1)
		v.addressee = v.form.people.rows[0].number; /* found exactly whom they looked for */
	find_kept(r, &v);
	page_hand_in(o, &v);
	return 0;
}

int hand_in(struct request *r, struct html *o, struct err *err)
{
	struct err why = { 0 };

	if (show_form(r, o, (struct phrase){ NULL, NULL }, "", &why) == 0)
		return 0;
	if (why.code == ERR_NOT_FOUND)
		r->say = (struct phrase){ "ファイルの持ち込みを許すポリシーがまだ採択されていないため、受け付けていません。情報政策の担当に連絡してください。",
					  "No policy in force lets files pass yet. Tell the administrators." };
	*err = why;
	return -1;
}

/* What was written, or else what was chosen among what was written before. */
static struct text purpose_of(const struct request *r)
{
	struct text written = form_value(r, "purpose");

	return written.n ? written : form_value(r, "past");
}

int hand_in_post_begin(struct request *r, struct text name, struct text type, struct err *err)
{
	struct transfer_upload what = { .name = name, .declared_type = type, .charset = form_value(r, "charset"), .password = form_value(r, "password"),
					.source = r->source };
	struct upload *u = r->upload;

	if (!u) {
		u = arena_alloc(r->arena, sizeof *u);
		if (part_flow_open(&u->flow, r, err) != 0)
			return -1;
		r->upload = u;
		r->upload_drop = hand_in_drop;
		if (transfer_hand_in_check(u->flow.transferd, r->token, form_value(r, "addressee"), purpose_of(r), 2 * r->content_length, err) != 0)
			return -1;
	}
	if (u->count == TRANSFER_FILES_MOST)
		return fail(err, ERR_TOO_MANY, u->count, "more than %d files in one act", TRANSFER_FILES_MOST);
	uint8_t *id = u->ids + u->count * TRANSFER_UPLOAD_ID;
	u->flow.bytes = 0;
	if (transfer_upload_begin(u->flow.transferd, r->token, &what, id, err) != 0)
		return -1;
	u->count++;
	return transfer_upload_part(u->flow.transferd, r->token, id, 0, &u->flow.pipe, err);
}

int hand_in_post_data(struct request *r, struct bytes piece, struct err *err)
{
	struct upload *u = r->upload;

	return part_flow_data(&u->flow, piece, err);
}

int hand_in_post_end(struct request *r, struct err *err)
{
	struct upload *u = r->upload;
	uint64_t so_far;

	return part_flow_end(&u->flow, &so_far, err);
}

struct phrase hand_in_sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_LIMIT:
		return (struct phrase){ "大きさの上限を超えています。分けて送ってもらってください。", "It is larger than the limit. Ask for it in parts." };
	case ERR_INVALID:
		return (struct phrase){ "入力に誤りがあります。宛先と目的を確かめてください（目的は200文字まで）。", "Check addressee and purpose (at most 200 characters)." };
	case ERR_NOT_FOUND:
		return (struct phrase){ "宛先が見つかりません。選び直してください。", "The addressee was not found. Choose again." };
	case ERR_CUT_SHORT:
		return (struct phrase){ "送信が途中で切れました。受け付けられていません。もう一度送ってください。", "The upload was cut; nothing was accepted. Send it again." };
	case ERR_TOO_MANY:
		return (struct phrase){ "一度に渡せるファイルは20個までです。分けて渡してください。", "At most 20 files are handed in at once. Hand them in in several acts." };
	default: return (struct phrase){ err_japanese(err->code), err_english(err->code) };
	}
}

/* Files named by the form: sent before. */
static int named_uploads(struct request *r, uint8_t *ids, size_t *count, struct err *err)
{
	*count = 0;
	for (size_t i = 0; i < r->form.count; i++) {
		if (!text_is(r->form.rows[i].name, "upload"))
			continue;
		if (*count == TRANSFER_FILES_MOST)
			return fail(err, ERR_TOO_MANY, *count, "more than %d files in one act", TRANSFER_FILES_MOST);
		if (!upload_id_read(r->form.rows[i].value, ids + *count * TRANSFER_UPLOAD_ID))
			return fail(err, ERR_CUT_SHORT, 0, "that is no upload");
		++*count;
	}
	return 0;
}

int hand_in_finish(struct request *r, uint64_t *first, size_t *count, struct err *err)
{
	uint8_t ids[TRANSFER_FILES_MOST * TRANSFER_UPLOAD_ID];
	struct upload *u = r->upload;

	if (r->refused.code != ERR_NONE) {
		*err = r->refused;
		return -1;
	}
	if (u) { /* the files came with the form */
		*count = u->count;
		return transfer_hand_in(u->flow.transferd, r->token, form_value(r, "addressee"), purpose_of(r), u->ids, u->count, first, err);
	}
	if (named_uploads(r, ids, count, err) != 0 || request_transferd(r, err) < 0)
		return -1;
	return transfer_hand_in(r->transferd, r->token, form_value(r, "addressee"), purpose_of(r), ids, *count, first, err);
}

unsigned hand_in_status(enum err_code code)
{
	return code == ERR_LIMIT || code == ERR_TOO_MANY ? 413 : code == ERR_FULL ? 507 : code == ERR_PEER || code == ERR_BUSY ? 503 : 400;
}

int hand_in_post(struct request *r, struct html *o, struct err *err)
{
	struct phrase none = { "ファイルを選んでください。", "Choose a file." };
	struct err why = { 0 };
	uint64_t first;
	size_t count;

	if (!r->had_file && !fields_has(&r->form, "upload")) {
		r->status = 400;
		return show_form(r, o, none, "", err);
	}
	if (hand_in_finish(r, &first, &count, &why) == 0)
		return see_other(r, arena_printf(r->arena, count == 1 ? "/tickets/%llu" : "/hand-ins/%llu", (unsigned long long)first));
	if (r->upload)
		hand_in_drop(r);
	if (why.code == ERR_NOT_SIGNED_IN || why.code == ERR_DENIED) {
		*err = why;
		return -1;
	}
	r->status = hand_in_status(why.code);
	return show_form(r, o, hand_in_sentence(&why), why.say, err);
}

/* For the box that searches as one types: JSON, the number first of all a value and the rest only words. */
int addressees(struct request *r, struct html *o, struct err *err)
{
	struct transfer_addressees found;
	struct json *list = json_array(r->arena), *answer = json_object(r->arena);

	(void)o;
	if (request_transferd(r, err) < 0 ||
	    transfer_addressees(r->transferd, r->token, fields_first(&r->query, "query"), r->arena, &found, err) != 0)
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		struct json *row = json_object(r->arena);
		json_set_text(r->arena, row, "kana", found.rows[i].kana);
		json_set_text(r->arena, row, "name", found.rows[i].name);
		json_set_text(r->arena, row, "number", found.rows[i].number);
		json_set_text(r->arena, row, "unit", found.rows[i].unit_name);
		json_add(r->arena, list, row);
	}
	json_set_true(r->arena, answer, "more", found.more);
	json_set(r->arena, answer, "people", list);
	return answer_bytes(r, "application/json", json_bytes(r->arena, answer));
}
