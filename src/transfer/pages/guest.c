/* 外部の人の受渡し — GET and POST /guest: whoever has the link's address hands files in and sees what became of them. No session, no names but the issuer's.
 * article: s6.3.2b */
#include "transfer/pages/guest.h"
#include "base/code.h"
#include "transfer/pages/part_flow.h"
#include "web/pages.h"
#include "web/request.h"

static const struct phrase not_open = { "このリンクは使えません。期限が過ぎたか、取り消されたか、アドレスが途中で切れています。リンクを送った職員に連絡してください。",
					"This link cannot be used: it has expired, was withdrawn, or its address is cut. Ask the employee who sent it." };
static const struct phrase too_often = { "開かないリンクが続けて試されたため、しばらく受け付けません。10分ほど待ってから、届いたリンクをそのまま開いてください。",
					 "Links that open nothing were tried too often. Wait ten minutes, then open the link exactly as you received it." };

struct upload {
	struct part_flow flow;
	uint8_t key[TRANSFER_TOKEN];
	uint8_t ids[TRANSFER_FILES_MOST * TRANSFER_UPLOAD_ID];
	size_t count;
};

struct phrase guest_state(enum ticket_state state)
{
	switch (state) {
	case TICKET_RECEIVED: return (struct phrase){ "安全にするための作り直しをしています", "Being made safe" };
	case TICKET_LOCKED: return (struct phrase){ "パスワードで保護されています。依頼した職員にパスワードを伝えてください", "It is protected: tell the employee who invited you its password" };
	case TICKET_WAITING: return (struct phrase){ "職員の承認を待っています", "Waiting for approval" };
	case TICKET_RELEASED:
	case TICKET_APPROVED: return (struct phrase){ "承認されました", "Approved" };
	case TICKET_FETCHED: return (struct phrase){ "宛先の職員が受け取りました", "Received by the addressee" };
	case TICKET_REFUSED: return (struct phrase){ "お受けできませんでした", "Could not be accepted" };
	case TICKET_RETURNED: return (struct phrase){ "お受けしませんでした。依頼した職員に確かめてください", "Not accepted. Ask the employee who invited you" };
	case TICKET_EXPIRED: return (struct phrase){ "期限が過ぎたため消去しました", "Erased at its term" };
	}
	return (struct phrase){ "", "" };
}

/* To the person who sent it: the sanitiser's own sentences speak to the clerk. */
struct phrase guest_refusal(struct text code)
{
	static const struct {
		const char *code;
		struct phrase say;
	} rows[] = {
		{ "ENCRYPTED", { "パスワードで保護されています。保護を外して届けてください。", "It is protected by a password. Send it without." } },
		{ "WRONG_PASSWORD", { "パスワードで保護されています。保護を外して届けてください。", "It is protected by a password. Send it without." } },
		{ "TOO_LARGE", { "大きすぎます。分けて届けてください。", "It is too large. Send it in parts." } },
		{ "TOO_MANY_PARTS", { "中のファイルが多すぎます。分けて届けてください。", "It holds too many parts. Send it in several files." } },
		{ "TOO_DEEP", { "圧縮が何重にもなっています。ほどいて届けてください。", "It is packed several times over. Unpack it first." } },
		{ "DAMAGED", { "ファイルが壊れています。保存し直して届けてください。", "It is damaged. Save it again and send it." } },
		{ "TYPE_DIFFERS", { "名前の拡張子と中身が違います。正しい拡張子にして届けてください。", "Its name does not fit its content. Give it the right extension." } },
		{ "UNKNOWN_FORMAT", { "扱えない種類です。Word・Excel・PowerPoint・PDF・画像・テキスト・ZIPで届けてください。", "This kind is not taken. Send Word, Excel, PowerPoint, PDF, an image, text or ZIP." } },
		{ "PROGRAM", { "プログラム（実行できるファイル）は受け付けていません。心当たりがないときは、開かずに、依頼した職員に連絡してください。", "Programs are not taken. If you did not expect this, do not open it and tell the employee." } },
		{ "NO_CONVERTER", { "この形式は扱えません。docx・xlsx・pptx・PDF・JPEGで保存し直して届けてください。", "This kind is not taken. Save it as docx, xlsx, pptx, PDF or JPEG." } },
		{ "NOT_CONVERTED", { "古い形式の文書を変換できませんでした。docx・xlsx・pptxで保存し直して届けてください。", "The document of an old format could not be converted. Save it as docx, xlsx or pptx." } },
		{ "PROTECTED", { "パスワードで保護されています。保護を外して届けてください。", "It is protected by a password. Send it without." } },
		{ "UNSUPPORTED_FORMAT", { "扱えない種類です。Word・Excel・PowerPoint・PDF・画像・テキスト・ZIPで届けてください。", "This kind is not taken. Send Word, Excel, PowerPoint, PDF, an image, text or ZIP." } },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(code, rows[i].code))
			return rows[i].say;
	return (struct phrase){ "PDFなど別の形で届けてください。分からないときは、依頼した職員に連絡してください。", "Send it in another form, such as PDF, or ask the employee." };
}

