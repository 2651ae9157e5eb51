/* オフィス文書の読取り — content types and relationships of an OPC package. Contract in office_parts.h. */
#include "sanitize/parts/office_parts.h"
#include "base/text.h"

enum { TYPES_MOST = 20000, RELATIONS_MOST = 20000, RELATIONS_BYTES_MOST = 16 << 20, PREVIEWS_MOST = 1000 };

#define OFFICE_IMAGE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"

struct content_type {
	const char *key; /* "/word/document.xml" folded, or extension "xml" */
	const char *type;
	bool by_extension;
};

static char *lower(struct arena *arena, const char *s)
{
	char *out = arena_copy(arena, s, strlen(s));

	for (char *p = out; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	return out;
}

int office_content(struct package *p, const struct zip_member *member, struct bytes *out, struct err *err)
{
	return zip_content(&p->zip, member, &p->plain, out, err);
}

static struct bytes folded(struct arena *arena, struct text name)
{
	char *s = lower(arena, name.p);
	return bytes_of(s, name.n);
}

const struct zip_member *office_find(const struct package *p, const char *name)
{
	char *key = lower(p->arena, name[0] == '/' ? name + 1 : name);
	size_t low = 0, high = p->zip.count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcasecmp(p->by_name[middle]->name.p, key);
		if (order == 0)
			return p->by_name[middle]->folder ? NULL : p->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A small pull over elements of one depth: the value of an attribute by its plain name. */
const char *office_value(struct package *p, const char *name)
{
	const struct xml_value *v = xml_attribute(p->filter->reader, name);
	return v ? xml_text_of(p->arena, *v) : NULL;
}

const char *office_relation_id(struct package *p)
{
	const struct xml_reader *r = p->filter->reader;

	for (unsigned i = 0; i < r->count; i++)
		if (memchr(r->names[i].p, ':', r->names[i].n) && xml_name_is(xml_local(r->names[i]), "id"))
			return xml_text_of(p->arena, r->values[i]);
	return NULL;
}

static int start(struct package *p, const struct zip_member *member, struct err *err)
{
	struct bytes content;
	struct err why = { 0 };

	if (member->size > RELATIONS_BYTES_MOST)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "%s is too large", member->name.p);
	if (office_content(p, member, &content, err) < 0)
		return -1;
	if (xml_start(p->filter->reader, p->arena, content, &why) < 0)
		return refuse(err, REFUSAL_DAMAGED, "%s: %s", member->name.p, why.say);
	return 0;
}

static int is_bad(const struct package *p, const struct zip_member *member, struct err *err)
{
	return refuse(err, p->filter->reader->declares ? REFUSAL_FEATURE : REFUSAL_DAMAGED, "%s: XML: %s", member->name.p, p->filter->reader->why);
}

int office_read_types(struct package *p, struct err *err)
{
	const struct zip_member *member = office_find(p, "[Content_Types].xml");
	size_t room = 64;

	if (!member)
		return refuse(err, REFUSAL_DAMAGED, "no [Content_Types].xml");
	if (start(p, member, err) < 0)
		return -1;
	p->types = arena_new_array(p->arena, struct content_type, room);
	for (enum xml_token t; (t = xml_next(p->filter->reader)) != XML_END;) {
		if (t == XML_BAD)
			return is_bad(p, member, err);
		if (t != XML_OPEN || p->filter->reader->depth != 2)
			continue;
		struct xml_name local = xml_local(p->filter->reader->name);
		bool by_extension = xml_name_is(local, "Default");
		if (!by_extension && !xml_name_is(local, "Override"))
			continue;
		const char *key = office_value(p, by_extension ? "Extension" : "PartName"), *type = office_value(p, "ContentType");
		if (!key || !type)
			continue;
		if (p->type_count == TYPES_MOST)
			return refuse(err, REFUSAL_TOO_MANY_PARTS, "more than %d content types", TYPES_MOST);
		if (p->type_count == room) {
			struct content_type *more = arena_new_array(p->arena, struct content_type, room * 2);
			memcpy(more, p->types, room * sizeof *more);
			p->types = more, room *= 2;
		}
		p->types[p->type_count++] = (struct content_type){ lower(p->arena, key[0] == '/' ? key + 1 : key), type, by_extension };
	}
	return 0;
}

const char *office_type_of(const struct package *p, const struct zip_member *member)
{
	const char *name = (const char *)folded(p->arena, member->name).p, *dot = strrchr(name, '.'), *usual = "";

	for (size_t i = 0; i < p->type_count; i++) {
		const struct content_type *t = &p->types[i];
		if (!t->by_extension && strcmp(t->key, name) == 0)
			return t->type;
		if (t->by_extension && dot && strcmp(t->key, dot + 1) == 0)
			usual = t->type;
	}
	return usual;
}

static const char *relations_name(struct arena *arena, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (!slash)
		return arena_printf(arena, "_rels/%s.rels", name);
	return arena_printf(arena, "%.*s/_rels/%s.rels", (int)(slash - name), name, slash + 1);
}

static bool is_id(const char *id)
{
	size_t n = strlen(id);

	if (n == 0 || n > 128)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((id[i] >= '0' && id[i] <= '9') || ((id[i] | 32) >= 'a' && (id[i] | 32) <= 'z') || id[i] == '_' || id[i] == '-' || id[i] == '.'))
			return false;
	return true;
}

