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

enum ooxml_namespace ooxml_namespace_of(const char *name)
{
	if (strcmp(name, ooxml_namespaces[NS_XML].name) == 0)
		return NS_XML;
	for (unsigned i = 1; i < NS_XML; i++)
		if (strcmp(ooxml_namespaces[i].name, name) == 0 || (ooxml_namespaces[i].strict && strcmp(ooxml_namespaces[i].strict, name) == 0))
			return (enum ooxml_namespace)i;
	return NS_UNKNOWN;
}

/* Where each namespace's rows begin, found once. */
static uint16_t element_first[NS_COUNT], element_last[NS_COUNT], attribute_first[NS_COUNT][2], attribute_last[NS_COUNT][2];

static void index_once(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	for (uint16_t i = COUNT(elements); i-- > 0;) {
		if (!element_last[elements[i].ns])
			element_last[elements[i].ns] = (uint16_t)(i + 1);
		element_first[elements[i].ns] = i;
	}
	for (uint16_t i = COUNT(attributes); i-- > 0;) {
		const struct attribute_rule *a = &attributes[i];
		if (!attribute_last[a->ns][a->qualified])
			attribute_last[a->ns][a->qualified] = (uint16_t)(i + 1);
		attribute_first[a->ns][a->qualified] = i;
	}
}

static int compare(const char *local, size_t local_n, const uint8_t *p, size_t n)
{
	int order = memcmp(local, p, MIN(local_n, n));
	return order ? order : (local_n > n) - (local_n < n);
}

const struct element_rule *ooxml_element(enum ooxml_namespace ns, const uint8_t *p, size_t n)
{
	index_once();
	for (unsigned low = element_first[ns], high = element_last[ns]; low < high;) {
		unsigned middle = (low + high) / 2;
		int order = compare(elements[middle].local, elements[middle].local_n, p, n);
		if (order == 0)
			return &elements[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct attribute_rule *ooxml_attribute(enum ooxml_namespace ns, bool qualified, const uint8_t *p, size_t n)
{
	index_once();
	for (unsigned low = attribute_first[ns][qualified], high = attribute_last[ns][qualified]; low < high;) {
		unsigned middle = (low + high) / 2;
		int order = compare(attributes[middle].local, attributes[middle].local_n, p, n);
		if (order == 0)
			return &attributes[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
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
