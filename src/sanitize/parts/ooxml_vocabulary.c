/* OOXMLの語彙 — contract in ooxml_vocabulary.h. */
#include "sanitize/parts/ooxml_vocabulary.h"

const struct namespace_row ooxml_namespaces[NS_COUNT] = {
#define NAMESPACE(id, prefix, kind, name, strict) [NS_##id] = { prefix, name, strict, NAMESPACE_##kind },
#include "sanitize/parts/namespaces.def"
#undef NAMESPACE
	[NS_XML] = { "xml", "http://www.w3.org/XML/1998/namespace", NULL, NAMESPACE_STANDARD },
};

/* The prefix of namespaces.def once more, with its colon: names are written in one piece. A test compares the two. */
#define PREFIX_W "w:"
#define PREFIX_M "m:"
#define PREFIX_WP "wp:"
#define PREFIX_WP14 "wp14:"
#define PREFIX_WPS "wps:"
#define PREFIX_WPG "wpg:"
#define PREFIX_WPC "wpc:"
#define PREFIX_W14 "w14:"
#define PREFIX_W15 "w15:"
#define PREFIX_W16CID "w16cid:"
#define PREFIX_W16CEX "w16cex:"
#define PREFIX_X ""
#define PREFIX_X14 "x14:"
#define PREFIX_XM "xm:"
#define PREFIX_XDA "xda:"
#define PREFIX_TC ""
#define PREFIX_A "a:"
#define PREFIX_P "p:"
#define PREFIX_P14 "p14:"
#define PREFIX_P15 "p15:"
#define PREFIX_P188 "p188:"
#define PREFIX_PC "pc:"
#define PREFIX_AC "ac:"
#define PREFIX_PIC "pic:"
#define PREFIX_COM "com:"
#define PREFIX_LC "lc:"
#define PREFIX_XDR "xdr:"
#define PREFIX_C "c:"
#define PREFIX_CDR "cdr:"
#define PREFIX_DGM "dgm:"
#define PREFIX_DSP "dsp:"
#define PREFIX_V "v:"
#define PREFIX_O "o:"
#define PREFIX_W10 "w10:"
#define PREFIX_XV "x:"
#define PREFIX_EP ""
#define PREFIX_VT "vt:"
#define PREFIX_CUP ""
#define PREFIX_CP "cp:"
#define PREFIX_DC "dc:"
#define PREFIX_DCT "dcterms:"
#define PREFIX_R "r:"
#define PREFIX_XSI "xsi:"
#define PREFIX_XML "xml:"

