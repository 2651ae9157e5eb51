/* オフィス文書の電子署名 — who signed a document, when, and whether the signature fits the document as it came: said before rebuilding makes it void (B5). Inside of what is signed stands a list of
 * the package's parts with their digests (ECMA-376 part 2, clause 13): each is held against the part; of relationships only those that the list names are signed. */
#include "base/sort.h"
#include "sanitize/parts/office_parts.h"
#include "sanitize/parts/signer.h"
#include "sanitize/parts/xml_canonical.h"
#include "sanitize/parts/xml_signature.h"

enum { SIGNATURES_MOST = 50, SIGNATURE_BYTES_MOST = 4 << 20, CAPTURED_MOST = 64 * 1024, TIME_MOST = 30, SELECTED_MOST = 4096, RELATIONSHIPS_BYTES_MOST = 4 << 20 };

#define RELATIONSHIP_TRANSFORM "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
#define RELATIONSHIPS_NAMESPACE "http://schemas.openxmlformats.org/package/2006/relationships"

/* One entry of the list: a part, as it was when it was signed. */
struct entry {
	bool open, is_signed, strange;
	const char *uri;
	const EVP_MD *digest;
	struct buf said;
	bool relationships, canonical;	   /* of a part of relationships only those that are named; the part's canonical form */
	const char *selected[SELECTED_MOST]; /* their identifiers, */
	bool by_type[SELECTED_MOST];	   /* or their types */
	unsigned selected_count;
};
struct checked {
	struct package *p;
	struct xml_reader *reader;
	struct bytes xml;
	struct xml_signature signature;
	struct buf *capture; /* of the element that is open; NULL: its text is of no interest */
	struct buf time;
	struct entry entry;
	bool *covered; /* by index of the member */
	unsigned entries; /* of the list, held against their parts */
	bool differs, unread, more;
};
struct relationship {
	const char *id, *type;
	struct xml_value raw_id, raw_type, raw_target, mode;
};

static const char *value_of(struct checked *c, const char *name)
{
	const struct xml_value *v = xml_attribute(c->reader, name);
	return v ? xml_text_of(c->p->arena, *v) : NULL;
}

/* -- relationships -- */
static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct relationship *)a)->id, ((const struct relationship *)b)->id);
}

static bool is_selected(const struct entry *e, const struct relationship *r)
{
	for (unsigned i = 0; i < e->selected_count; i++)
		if (strcmp(e->selected[i], e->by_type[i] ? r->type : r->id) == 0)
			return true;
	return false;
}

