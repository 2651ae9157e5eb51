/* RTF文書 — read by a strict tokenizer, written anew from a list of what may stand in it (rtf_words.def). Bytes of CP932 and other code pages, and \u, stay
 * as they are; what is written is ASCII. Objects leave the picture or text that stands for them, shapes their text and pictures, fields that do more than
 * number and refer leave their result; pictures are rebuilt by the image jails, metafiles drawn as PNG (decision 0010), others go. article: s6.3.2b; threats B8, E. */
#include "sanitize/parts/field.h"
#include "sanitize/parts/rtf_read.h"
#include "sanitize/parts/rtf_text.h"
#include "base/buf.h"
#include "sanitize/rules.h"

enum { SKIP_MOST = 16, INSTRUCTION_MOST = 4096, HEX_PIECE = 8192 };
enum mode {
	KEPT,
	DROPPED,
	OBJECT,      /* only its result stays */
	SHAPE,	     /* only texts and pictures in it stay */
	INSTRUCTION, /* of a field, collected */
	PICTURE,
};
enum word_kind { UNKNOWN, PROPERTY_WORD, DESTINATION_WORD, HARMLESS_WORD, ACTIVE_WORD };

static const struct {
	const char *name;
	enum word_kind kind;
} words[] = {
#define PROPERTY(name) { name, PROPERTY_WORD },
#define DESTINATION(name) { name, DESTINATION_WORD },
#define HARMLESS(name) { name, HARMLESS_WORD },
#define ACTIVE(name) { name, ACTIVE_WORD },
#include "sanitize/parts/rtf_words.def"
#undef PROPERTY
#undef DESTINATION
#undef HARMLESS
#undef ACTIVE
};

/* Words that the policy may not let stay. of_group: the whole group that they begin goes with them. */
static const struct {
	const char *name;
	enum feature feature;
	bool of_group;
} unwanted[] = {
	{ "annotation", FEATURE_comments, true }, { "atnauthor", FEATURE_comments, true }, { "atndate", FEATURE_comments, true }, { "atnid", FEATURE_comments, true },
	{ "atnparent", FEATURE_comments, true }, { "atnref", FEATURE_comments, true }, { "atrfend", FEATURE_comments, true }, { "atrfstart", FEATURE_comments, true },
	{ "chatn", FEATURE_comments, false }, { "info", FEATURE_metadata, true }, { "revtbl", FEATURE_changes, true }, { "deleted", FEATURE_changes, false },
	{ "revised", FEATURE_changes, false }, { "revisions", FEATURE_changes, false }, { "revprop", FEATURE_changes, false }, { "revbar", FEATURE_changes, false },
	{ "revauth", FEATURE_changes, false }, { "revauthdel", FEATURE_changes, false }, { "revdttm", FEATURE_changes, false }, { "revdttmdel", FEATURE_changes, false },
	{ "crauth", FEATURE_changes, false }, { "crdate", FEATURE_changes, false },
};
/* Words that stand for a character. */
static const char *const shown[] = { "tab", "line", "emdash", "endash", "emspace", "enspace", "bullet", "lquote", "rquote", "ldblquote", "rdblquote", "chpgn",
				     "chdate", "chtime", "zwj", "zwnj", "page", "column", "softline" };

struct group {
	enum mode mode;
	bool deleted;	  /* its text is one that was taken out, and goes: a tracked change that the policy does not let stay */
	bool fresh, star; /* nothing has come yet; \* has */
	bool opened;	  /* its brace stands in the output */
	bool is_field, field_kept, is_fonts;
	size_t from;	  /* where its brace stands */
	unsigned skip;	  /* characters after \u that stand for it */
	unsigned after;	  /* how many of them are still to come */
	unsigned passed;  /* likewise, of a \u in text that goes */
};
struct picture {
	size_t at; /* in the output */
	struct buf head, content;
	const char *kind; /* NULL: none that is rebuilt */
	int width, height; /* in pixels, of metafiles in hundredths of a millimetre; 0 not told */
	int goals[2];	   /* in twips, as it is shown; 0 not told */
	unsigned nibble;  /* the first digit of a byte, plus one */
	bool handed_out;
	unsigned number;
};
struct rtf {
	struct job *job;
	struct buf out, instruction;
	struct group *groups; /* of the depth */
	size_t depth, most;
	bool instruction_bad, begun, ended;
	struct picture *pictures, *picture; /* the one at work */
	size_t picture_count, picture_room;
	unsigned fonts, metafiles;
	bool shape_kept;
};

