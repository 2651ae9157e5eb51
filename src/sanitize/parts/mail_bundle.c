/* メールを本文と添付に — contract in mail_bundle.h. */
#include "sanitize/parts/mail_bundle.h"
#include "base/buf.h"
#include "sanitize/name.h"
#include "sanitize/parts/bundle.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/html_text.h"
#include "sanitize/parts/mime.h"
#include "sanitize/parts/plain.h"
#include "sanitize/parts/tnef_read.h"
#include "sanitize/rules.h"

struct mail {
	struct job *job;
	struct arena *arena;
	struct bundle *bundle;
	bool is_page, in_tnef;
	struct buf text;
	unsigned bodies, files;
	const struct mime_part **parts; /* of the files, which come behind the text */
	size_t part_count, part_room;
	struct text *names; /* of the files so far, for names that come twice */
};

static bool is_type(const struct mime_part *p, const char *type) { return strcmp(p->type.p, type) == 0; }
static bool is_kind(const struct mime_part *p, const char *kind) { return strncmp(p->type.p, kind, strlen(kind)) == 0; }

/* -- what no mail may be -- */
static int check_part(const struct mime_part *p, struct err *err)
{
	if (is_type(p, "message/partial") || is_type(p, "message/external-body"))
		return refuse(err, REFUSAL_FEATURE, "a mail in pieces or with a body elsewhere (I2)");
	if (is_type(p, "multipart/encrypted") || is_type(p, "application/pkcs7-mime") || is_type(p, "application/x-pkcs7-mime"))
		return refuse(err, REFUSAL_PROTECTED, "an encrypted mail (I3)");
	return 0;
}

static bool is_tnef(const struct mime_part *p)
{
	return is_type(p, "application/ms-tnef") || is_type(p, "application/vnd.ms-tnef") || strcasecmp(p->file_name.p, "winmail.dat") == 0;
}

static bool is_signature(const struct mime_part *p)
{
	return is_type(p, "application/pkcs7-signature") || is_type(p, "application/x-pkcs7-signature") || is_type(p, "application/pgp-signature");
}

/* -- text -- */
static int add_text(struct mail *m, const struct mime_part *p, struct err *err)
{
	struct bytes body;
	struct text t;
	bool html = is_type(p, "text/html");

	if (mime_body(m->arena, p, &body, err) < 0)
		return -1;
	struct text charset = p->charset.n || !html ? p->charset : html_charset(m->arena, body);
	if (foreign_text(m->arena, charset, body, &t, err) < 0)
		return -1;
	if (html) {
		unsigned removed;
		t = html_text(m->arena, t, &removed);
		job_note(m->job, "MAIL_HTML_AS_TEXT");
		if (removed)
			job_removed(m->job, "I2", "", removed);
	}
	if (m->bodies++)
		buf_str(&m->text, "\n――――――――――\n");
	buf_text(&m->text, t);
	if (t.n && t.p[t.n - 1] != '\n')
		buf_byte(&m->text, '\n');
	return 0;
}

