/* スライドの個別判断 — what a table row cannot say of presentations: clicks (B15), embedded objects and their previews (B7), animations of what is
 * gone. Contract in ooxml_hooks.h. */
#include "base/buf.h"
#include "base/text.h"
#include "sanitize/parts/ooxml_hooks.h"

/* --- clicks ------------------------------------------------------------------------------------------------------ */

/* Moves within the show, which need no target; and the one to a slide, which needs it. */
static bool is_move(const char *action)
{
	static const char *const jumps[] = { "nextslide", "previousslide", "firstslide", "lastslide", "lastslideviewed", "endshow" };
	static const char jump[] = "ppaction://hlinkshowjump?jump=", show[] = "ppaction://customshow?id=";

	if (strcmp(action, "ppaction://noaction") == 0)
		return true;
	for (size_t i = 0; strncmp(action, jump, sizeof jump - 1) == 0 && i < COUNT(jumps); i++)
		if (strcmp(action + sizeof jump - 1, jumps[i]) == 0)
			return true;
	if (strncmp(action, show, sizeof show - 1) != 0)
		return false;
	const char *number = action + sizeof show - 1, *rest = number + strspn(number, "0123456789");
	return rest > number && rest - number < 10 && (rest[0] == 0 || strcmp(rest, "&return=true") == 0);
}

static enum hook_answer open_click(struct xml_filter *f)
{
	const char *id = xml_filter_attribute(f, NS_R, "id"), *action = xml_filter_attribute(f, NS_NONE, "action");
	bool target = id && id[0] && f->keeps_relation(f->relations, id);

	if (!action || !action[0] || strcmp(action, "ppaction://hlinksldjump") == 0)
		return target ? HOOK_PASS : HOOK_DROP;
	if (is_move(action))
		return target || !id || !id[0] ? HOOK_PASS : HOOK_DROP;
	if (strcmp(action, "ppaction://media") != 0) /* what it would play is reported itself */
		xml_filter_removed(f, "B15", text_printable(f->arena, bytes_of(action, strlen(action)), 60));
	return HOOK_DROP;
}

/* --- objects and their previews ---------------------------------------------------------------------------------- */

static bool is_program(const char *name)
{
	static const char *const programs[] = { "Word.Document.12", "Excel.Sheet.12", "PowerPoint.Show.12" };

	for (size_t i = 0; i < COUNT(programs); i++)
		if (strcmp(name, programs[i]) == 0)
			return true;
	return false;
}

/* The first element of this name in what was written, whole; p NULL: none. Values hold no raw '<' or '>'. */
static struct bytes element_in(struct bytes b, const char *name)
{
	size_t n = strlen(name);

	for (const uint8_t *p = b.p, *end = b.p + b.n; (p = memchr(p, '<', (size_t)(end - p))); p++) {
		if ((size_t)(end - p) < n + 2 || memcmp(p + 1, name, n) != 0 || !strchr(" />", p[1 + n]))
			continue;
		const uint8_t *close = memchr(p, '>', (size_t)(end - p));
		if (!close)
			break;
		if (close[-1] == '/')
			return bytes_of(p, (size_t)(close + 1 - p));
		for (const uint8_t *q = close; (q = memchr(q, '<', (size_t)(end - q))); q++)
			if ((size_t)(end - q) >= n + 3 && q[1] == '/' && memcmp(q + 2, name, n) == 0 && q[2 + n] == '>')
				return bytes_of(p, (size_t)(q - p) + n + 3);
		break;
	}
	return (struct bytes){ NULL, 0 };
}

static struct bytes inside(struct bytes element)
{
	const uint8_t *open = element.n ? memchr(element.p, '>', element.n) : NULL, *close = element.n ? memrchr(element.p, '<', element.n) : NULL;

	return open && open[-1] != '/' && close > open ? bytes_of(open + 1, (size_t)(close - open) - 1) : bytes_of("", 0);
}

/* Programs before 2010 keep the preview in a VML drawing beside the slide; office_package.c has made its picture the slide's own. */
static struct bytes preview_of(struct xml_filter *f, struct bytes frame, struct bytes object)
{
	const uint8_t *from = memmem(object.p, object.n, "<p:pic>", 7), *to = NULL;
	const char *id = f->state->object_shape ? arena_printf(f->arena, "preview%s", f->state->object_shape) : NULL;

	for (const uint8_t *p = from; p && (p = memmem(p, (size_t)(object.p + object.n - p), "</p:pic>", 8)); p += 8)
		to = p + 8;
	if (to)
		return bytes_of(arena_copy(f->arena, from, (size_t)(to - from)), (size_t)(to - from));
	if (!id || !f->keeps_relation(f->relations, id))
		return (struct bytes){ NULL, 0 };
	struct buf b = buf_in(f->arena, 0);
	struct bytes place = inside(element_in(frame, "p:xfrm"));
	buf_str(&b, "<p:pic><p:nvPicPr>");
	buf_bytes(&b, element_in(frame, "p:cNvPr"));
	buf_str(&b, "<p:cNvPicPr/>");
	buf_bytes(&b, element_in(frame, "p:nvPr"));
	buf_printf(&b, "</p:nvPicPr><p:blipFill><a:blip r:embed=\"%s\"/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr>", id);
	if (place.n) {
		buf_str(&b, "<a:xfrm>");
		buf_bytes(&b, place);
		buf_str(&b, "</a:xfrm>");
	}
	buf_str(&b, "<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr></p:pic>");
	return buf_view(&b);
}