static enum word_kind kind_of(const char *name)
{
	static uint16_t first[128]; /* words begin in order of their kind, not of their letters: an index by hash is small and enough */
	static uint16_t next[COUNT(words)];
	static bool ready;
	unsigned h = 0;

	for (size_t i = 0; !ready && i < COUNT(words); i++) {
		h = 0;
		for (const char *p = words[i].name; *p; p++)
			h = h * 31 + (uint8_t)*p;
		next[i] = first[h % 128], first[h % 128] = (uint16_t)(i + 1);
	}
	ready = true;
	h = 0;
	for (const char *p = name; *p; p++)
		h = h * 31 + (uint8_t)*p;
	for (unsigned i = first[h % 128]; i; i = next[i - 1])
		if (strcmp(words[i - 1].name, name) == 0)
			return words[i - 1].kind;
	return UNKNOWN;
}

static struct group *here(struct rtf *r) { return &r->groups[r->depth - 1]; }

/* -- writing -- */
static void put_word(struct buf *b, const struct rtf_token *t)
{
	buf_printf(b, t->has_number ? "\\%s%d " : "\\%s ", t->name, t->number);
	if (strcmp(t->name, "par") == 0 || strcmp(t->name, "row") == 0 || strcmp(t->name, "sect") == 0)
		buf_byte(b, '\n');
}

static void put_character(struct buf *b, const struct rtf_token *t)
{
	if (t->kind == RTF_HEX || (t->kind == RTF_BYTE && t->byte >= 0x80))
		buf_printf(b, "\\'%02x", t->byte);
	else if (t->kind == RTF_SYMBOL)
		buf_byte(b, '\\'), buf_byte(b, t->byte);
	else
		buf_byte(b, t->byte);
}

/* Characters that were to stand for a \u and did not come. */
static void close_unicode(struct rtf *r)
{
	for (struct group *g = here(r); g->after; g->after--)
		buf_byte(&r->out, '?');
}

static void removed(struct rtf *r, const char *what)
{
	job_removed(r->job, "E", what, 1);
}

/* The group is taken back as if it had never begun; in the middle of one only what follows goes. */
static void drop_group(struct rtf *r)
{
	struct group *g = here(r);

	if (g->fresh && g->opened) {
		r->out.n = g->from;
		g->opened = false;
	}
	g->mode = DROPPED, g->fresh = false;
}

/* -- groups -- */
static int open_group(struct rtf *r, struct err *err)
{
	struct group parent = r->depth ? *here(r) : (struct group){ .skip = 1 };

	if (r->depth == r->most)
		return refuse(err, REFUSAL_TOO_DEEP, "groups nested more than %zu deep", r->most);
	if (r->depth) {
		close_unicode(r);
		here(r)->fresh = false;
	}
	struct group *g = &r->groups[r->depth++];
	*g = (struct group){ .mode = parent.mode, .deleted = parent.deleted, .fresh = true, .skip = parent.skip, .from = r->out.n };
	if (parent.mode == PICTURE)
		g->mode = DROPPED; /* properties that nobody needs */
	if (g->mode == KEPT || g->mode == SHAPE || g->mode == OBJECT) {
		g->opened = true;
		buf_byte(&r->out, '{');
	}
	return 0;
}

static bool is_metafile(const struct picture *p) { return p->kind && (strcmp(p->kind, "emf") == 0 || strcmp(p->kind, "wmf") == 0); }

/* The old drawing of Windows lies in RTF without the head that tells how large it is: the measures beside it do. */
static int add_placing_head(struct rtf *r, const struct picture *p, struct err *err)
{
	enum { TWIPS_AN_INCH = 1440, HEAD_BYTES = 22 };
	struct buf head = buf_in(job_arena(r->job), HEAD_BYTES);
	uint16_t sum = 0;

	if (bytes_start(buf_view(&p->content), BYTES("\xd7\xcd\xc6\x9a")) || p->goals[0] <= 0 || p->goals[1] <= 0 || p->goals[0] > INT16_MAX || p->goals[1] > INT16_MAX)
		return 0;
	buf_u32le(&head, 0x9ac6cdd7), buf_u16le(&head, 0), buf_u32le(&head, 0), buf_u16le(&head, (uint16_t)p->goals[0]), buf_u16le(&head, (uint16_t)p->goals[1]);
	buf_u16le(&head, TWIPS_AN_INCH), buf_u32le(&head, 0);
	for (size_t i = 0; i < head.n; i += 2)
		sum ^= (uint16_t)(head.p[i] | head.p[i + 1] << 8);
	buf_u16le(&head, sum);
	return job_member_add(r->job, buf_view(&head), err);
}