/* What programs do not sign, since it changes when one looks at a document: its properties, its thumbnail, and the signatures themselves. */
static bool may_stay_unsigned(const char *type)
{
	static const char *const ends[] = { "/metadata/core-properties", "/extended-properties", "/custom-properties", "/metadata/thumbnail", "/digital-signature/origin" };

	for (size_t i = 0; i < COUNT(ends); i++)
		if (strlen(type) > strlen(ends[i]) && strcmp(type + strlen(type) - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static bool put_attribute(struct buf *out, const char *name, struct xml_value v)
{
	buf_printf(out, " %s=\"", name);
	bool good = xml_canonical_value(out, v);
	buf_byte(out, '"');
	return good;
}

/* The selected ones in order of their identifiers, nothing between them. */
static bool write_relationships(const struct relationship *list, size_t n, struct buf *out)
{
	static const struct xml_value internal = { (const uint8_t *)"Internal", 8, 1 };

	buf_str(out, "<Relationships xmlns=\"" RELATIONSHIPS_NAMESPACE "\">");
	for (size_t i = 0; i < n; i++) {
		buf_str(out, "<Relationship");
		if (!put_attribute(out, "Id", list[i].raw_id) || !put_attribute(out, "Target", list[i].raw_target) ||
		    !put_attribute(out, "TargetMode", list[i].mode.n ? list[i].mode : internal) || !put_attribute(out, "Type", list[i].raw_type))
			return false;
		buf_str(out, "></Relationship>");
	}
	buf_str(out, "</Relationships>");
	return buf_ok(out);
}

static bool take_relationship(struct arena *arena, const struct xml_reader *r, struct relationship *out)
{
	const struct xml_value *id = xml_attribute(r, "Id"), *type = xml_attribute(r, "Type"), *target = xml_attribute(r, "Target"), *mode = xml_attribute(r, "TargetMode");

	if (!id || !type || !target || r->count != 3u + (mode != NULL))
		return false;
	*out = (struct relationship){ xml_text_of(arena, *id), xml_text_of(arena, *type), *id, *type, *target, mode ? *mode : (struct xml_value){ 0 } };
	return out->id && out->type;
}

/* The part as it is signed. false: it is not written as the transform expects, so nothing can be said. */
static bool transform_relationships(struct checked *c, struct arena *arena, struct bytes part, struct buf *out)
{
	struct xml_reader *r = arena_alloc(arena, sizeof *r);
	struct relationship *list = arena_new_array(arena, struct relationship, SELECTED_MOST), one;
	size_t n = 0;

	if (part.n > RELATIONSHIPS_BYTES_MOST || xml_start(r, arena, part, NULL) < 0)
		return false;
	for (enum xml_token t; (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return false;
		if (t != XML_OPEN)
			continue;
		if (r->depth == 1) {
			const struct xml_value *ns = xml_attribute(r, "xmlns");
			if (!xml_name_is(r->name, "Relationships") || r->count != 1 || !ns || ns->n != strlen(RELATIONSHIPS_NAMESPACE) || memcmp(ns->p, RELATIONSHIPS_NAMESPACE, ns->n) != 0)
				return false;
		} else if (r->depth != 2 || !xml_name_is(r->name, "Relationship") || !take_relationship(arena, r, &one)) {
			return false;
		} else if (!is_selected(&c->entry, &one)) {
			c->more |= !may_stay_unsigned(one.type);
		} else if (n == SELECTED_MOST) {
			return false;
		} else {
			list[n++] = one;
		}
	}
	sort_items(list, n, sizeof *list, by_id);
	return write_relationships(list, n, out);
}

/* -- the list -- */
static void begin_entry(struct checked *c)
{
	struct entry *e = &c->entry;

	e->open = true, e->strange = e->relationships = e->canonical = false;
	e->is_signed = xml_signature_covers(&c->signature, (size_t)(c->reader->name.p - c->reader->start));
	e->uri = value_of(c, "URI"), e->digest = NULL;
	e->said.n = 0, e->selected_count = 0;
}

static void begin_transform(struct checked *c)
{
	const char *algorithm = value_of(c, "Algorithm");

	if (algorithm && strcmp(algorithm, RELATIONSHIP_TRANSFORM) == 0)
		c->entry.relationships = true;
	else if (xml_signature_is_canonical(algorithm))
		c->entry.canonical = true;
	else
		c->entry.strange = true;
}

static void select_relationship(struct checked *c, bool by_type)
{
	struct entry *e = &c->entry;
	const char *which = value_of(c, by_type ? "SourceType" : "SourceId");

	if (!which || e->selected_count == SELECTED_MOST) {
		e->strange = true;
		return;
	}
	e->selected[e->selected_count] = which, e->by_type[e->selected_count] = by_type;
	e->selected_count++;
}

/* "/word/document.xml?ContentType=…": the part, and the type that it was signed with. */
static const struct zip_member *part_of(struct checked *c, const char *uri)
{
	struct arena *arena = c->p->arena;
	size_t n = strcspn(uri, "?");
	const struct zip_member *member = office_find(c->p, arena_printf(arena, "%.*s", (int)n, uri));
	const char *type = strstr(uri + n, "ContentType=");

	return member && (!type || strcasecmp(type + 12, office_type_of(c->p, member)) == 0) ? member : NULL;
}

static void end_entry(struct checked *c)
{
	struct arena *arena = c->p->arena;
	struct entry *e = &c->entry;
	struct bytes said, content;

	e->open = false;
	if (!e->is_signed)
		return; /* anybody may have written it there */
	if (!e->uri || e->uri[0] != '/' || e->strange || !e->digest || !buf_ok(&e->said) || xml_signature_base64(arena, buf_view(&e->said), &said) < 0) {
		c->unread = true;
		return;
	}
	const struct zip_member *member = part_of(c, e->uri);
	if (!member || office_content(c->p, member, &content, NULL) < 0) {
		c->differs = true;
		return;
	}
	if (e->canonical && !e->relationships) { /* of other parts no program that is known signs the canonical form */
		c->unread = true;
		return;
	}
	ARENA(scratch) = arena_new(0);
	struct buf form = buf_in(scratch, RELATIONSHIPS_BYTES_MOST);
	if (e->relationships && !transform_relationships(c, scratch, content, &form)) {
		c->unread = true;
		return;
	}
	c->entries++;
	if (xml_signature_agrees(e->digest, e->relationships ? buf_view(&form) : content, said))
		c->covered[member - c->p->zip.members] = true;
	else
		c->differs = true;
}

static void take_open(struct checked *c)
{
	const struct xml_reader *r = c->reader;

	c->capture = NULL;
	if (xml_is_at(r, "Signature/Object/Manifest/Reference")) {
		begin_entry(c);
	} else if (xml_is_at(r, "Signature/Object/Manifest/Reference/Transforms/Transform")) {
		begin_transform(c);
	} else if (xml_is_at(r, "Signature/Object/Manifest/Reference/Transforms/Transform/RelationshipReference")) {
		select_relationship(c, false);
	} else if (xml_is_at(r, "Signature/Object/Manifest/Reference/Transforms/Transform/RelationshipsGroupReference")) {
		select_relationship(c, true);
	} else if (xml_is_at(r, "Signature/Object/Manifest/Reference/DigestMethod")) {
		c->entry.digest = xml_signature_digest(value_of(c, "Algorithm"));
	} else if (xml_is_at(r, "Signature/Object/Manifest/Reference/DigestValue")) {
		c->capture = &c->entry.said;
	} else if (c->time.n == 0 && xml_signature_covers(&c->signature, (size_t)(r->name.p - r->start)) &&
		   (xml_is_at(r, "Signature/Object/SignatureProperties/SignatureProperty/SignatureTime/Value") ||
		    xml_is_at(r, "Signature/Object/QualifyingProperties/SignedProperties/SignedSignatureProperties/SigningTime"))) {
		c->capture = &c->time;
	}
}

static void read_list(struct checked *c)
{
	struct xml_reader *r = c->reader;

	if (xml_start(r, c->p->arena, c->xml, NULL) < 0)
		return;
	for (enum xml_token t; (t = xml_next(r)) != XML_END && t != XML_BAD;) {
		if (t == XML_OPEN) {
			take_open(c);
		} else if (t == XML_CHARS && c->capture) {
			buf_put(c->capture, r->chars.p, r->chars.n);
		} else if (t == XML_CLOSE) {
			c->capture = NULL;
			if (c->entry.open && r->depth == 3)
				end_entry(c);
		}
	}
}

/* -- what is said of it -- */
static bool covers_everything(const struct checked *c)
{
	const struct package *p = c->p;

	for (size_t i = 0; i < p->zip.count; i++) {
		const struct zip_member *m = &p->zip.members[i];
		if (!m->folder && !c->covered[i] && strcasecmp(m->name.p, "[Content_Types].xml") != 0 && strncasecmp(m->name.p, "docProps/", 9) != 0 &&
		    strncasecmp(m->name.p, "_xmlsignatures/", 15) != 0)
			return false;
	}
	return !c->more;
}

static void tell(struct checked *c)
{
	struct job *job = c->p->job;
	enum xml_signature_fit fit = c->signature.fit;

	if (c->differs || fit == XML_SIGNATURE_BROKEN)
		job_note(job, "SIGNATURE_BROKEN");
	else if (c->unread || fit == XML_SIGNATURE_UNREAD || c->entries == 0)
		job_note(job, "SIGNATURE_UNREAD");
	else
		job_note(job, covers_everything(c) ? "SIGNATURE_FITS" : "SIGNATURE_PART");
	const char *time = text_printable(c->p->arena, bytes_of(c->time.p, MIN(c->time.n, (size_t)TIME_MOST)), TIME_MOST);
	const char *row = signer_row(c->p->arena, c->signature.subject, c->signature.issuer, time);
	if (row)
		job_removed(job, "B5", row, 1);
}

static void check(struct package *p, const struct zip_member *member)
{
	struct checked *c = arena_alloc(p->arena, sizeof *c);
	struct bytes content;

	*c = (struct checked){ .p = p, .reader = arena_alloc(p->arena, sizeof *c->reader), .signature = { .subject = "", .issuer = "" }, .time = buf_in(p->arena, CAPTURED_MOST),
			       .entry = { .said = buf_in(p->arena, CAPTURED_MOST) }, .covered = arena_new_array(p->arena, bool, p->zip.count) };
	if (member->size <= SIGNATURE_BYTES_MOST && office_content(p, member, &content, NULL) == 0) {
		c->xml = bytes_of(arena_copy(p->arena, content.p, content.n), content.n); /* the parts it lists are unpacked where it lies */
		xml_signature_read(p->arena, c->xml, &c->signature);
		read_list(c);
	}
	tell(c);
}

void office_signatures_tell(struct package *p)
{
	unsigned count = 0;

	for (size_t i = 0; i < p->zip.count && count < SIGNATURES_MOST; i++) {
		const struct zip_member *m = &p->zip.members[i];
		if (m->folder || strncasecmp(m->name.p, "_xmlsignatures/", 15) != 0 || strcasestr(m->name.p, "_rels/") || m->name.n < 5 || strcasecmp(m->name.p + m->name.n - 4, ".xml") != 0)
			continue;
		count++;
		check(p, m);
	}
	if (count == 0)
		job_note(p->job, "SIGNATURE_UNREAD");
}