static void put_headers(struct mail *m, const struct mime_part *p)
{
	static const char *const rows[][2] = { { "Subject", "件名" }, { "From", "差出人" }, { "To", "宛先" }, { "Cc", "写し" }, { "Date", "日時" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text value = mime_header(m->arena, p, rows[i][0]);
		if (value.n == 0)
			continue;
		buf_str(&m->text, rows[i][1]);
		buf_str(&m->text, "：");
		buf_text(&m->text, value);
		buf_byte(&m->text, '\n');
	}
	buf_byte(&m->text, '\n');
}

/* -- attachments -- */
static const char *usual_extension(const struct mime_part *p)
{
	static const char *const known[][2] = { { "image/png", "png" }, { "image/jpeg", "jpg" }, { "image/gif", "gif" }, { "application/pdf", "pdf" }, { "application/zip", "zip" },
						{ "text/calendar", "ics" }, { "text/vcard", "vcf" }, { "text/x-vcard", "vcf" }, { "text/csv", "csv" }, { "text/html", "html" },
						{ "message/rfc822", "eml" }, { "message/global", "eml" }, { "application/rtf", "rtf" }, { "text/rtf", "rtf" } };

	for (size_t i = 0; i < COUNT(known); i++)
		if (is_type(p, known[i][0]))
			return known[i][1];
	return is_kind(p, "text/") || is_kind(p, "message/") ? "txt" : "";
}

static bool is_taken(const struct mail *m, struct text name)
{
	for (unsigned i = 0; i < m->files; i++)
		if (strcasecmp(m->names[i].p, name.p) == 0)
			return true;
	return strcasecmp(name.p, "本文.txt") == 0;
}

static struct text name_of(struct mail *m, const struct mime_part *p)
{
	bool changed = false;
	struct text name = p->file_name;
	const char *slash = strrchr(name.p, '/'), *back = strrchr(name.p, '\\');

	if (back && (!slash || back > slash))
		slash = back;
	if (slash)
		name = (struct text){ slash + 1, (size_t)(name.p + name.n - slash - 1) };
	if (name.n) {
		name = name_safe(m->arena, bytes_of_text(name), &changed);
	} else {
		const char *extension = usual_extension(p), *s = arena_printf(m->arena, "添付%u%s%s", m->files + 1, *extension ? "." : "", extension);
		name = (struct text){ s, strlen(s) };
	}
	if (changed || slash)
		job_removed(m->job, "A4", text_printable(m->arena, bytes_of_text(p->file_name), 120), 1);
	const char *dot = strrchr(name.p, '.');
	size_t stem = dot ? (size_t)(dot - name.p) : name.n;
	struct text unique = name;
	for (unsigned k = 2; is_taken(m, unique); k++) {
		const char *s = arena_printf(m->arena, "%.*s (%u)%s", (int)stem, name.p, k, name.p + stem);
		unique = (struct text){ s, strlen(s) };
	}
	return unique;
}

static void keep_file(struct mail *m, const struct mime_part *p)
{
	if (m->part_count == m->part_room) {
		const struct mime_part **more = arena_new_array(m->arena, const struct mime_part *, m->part_room = m->part_room ? m->part_room * 2 : 16);
		if (m->part_count)
			memcpy(more, m->parts, m->part_count * sizeof *more);
		m->parts = more;
	}
	m->parts[m->part_count++] = p;
}

static int add_file(struct mail *m, const struct mime_part *p, struct err *err)
{
	struct bytes body;
	struct text name = name_of(m, p);

	if (mime_body(m->arena, p, &body, err) < 0)
		return -1;
	m->names[m->files++] = name;
	if (bundle_begin(m->bundle, bytes_of_text(name), err) < 0 || bundle_add(m->bundle, body, err) < 0)
		return -1;
	return bundle_end(m->bundle, err);
}

/* -- the tree of parts -- */
static int take_part(struct mail *m, const struct mime_part *p, struct err *err);

static bool is_text_body(const struct mime_part *p)
{
	return !p->attachment && p->file_name.n == 0 && (is_type(p, "text/plain") || is_type(p, "text/html") || is_type(p, "text/enriched"));
}

/* Does the part show a text, itself or in what it holds? 2: plain, 1: as a page. */
static int shows_text(const struct mime_part *p)
{
	int best = 0;

	if (is_text_body(p))
		return is_type(p, "text/html") ? 1 : 2;
	for (size_t i = 0; i < p->child_count; i++)
		best = MAX(best, shows_text(&p->children[i]));
	return best;
}

/* The same in several forms: the plainest text, and what is no text at all (an invitation). */
static int take_alternatives(struct mail *m, const struct mime_part *p, struct err *err)
{
	const struct mime_part *chosen = NULL;

	for (size_t i = 0; i < p->child_count; i++)
		if (shows_text(&p->children[i]) > (chosen ? shows_text(chosen) : 0))
			chosen = &p->children[i];
	for (size_t i = 0; i < p->child_count; i++)
		if ((&p->children[i] == chosen || shows_text(&p->children[i]) == 0) && take_part(m, &p->children[i], err) < 0)
			return -1;
	return 0;
}

/* What Outlook hid in winmail.dat lies beside the other parts. One that cannot be read is handed out like any file, and refused by itself; so is one within another,
 * so that the tree's DEPTH counts them. */
static int take_tnef(struct mail *m, const struct mime_part *p, struct err *err)
{
	struct mime_part inner;
	struct bytes body;
	struct err why;

	if (mime_body(m->arena, p, &body, err) < 0)
		return -1;
	if (m->in_tnef || tnef_parse(m->job, body, &inner, &why) != 0) {
		keep_file(m, p);
		return 0;
	}
	m->in_tnef = true;
	int got = take_part(m, &inner, err);
	m->in_tnef = false;
	return got;
}

static int take_part(struct mail *m, const struct mime_part *p, struct err *err)
{
	if (check_part(p, err) < 0)
		return -1;
	if (is_tnef(p) && !m->is_page)
		return take_tnef(m, p, err);
	if (is_signature(p)) {
		job_removed(m->job, "I3", "", 1);
		job_note(m->job, "SIGNATURE_LOST");
		return 0;
	}
	if (is_type(p, "multipart/alternative"))
		return take_alternatives(m, p, err);
	if (p->child_count) {
		for (size_t i = 0; i < p->child_count; i++)
			if (take_part(m, &p->children[i], err) < 0)
				return -1;
		return 0;
	}
	if (is_text_body(p) || is_type(p, "message/delivery-status") || is_type(p, "message/disposition-notification") || is_type(p, "text/rfc822-headers"))
		return add_text(m, p, err);
	/* Of a web archive only what is read counts: its pictures, style sheets and scripts stay behind. */
	if (m->is_page) {
		if (is_type(p, "text/html"))
			return add_text(m, p, err);
		job_removed(m->job, "F1", "", 1);
		return 0;
	}
	if (p->body.n || p->file_name.n)
		keep_file(m, p);
	return 0;
}

/* The mark makes every program read it as UTF-8, whatever encoding was asked for the mail. */
static int add_body(struct mail *m, struct err *err)
{
	unsigned changed;
	struct text t = text_without_tags(m->arena, (struct text){ buf_string(&m->text), m->text.n }, &changed);
	const char *kind = plain_active(t);

	if (!buf_ok(&m->text))
		return refuse(err, REFUSAL_MEMORY, "no memory for the text");
	if (kind)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "its text is %s (F1)", kind);
	if (changed)
		job_removed(m->job, "F1", "", changed);
	if (bundle_begin(m->bundle, BYTES("本文.txt"), err) < 0 || bundle_add(m->bundle, BYTES("\xef\xbb\xbf"), err) < 0 ||
	    bundle_add(m->bundle, bytes_of_text(t), err) < 0)
		return -1;
	return bundle_end(m->bundle, err);
}