static int hand_out(struct rtf *r, struct picture *p, struct err *err)
{
	const char *name = arena_printf(job_arena(r->job), "picture.%s", p->kind);

	if (job_member_begin(r->job, (struct text){ name, strlen(name) }, p->kind, err) < 0)
		return -1;
	if (strcmp(p->kind, "wmf") == 0 && add_placing_head(r, p, err) < 0)
		return -1;
	if (job_member_add(r->job, buf_view(&p->content), err) < 0 || job_member_end(r->job, &p->number, err) < 0)
		return -1;
	p->handed_out = true;
	p->content = (struct buf){ 0 };
	return 0;
}

/* Pixels of a metafile are ours to choose; how large it is shown stays. */
static void put_measures(struct picture *p)
{
	enum { TWIPS_AN_INCH = 1440, UNITS_AN_INCH = 2540, UNITS_MOST = 1000000 };
	const int units[2] = { p->width, p->height };

	for (int i = 0; i < 2; i++) {
		if (is_metafile(p) && p->goals[i] == 0 && units[i] > 0 && units[i] < UNITS_MOST)
			p->goals[i] = units[i] * TWIPS_AN_INCH / UNITS_AN_INCH;
		if (!is_metafile(p) && units[i])
			buf_printf(&p->head, i ? "\\pich%d " : "\\picw%d ", units[i]);
	}
	for (int i = 0; i < 2; i++)
		if (p->goals[i])
			buf_printf(&p->head, i ? "\\pichgoal%d " : "\\picwgoal%d ", p->goals[i]);
}

/* A picture's place stays empty until it has come back. */
static int close_picture(struct rtf *r, struct group *g, struct err *err)
{
	struct picture *p = r->picture;

	r->picture = NULL;
	r->out.n = g->from;
	g->opened = false;
	if (!p->kind || p->content.n == 0 || (is_metafile(p) && r->metafiles++ >= job_limit(r->job, LIMIT_METAFILES))) { /* each metafile takes a start of the converter */
		removed(r, "\\pict");
		r->picture_count--;
		return 0;
	}
	p->at = r->out.n;
	r->shape_kept = true;
	put_measures(p);
	return hand_out(r, p, err);
}

static bool picture_inside(const struct rtf *r, const struct group *g)
{
	return r->picture_count && r->pictures[r->picture_count - 1].at > g->from;
}

static void close_instruction(struct rtf *r, struct group *g)
{
	struct bytes text = buf_view(&r->instruction);
	struct group *field = r->depth >= 2 ? &r->groups[r->depth - 2] : NULL;

	r->out.n = g->from;
	g->opened = false;
	while (text.n && text.p[text.n - 1] == ' ')
		text.n--;
	while (text.n && text.p[0] == ' ')
		text.p++, text.n--;
	/* The word must be the group's first in what is written, or it would be no field tomorrow. */
	bool begins = field && field->is_field && g->from == field->from + 1 && !picture_inside(r, field);
	if (r->instruction_bad || text.n == 0 || !begins || field->field_kept || !field_is_allowed(text)) {
		removed(r, "\\field");
		return;
	}
	if (job_removes(r->job, FEATURE_links) && field_leads_out(text)) {
		job_removed(r->job, feature_words[FEATURE_links].removal, "\\field", 1);
		return;
	}
	field->field_kept = true;
	buf_str(&r->out, "\\field {\\*\\fldinst ");
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("\\{}", text.p[i]))
			buf_byte(&r->out, '\\');
		buf_byte(&r->out, text.p[i]);
	}
	buf_byte(&r->out, '}');
}

static int close_group(struct rtf *r, struct err *err)
{
	struct group *g = here(r);
	bool outer = r->depth == 1, parent_collects = !outer && r->groups[r->depth - 2].mode == INSTRUCTION;

	close_unicode(r);
	if (g->mode == PICTURE && r->picture && close_picture(r, g, err) < 0)
		return -1;
	if (g->mode == INSTRUCTION && !parent_collects)
		close_instruction(r, g);
	if (g->opened && g->mode != KEPT && r->out.n == g->from + 1 && !picture_inside(r, g))
		r->out.n = g->from; /* looked through, and there was nothing */
	else if (g->opened)
		buf_byte(&r->out, '}');
	r->depth--;
	r->ended = outer;
	return 0;
}

