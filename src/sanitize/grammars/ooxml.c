/* OOXMLの文法 — office packages as our rebuilders write them: our ZIP layout, every part of a known kind under a known name, reached by a
 * relationship of its kind; canonical XML; no element or attribute that acts; fields and formulas read again; nothing from outside but
 * hyperlinks; pictures and embedded documents only as verified members. Lists: ooxml_rules.def. */
#include "base/hash.h"
#include "base/sort.h"
#include "base/text.h"
#include "sanitize/grammar.h"
#include "sanitize/grammars/canonical_xml.h"
#include "sanitize/grammars/ooxml_text.h"
#include "sanitize/grammars/package_zip.h"
#include "sanitize/rules.h"

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define OOX "application/vnd.openxmlformats-officedocument."
#define PML OOX "presentationml."
#define WML OOX "wordprocessingml."
#define SML OOX "spreadsheetml."
#define DML OOX "drawingml."

enum { FIELDS = 64, SET = 512 };
enum { ALWAYS_NUMBERED, NUMBERED_FROM_2, MEMBER, PLACEHOLDER };

static const struct kind {
	const char *pattern, *content_type, *relationship, *root;
	int sort;
} kinds[] = {
#define KIND(pattern, content_type, relationship, root, sort) { pattern, content_type, relationship, root, sort },
#include "sanitize/grammars/ooxml_rules.def"
#undef KIND
};
static const struct {
	struct bytes prefix, name;
} namespaces[] = {
#define NAMESPACE(prefix, name) { { (const uint8_t *)prefix, sizeof prefix - 1 }, { (const uint8_t *)name, sizeof name - 1 } },
#include "sanitize/grammars/ooxml_rules.def"
#undef NAMESPACE
};
/* What the policy does not let stay. */
static const struct absent {
	enum feature feature;
	const char *name;
} absent_parts[] = {
#define ABSENT_PART(feature, pattern) { FEATURE_##feature, pattern },
#include "sanitize/grammars/ooxml_rules.def"
#undef ABSENT_PART
}, absent_elements[] = {
#define ABSENT(feature, element) { FEATURE_##feature, element },
#include "sanitize/grammars/ooxml_rules.def"
#undef ABSENT
};
/* SHA-256 of the grey square that stands where a picture was. */
static const uint8_t placeholder[32] = { 0xae, 0xd5, 0x0c, 0x25, 0x88, 0x7b, 0x16, 0xb7, 0xbf, 0x09, 0xda, 0x8d, 0x87, 0x5a, 0x08, 0x79,
					 0xda, 0x22, 0x96, 0x58, 0xe3, 0xda, 0xc7, 0x63, 0xad, 0xd5, 0xa7, 0xe1, 0xef, 0x1f, 0xd8, 0x44 };

struct field {
	bool decided;
	size_t n, room;
	uint8_t *text;
};
struct relationship {
	struct bytes id;
	const struct part *to; /* NULL: a link */
};
struct part {
	const struct package_member *member;
	const struct kind *kind; /* NULL: relationships and content types */
	bool reached, typed;
	struct relationship *relationships; /* sorted by id */
	size_t relationship_count;
};
struct package {
	struct check *check;
	struct arena *arena;
	struct package_zip zip;
	struct part *parts;
	struct canonical_xml *xml;
	const char *folder; /* "word/" */
	struct field fields[FIELDS];
	unsigned field_depth;
	bool no_links, strict; /* the policy lets no link stay; it says something at all */
};

static int outside(struct package *p, struct err *err, const struct package_member *m, const char *what)
{
	return fail(err, ERR_MALFORMED, (uint64_t)(p->xml->p - p->xml->start), "%s: %s", text_printable(p->arena, m->name, 100), what);
}

/* --- sets of forbidden names ------------------------------------------------------------------------------------- */

/* Most names are told to be in no set by their length and first letter. */
struct set {
	uint64_t lengths[256]; /* of the names that begin with a letter, as bits; 63 stands for all from there on */
	struct bytes names[SET];
};
static struct set elements, attributes;

static unsigned hash(struct bytes b)
{
	unsigned h = 5381;
	for (size_t i = 0; i < b.n; i++)
		h = h * 33 + b.p[i];
	return h;
}

static uint64_t length_bit(struct bytes name)
{
	return 1ull << MIN(name.n, (size_t)63);
}