static bool key_read(struct text hex, uint8_t key[TRANSFER_TOKEN])
{
	return hex_decode(bytes_of_text(hex), key, TRANSFER_TOKEN, NULL) == 0;
}

static int no_link(struct request *r, const struct err *why, struct err *err)
{
	if (why->code == ERR_EXPIRED)
		r->say = not_open;
	if (why->code == ERR_TOO_MANY)
		r->say = too_often;
	*err = *why;
	return -1;
}

static int show(struct request *r, struct html *o, struct text hex, struct guest_view *v, struct err *err)
{
	uint8_t key[TRANSFER_TOKEN];
	struct err why = { 0 };

	if (!key_read(hex, key)) {
		fail(&why, ERR_EXPIRED, 0, "that is no link");
		return no_link(r, &why, err);
	}
	if (request_transferd(r, &why) < 0 || transfer_guest_link(r->transferd, key, r->source, r->arena, &v->link, &why) != 0)
		return no_link(r, &why, err);
	v->key = hex;
	page_guest(o, v);
	return 0;
}

int guest(struct request *r, struct html *o, struct err *err)
{
	struct guest_view v = { .done = text_is(fields_first(&r->query, "done"), "1"), .name = TEXT(""), .organisation = TEXT("") };

	return show(r, o, fields_first(&r->query, "key"), &v, err);
}

static void drop_upload(struct request *r)
{
	struct upload *u = r->upload;

	part_flow_close(&u->flow);
}

int guest_post_begin(struct request *r, struct text name, struct text type, struct err *err)
{
	struct transfer_upload what = { .name = name, .declared_type = type, .source = r->source };
	struct upload *u = r->upload;

	if (!u) {
		u = arena_alloc(r->arena, sizeof *u);
		u->flow.pipe = u->flow.transferd = -1;
		r->upload = u;
		r->upload_drop = drop_upload;
		if (!key_read(form_value(r, "key"), u->key))
			return fail(err, ERR_EXPIRED, 0, "that is no link");
		if (form_value(r, "name").n == 0 || form_value(r, "organisation").n == 0)
			return fail(err, ERR_INVALID, 0, "name and organisation are wanted");
		if (part_flow_open(&u->flow, r, err) != 0)
			return -1;
	}
	if (u->count == TRANSFER_FILES_MOST)
		return fail(err, ERR_CONFLICT, u->count, "more than %d files in one act", TRANSFER_FILES_MOST);
	u->flow.bytes = 0;
	if (transfer_guest_upload(u->flow.transferd, u->key, &what, u->ids + u->count * TRANSFER_UPLOAD_ID, &u->flow.pipe, err) != 0)
		return -1;
	u->count++;
	return 0;
}

int guest_post_data(struct request *r, struct bytes piece, struct err *err)
{
	struct upload *u = r->upload;

	return part_flow_data(&u->flow, piece, err);
}

int guest_post_end(struct request *r, struct err *err)
{
	struct upload *u = r->upload;
	uint64_t so_far;

	return part_flow_end(&u->flow, &so_far, err);
}

static struct phrase sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_LIMIT: return (struct phrase){ "大きさの上限を超えています。分けて届けるか、依頼した職員に連絡してください。", "It is larger than the limit. Send it in parts or ask the employee." };
	case ERR_INVALID: return (struct phrase){ "名前と会社・団体の名前を入れてください（60文字まで）。", "Enter your name and organisation (at most 60 characters)." };
	case ERR_TOO_MANY: return (struct phrase){ "このリンクで届けられる数を超えています。依頼した職員に連絡してください。", "More files than this link takes. Ask the employee." };
	case ERR_CONFLICT: return (struct phrase){ "一度に届けられるのは20個までです。", "At most 20 files at once." };
	case ERR_CUT_SHORT: return (struct phrase){ "送信が途中で切れました。受け取っていません。もう一度届けてください。", "The upload was cut; nothing was received. Send it again." };
	default: return (struct phrase){ err_japanese(err->code), err_english(err->code) };
	}
}

int guest_post(struct request *r, struct html *o, struct err *err)
{
	struct upload *u = r->upload;
	struct err why = r->refused;
	struct guest_view v = { .name = form_value(r, "name"), .organisation = form_value(r, "organisation") };
	struct text key = form_value(r, "key");

	if (!u && why.code == ERR_NONE) {
		v.say = (struct phrase){ "ファイルを選んでください。", "Choose a file." };
		r->status = 400;
		return show(r, o, key, &v, err);
	}
	if (why.code == ERR_NONE && transfer_guest_hand_in(u->flow.transferd, u->key, r->source, v.name, v.organisation, u->ids, u->count, &why) == 0)
		return see_other(r, arena_printf(r->arena, "/guest?key=%s&done=1", hex_of(r->arena, bytes_of(u->key, sizeof u->key))));
	if (u)
		drop_upload(r);
	if (why.code == ERR_EXPIRED)
		return no_link(r, &why, err);
	v.say = sentence(&why);
	r->status = why.code == ERR_LIMIT ? 413 : why.code == ERR_PEER || why.code == ERR_BUSY ? 503 : 400;
	return show(r, o, key, &v, err);
}