/* An embedded document that was rebuilt stays an object; any other becomes the picture of it. */
static void close_object(struct xml_filter *f)
{
	const struct xml_frame *frame = &f->frames[f->depth];
	unsigned carrier = xml_filter_carrier(f);
	struct bytes content = xml_filter_content(f);
	struct bytes tag = bytes_of(f->out + frame->out_start, (frame->content ? frame->content : f->n) - frame->out_start);
	bool kept = frame->has_relation && memmem(tag.p, tag.n, " progId=\"", 9) && element_in(content, "p:embed").n;
	struct bytes around = carrier < f->depth ? bytes_of(f->out + f->frames[carrier].content, f->n - f->frames[carrier].content) : bytes_of("", 0);
	struct bytes preview = preview_of(f, around, content);

	if (kept) {
		if (preview.n && !memmem(content.p, content.n, "<p:pic", 6)) {
			xml_filter_put(f, preview.p, preview.n);
			f->used |= xml_filter_namespaces_in(preview);
		}
		return;
	}
	xml_filter_removed(f, frame->lost && !element_in(content, "p:embed").n ? "B10" : "B7", preview.n ? "p:oleObj" : "p:oleObj, p:graphicFrame");
	if (preview.n && carrier < f->depth)
		xml_filter_replace(f, carrier, preview);
	else
		xml_filter_drop(f, carrier);
}

/* --- animations -------------------------------------------------------------------------------------------------- */

/* Shapes that are taken back: an animation of one would be an animation of nothing. */
void slide_hook_dropped(struct xml_filter *f, struct bytes markup)
{
	struct ooxml_state *s = f->state;

	for (struct bytes rest = markup, e; (e = element_in(rest, "p:cNvPr")).n; rest = bytes_of(e.p + 8, (size_t)(markup.p + markup.n - e.p) - 8)) {
		const uint8_t *end = memchr(e.p, '>', e.n), *id = memmem(e.p, (size_t)(end - e.p), " id=\"", 5);
		const uint8_t *close = id ? memchr(id + 5, '"', (size_t)(end - id) - 5) : NULL;
		if (!close || close - id > 20)
			continue;
		if (s->shapes_removed_count == s->shapes_removed_room) {
			size_t room = MAX(s->shapes_removed_room * 2, (size_t)16);
			const char **more = arena_new_array(f->arena, const char *, room);
			if (s->shapes_removed_count)
				memcpy(more, s->shapes_removed, s->shapes_removed_count * sizeof *more);
			s->shapes_removed = more, s->shapes_removed_room = room;
		}
		s->shapes_removed[s->shapes_removed_count++] = arena_printf(f->arena, "%.*s", (int)(close - id) - 5, (const char *)id + 5);
	}
}

static enum hook_answer open_shape_target(struct xml_filter *f)
{
	const char *shape = xml_filter_attribute(f, NS_NONE, "spid");

	for (size_t i = 0; shape && i < f->state->shapes_removed_count; i++)
		if (strcmp(f->state->shapes_removed[i], shape) == 0)
			return HOOK_DROP;
	return HOOK_PASS;
}

/* A group of effects of which none is left goes, and so on outwards. */
static void close_time_node(struct xml_filter *f)
{
	const struct xml_frame *frame = &f->frames[f->depth], *around = &f->frames[f->depth - 1];
	struct bytes content = xml_filter_content(f);

	if (frame->lost && around->kind == FRAME_KEPT && around->rule->flags & ELEMENT_CARRIER && !memmem(content.p, content.n, "<p:childTnLst", 13))
		xml_filter_drop(f, f->depth - 1);
}

static void close_behaviour(struct xml_filter *f)
{
	if (f->frames[f->depth].lost && !element_in(xml_filter_content(f), "p:tgtEl").n)
		xml_filter_drop(f, xml_filter_carrier(f));
}

/* --- */

enum hook_answer slide_hook_open(struct xml_filter *f, const struct element_rule *rule)
{
	switch (rule->hook) {
	case HOOK_CLICK: return open_click(f);
	case HOOK_SHAPE_TARGET: return open_shape_target(f);
	case HOOK_SLIDE_OBJECT: f->state->object_shape = xml_filter_attribute(f, NS_NONE, "spid"); return HOOK_PASS;
	default: return HOOK_PASS;
	}
}

void slide_hook_close(struct xml_filter *f, const struct element_rule *rule)
{
	switch (rule->hook) {
	case HOOK_SLIDE_OBJECT: close_object(f); break;
	case HOOK_TIME_NODE: close_time_node(f); break;
	case HOOK_BEHAVIOUR: close_behaviour(f); break;
	default: break;
	}
}

bool slide_hook_attribute(struct xml_filter *f, const struct element_rule *element, const struct attribute_rule *rule, const char *value)
{
	switch (rule->hook) {
	case HOOK_ACTION:
		if (element->hook == HOOK_CLICK) /* judged with its element */
			return true;
		xml_filter_removed(f, "B15", text_printable(f->arena, bytes_of(value, strlen(value)), 60));
		return false;
	case HOOK_PROGRAM: return is_program(value);
	case HOOK_SHAPE: return element->hook != HOOK_SLIDE_OBJECT; /* it would name a shape of the VML drawing */
	case HOOK_SHOW:
		if (strcmp(element->local, "sld") == 0 && (strcmp(value, "0") == 0 || strcmp(value, "false") == 0))
			job_note(f->job, "HIDDEN_SLIDE");
		return true;
	default: return true;
	}
}