static void add(struct set *set, const char *s)
{
	struct bytes name = bytes_of(s, strlen(s));
	unsigned i = hash(name) % SET;

	while (set->names[i].n)
		i = (i + 1) % SET;
	set->names[i] = name;
	set->lengths[name.p[0]] |= length_bit(name);
}

static bool has(const struct set *set, struct bytes name)
{
	if (!(set->lengths[name.p[0]] & length_bit(name)))
		return false;
	for (unsigned i = hash(name) % SET; set->names[i].n; i = (i + 1) % SET)
		if (bytes_equal(name, set->names[i]))
			return true;
	return false;
}

static void fill_sets(void)
{
	static bool done;

	if (done)
		return;
	done = true;
#define FORBIDDEN(name) add(&elements, name);
#include "sanitize/grammars/ooxml_rules.def"
#undef FORBIDDEN
#define FORBIDDEN_ATTRIBUTE(name) add(&attributes, name);
#include "sanitize/grammars/ooxml_rules.def"
#undef FORBIDDEN_ATTRIBUTE
}

/* --- names of parts ---------------------------------------------------------------------------------------------- */

/* '?' stands for the folder of the format, '#' for a number. */
static bool fits(const struct kind *k, struct bytes name, const char *folder)
{
	const char *s = k->pattern;
	size_t i = 0, n = strlen(folder);

	if (*s == '?') {
		if (name.n < n || memcmp(name.p, folder, n) != 0)
			return false;
		i = n, s++;
	} else if (strncmp(s, folder, n) != 0 && strncmp(s, "docProps/", 9) != 0) {
		return false;
	}
	for (; *s; s++) {
		if (*s != '#') {
			if (i == name.n || name.p[i] != (uint8_t)*s)
				return false;
			i++;
			continue;
		}
		size_t from = i;
		while (i < name.n && name.p[i] >= '0' && name.p[i] <= '9')
			i++;
		if (i == from ? k->sort != NUMBERED_FROM_2 : name.p[from] == '0' || (k->sort == NUMBERED_FROM_2 && i == from + 1 && name.p[from] == '1'))
			return false;
	}
	return i == name.n;
}

static bool ends(struct bytes b, const char *s)
{
	return b.n >= strlen(s) && memcmp(b.p + b.n - strlen(s), s, strlen(s)) == 0;
}

/* The relationships of word/document.xml are word/_rels/document.xml.rels and stand right behind it. */
static struct bytes relationships_name(struct package *p, struct bytes source)
{
	const uint8_t *slash = source.n ? memrchr(source.p, '/', source.n) : NULL;
	int folder = slash ? (int)(slash - source.p) + 1 : 0;
	const char *s = arena_printf(p->arena, "%.*s_rels/%.*s.rels", folder, (const char *)source.p, (int)source.n - folder, (const char *)source.p + folder);
	return bytes_of(s, strlen(s));
}

static int name_parts(struct package *p, struct err *err)
{
	bool root = false;

	p->parts = arena_new_array(p->arena, struct part, p->zip.count + 1);
	for (size_t i = 0; i < p->zip.count; i++) {
		struct part *part = &p->parts[i];
		part->member = &p->zip.members[i];
		struct bytes name = part->member->name;
		if (i == 0 ? !canonical_is(name, "[Content_Types].xml") : i == 1 ? !canonical_is(name, "_rels/.rels") : false)
			return outside(p, err, part->member, "not the part that comes here");
		root |= i == 1;
		if (i < 2)
			continue;
		if (ends(name, ".rels")) {
			if (!p->parts[i - 1].kind || !bytes_equal(name, relationships_name(p, p->parts[i - 1].member->name)))
				return outside(p, err, part->member, "relationships without their part");
			continue;
		}
		for (size_t k = 0; k < COUNT(kinds) && !part->kind; k++)
			if (fits(&kinds[k], name, p->folder))
				part->kind = &kinds[k];
		if (!part->kind)
			return outside(p, err, part->member, "no such part is known");
		for (size_t k = 0; k < COUNT(absent_parts); k++)
			if (strcmp(part->kind->pattern, absent_parts[k].name) == 0 && check_removes(p->check, absent_parts[k].feature))
				return outside(p, err, part->member, "a part that the policy does not let stay");
		if (part->member->folder || ((part->kind->sort == MEMBER || part->kind->sort == PLACEHOLDER) && part->member->deflated))
			return outside(p, err, part->member, "stored in the wrong way");
	}
	return root ? 0 : fail(err, ERR_MALFORMED, 0, "package without parts");
}