/* What the policy leaves of a mail that may cross as text only: the names of its attachments tell the reader what is missing. */
static int deliver_text(struct mail *m, struct err *err)
{
	for (size_t i = 0; i < m->part_count; i++) {
		struct text name = name_of(m, m->parts[i]);
		m->names[m->files++] = name;
		buf_str(&m->text, "添付（届きません）：");
		buf_text(&m->text, name);
		buf_byte(&m->text, '\n');
		job_removed(m->job, "P5", text_printable(m->arena, bytes_of_text(name), 120), 1);
	}
	if (m->part_count == 0)
		job_removed(m->job, "P5", "", 1);
	if (!buf_ok(&m->text))
		return refuse(err, REFUSAL_MEMORY, "no memory for the text");
	return text_deliver(m->job, (struct text){ buf_string(&m->text), m->text.n }, err);
}

int mail_rebuild_parts(struct job *job, const struct mime_part *root, bool is_page, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct mail m = { .job = job, .arena = arena, .bundle = bundle_new(job, BUNDLE_UTF8), .is_page = is_page, .text = buf_in(arena, 0) };

	if (!is_page)
		put_headers(&m, root);
	if (take_part(&m, root, err) < 0)
		return -1;
	m.names = arena_new_array(arena, struct text, m.part_count + 1);
	if (job_method(job) == METHOD_text)
		return deliver_text(&m, err);
	if (add_body(&m, err) < 0)
		return -1;
	for (size_t i = 0; i < m.part_count; i++)
		if (add_file(&m, m.parts[i], err) < 0)
			return -1;
	if (bundle_finish(m.bundle, err) < 0)
		return -1;
	job_note(job, is_page ? "TEXT_ONLY" : "MAIL_AS_ZIP");
	job_converted(job, "zip");
	return 0;
}

int mail_rebuild(struct job *job, bool is_page, struct err *err)
{
	struct mime_part root;
	struct bytes whole;

	if (job_read_all(job, &whole, err) < 0 || mime_parse(job, whole, &root, err) < 0)
		return -1;
	return mail_rebuild_parts(job, &root, is_page, err);
}
