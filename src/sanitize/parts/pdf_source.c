/* PDFの読取り — objects come from qpdf as text (one call each, far cheaper than its handles) and are parsed by our own parser. */
#include "sanitize/parts/pdf_source.h"
#include <qpdf/qpdf-c.h>

struct slot {
	int id, generation;
	struct pdf_object *object;
};
struct pdf_source {
	qpdf_data qpdf;
	struct arena *arena;
	bool encrypted;
	struct pdf_value trailer;
	struct slot *slots; /* open addressing, a power of two */
	size_t room, count;
};

static bool ends_with_its_job; /* this process */

static void take_note_of_errors(qpdf_data q)
{
	while (qpdf_has_error(q))
		qpdf_get_error(q); /* otherwise qpdf prints it when it is cleaned up */
}

static int try_password(struct pdf_source *s, struct bytes file, const char *password, struct err *err)
{
	s->qpdf = qpdf_init();
	qpdf_silence_errors(s->qpdf);
	qpdf_set_suppress_warnings(s->qpdf, QPDF_TRUE);
	if (!(qpdf_read_memory(s->qpdf, "input", (const char *)file.p, file.n, password) & QPDF_ERRORS))
		return 0;
	qpdf_error e = qpdf_get_error(s->qpdf);
	enum qpdf_error_code_e code = qpdf_get_error_code(s->qpdf, e);
	const char *detail = qpdf_get_error_message_detail(s->qpdf, e);
	if (code == qpdf_e_password)
		refuse(err, password ? REFUSAL_WRONG_PASSWORD : REFUSAL_ENCRYPTED, "no password opens it");
	else if (code == qpdf_e_unsupported)
		refuse(err, REFUSAL_PROTECTED, "a protection other than by password: %s", detail);
	else
		refuse(err, REFUSAL_DAMAGED, "%s", detail);
	take_note_of_errors(s->qpdf);
	qpdf_cleanup(&s->qpdf);
	return -1;
}

/* Protection up to PDF 1.7 wants Latin-1 or the writer's own code page, newer one UTF-8; people type UTF-8. */
static int try_passwords(struct pdf_source *s, struct bytes file, struct bytes password, struct err *err)
{
	struct text t;
	struct bytes cp932;

	if (try_password(s, file, NULL, err) == 0)
		return 0;
	if (err->at != REFUSAL_ENCRYPTED || password.n == 0)
		return -1;
	if (memchr(password.p, 0, password.n))
		return refuse(err, REFUSAL_WRONG_PASSWORD, "no password opens it");
	if (try_password(s, file, arena_copy(s->arena, password.p, password.n), err) == 0)
		return 0;
	if (err->at != REFUSAL_WRONG_PASSWORD || text_from_utf8(s->arena, password, &t, NULL) < 0)
		return -1;
	char *latin = arena_alloc(s->arena, t.n + 1);
	bool is_latin = true;
	size_t n = 0;
	for (size_t at = 0; at < t.n;) {
		uint32_t c = text_next(t, &at);
		is_latin &= c < 256;
		latin[n++] = (char)c;
	}
	if (is_latin && try_password(s, file, latin, err) == 0)
		return 0;
	if (text_to(s->arena, CHARSET_CP932, t, &cp932, NULL) == 0 &&
	    try_password(s, file, arena_copy(s->arena, cp932.p, cp932.n), err) == 0)
		return 0;
	return refuse(err, REFUSAL_WRONG_PASSWORD, "no password opens it");
}

int pdf_source_open(struct arena *arena, struct bytes file, struct bytes password, struct pdf_source **out, struct err *err)
{
	struct pdf_source *s = arena_alloc(arena, sizeof *s);
	struct err unread;

	s->arena = arena;
	if (try_passwords(s, file, password, err ? err : &unread) < 0)
		return -1;
	s->encrypted = qpdf_is_encrypted(s->qpdf);
	s->room = 1024;
	s->slots = arena_new_array(arena, struct slot, s->room);
	qpdf_oh trailer = qpdf_get_trailer(s->qpdf);
	const char *text = qpdf_oh_unparse_resolved(s->qpdf, trailer);
	bool ok = text && pdf_parse(arena, bytes_of(text, qpdf_get_last_string_length(s->qpdf)), &s->trailer);
	qpdf_oh_release(s->qpdf, trailer);
	if (!ok || s->trailer.kind != PDF_DICTIONARY) {
		pdf_source_close(s);
		return refuse(err, REFUSAL_DAMAGED, "no trailer");
	}
	*out = s;
	return 0;
}

