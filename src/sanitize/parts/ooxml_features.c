/* きまりで残さないもの — what of an office document goes because the policy says so (features.def): changes that were tracked, comments, properties.
 * Tracked changes go as if each had been accepted: what was put in stays as text, what was taken out goes. */
#include "sanitize/parts/office_parts.h"
#include "sanitize/rules.h"

enum fate { FATE_DROP, FATE_UNWRAP };
static const struct {
	enum feature feature;
	enum ooxml_namespace ns;
	const char *local;
	enum fate fate;
} elements[] = {
#define FEATURE_ELEMENT(feature, ns, local, action) { FEATURE_##feature, NS_##ns, #local, FATE_##action },
#include "sanitize/parts/features.def"
#undef FEATURE_ELEMENT
};
static const struct {
	enum feature feature;
	const char *name;
} attributes[] = {
#define FEATURE_ATTRIBUTE(feature, attribute) { FEATURE_##feature, attribute },
#include "sanitize/parts/features.def"
#undef FEATURE_ATTRIBUTE
};
static const struct {
	enum feature feature;
	enum part_id part;
} parts[] = {
#define FEATURE_PART(feature, part) { FEATURE_##feature, PART_##part },
#include "sanitize/parts/features.def"
#undef FEATURE_PART
};

static bool goes(const struct xml_filter *f, enum feature feature)
{
	return f->removes >> feature & 1;
}

/* A row that was taken out of its table says so in its properties; its frame is the nearest row's. 0: it stands in no row. */
static unsigned deleted_row(const struct xml_filter *f, const struct element_rule *rule)
{
	bool in_properties = false;

	if (rule->ns != NS_W || strcmp(rule->local, "del") != 0)
		return 0;
	for (unsigned i = f->depth - 1; i > 1; i--) {
		if (f->frames[i].kind != FRAME_KEPT)
			continue;
		const char *local = f->frames[i].rule->local;
		if (in_properties)
			return strcmp(local, "tr") == 0 ? i : 0;
		if (strcmp(local, "trPr") != 0)
			return 0;
		in_properties = true;
	}
	return 0;
}

enum hook_answer ooxml_feature_open(struct xml_filter *f, const struct element_rule *rule)
{
	for (size_t i = 0; i < COUNT(elements); i++) {
		if (elements[i].ns != rule->ns || !goes(f, elements[i].feature) || strcmp(elements[i].local, rule->local) != 0)
			continue;
		xml_filter_removed(f, feature_words[elements[i].feature].removal, NULL);
		unsigned row = deleted_row(f, rule);
		if (row)
			xml_filter_drop(f, row);
		return elements[i].fate == FATE_UNWRAP ? HOOK_UNWRAP : HOOK_DROP;
	}
	return HOOK_PASS;
}

bool ooxml_feature_attribute(struct xml_filter *f, const struct attribute_rule *rule)
{
	for (size_t i = 0; i < COUNT(attributes); i++)
		if (goes(f, attributes[i].feature) && strcmp(attributes[i].name, rule->out) == 0) {
			xml_filter_removed(f, feature_words[attributes[i].feature].removal, rule->out);
			return false;
		}
	return true;
}

/* A table of which every row was taken out is no table. */
void ooxml_feature_close_table(struct xml_filter *f)
{
	struct bytes content = xml_filter_content(f);

	if (xml_filter_top(f)->lost && !memmem(content.p, content.n, "<w:tr>", 6) && !memmem(content.p, content.n, "<w:tr ", 6) &&
	    !memmem(content.p, content.n, "<w:tr/", 6))
		xml_filter_drop(f, f->depth);
}

const char *ooxml_feature_part(const struct xml_filter *f, enum part_id part)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i].part == part && goes(f, parts[i].feature))
			return feature_words[parts[i].feature].removal;
	return NULL;
}