/* -- what groups become -- */
static void begin_picture(struct rtf *r, struct group *g)
{
	struct arena *arena = job_arena(r->job);

	if (r->picture_count == r->picture_room) {
		struct picture *more = arena_new_array(arena, struct picture, r->picture_room = r->picture_room ? r->picture_room * 2 : 16);
		if (r->picture_count)
			memcpy(more, r->pictures, r->picture_count * sizeof *more);
		r->pictures = more;
	}
	r->picture = &r->pictures[r->picture_count++];
	*r->picture = (struct picture){ .head = buf_in(arena, 4096), .content = buf_in(arena, 0) };
	g->mode = PICTURE;
}

static void picture_word(struct rtf *r, const struct rtf_token *t)
{
	static const char *const kinds[][2] = { { "pngblip", "png" }, { "jpegblip", "jpeg" }, { "emfblip", "emf" }, { "wmetafile", "wmf" } };
	static const char *const numbers[] = { "picscalex", "picscaley", "piccropl", "piccropr", "piccropt", "piccropb" };
	const struct { const char *name; int *to; } measures[] = { { "picw", &r->picture->width }, { "pich", &r->picture->height }, { "picwgoal", &r->picture->goals[0] }, { "pichgoal", &r->picture->goals[1] } };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(t->name, kinds[i][0]) == 0)
			r->picture->kind = kinds[i][1];
	for (size_t i = 0; i < COUNT(measures); i++)
		if (t->has_number && strcmp(t->name, measures[i].name) == 0)
			*measures[i].to = t->number;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (t->has_number && strcmp(t->name, numbers[i]) == 0)
			put_word(&r->picture->head, t);
}

static void picture_byte(struct rtf *r, uint8_t c)
{
	struct picture *p = r->picture;
	int v = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

	if (v < 0)
		return;
	if (p->nibble)
		buf_byte(&p->content, (uint8_t)((p->nibble - 1) << 4 | (unsigned)v));
	p->nibble = p->nibble ? 0 : (unsigned)v + 1;
}

static void shape_over(struct rtf *r) /* a shape begins or ends: was there something of it to keep? */
{
	if (!r->shape_kept)
		removed(r, "\\shp");
	r->shape_kept = true;
}

/* Groups that are more than kept or dropped. true: done with this word. */
static bool special_group(struct rtf *r, struct group *g, const char *name)
{
	if (strcmp(name, "pict") == 0 && (g->mode == KEPT || g->mode == SHAPE)) {
		begin_picture(r, g);
	} else if (strcmp(name, "object") == 0 && g->mode == KEPT) {
		removed(r, "\\object");
		g->mode = OBJECT;
	} else if (strcmp(name, "result") == 0 && g->mode == OBJECT) {
		g->mode = KEPT;
	} else if ((strcmp(name, "shp") == 0 || strcmp(name, "shpgrp") == 0 || strcmp(name, "do") == 0) && g->mode == KEPT) {
		shape_over(r);
		r->shape_kept = false;
		g->mode = SHAPE;
	} else if (g->mode == SHAPE && (strcmp(name, "shptxt") == 0 || strcmp(name, "dptxbxtext") == 0)) {
		r->shape_kept = true;
		g->mode = KEPT;
	} else if (g->mode == SHAPE && strcmp(name, "shprslt") == 0) {
		drop_group(r);
	} else if (g->mode == SHAPE || g->mode == OBJECT) {
		; /* what stands in it is looked through, not kept */
	} else if (strcmp(name, "field") == 0 && g->mode == KEPT) {
		g->is_field = true;
	} else if (strcmp(name, "fldinst") == 0 && g->mode == KEPT) {
		r->instruction.n = 0, r->instruction_bad = false;
		g->mode = INSTRUCTION;
	} else {
		return false;
	}
	g->fresh = false;
	return true;
}

/* A word that the policy does not let stay, or that stands in text that was taken out. */
static bool is_unwanted(struct rtf *r, struct group *g, const struct rtf_token *t, bool first)
{
	if (strcmp(t->name, "plain") == 0)
		g->deleted = false;
	for (size_t i = 0; g->deleted && i < COUNT(shown); i++)
		if (strcmp(t->name, shown[i]) == 0)
			return true;
	for (size_t i = 0; i < COUNT(unwanted); i++) {
		if (!job_removes(r->job, unwanted[i].feature) || strcmp(t->name, unwanted[i].name) != 0)
			continue;
		if (strcmp(t->name, "deleted") == 0)
			g->deleted = !t->has_number || t->number != 0;
		job_removed(r->job, feature_words[unwanted[i].feature].removal, arena_printf(job_arena(r->job), "\\%s", t->name), 1);
		if (unwanted[i].of_group && first)
			drop_group(r);
		return true;
	}
	return false;
}