void pdf_source_prepare(void)
{
	static const char smallest[] = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
				       "3 0 obj\n<</Length 1>>\nstream\n \nendstream\nendobj\ntrailer\n<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n";
	ARENA(arena) = arena_new(0);
	struct pdf_source *source;
	struct bytes stored;

	if (pdf_source_open(arena, bytes_of(smallest, sizeof smallest - 1), (struct bytes){ 0 }, &source, NULL) != 0)
		return; /* only speed hangs on it */
	for (int id = 1; id <= 3; id++) {
		struct pdf_value reference = { .kind = PDF_REFERENCE, .reference = { id, 0 } };
		struct pdf_object *object = pdf_source_object(source, &reference);
		(void)!(object->is_stream && pdf_source_stream(source, object, arena, &stored));
	}
	pdf_source_close(source);
	ends_with_its_job = true;
}

void pdf_source_close(struct pdf_source *s)
{
	if (!s || !s->qpdf || ends_with_its_job) /* a jail need not take apart, object by object, what goes with it */
		return;
	take_note_of_errors(s->qpdf);
	qpdf_cleanup(&s->qpdf);
	s->qpdf = NULL;
}

bool pdf_source_was_encrypted(const struct pdf_source *s)
{
	return s->encrypted;
}

const struct pdf_value *pdf_source_trailer(const struct pdf_source *s)
{
	return &s->trailer;
}

uint64_t pdf_source_objects(const struct pdf_source *s)
{
	return s->count;
}

static struct pdf_object *read_object(struct pdf_source *s, int id, int generation)
{
	struct pdf_object *o = arena_alloc(s->arena, sizeof *o);
	qpdf_oh handle = qpdf_get_object_by_id(s->qpdf, id, generation);
	qpdf_oh dictionary = 0;
	const char *text;

	o->id = id, o->generation = generation;
	o->is_stream = qpdf_oh_is_stream(s->qpdf, handle);
	if (o->is_stream) {
		dictionary = qpdf_oh_get_dict(s->qpdf, handle);
		text = qpdf_oh_unparse(s->qpdf, dictionary);
	} else {
		text = qpdf_oh_unparse_resolved(s->qpdf, handle);
	}
	if (!text || !pdf_parse(s->arena, bytes_of(text, qpdf_get_last_string_length(s->qpdf)), &o->value) ||
	    (o->is_stream && o->value.kind != PDF_DICTIONARY))
		*o = (struct pdf_object){ .id = id, .generation = generation };
	if (dictionary)
		qpdf_oh_release(s->qpdf, dictionary);
	qpdf_oh_release(s->qpdf, handle);
	take_note_of_errors(s->qpdf);
	return o;
}

static struct slot *slot_of(struct slot *slots, size_t room, int id, int generation)
{
	size_t at = ((uint32_t)id * 2654435761u ^ (uint32_t)generation * 40503u) & (room - 1);

	while (slots[at].object && (slots[at].id != id || slots[at].generation != generation))
		at = (at + 1) & (room - 1);
	return &slots[at];
}

static struct pdf_object *object_by_number(struct pdf_source *s, int id, int generation)
{
	struct slot *slot = slot_of(s->slots, s->room, id, generation);

	if (slot->object)
		return slot->object;
	if (id <= 0)
		return arena_alloc(s->arena, sizeof(struct pdf_object));
	if (s->count * 2 >= s->room) {
		struct slot *bigger = arena_new_array(s->arena, struct slot, s->room * 2);
		for (size_t i = 0; i < s->room; i++)
			if (s->slots[i].object)
				*slot_of(bigger, s->room * 2, s->slots[i].id, s->slots[i].generation) = s->slots[i];
		s->slots = bigger, s->room *= 2;
		slot = slot_of(s->slots, s->room, id, generation);
	}
	*slot = (struct slot){ id, generation, read_object(s, id, generation) };
	s->count++;
	return slot->object;
}

struct pdf_object *pdf_source_object(struct pdf_source *s, const struct pdf_value *value)
{
	for (int hops = 0; hops < 8; hops++) {
		if (!value)
			return arena_alloc(s->arena, sizeof(struct pdf_object));
		if (value->kind != PDF_REFERENCE) {
			struct pdf_object *direct = arena_alloc(s->arena, sizeof *direct);
			direct->value = *value;
			return direct;
		}
		struct pdf_object *o = object_by_number(s, value->reference.id, value->reference.generation);
		if (o->value.kind != PDF_REFERENCE)
			return o;
		value = &o->value;
	}
	return arena_alloc(s->arena, sizeof(struct pdf_object));
}

bool pdf_source_stream(struct pdf_source *s, const struct pdf_object *o, struct arena *arena, struct bytes *out)
{
	unsigned char *data = NULL;
	size_t n = 0;
	QPDF_BOOL filtered;

	if (!o->is_stream)
		return false;
	qpdf_oh handle = qpdf_get_object_by_id(s->qpdf, o->id, o->generation);
	bool ok = !(qpdf_oh_get_stream_data(s->qpdf, handle, qpdf_dl_none, &filtered, &data, &n) & QPDF_ERRORS) && (data || n == 0);
	if (ok)
		*out = bytes_of(arena_copy(arena, data, n), n);
	free(data);
	qpdf_oh_release(s->qpdf, handle);
	take_note_of_errors(s->qpdf);
	return ok;
}
