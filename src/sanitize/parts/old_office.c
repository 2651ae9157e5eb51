/* 旧形式のOffice文書 — contract in old_office.h. */
#include "sanitize/parts/old_office.h"
#include "base/cursor.h"
#include "sanitize/parts/ole.h"
#include "sanitize/parts/zip_read.h"

enum { FIELD_WORD_MOST = 16, FIELD_LEAD_MOST = 8, WHERE_MOST = 120 };

/* -- storages and streams that are known to act -- */
static void name_storages(struct job *job, const struct ole *o)
{
	static const char *const acting[] = { "Macros", "_VBA_PROJECT_CUR", "VBA", "_VBA_PROJECT", "ObjectPool", "Package", "Equation Native", "\1Ole10Native", "\3LinkInfo", "_SX_DB_CUR" };

	for (uint32_t i = 1; i < o->count; i++) {
		const struct ole_entry *e = &o->entries[i];
		if (!e->reached)
			continue;
		bool acts = strncasecmp(e->name.p, "MBD", 3) == 0;
		for (size_t k = 0; k < COUNT(acting); k++)
			acts |= strcasecmp(e->name.p, acting[k]) == 0;
		if (acts && !(strcasecmp(e->name.p, "ObjectPool") == 0 && e->type == OLE_STREAM))
			job_removed(job, "C2", ole_path(o, i), 1);
	}
}

static int stream_of(const struct ole *o, const char *name, struct bytes *out, struct err *err)
{
	uint32_t entry = ole_find(o, 0, name);

	if (entry == OLE_NONE) {
		*out = bytes_of(NULL, 0);
		return 0;
	}
	return ole_content(o, entry, out, err);
}

/* -- Word -- */
static bool reads_word(struct bytes text, size_t at, char word[FIELD_WORD_MOST + 1])
{
	size_t n = 0;

	for (size_t lead = 0; at < text.n && lead < FIELD_LEAD_MOST && (text.p[at] == ' ' || text.p[at] == 0); lead++)
		at++;
	for (; at < text.n && n < FIELD_WORD_MOST; at++) {
		uint8_t c = text.p[at] & 0xdf;
		if (c >= 'A' && c <= 'Z' && text.p[at] >= 'A')
			word[n++] = (char)c;
		else if (text.p[at] != 0)
			break; /* the other half of a UTF-16 letter is nothing */
	}
	word[n] = 0;
	return n > 0;
}

/* Instructions of fields begin behind a mark of their own, in bytes or UTF-16. */
static void name_fields(struct job *job, struct bytes text)
{
	static const char *const acting[] = { "DDE", "DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE", "INCLUDE", "IMPORT", "LINK", "EMBED", "MACROBUTTON", "GOTOBUTTON", "DATABASE" };
	char word[FIELD_WORD_MOST + 1];

	for (size_t at = 0; at < text.n; at++) {
		const uint8_t *mark = memchr(text.p + at, 0x13, text.n - at);
		if (!mark)
			return;
		at = (size_t)(mark - text.p);
		if (!reads_word(text, at + 1, word))
			continue;
		for (size_t i = 0; i < COUNT(acting); i++)
			if (strcmp(word, acting[i]) == 0)
				job_removed(job, "C4", acting[i], 1);
	}
}

static int look_at_word(struct job *job, const struct ole *o, struct err *err)
{
	enum { ENCRYPTED = 0x0100, FLAGS_AT = 10 };
	struct bytes main;

	if (stream_of(o, "WordDocument", &main, err) < 0)
		return -1;
	struct cursor c = cursor_over(main);
	cursor_take(&c, FLAGS_AT);
	uint16_t flags = cursor_u16le(&c);
	if (c.failed)
		return refuse(err, REFUSAL_DAMAGED, "a document without its head");
	if (flags & ENCRYPTED)
		return refuse(err, REFUSAL_PROTECTED, "an encrypted document of the old format");
	name_fields(job, main);
	return 0;
}

/* -- Excel -- */
struct book {
	struct job *job;
	bool wide; /* BIFF8 */
};

static void look_at_record(struct book *b, uint16_t type, struct bytes body)
{
	enum { BOUNDSHEET = 0x85, SUPBOOK = 0x1ae, NAME = 0x18, BOF = 0x809, BIFF8 = 0x600, MACRO_SHEET = 1, MODULE = 6, OWN_BOOK = 0x401, ADD_IN = 0x3a01, BUILT_IN = 0x20, CLOSES = 2 };
	struct cursor c = cursor_over(body);

	if (type == BOF) {
		b->wide |= cursor_u16le(&c) == BIFF8;
	} else if (type == BOUNDSHEET) {
		cursor_take(&c, 5);
		uint8_t kind = cursor_u8(&c);
		if (!c.failed && (kind == MACRO_SHEET || kind == MODULE))
			job_removed(b->job, "C3", kind == MACRO_SHEET ? "XLM" : "VBA", 1);
	} else if (type == SUPBOOK) {
		uint16_t sheets = cursor_u16le(&c), length = cursor_u16le(&c);
		if (!c.failed && length != OWN_BOOK && length != ADD_IN)
			job_removed(b->job, "C3", sheets ? "SUPBOOK" : "DDE", 1);
	} else if (type == NAME) {
		uint16_t flags = cursor_u16le(&c);
		cursor_take(&c, 12 + (b->wide ? 1 : 0));
		uint8_t name = cursor_u8(&c);
		if (!c.failed && flags & BUILT_IN && name >= 1 && name <= CLOSES)
			job_removed(b->job, "C3", name == 1 ? "Auto_Open" : "Auto_Close", 1);
	}
}

