/* 分けて送る — POST /hand-in/begin, /hand-in/part, /hand-in/drop and GET /hand-in/part: a browser with scripts sends a file in parts, asks after a broken
 * line how far it came, and goes on there. Answers are one line of text; a refusal is the page that any refusal is. article: s6.3.2b */
#include "transfer/pages/hand_in.h"
#include "base/code.h"
#include "transfer/pages/part_flow.h"
#include "web/pages.h"
#include "web/request.h"

struct part {
	struct part_flow flow;
	bool over;
	uint64_t so_far;
};

static void drop_part(struct request *r)
{
	struct part *p = r->upload;

	part_flow_close(&p->flow);
}

static int say_line(struct request *r, const char *line)
{
	return answer_bytes(r, "text/plain; charset=utf-8", bytes_of(line, strlen(line)));
}

static int say_so_far(struct request *r, uint64_t so_far)
{
	return say_line(r, arena_printf(r->arena, "%llu\n", (unsigned long long)so_far));
}

static uint64_t number_of(struct text t, bool *good)
{
	uint64_t n = 0;

	*good = decimal_decode(bytes_of_text(t), INT64_MAX, &n, NULL) == 0;
	return n;
}

/* The sentence of the form for what goes wrong here. */
static int refuse(struct request *r, const struct err *why, struct err *err)
{
	r->say = hand_in_sentence(why);
	if (why->code == ERR_TOO_MANY)
		r->say = (struct phrase){ "送りかけのファイルが多すぎます。しばらく待つか、送りかけのものを取りやめてください。",
					  "Too many of your files are on their way. Wait a while or cancel some." };
	if (why->code == ERR_NOT_SIGNED_IN)
		r->say = (struct phrase){ NULL, NULL };
	*err = *why;
	return -1;
}

/* Whom it is for and what for are checked before a byte is sent; they are given for good when the form is handed in. */
int upload_begin(struct request *r, struct html *o, struct err *err)
{
	struct transfer_upload what = { .name = form_value(r, "name"), .declared_type = form_value(r, "type"), .charset = form_value(r, "charset"),
					.password = form_value(r, "password"), .source = r->source, .lasting = true };
	struct text purpose = form_value(r, "purpose").n ? form_value(r, "purpose") : form_value(r, "past");
	uint8_t id[TRANSFER_UPLOAD_ID];
	struct err why = { 0 };
	bool good;

	(void)o;
	what.bytes = number_of(form_value(r, "bytes"), &good);
	if (!good || what.name.n == 0 || what.bytes == 0)
		fail(&why, ERR_MALFORMED, 0, "an upload has a name and at least one byte");
	if (why.code || request_transferd(r, &why) < 0 ||
	    transfer_hand_in_check(r->transferd, r->token, form_value(r, "addressee"), purpose, 2 * what.bytes, &why) != 0 ||
	    transfer_upload_begin(r->transferd, r->token, &what, id, &why) != 0)
		return refuse(r, &why, err);
	return say_line(r, arena_printf(r->arena, "%s\n", hex_of(r->arena, bytes_of(id, sizeof id))));
}

static int named(const struct request *r, struct text hex, uint8_t id[TRANSFER_UPLOAD_ID], struct err *err)
{
	(void)r;
	return upload_id_read(hex, id) ? 0 : fail(err, ERR_NOT_FOUND, 0, "that is no upload");
}

int upload_part_post_begin(struct request *r, struct text name, struct text type, struct err *err)
{
	struct part *p = r->upload;
	uint8_t id[TRANSFER_UPLOAD_ID];
	bool good;
	uint64_t at = number_of(form_value(r, "at"), &good);

	(void)name, (void)type;
	if (p || !good)
		return fail(err, ERR_MALFORMED, 0, "one part, and where it begins");
	p = arena_alloc(r->arena, sizeof *p);
	if (part_flow_open(&p->flow, r, err) != 0)
		return -1;
	r->upload = p;
	r->upload_drop = drop_part;
	if (named(r, form_value(r, "upload"), id, err) != 0)
		return -1;
	return transfer_upload_part(p->flow.transferd, r->token, id, at, &p->flow.pipe, err);
}

int upload_part_post_data(struct request *r, struct bytes piece, struct err *err)
{
	struct part *p = r->upload;

	return part_flow_data(&p->flow, piece, err);
}

int upload_part_post_end(struct request *r, struct err *err)
{
	struct part *p = r->upload;

	if (part_flow_end(&p->flow, &p->so_far, err) != 0)
		return -1;
	p->over = true;
	return 0;
}

int upload_part_post(struct request *r, struct html *o, struct err *err)
{
	struct part *p = r->upload;
	struct err why = { 0 };

	(void)o;
	if (r->refused.code != ERR_NONE)
		return refuse(r, &r->refused, err);
	if (!p || !p->over) {
		fail(&why, ERR_CUT_SHORT, 0, "no part came");
		return refuse(r, &why, err);
	}
	return say_so_far(r, p->so_far);
}

int upload_state(struct request *r, struct html *o, struct err *err)
{
	struct transfer_upload_state state;
	uint8_t id[TRANSFER_UPLOAD_ID];

	(void)o;
	if (named(r, fields_first(&r->query, "upload"), id, err) != 0 || request_transferd(r, err) < 0 ||
	    transfer_upload_state(r->transferd, r->token, id, r->arena, &state, err) != 0)
		return -1;
	return say_so_far(r, state.so_far);
}

int upload_drop(struct request *r, struct html *o, struct err *err)
{
	uint8_t id[TRANSFER_UPLOAD_ID];

	(void)o;
	if (named(r, form_value(r, "upload"), id, err) != 0 || request_transferd(r, err) < 0 || transfer_upload_drop(r->transferd, r->token, id, err) != 0)
		return -1;
	return say_line(r, "gone\n");
}
