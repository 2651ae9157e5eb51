/* 続きから — POST /continue: the form that a person had sent too late is given to its page, now that they are signed in.
 * On its way through the sign-in page the input is sealed by a key made of three things: what ties the browser, the form's token and the number
 * of the person whose page the form was. No number is sent: whoever signs in gives theirs, and another person's opens nothing. */
#include "web/pages/resume.h"
#include "base/code.h"
#include "base/hash.h"
#include "base/text.h"
#include "web/layout.h"
#include "web/limits.h"
#include "web/pages.h"
#include <sodium.h>

enum { TOKEN_PART = SHA256_HEX - 1, SEAL_NONCE = crypto_secretbox_NONCEBYTES, SEAL_MAC = crypto_secretbox_MACBYTES };
_Static_assert(SHA256_BYTES == crypto_secretbox_KEYBYTES, "a hash is a key");

static void key_of(const struct request *r, struct text token, const char *whose, uint8_t key[SHA256_BYTES])
{
	struct sha256 h;

	must(r->has_visitor && token.n == TOKEN_PART);
	sha256_start(&h);
	sha256_add(&h, "sekisho kept\n", 13);
	sha256_add(&h, r->visitor, sizeof r->visitor);
	sha256_add(&h, token.p, token.n);
	sha256_add(&h, whose, TOKEN_PART);
	sha256_end(&h, key);
}

static bool is_carried(struct text name)
{
	static const char *const left[] = { "csrf", "password", "code", "present", "fresh", "again", "kept", "key" };

	for (size_t i = 0; i < COUNT(left); i++)
		if (text_is(name, left[i]))
			return false;
	return true;
}

static void put_encoded(struct buf *out, struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		uint8_t c = (uint8_t)t.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			buf_byte(out, c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static struct text encode(struct arena *arena, const struct fields *form)
{
	struct buf out = buf_in(arena, WEB_FIELD_BYTES);

	for (size_t i = 0; i < form->count; i++) {
		const struct field *f = &form->rows[i];
		if (!is_carried(f->name))
			continue;
		if (out.n > 0)
			buf_byte(&out, '&');
		put_encoded(&out, f->name);
		buf_byte(&out, '=');
		put_encoded(&out, f->value);
	}
	return buf_ok(&out) && out.n > 0 ? (struct text){ buf_string(&out), out.n } : TEXT("");
}

struct text resume_seal(struct request *r)
{
	struct text clear = encode(r->arena, &r->form), given = form_value(r, "csrf");
	struct text token = { given.p, TOKEN_PART };
	uint8_t key[SHA256_BYTES], *sealed = arena_alloc(r->arena, SEAL_NONCE + SEAL_MAC + clear.n);

	if (clear.n == 0 || given.n != 2 * TOKEN_PART || !r->has_visitor)
		return TEXT("");
	key_of(r, token, given.p + TOKEN_PART, key);
	random_bytes(sealed, SEAL_NONCE);
	crypto_secretbox_easy(sealed + SEAL_NONCE, (const uint8_t *)clear.p, clear.n, sealed, key);
	secret_wipe(key, sizeof key);
	const char *kept = arena_printf(r->arena, "%.*s%s", TOKEN_PART, token.p, base64_of(r->arena, bytes_of(sealed, SEAL_NONCE + SEAL_MAC + clear.n)));
	size_t n = strlen(kept);
	return n <= WEB_FIELD_BYTES ? (struct text){ kept, n } : TEXT("");
}

enum opened { OPENED, NOT_THEIRS, BROKEN };

/* What was kept, if it was typed in this browser by who is signed in now. */
static enum opened unseal(struct request *r, struct text kept, struct fields *out, struct err *err)
{
	struct text token = { kept.p, TOKEN_PART };
	struct bytes sealed;
	uint8_t key[SHA256_BYTES];

	*out = (struct fields){ 0 };
	if (kept.n <= TOKEN_PART || base64_decode(r->arena, bytes_of(kept.p + TOKEN_PART, kept.n - TOKEN_PART), &sealed, err) != 0 ||
	    sealed.n <= SEAL_NONCE + SEAL_MAC) {
		fail(err, ERR_MALFORMED, 0, "what was kept is broken");
		return BROKEN;
	}
	if (!r->has_visitor)
		return NOT_THEIRS;
	uint8_t *clear = arena_alloc(r->arena, sealed.n);
	key_of(r, token, request_whose(r, token), key);
	int failed = crypto_secretbox_open_easy(clear, sealed.p + SEAL_NONCE, sealed.n - SEAL_NONCE, sealed.p, key);
	secret_wipe(key, sizeof key);
	if (failed)
		return NOT_THEIRS;
	return form_read(r->arena, bytes_of(clear, sealed.n - SEAL_NONCE - SEAL_MAC), WEB_FIELD_BYTES, out, err) == 0 ? OPENED : BROKEN;
}

const struct page_row *resume_page(const struct request *r, struct text to, uint64_t *number)
{
	bool exists;
	const struct page_row *row = page_find(r->web->face, POST, to, number, &exists);

	return row && row->permission != ANYONE && row->act != continue_post ? row : NULL;
}

/* What was kept stays shut: nothing of it is shown, and the form may be begun anew. */
static void page_of_another(struct request *r, struct html *o, struct text to)
{
	uint64_t number;
	bool exists;

	page_resume(o, &(struct resume_view){ .to = page_find(r->web->face, GET, to, &number, &exists) ? to : TEXT("/") });
}

bool resume_offer(struct request *r, struct html *o)
{
	struct resume_view v = { .to = form_value(r, "to"), .kept = form_value(r, "kept") };
	struct fields fields;
	uint64_t number;
	const struct page_row *row = resume_page(r, v.to, &number);

	if (!row || v.kept.n == 0)
		return false;
	switch (unseal(r, v.kept, &fields, NULL)) {
	case BROKEN: return false;
	case NOT_THEIRS: page_of_another(r, o, v.to); return true;
	case OPENED: break;
	}
	v.fields = &fields;
	v.is_upload = row->method == UPLOAD;
	page_resume(o, &v);
	return true;
}

int continue_post(struct request *r, struct html *o, struct err *err)
{
	struct text to = form_value(r, "to");
	struct fields fields;
	uint64_t number = 0;
	const struct page_row *row = resume_page(r, to, &number);

	if (!row)
		return fail(err, ERR_NOT_FOUND, 0, "no form is taken at %s", text_printable(r->arena, bytes_of_text(to), 80));
	switch (unseal(r, form_value(r, "kept"), &fields, err)) {
	case BROKEN: return -1;
	case NOT_THEIRS:
		page_of_another(r, o, to);
		r->status = 403;
		return 0;
	case OPENED: break;
	}
	r->page = row, r->path = to, r->number = number, r->form = fields;
	return request_permitted(r, err) != 0 ? -1 : row->act(r, o, err);
}
