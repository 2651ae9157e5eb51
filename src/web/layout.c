/* 画面の枠 — contract in layout.h: menu by face, who is signed in, the language switch; the page is put in as one piece. */
#include "web/layout.h"
#include "base/clock.h"
#include "store/client.h"
#include "web/pages.h"

static const struct menu_item office_menu[] = {
	{ .path = "/", .words = { "今日やること", "Today" } },
	{ .path = "/approvals", .words = { "承認箱", "Approvals" } },
	{ .path = "/inbox", .words = { "受信箱", "Inbox" } },
	{ .path = "/sent", .words = { "渡したもの", "Sent by me" } },
	{ .path = "/outward", .words = { "持ち出し", "Take out" } },
	{ .path = "/search", .words = { "探す", "Search" } },
};
static const struct menu_item administrator_menu[] = {
	{ .path = "/people", .words = { "職員", "People" } },
	{ .path = "/units", .words = { "組織", "Units" } },
	{ .path = "/quarantine", .words = { "隔離", "Quarantine" } },
	{ .path = "/policy", .words = { "きまり", "Policy" } },
	{ .path = "/zones", .words = { "通信の分割", "Zones" } },
	{ .path = "/statistics", .words = { "統計", "Statistics" } },
	{ .path = "/house", .words = { "運用", "Operation" } },
};
/* Of who decides about the policy text without being an administrator. */
static const struct menu_item chief_menu[] = {
	{ .path = "/zones", .words = { "通信の分割", "Zones" } },
};
static const struct menu_item internet_menu[] = {
	{ .path = "/", .words = { "はじめに", "Start" } },
	{ .path = "/hand-in", .words = { "ファイルを渡す", "Hand in a file" } },
	{ .path = "/tickets", .words = { "私の受渡し", "My transfers" } },
	{ .path = "/links", .words = { "外部の人から受け取る", "From outside" } },
	{ .path = "/outward", .words = { "持ち出したもの", "Taken out" } },
};

bool is_kept_field(const struct field *f)
{
	static const char *const dropped[] = { "csrf", "password", "code", "present", "fresh", "again", "ticket", "to", "act", "language", "upload", "at", "key", "kept", "session" };

	for (size_t i = 0; i < COUNT(dropped); i++)
		if (text_is(f->name, dropped[i]))
			return false;
	return f->value.n > 0;
}

/* Path and query, so that a change of language leads back to the same list or link. */
static struct text address_of(struct request *r)
{
	struct html to = html_begin(r->arena, r->language, "");

	buf_text(&to.out, r->path);
	for (size_t i = 0; i < r->query.count; i++) {
		buf_byte(&to.out, i ? '&' : '?');
		html_part_text(&to, r->query.rows[i].name);
		buf_byte(&to.out, '=');
		html_part_text(&to, r->query.rows[i].value);
	}
	const char *s = buf_string(&to.out);
	return (struct text){ s, strlen(s) };
}

void layout(struct request *r, struct html *o, struct phrase title)
{
	bool office = r->web->face == FACE_OFFICE;
	size_t count = office ? COUNT(office_menu) : COUNT(internet_menu);
	bool administers = office && r->signed_in && r->user.is_administrator, decides = office && r->signed_in && r->user.is_chief && !administers;
	size_t more = administers ? COUNT(administrator_menu) : decides ? COUNT(chief_menu) : 0;
	struct menu_item *menu = arena_new_array(r->arena, struct menu_item, count + more);
	struct layout_view v = { .title = title, .face = office ? "office" : "internet", .menu = menu, .user = r->signed_in ? &r->user : NULL, .may_post = o->csrf[0] != 0,
				 .is_guest = text_is(r->path, "/guest"), .now = { clock_now() } };

	memcpy(menu, office ? office_menu : internet_menu, count * sizeof *menu);
	memcpy(menu + count, administers ? administrator_menu : chief_menu, more * sizeof *menu);
	count += more;
	v.menu_count = r->signed_in ? count : 0;
	v.seconds = r->signed_in ? MAX(r->user.expires - clock_now(), (int64_t)0) : 0;
	v.face_name = office ? (struct phrase){ "庁内（LGWAN接続系）", "Office side (LGWAN)" } : (struct phrase){ "インターネット接続系", "Internet side" };
	v.back = r->is_post || r->status >= 400 ? TEXT("/") : address_of(r);
	for (size_t i = 0; i < count; i++)
		menu[i].here = strcmp(menu[i].path, r->path.p) == 0;
	v.content = html_take(o);
	page_layout(o, &v);
	must(buf_ok(&o->out));
	r->type = "text/html; charset=utf-8";
	r->answer = buf_view(&o->out);
}