int office_read_relations(struct package *p, const char *name, struct raw_relation **out, size_t *count, struct err *err)
{
	const struct zip_member *member = office_find(p, relations_name(p->arena, name));
	size_t n = 0, room = 16;

	*count = 0, *out = NULL;
	if (!member)
		return 0;
	if (start(p, member, err) < 0)
		return -1;
	struct raw_relation *list = arena_new_array(p->arena, struct raw_relation, room);
	for (enum xml_token t; (t = xml_next(p->filter->reader)) != XML_END;) {
		if (t == XML_BAD)
			return is_bad(p, member, err);
		if (t != XML_OPEN || p->filter->reader->depth != 2 || !xml_name_is(xml_local(p->filter->reader->name), "Relationship"))
			continue;
		const char *id = office_value(p, "Id"), *type = office_value(p, "Type"), *target = office_value(p, "Target"), *mode = office_value(p, "TargetMode");
		if (!id || !type || !target || !is_id(id))
			continue;
		if (n == RELATIONS_MOST)
			return refuse(err, REFUSAL_TOO_MANY_PARTS, "more than %d relationships", RELATIONS_MOST);
		if (n == room) {
			struct raw_relation *more = arena_new_array(p->arena, struct raw_relation, room * 2);
			memcpy(more, list, room * sizeof *more);
			list = more, room *= 2;
		}
		list[n++] = (struct raw_relation){ id, type, target, mode && strcasecmp(mode, "External") == 0 };
	}
	*out = list, *count = n;
	return 0;
}

static char *percent_decoded(struct arena *arena, const char *s)
{
	char *out = arena_copy(arena, s, strlen(s)), *to = out;

	for (; *s; s++) {
		unsigned v;
		if (*s == '%' && sscanf(s + 1, "%2x", &v) == 1 && s[1] && s[2] && v >= 0x20) {
			*to++ = (char)v;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
	return out;
}

const char *office_resolve(struct arena *arena, const char *source, const char *target)
{
	const char *slash = strrchr(source, '/');
	char *path = target[0] == '/' ? arena_printf(arena, "%s", target + 1)
				      : arena_printf(arena, "%.*s%s", slash ? (int)(slash - source + 1) : 0, source, target);
	char *parts[64];
	size_t count = 0;

	path = percent_decoded(arena, path);
	path[strcspn(path, "#?")] = 0;
	for (char *s = strtok_r(path, "/", &path); s; s = strtok_r(NULL, "/", &path)) {
		if (strcmp(s, ".") == 0)
			continue;
		if (strcmp(s, "..") == 0) {
			if (count == 0)
				return NULL;
			count--;
			continue;
		}
		if (count == COUNT(parts))
			return NULL;
		parts[count++] = s;
	}
	const char *out = "";
	for (size_t i = 0; i < count; i++)
		out = i ? arena_printf(arena, "%s/%s", out, parts[i]) : parts[0];
	return count ? out : NULL;
}

/* The value of an attribute by its local name, whatever its prefix. */
static const char *local_value(struct package *p, const char *name)
{
	const struct xml_reader *r = p->filter->reader;

	for (unsigned i = 0; i < r->count; i++)
		if (xml_name_is(xml_local(r->names[i]), name))
			return xml_text_of(p->arena, r->values[i]);
	return NULL;
}

static const char *preview_target(struct package *p, const char *drawing, const struct raw_relation *relations, size_t count)
{
	const char *id = local_value(p, "relid");

	if (!id)
		id = local_value(p, "pict");
	for (size_t i = 0; id && i < count; i++)
		if (!relations[i].external && strcmp(relations[i].id, id) == 0) {
			const char *path = office_resolve(p->arena, drawing, relations[i].target);
			return path ? arena_printf(p->arena, "/%s", path) : NULL;
		}
	return NULL;
}

int office_read_previews(struct package *p, const char *source, const char *drawing, struct raw_relation **out, size_t *count, struct err *err)
{
	const char *name = office_resolve(p->arena, source, drawing), *shape = NULL;
	const struct zip_member *member = name ? office_find(p, name) : NULL;
	struct raw_relation *relations, *list;
	size_t known, n = 0;

	*count = 0, *out = NULL;
	if (!member || member->size > RELATIONS_BYTES_MOST)
		return 0;
	if (office_read_relations(p, name, &relations, &known, err) < 0 || start(p, member, err) < 0)
		return -1;
	list = arena_new_array(p->arena, struct raw_relation, PREVIEWS_MOST);
	/* VML is not always XML; what comes before the first fault counts. */
	for (enum xml_token t; n < PREVIEWS_MOST && (t = xml_next(p->filter->reader)) != XML_END && t != XML_BAD;) {
		struct xml_name local = xml_local(p->filter->reader->name);
		if (t != XML_OPEN)
			continue;
		if (xml_name_is(local, "shape")) {
			shape = local_value(p, "spid");
			shape = shape ? shape : local_value(p, "id");
		}
		const char *target = shape && xml_name_is(local, "imagedata") ? preview_target(p, name, relations, known) : NULL;
		if (!target || !is_id(shape) || strlen(shape) > 100)
			continue;
		list[n++] = (struct raw_relation){ arena_printf(p->arena, "preview%s", shape), OFFICE_IMAGE, target, false };
		shape = NULL; /* the first picture is the one */
	}
	for (size_t i = 0; i < n; i++) {
		bool again = false;
		for (size_t k = 0; k < *count; k++)
			again |= strcmp(list[k].id, list[i].id) == 0;
		if (!again)
			list[(*count)++] = list[i];
	}
	*out = list;
	return 0;
}