/* The first word of a group, or any later one. */
static int take_word(struct rtf *r, const struct rtf_token *t, struct err *err)
{
	struct group *g = here(r);
	enum word_kind kind = kind_of(t->name);
	bool first = g->fresh, star = g->star;

	if (g->mode == DROPPED)
		return 0;
	if (g->mode == PICTURE) {
		picture_word(r, t);
		return 0;
	}
	if (g->mode == INSTRUCTION) {
		if (strcmp(t->name, "field") == 0 || strcmp(t->name, "u") == 0)
			r->instruction_bad = true;
		if (first && star)
			drop_group(r);
		g->fresh = false;
		return 0;
	}
	if (first && special_group(r, g, t->name))
		return 0;
	if (g->mode != KEPT)
		return 0;
	if (is_unwanted(r, g, t, first)) {
		g->fresh = false;
		return 0;
	}
	if (first && strcmp(t->name, "fldrslt") == 0) {
		g->fresh = false;
		if (r->depth >= 2 && r->groups[r->depth - 2].field_kept)
			buf_str(&r->out, "\\fldrslt ");
		return 0;
	}
	if (kind == HARMLESS_WORD || kind == ACTIVE_WORD || (kind == UNKNOWN && first && star)) {
		if (kind != HARMLESS_WORD)
			removed(r, arena_printf(job_arena(r->job), "\\%s", t->name));
		drop_group(r);
		return 0;
	}
	g->fresh = false;
	if (kind == UNKNOWN)
		return 0;
	g->is_fonts |= strcmp(t->name, "fonttbl") == 0;
	bool names_font = g->is_fonts || (r->depth >= 2 && r->groups[r->depth - 2].is_fonts);
	if (names_font && strcmp(t->name, "f") == 0 && ++r->fonts > job_limit(r->job, LIMIT_RTF_FONTS))
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "more than %llu fonts", (unsigned long long)job_limit(r->job, LIMIT_RTF_FONTS));
	close_unicode(r);
	if (first && star)
		buf_str(&r->out, "\\*");
	put_word(&r->out, t);
	return 0;
}

static int take_unicode(struct rtf *r, const struct rtf_token *t, struct err *err)
{
	struct group *g = here(r);

	if (g->mode != KEPT)
		return take_word(r, t, err);
	g->fresh = false;
	close_unicode(r);
	if (g->deleted) {
		g->passed = g->skip;
		return 0;
	}
	put_word(&r->out, t);
	g->after = g->skip;
	return 0;
}

static int take_skip(struct rtf *r, const struct rtf_token *t, struct err *err)
{
	if (t->number < 0 || t->number > SKIP_MOST)
		return refuse(err, REFUSAL_DAMAGED, "\\uc%d", t->number);
	close_unicode(r);
	here(r)->skip = t->has_number ? (unsigned)t->number : 1;
	return take_word(r, t, err);
}

static void take_character(struct rtf *r, const struct rtf_token *t)
{
	struct group *g = here(r);

	if (g->mode == PICTURE) {
		if (t->kind == RTF_BYTE)
			picture_byte(r, t->byte);
	} else if (g->mode == INSTRUCTION) {
		g->fresh = false;
		if (t->kind == RTF_HEX || t->byte >= 0x7f || r->instruction.n == INSTRUCTION_MOST)
			r->instruction_bad = true;
		else
			buf_byte(&r->instruction, t->byte);
	} else if (g->mode == KEPT && (g->deleted || g->passed)) {
		g->fresh = false;
		g->passed -= g->passed > 0;
	} else if (g->mode == KEPT) {
		g->fresh = false;
		put_character(&r->out, t);
		if (g->after)
			g->after--;
	}
}

static int take_symbol(struct rtf *r, const struct rtf_token *t)
{
	struct group *g = here(r);

	if (t->byte == '*') {
		g->star = g->fresh;
		return 0;
	}
	if (strchr("~-_\\{}", t->byte) && t->byte && !(g->mode == INSTRUCTION && strchr("~-_", t->byte)))
		take_character(r, t);
	return 0;
}