static struct part *find_part(struct package *p, struct bytes name)
{
	for (size_t i = 2; i < p->zip.count; i++)
		if (p->parts[i].kind && bytes_equal(p->parts[i].member->name, name))
			return &p->parts[i];
	return NULL;
}

static struct bytes value_of(const struct canonical_xml *x, const char *name)
{
	for (unsigned i = 0; i < x->count; i++)
		if (x->attributes[i].name.prefix.n == 0 && canonical_is(x->attributes[i].name.local, name))
			return x->attributes[i].value;
	return (struct bytes){ NULL, 0 };
}

static int start(struct package *p, const struct package_member *m, struct err *err)
{
	struct bytes content;

	if (package_zip_content(&p->zip, m, &content, err) < 0)
		return -1;
	return canonical_start(p->xml, content, err);
}

static bool is_declared(const struct canonical_xml *x, const char *name)
{
	return x->declared_count == 1 && x->declared[0].name.local.n == 0 && canonical_is(x->declared[0].value, name);
}

/* --- content types ----------------------------------------------------------------------------------------------- */

static bool is_default_type(struct bytes extension, struct bytes type)
{
	static const char *const known[][2] = {
		{ "rels", "application/vnd.openxmlformats-package.relationships+xml" }, { "png", "image/png" }, { "jpeg", "image/jpeg" },
		{ "vml", OOX "vmlDrawing" }, { "docx", WML "document" }, { "xlsx", SML "sheet" }, { "pptx", PML "presentation" },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (canonical_is(extension, known[i][0]))
			return canonical_is(type, known[i][1]);
	return false;
}

static int check_types(struct package *p, struct err *err)
{
	const struct package_member *m = p->parts[0].member;
	struct canonical_xml *x = p->xml;

	if (start(p, m, err) < 0)
		return -1;
	for (enum canonical_token t; (t = canonical_next(x)) != CANONICAL_END;) {
		if (t == CANONICAL_BAD || t == CANONICAL_TEXT)
			return outside(p, err, m, x->why);
		if (t == CANONICAL_CLOSE)
			continue;
		if (x->depth == 1) {
			if (!canonical_is(x->open[0], "Types") || !is_declared(x, "http://schemas.openxmlformats.org/package/2006/content-types"))
				return outside(p, err, m, "root");
			continue;
		}
		struct bytes type = value_of(x, "ContentType");
		if (x->count != 2 || x->depth != 2)
			return outside(p, err, m, "shape");
		if (canonical_is(x->open[1], "Default") && is_default_type(value_of(x, "Extension"), type))
			continue;
		struct bytes name = value_of(x, "PartName");
		struct part *part = canonical_is(x->open[1], "Override") && name.n > 1 && name.p[0] == '/' ? find_part(p, bytes_of(name.p + 1, name.n - 1)) : NULL;
		if (!part || part->typed || !canonical_is(type, part->kind->content_type))
			return outside(p, err, m, "content type");
		part->typed = true;
	}
	for (size_t i = 2; i < p->zip.count; i++)
		if (p->parts[i].kind && ends(p->parts[i].member->name, ".xml") && !p->parts[i].typed)
			return outside(p, err, p->parts[i].member, "part without content type");
	return 0;
}

/* --- relationships ----------------------------------------------------------------------------------------------- */

/* "../media/image1.png" seen from word/charts/chart1.xml. */
static struct bytes resolve(struct package *p, struct bytes source, struct bytes target)
{
	const uint8_t *slash = source.n ? memrchr(source.p, '/', source.n) : NULL;
	size_t folder = slash ? (size_t)(slash - source.p) + 1 : 0;

	while (target.n > 3 && memcmp(target.p, "../", 3) == 0 && folder) {
		target = bytes_of(target.p + 3, target.n - 3);
		const uint8_t *up = memrchr(source.p, '/', folder - 1);
		folder = up ? (size_t)(up - source.p) + 1 : 0;
	}
	uint8_t *to = arena_alloc(p->arena, folder + target.n + 1);
	if (folder)
		memcpy(to, source.p, folder);
	memcpy(to + folder, target.p, target.n);
	return bytes_of(to, folder + target.n);
}

static int check_relationship(struct package *p, const struct package_member *m, struct bytes source, const struct part **to, struct err *err)
{
	struct canonical_xml *x = p->xml;
	struct bytes type = value_of(x, "Type"), target = canonical_plain(p->arena, value_of(x, "Target")), mode = value_of(x, "TargetMode");
	bool hyperlink = canonical_is(type, OFFICE "hyperlink");

	if (x->depth != 2 || !canonical_is(x->open[1], "Relationship") || x->count != (mode.p ? 4u : 3u) || !value_of(x, "Id").n || !target.n)
		return outside(p, err, m, "shape");
	if (mode.p) {
		if (!canonical_is(mode, "External") || !hyperlink || !ooxml_link_is_good(target) || p->no_links)
			return outside(p, err, m, "link to the outside");
		return 0;
	}
	if (hyperlink)
		return target.p[0] == '#' ? 0 : outside(p, err, m, "link");
	struct part *part = find_part(p, resolve(p, source, target));
	if (!part || !canonical_is(type, part->kind->relationship))
		return outside(p, err, m, "relationship without a part of its kind");
	part->reached = true;
	*to = part;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct relationship *x = a, *y = b;
	int order = memcmp(x->id.p, y->id.p, MIN(x->id.n, y->id.n));
	return order ? order : (x->id.n > y->id.n) - (x->id.n < y->id.n);
}

static int check_relationships(struct package *p, struct part *owner, const struct package_member *m, struct err *err)
{
	struct canonical_xml *x = p->xml;
	size_t room = 16;

	if (start(p, m, err) < 0)
		return -1;
	owner->relationships = arena_new_array(p->arena, struct relationship, room);
	for (enum canonical_token t; (t = canonical_next(x)) != CANONICAL_END;) {
		if (t == CANONICAL_BAD || t == CANONICAL_TEXT)
			return outside(p, err, m, x->why);
		if (t == CANONICAL_CLOSE)
			continue;
		if (x->depth == 1) {
			if (!canonical_is(x->open[0], "Relationships") || !is_declared(x, "http://schemas.openxmlformats.org/package/2006/relationships"))
				return outside(p, err, m, "root");
			continue;
		}
		const struct part *to = NULL;
		if (check_relationship(p, m, owner->member ? owner->member->name : (struct bytes){ NULL, 0 }, &to, err) < 0)
			return -1;
		if (owner->relationship_count == room) {
			struct relationship *more = arena_new_array(p->arena, struct relationship, room * 2);
			memcpy(more, owner->relationships, room * sizeof *more);
			owner->relationships = more, room *= 2;
		}
		owner->relationships[owner->relationship_count++] = (struct relationship){ arena_bytes(p->arena, value_of(x, "Id")), to };
	}
	sort_items(owner->relationships, owner->relationship_count, sizeof *owner->relationships, by_id);
	for (size_t i = 1; i < owner->relationship_count; i++)
		if (bytes_equal(owner->relationships[i - 1].id, owner->relationships[i].id))
			return outside(p, err, m, "identifier given twice");
	return 0;
}

/* --- XML parts --------------------------------------------------------------------------------------------------- */

/* In the root every prefix stands for the one namespace it always stands for; what is used is declared there. */
static bool declarations_are_good(const struct canonical_xml *x)
{
	for (unsigned i = 0; i < x->declared_count; i++) {
		bool good = false;
		for (size_t k = 0; k < COUNT(namespaces) && !good; k++)
			good = bytes_equal(x->declared[i].name.local, namespaces[k].prefix) && bytes_equal(x->declared[i].value, namespaces[k].name);
		if (!good)
			return false;
	}
	return true;
}

static bool is_prefix(const struct canonical_xml *x, struct bytes prefix, bool attribute)
{
	if (prefix.n == 0 && attribute)
		return true;
	for (unsigned i = 0; i < x->declared_count; i++) {
		struct bytes declared = x->declared[i].name.local;
		if (declared.n == prefix.n && (prefix.n == 0 || (declared.p[0] == prefix.p[0] && memcmp(declared.p, prefix.p, prefix.n) == 0)))
			return true;
	}
	return attribute ? canonical_is(prefix, "xml") : prefix.n == 0 && canonical_is(x->open[0], "xml");
}

static const struct relationship *relationship_of(const struct part *part, struct bytes id)
{
	struct relationship key = { id, NULL };
	return part->relationship_count ? bsearch(&key, part->relationships, part->relationship_count, sizeof key, by_id) : NULL;
}

/* The data of a diagram name its drawing by an id of whoever has the diagram: each part that has it must have that drawing under that id, or nothing. */
static bool is_drawing(const struct package *p, const struct part *data, struct bytes id)
{
	bool found = false;

	for (size_t i = 0; i < p->zip.count; i++) {
		const struct part *owner = &p->parts[i];
		bool owns = false;
		for (size_t k = 0; k < owner->relationship_count && !owns; k++)
			owns = owner->relationships[k].to == data;
		const struct relationship *r = owns ? relationship_of(owner, id) : NULL;
		if (r && (!r->to || strcmp(r->to->kind->root, "dsp:drawing") != 0))
			return false;
		found |= r != NULL;
	}
	return found;
}

/* A click that moves within the show: the only actions there are. */
static bool is_known_click(struct package *p, const struct canonical_attribute *a)
{
	static const char *const known[] = { "ppaction://hlinksldjump", "ppaction://noaction", "ppaction://hlinkshowjump?jump=nextslide",
					     "ppaction://hlinkshowjump?jump=previousslide", "ppaction://hlinkshowjump?jump=firstslide",
					     "ppaction://hlinkshowjump?jump=lastslide", "ppaction://hlinkshowjump?jump=lastslideviewed",
					     "ppaction://hlinkshowjump?jump=endshow" };
	static const char show[] = "ppaction://customshow?id=";
	struct bytes value = canonical_plain(p->arena, a->value);
	size_t i = sizeof show - 1;

	if (a->name.prefix.n || !canonical_is(a->name.local, "action") || !canonical_is(p->xml->open[p->xml->depth - 1], "a:hlinkClick"))
		return false;
	for (size_t k = 0; k < COUNT(known); k++)
		if (canonical_is(value, known[k]))
			return true;
	if (value.n <= i || memcmp(value.p, show, i) != 0)
		return false;
	while (i < value.n && value.p[i] >= '0' && value.p[i] <= '9')
		i++;
	return i > sizeof show - 1 && (i == value.n || canonical_is(bytes_of(value.p + i, value.n - i), "&return=true"));
}

static bool is_office_program(struct bytes name)
{
	return canonical_is(name, "Word.Document.12") || canonical_is(name, "Excel.Sheet.12") || canonical_is(name, "PowerPoint.Show.12");
}

static bool is_known_program(const struct canonical_xml *x, const struct canonical_attribute *a)
{
	return a->name.prefix.n == 0 && canonical_is(a->name.local, "progId") && canonical_is(x->open[x->depth - 1], "p:oleObj") && is_office_program(a->value);
}

static bool field_is_good(const struct package *p, struct bytes instruction)
{
	return ooxml_field_is_good(instruction) && !(p->no_links && ooxml_field_leads_out(instruction));
}

static bool formula_is_good(const struct package *p, struct bytes formula)
{
	return ooxml_formula_is_good(formula) && !(p->no_links && ooxml_formula_leads_out(formula));
}

static const char *check_attribute(struct package *p, const struct part *part, const struct canonical_attribute *a)
{
	const struct canonical_xml *x = p->xml;
	struct bytes local = a->name.local, prefix = a->name.prefix;

	if (!is_prefix(x, prefix, true))
		return "prefix of an attribute";
	if (has(&attributes, local) && !is_known_click(p, a) && !is_known_program(x, a))
		return "attribute that acts";
	if (canonical_is(local, "relId") && canonical_is(x->open[x->depth - 1], "dsp:dataModelExt"))
		return is_drawing(p, part, a->value) ? NULL : "reference to no drawing";
	if (canonical_is(prefix, "r") || canonical_is(local, "relid") || canonical_is(local, "relId"))
		return relationship_of(part, a->value) || (a->value.n == 0 && canonical_is(x->open[x->depth - 1], "a:hlinkClick")) ? NULL : "reference to no relationship";
	if (canonical_is(prefix, "mc"))
		return x->depth == 1 && canonical_is(local, "Ignorable") ? NULL : "compatibility markup";
	if (canonical_is(local, "style") && (memchr(a->value.p, '(', a->value.n) || memchr(a->value.p, '@', a->value.n)) &&
	    (canonical_is(x->name.prefix, "v") || canonical_is(x->name.prefix, "o")))
		return "style that is computed";
	if (canonical_is(local, "instr") && !field_is_good(p, canonical_plain(p->arena, a->value)))
		return "field";
	if ((canonical_is(local, "textlink") || canonical_is(local, "formula")) && prefix.n == 0 && !formula_is_good(p, canonical_plain(p->arena, a->value)))
		return "formula";
	if (p->strict && canonical_is(local, "refreshedBy") && check_removes(p->check, FEATURE_metadata))
		return "attribute that the policy does not let stay";
	if (canonical_is(local, "location") && (memmem(a->value.p, a->value.n, "//", 2) || memchr(a->value.p, '\\', a->value.n)))
		return "place outside";
	return NULL;
}

static const char *check_field_mark(struct package *p)
{
	const struct canonical_xml *x = p->xml;
	struct bytes type = { NULL, 0 };

	for (unsigned i = 0; i < x->count; i++)
		if (canonical_is(x->attributes[i].name.local, "fldCharType"))
			type = x->attributes[i].value;
	if (canonical_is(type, "begin")) {
		if (p->field_depth == FIELDS)
			return "fields nested too deeply";
		/* What nests in an instruction comes behind its keyword. */
		if (p->field_depth) {
			struct field *around = &p->fields[p->field_depth - 1];
			if (!around->decided && (around->n == 0 || !ooxml_field_is_good(bytes_of(around->text, around->n))))
				return "field within a keyword";
			if (!around->decided && ooxml_field_is_link(bytes_of(around->text, around->n)))
				return "link made by a field";
		}
		p->fields[p->field_depth].decided = false, p->fields[p->field_depth].n = 0;
		p->field_depth++;
		return NULL;
	}
	if (p->field_depth == 0 || (!canonical_is(type, "separate") && !canonical_is(type, "end")))
		return "field mark";
	struct field *f = &p->fields[p->field_depth - 1];
	if (!f->decided && !field_is_good(p, bytes_of(f->text, f->n)))
		return "field";
	f->decided = true;
	if (canonical_is(type, "end"))
		p->field_depth--;
	return NULL;
}

static const char *add_instruction(struct package *p, struct bytes text)
{
	if (p->field_depth == 0 || p->fields[p->field_depth - 1].decided)
		return "instruction outside a field";
	struct field *f = &p->fields[p->field_depth - 1];
	if (f->n + text.n > f->room) {
		size_t room = (f->n + text.n) * 2;
		uint8_t *more = arena_alloc(p->arena, room);
		if (f->n)
			memcpy(more, f->text, f->n);
		f->text = more, f->room = room;
	}
	memcpy(f->text + f->n, text.p, text.n);
	f->n += text.n;
	return NULL;
}

static bool is_formula(struct bytes name)
{
	static const char *const names[] = { "f", "c:f", "xm:f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula",
					     "totalsRowFormula" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (canonical_is(name, names[i]))
			return true;
	return false;
}

static const char *check_open(struct package *p, const struct part *part)
{
	struct canonical_xml *x = p->xml;

	if (x->depth == 1 && (!canonical_is(x->open[0], part->kind->root) || !declarations_are_good(x)))
		return "root";
	if (!is_prefix(x, x->name.prefix, false) || canonical_is(x->name.prefix, "mc") || canonical_is(x->name.prefix, "r"))
		return "prefix of an element";
	if (has(&elements, x->name.local) && !canonical_is(x->open[x->depth - 1], "w:frame"))
		return "element that acts";
	for (size_t i = 0; p->strict && i < COUNT(absent_elements); i++)
		if (canonical_is(x->open[x->depth - 1], absent_elements[i].name) && check_removes(p->check, absent_elements[i].feature))
			return "element that the policy does not let stay";
	for (unsigned i = 0; i < x->count; i++) {
		const char *why = check_attribute(p, part, &x->attributes[i]);
		if (why)
			return why;
	}
	if (canonical_is(x->open[x->depth - 1], "w:fldChar"))
		return check_field_mark(p);
	if (canonical_is(x->open[x->depth - 1], "definedName") && !ooxml_name_is_good(value_of(x, "name")))
		return "name that runs by itself";
	if (canonical_is(x->name.local, "ClientData") && !canonical_is(value_of(x, "ObjectType"), "Note"))
		return "control";
	if (canonical_is(x->open[x->depth - 1], "p:link"))
		return "linked object";
	if (canonical_is(x->open[x->depth - 1], "p:oleObj") && !is_office_program(value_of(x, "progId")))
		return "object";
	if (canonical_is(x->open[x->depth - 1], "o:OLEObject") && !canonical_is(value_of(x, "Type"), "Embed"))
		return "linked object";
	return NULL;
}

static const char *check_text(struct package *p)
{
	struct canonical_xml *x = p->xml;
	struct bytes name = x->open[x->depth - 1];

	if (canonical_is(name, "w:t") && p->field_depth && !p->fields[p->field_depth - 1].decided)
		return add_instruction(p, canonical_plain(p->arena, x->text));
	if (canonical_is(name, "w:instrText") || canonical_is(name, "w:delInstrText"))
		return add_instruction(p, canonical_plain(p->arena, x->text));
	if (is_formula(name) && !formula_is_good(p, canonical_plain(p->arena, x->text)))
		return "formula";
	return NULL;
}

static int check_xml(struct package *p, const struct part *part, struct err *err)
{
	struct canonical_xml *x = p->xml;

	if (start(p, part->member, err) < 0)
		return -1;
	p->field_depth = 0;
	for (;;) {
		const char *why = NULL;
		switch (canonical_next(x)) {
		case CANONICAL_END:
			/* A field left open has shown its instruction, or is judged by what there is of it. */
			while (p->field_depth--)
				if (!p->fields[p->field_depth].decided)
					return outside(p, err, part->member, "field without end");
			return 0;
		case CANONICAL_BAD: why = x->why; break;
		case CANONICAL_OPEN: why = check_open(p, part); break;
		case CANONICAL_TEXT: why = check_text(p); break;
		case CANONICAL_CLOSE: break;
		}
		if (why)
			return outside(p, err, part->member, why);
	}
}

static int check_member(struct package *p, const struct part *part, struct err *err)
{
	uint8_t sha256[32];

	if (package_zip_hash(&p->zip, part->member, sha256, err) < 0)
		return -1;
	if (part->kind->sort == PLACEHOLDER ? memcmp(sha256, placeholder, 32) != 0 : !check_is_verified_member(p->check, sha256))
		return fail(err, ERR_MISMATCH, part->member->data, "%s: not verified", text_printable(p->arena, part->member->name, 100));
	return 0;
}

static int accept(struct check *check, struct err *err)
{
	static const char *const homes[][2] = { { "docx", "word/" }, { "xlsx", "xl/" }, { "pptx", "ppt/" } };
	struct package p = { .check = check, .arena = check_arena(check) };
	struct part root = { 0 };

	fill_sets();
	p.no_links = check_removes(check, FEATURE_links);
	for (int i = 0; i < FEATURE_COUNT; i++)
		p.strict |= check_removes(check, i);
	must((p.xml = arena_scratch(p.arena, sizeof *p.xml)));
	for (size_t i = 0; i < COUNT(homes); i++)
		if (strcmp(check_format(check), homes[i][0]) == 0)
			p.folder = homes[i][1];
	if (!p.folder)
		return fail(err, ERR_UNSUPPORTED, 0, "no office format");
	if (package_zip_read(check, &p.zip, err) < 0 || name_parts(&p, err) < 0 || check_types(&p, err) < 0 ||
	    check_relationships(&p, &root, p.parts[1].member, err) < 0)
		return -1;
	for (size_t i = 2; i < p.zip.count; i++)
		if (!p.parts[i].kind && check_relationships(&p, &p.parts[i - 1], p.parts[i].member, err) < 0)
			return -1;
	for (size_t i = 2; i < p.zip.count; i++) {
		const struct part *part = &p.parts[i];
		if (!part->kind)
			continue;
		if (!part->reached)
			return outside(&p, err, part->member, "part that nothing reaches");
		bool xml = part->kind->sort != MEMBER && part->kind->sort != PLACEHOLDER;
		if ((xml ? check_xml(&p, part, err) : check_member(&p, part, err)) < 0)
			return -1;
	}
	return 0;
}

extern const struct grammar grammar_ooxml;
const struct grammar grammar_ooxml = { .name = "ooxml", .accept = accept, .prepare = fill_sets };