/* Names are made strings at once: some of them are macros of C (bool). */
#define ROW(ns, local, prefix, action, flags, hook, threat) \
	{ local, prefix local, threat, NS_##ns, ACTION_##action, flags, HOOK_##hook, sizeof local - 1, sizeof prefix local - 1 },
#define KEEP(ns, local) ROW(ns, #local, PREFIX_##ns, KEEP, 0, NONE, NULL)
#define CHARS(ns, local) ROW(ns, #local, PREFIX_##ns, KEEP, ELEMENT_TEXT, NONE, NULL)
#define DROP(ns, local, threat) ROW(ns, #local, PREFIX_##ns, DROP, 0, NONE, threat)
#define QUIET(ns, local) ROW(ns, #local, PREFIX_##ns, QUIET, 0, NONE, NULL)
#define UNWRAP(ns, local) ROW(ns, #local, PREFIX_##ns, UNWRAP, 0, NONE, NULL)
#define HOOK(ns, local, flags, hook) ROW(ns, #local, PREFIX_##ns, KEEP, flags, hook, NULL)
static const struct element_rule elements[] = {
#include "sanitize/parts/drawing_elements.def"
#include "sanitize/parts/presentation_elements.def"
#include "sanitize/parts/property_elements.def"
#include "sanitize/parts/spreadsheet_elements.def"
#include "sanitize/parts/wordprocessing_elements.def"
	/* The root of a VML part has no namespace. */
	{ "xml", "xml", NULL, NS_NONE, ACTION_KEEP, 0, HOOK_NONE, 3, 3 },
};

#define ATTRIBUTE(ns, local, prefix, qualified, hook) { local, prefix local, NS_##ns, qualified, HOOK_##hook, sizeof local - 1, sizeof prefix local - 1 },
#define OWN_HOOK(ns, local, hook) ATTRIBUTE(ns, #local, "", false, hook)
#define IN_HOOK(ns, local, hook) ATTRIBUTE(ns, #local, PREFIX_##ns, true, hook)
#define OWN(ns, local) ATTRIBUTE(ns, #local, "", false, NONE)
#define IN(ns, local) ATTRIBUTE(ns, #local, PREFIX_##ns, true, NONE)
static const struct attribute_rule attributes[] = {
#include "sanitize/parts/ooxml_attributes.def"
};

/* Where each row is found: its number + 1 at the first free place behind what its name hashes to; 0: nothing. Twice as many places as rows at least. */
enum { PLACES = 8192 };
_Static_assert(COUNT(elements) < PLACES / 2 && COUNT(attributes) < PLACES / 2, "the lists have outgrown their tables");
static uint16_t element_at[PLACES], attribute_at[PLACES];
static uint16_t name_n[NS_COUNT], strict_n[NS_COUNT]; /* lengths of the namespaces' names */

static unsigned place_of(unsigned ns, bool qualified, const uint8_t *p, size_t n)
{
	unsigned h = ns * 2 + qualified;

	for (size_t i = 0; i < n; i++)
		h = h * 33 + p[i];
	return (h ^ h >> 13) % PLACES;
}

static void enter(uint16_t *table, unsigned place, size_t row)
{
	while (table[place])
		place = (place + 1) % PLACES;
	table[place] = (uint16_t)(row + 1);
}

void ooxml_vocabulary_prepare(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	for (size_t i = 0; i < COUNT(elements); i++)
		enter(element_at, place_of(elements[i].ns, false, (const uint8_t *)elements[i].local, elements[i].local_n), i);
	for (size_t i = 0; i < COUNT(attributes); i++)
		enter(attribute_at, place_of(attributes[i].ns, attributes[i].qualified, (const uint8_t *)attributes[i].local, attributes[i].local_n), i);
	for (unsigned i = 1; i < NS_COUNT; i++) {
		name_n[i] = ooxml_namespaces[i].name ? (uint16_t)strlen(ooxml_namespaces[i].name) : 0;
		strict_n[i] = ooxml_namespaces[i].strict ? (uint16_t)strlen(ooxml_namespaces[i].strict) : 0;
	}
}

enum ooxml_namespace ooxml_namespace_of(struct bytes name)
{
	ooxml_vocabulary_prepare();
	for (unsigned i = 1; name.n && i < NS_COUNT; i++)
		if ((name_n[i] == name.n && memcmp(ooxml_namespaces[i].name, name.p, name.n) == 0) || (strict_n[i] == name.n && memcmp(ooxml_namespaces[i].strict, name.p, name.n) == 0))
			return (enum ooxml_namespace)i;
	return NS_UNKNOWN;
}

const struct element_rule *ooxml_element(enum ooxml_namespace ns, const uint8_t *p, size_t n)
{
	ooxml_vocabulary_prepare();
	for (unsigned place = place_of(ns, false, p, n); element_at[place]; place = (place + 1) % PLACES) {
		const struct element_rule *e = &elements[element_at[place] - 1];
		if (e->ns == ns && e->local_n == n && memcmp(e->local, p, n) == 0)
			return e;
	}
	return NULL;
}

const struct attribute_rule *ooxml_attribute(enum ooxml_namespace ns, bool qualified, const uint8_t *p, size_t n)
{
	ooxml_vocabulary_prepare();
	for (unsigned place = place_of(ns, qualified, p, n); attribute_at[place]; place = (place + 1) % PLACES) {
		const struct attribute_rule *a = &attributes[attribute_at[place] - 1];
		if (a->ns == ns && a->qualified == qualified && a->local_n == n && memcmp(a->local, p, n) == 0)
			return a;
	}
	return NULL;
}

const struct element_rule *ooxml_elements(size_t *count)
{
	*count = COUNT(elements);
	return elements;
}

const struct attribute_rule *ooxml_attributes(size_t *count)
{
	*count = COUNT(attributes);
	return attributes;
}