static void take_binary(struct rtf *r, const struct rtf_token *t)
{
	struct group *g = here(r);

	if (g->mode == PICTURE)
		buf_bytes(&r->picture->content, t->content);
	else if (g->mode == KEPT)
		removed(r, "\\bin");
	g->fresh = false;
}

static int take_token(struct rtf *r, const struct rtf_token *t, struct err *err)
{
	switch (t->kind) {
	case RTF_OPEN: return open_group(r, err);
	case RTF_CLOSE: return close_group(r, err);
	case RTF_WORD: return strcmp(t->name, "u") == 0 ? take_unicode(r, t, err) : strcmp(t->name, "uc") == 0 ? take_skip(r, t, err) : take_word(r, t, err);
	case RTF_SYMBOL: return take_symbol(r, t);
	case RTF_BINARY: take_binary(r, t); return 0;
	case RTF_END: return refuse(err, REFUSAL_DAMAGED, "%zu groups are not closed", r->depth);
	default: take_character(r, t); return 0;
	}
}

/* -- the whole -- */
static int take_start(struct rtf *r, struct cursor *in, struct err *err)
{
	struct rtf_token t;

	if (rtf_next(in, &t, err) < 0 || t.kind != RTF_OPEN || open_group(r, err) < 0 || rtf_next(in, &t, err) < 0)
		return -1;
	if (t.kind != RTF_WORD || strcmp(t.name, "rtf") != 0 || t.number != 1)
		return refuse(err, REFUSAL_DAMAGED, "it does not begin with {\\rtf1");
	here(r)->fresh = false;
	put_word(&r->out, &t);
	return 0;
}

static int put_picture(struct rtf *r, const struct picture *p, struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	const struct job_member *m = job_member_result(r->job, p->number);
	uint8_t piece[HEX_PIECE], hex[2 * HEX_PIECE];

	if (!m->delivered) {
		removed(r, refusal_name(m->refusal));
		return 0;
	}
	const char *head = arena_printf(job_arena(r->job), "{\\pict \\%sblip %.*s", is_metafile(p) ? "png" : p->kind, (int)p->head.n, (const char *)p->head.p);
	if (job_write(r->job, bytes_of(head, strlen(head)), err) < 0)
		return -1;
	for (uint64_t at = 0; at < m->size;) {
		size_t n = (size_t)MIN((uint64_t)HEX_PIECE, m->size - at);
		if (job_member_read(r->job, p->number, piece, n, at, err) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			hex[2 * i] = (uint8_t)digits[piece[i] >> 4], hex[2 * i + 1] = (uint8_t)digits[piece[i] & 15];
		if (job_write(r->job, bytes_of(hex, 2 * n), err) < 0)
			return -1;
		at += n;
	}
	return job_write(r->job, BYTES("}"), err);
}

static int write_all(struct rtf *r, struct err *err)
{
	size_t at = 0;

	if (!buf_ok(&r->out))
		return refuse(err, REFUSAL_TOO_LARGE, "the rebuilt text is too large");
	for (size_t i = 0; i < r->picture_count; i++) {
		const struct picture *p = &r->pictures[i];
		if (job_write(r->job, bytes_of(r->out.p + at, p->at - at), err) < 0 || put_picture(r, p, err) < 0)
			return -1;
		at = p->at;
	}
	return job_write(r->job, bytes_of(r->out.p + at, r->out.n - at), err);
}

int rtf_rebuild(struct job *job, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct rtf r = { .job = job, .most = (size_t)job_limit(job, LIMIT_RTF_DEPTH), .out = buf_in(arena, 0), .instruction = buf_in(arena, 0), .shape_kept = true };
	struct rtf_token t;
	struct bytes whole;

	if (job_method(job) == METHOD_text)
		return rtf_text(job, err);
	if (job_size(job) > job_limit(job, LIMIT_TEXT_BYTES) * 2)
		return refuse(err, REFUSAL_TOO_LARGE, "%llu bytes of RTF", (unsigned long long)job_size(job));
	if (job_read_all(job, &whole, err) < 0)
		return -1;
	r.groups = arena_new_array(arena, struct group, r.most);
	struct cursor in = cursor_over(whole);
	if (take_start(&r, &in, err) < 0)
		return -1;
	while (!r.ended)
		if (rtf_next(&in, &t, err) < 0 || take_token(&r, &t, err) < 0)
			return -1;
	shape_over(&r);
	if (rtf_next(&in, &t, err) < 0 || t.kind != RTF_END)
		job_removed(job, "A2", "", 1);
	return job_members_wait(job, err) < 0 ? -1 : write_all(&r, err);
}