static int look_at_sheet(struct job *job, const struct ole *o, struct err *err)
{
	struct book b = { .job = job };
	struct bytes main;

	if (stream_of(o, "Workbook", &main, err) < 0 || (main.n == 0 && stream_of(o, "Book", &main, err) < 0))
		return -1;
	struct cursor c = cursor_over(main);
	while (c.left >= 4) {
		uint16_t type = cursor_u16le(&c), n = cursor_u16le(&c);
		struct bytes body = cursor_bytes(&c, MIN((size_t)n, c.left)); /* the converter is told of what is cut short, too */
		look_at_record(&b, type, body);
	}
	return 0;
}

/* -- PowerPoint -- */
static int look_at_slides(struct job *job, const struct ole *o, struct err *err)
{
	enum { ACTION = 0x0ff3, STORED_OBJECT = 0x1011, CONTAINER = 0xf, MACRO = 1, PROGRAM = 2, OBJECT = 5, TOKEN_AT = 12 };
	const uint32_t locked = 0xf3d1c4df;
	struct bytes main, user;

	if (stream_of(o, "PowerPoint Document", &main, err) < 0 || stream_of(o, "Current User", &user, err) < 0)
		return -1;
	struct cursor c = cursor_over(user);
	cursor_take(&c, TOKEN_AT);
	if (cursor_u32le(&c) == locked)
		return refuse(err, REFUSAL_PROTECTED, "an encrypted presentation of the old format");
	c = cursor_over(main);
	while (c.left >= 8) {
		uint16_t kind = cursor_u16le(&c), type = cursor_u16le(&c);
		uint32_t n = cursor_u32le(&c);
		if ((kind & CONTAINER) == CONTAINER)
			continue; /* what is in it comes next */
		struct cursor body = cursor_over(cursor_bytes(&c, MIN((size_t)n, c.left)));
		if (type == STORED_OBJECT)
			job_removed(job, "C2", "ExOleObjStg", 1);
		if (type != ACTION)
			continue;
		cursor_take(&body, 8);
		uint8_t action = cursor_u8(&body);
		if (!body.failed && (action == MACRO || action == PROGRAM || action == OBJECT))
			job_removed(job, "C5", action == MACRO ? "macro" : action == PROGRAM ? "program" : "object", 1);
	}
	return 0;
}

int old_office_rebuild(struct job *job, enum old_office kind, struct err *err)
{
	static int (*const look[])(struct job *, const struct ole *, struct err *) = { look_at_word, look_at_sheet, look_at_slides };
	static const char *const becomes[] = { "docx", "xlsx", "pptx" };
	struct bytes whole;
	struct ole ole;

	if (job_read_all(job, &whole, err) < 0 || ole_open(job_arena(job), whole, &ole, err) < 0)
		return -1;
	name_storages(job, &ole);
	if (look[kind](job, &ole, err) < 0)
		return -1;
	job_note(job, "CONVERTED_OFFICE");
	job_convert(job, becomes[kind]);
	return 0;
}

/* -- OpenDocument and binary workbooks -- */
static bool begins(const char *name, const char *with) { return strncasecmp(name, with, strlen(with)) == 0; }

static void name_member(struct job *job, const char *name)
{
	static const struct {
		const char *start, *threat;
	} known[] = {
		{ "Basic/", "B3" }, { "Scripts/", "B3" }, { "Dialogs/", "B3" }, { "xl/vbaProject", "B3" }, { "xl/macrosheets/", "B3" }, { "xl/activeX/", "B4" }, { "Configurations2/", "B4" },
		{ "ObjectReplacements/", "B7" }, { "xl/embeddings/", "B7" }, { "xl/externalLinks/", "B10" }, { "xl/connections", "B10" }, { "xl/queryTables/", "B10" },
		{ "META-INF/documentsignatures.xml", "B5" }, { "META-INF/macrosignatures.xml", "B5" }, { "xl/printerSettings/", "B5" }, { "Thumbnails/", "B6" }, { "Fonts/", "B6" }, { "Media/", "B8" },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (begins(name, known[i].start)) {
			job_removed(job, known[i].threat, text_printable(job_arena(job), bytes_of(name, strlen(name)), WHERE_MOST), 1);
			if (strcmp(known[i].threat, "B5") == 0 && begins(name, "META-INF/doc"))
				job_note(job, "SIGNATURE_LOST");
			return;
		}
}

/* Encrypted members say so in the list of parts. */
static int check_manifest(struct zip *zip, const struct zip_member *m, struct err *err)
{
	enum { MANIFEST_MOST = 16 << 20 };
	struct zip_space space = { 0 };
	struct bytes content;

	if (m->size > MANIFEST_MOST)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "a list of parts of %llu bytes", (unsigned long long)m->size);
	if (zip_content(zip, m, &space, &content, err) < 0)
		return -1;
	return memmem(content.p, content.n, "encryption-data", 15) ? refuse(err, REFUSAL_PROTECTED, "an encrypted OpenDocument file") : 0;
}

int other_office_rebuild(struct job *job, const char *format, struct err *err)
{
	struct zip zip;

	if (zip_open(job, &zip, err) < 0)
		return -1;
	for (size_t i = 0; i < zip.count; i++) {
		const struct zip_member *m = &zip.members[i];
		if (m->folder)
			continue;
		name_member(job, m->name.p);
		if (strcasecmp(m->name.p, "META-INF/manifest.xml") == 0 && check_manifest(&zip, m, err) < 0)
			return -1;
	}
	job_note(job, "CONVERTED_OFFICE");
	job_convert(job, format);
	return 0;
}
