/* 一覧の書き出し（Excel） — the least a workbook must hold: one sheet, text cells as text, true numbers and times, the headings fixed and repeated
 * in print. An archive of stored parts: the sheet goes out as it is made, its header is completed at the end. Contract in export.h. */
#include "base/text.h"
#include "web/export_inside.h"
#include "web/limits.h"
#include <libdeflate.h>
#include <unistd.h>

enum { STYLE_TEXT = 1, STYLE_NUMBER, STYLE_MOMENT, STYLE_HEADING, LOCAL_HEADER = 30, EXACT_MOST = 15 /* digits a spreadsheet keeps */ };

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/relationships"

static const char content_types[] = HEAD
	"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
	"<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
	"<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
	"<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
	"<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>"
	"<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
	"</Types>";
static const char package_relations[] = HEAD "<Relationships xmlns=\"" PACKAGE "\"><Relationship Id=\"rId1\" Type=\"" OFFICE
	"/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char workbook_relations[] = HEAD "<Relationships xmlns=\"" PACKAGE "\"><Relationship Id=\"rId1\" Type=\"" OFFICE
	"/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/></Relationships>";
static const char workbook[] = HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets><sheet name=\"一覧\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"
	"<definedNames><definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">'一覧'!$1:$1</definedName></definedNames></workbook>";
/* Text cells have the format "@" so that they stay text when somebody edits them. */
static const char styles[] = HEAD "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy/mm/dd hh:mm\"/></numFmts>"
	"<fonts count=\"2\"><font><sz val=\"11\"/></font><font><b/><sz val=\"11\"/></font></fonts>"
	"<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
	"<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
	"<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"5\">"
	"<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
	"<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyAlignment=\"1\">"
	"<alignment vertical=\"top\" wrapText=\"1\"/></xf>"
	"<xf numFmtId=\"1\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\"/></xf>"
	"<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\"/></xf>"
	"<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/>"
	"</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/* ---- the archive ------------------------------------------------------------------------------------------------------------------ */

/* Local header, or what the directory has in common with it. Times are left at the archive's first day: the same list gives the same bytes. */
static void put_header(struct buf *b, uint32_t crc, uint64_t bytes, const char *name)
{
	buf_u16le(b, 20);	/* version needed */
	buf_u16le(b, 0);	/* flags: names are ASCII */
	buf_u16le(b, 0);	/* stored */
	buf_u16le(b, 0);	/* 00:00 */
	buf_u16le(b, 0x21);	/* 1980-01-01 */
	buf_u32le(b, crc);
	buf_u32le(b, (uint32_t)bytes);
	buf_u32le(b, (uint32_t)bytes);
	buf_u16le(b, (uint16_t)strlen(name));
	buf_u16le(b, 0);
}

static void put_local(struct buf *b, uint32_t crc, uint64_t bytes, const char *name)
{
	buf_u32le(b, 0x04034b50);
	put_header(b, crc, bytes, name);
	buf_str(b, name);
}

static void enter(struct export *e, uint32_t crc, uint64_t bytes, uint64_t at, const char *name)
{
	buf_u32le(&e->directory, 0x02014b50);
	buf_u16le(&e->directory, 20);
	put_header(&e->directory, crc, bytes, name);
	buf_u16le(&e->directory, 0); /* comment */
	buf_u16le(&e->directory, 0); /* disk */
	buf_u16le(&e->directory, 0);
	buf_u32le(&e->directory, 0);
	buf_u32le(&e->directory, (uint32_t)at);
	buf_str(&e->directory, name);
	e->parts++;
}

static void put_part(struct export *e, const char *name, const char *content)
{
	uint32_t crc = libdeflate_crc32(0, content, strlen(content));

	enter(e, crc, strlen(content), e->bytes + e->piece.n, name);
	put_local(&e->piece, crc, strlen(content), name);
	buf_str(&e->piece, content);
}

static const char sheet_name[] = "xl/worksheets/sheet1.xml";

/* ---- the sheet -------------------------------------------------------------------------------------------------------------------- */

static bool looks_like_an_escape(const char *s)
{
	for (int i = 0; i < 7; i++) {
		static const char form[] = "_xhhhh_";
		bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f') || (s[i] >= 'A' && s[i] <= 'F');
		if (form[i] == 'h' ? !hex : s[i] != form[i])
			return false;
	}
	return true;
}

/* Characters XML cannot carry are written as spreadsheets write them: _x000B_. */
static void put_words(struct buf *b, struct text t)
{
	size_t at = 0;

	while (at < t.n) {
		size_t here = at;
		uint32_t c = text_next(t, &at);
		if (c == '&')
			buf_str(b, "&amp;");
		else if (c == '<')
			buf_str(b, "&lt;");
		else if (c == '>')
			buf_str(b, "&gt;");
		else if (c == '"')
			buf_str(b, "&quot;");
		else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0xfffe || c == 0xffff)
			buf_printf(b, "_x%04X_", (unsigned)c);
		else if (c == '_' && looks_like_an_escape(t.p + here))
			buf_str(b, "_x005F_");
		else
			buf_put(b, t.p + here, at - here);
	}
}

/* In a page header & begins a code. */
static void put_page_header(struct buf *b, struct text t)
{
	size_t from = 0;

	for (size_t i = 0; i <= t.n; i++) {
		if (i < t.n && t.p[i] != '&')
			continue;
		put_words(b, (struct text){ t.p + from, i - from });
		if (i < t.n)
			buf_str(b, "&amp;&amp;");
		from = i + 1;
	}
}

static const char *column_name(size_t i, char out[4])
{
	if (i < 26)
		snprintf(out, 4, "%c", (char)('A' + i));
	else
		snprintf(out, 4, "%c%c", (char)('A' + (i / 26) - 1), (char)('A' + i % 26));
	return out;
}

int export_xlsx_begin(struct export *e, struct err *err)
{
	struct buf *b = &e->piece;

	e->directory = buf_in(e->arena, 4096);
	put_part(e, "[Content_Types].xml", content_types);
	put_part(e, "_rels/.rels", package_relations);
	put_part(e, "xl/workbook.xml", workbook);
	put_part(e, "xl/_rels/workbook.xml.rels", workbook_relations);
	put_part(e, "xl/styles.xml", styles);
	put_local(b, 0, 0, sheet_name); /* completed at the end */
	if (export_flush(e, true, err) != 0)
		return -1;
	e->sheet_at = e->bytes;
	e->in_sheet = true;
	buf_str(b, HEAD "<worksheet xmlns=\"" MAIN "\"><sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr><sheetViews><sheetView workbookViewId=\"0\">"
			"<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>");
	for (size_t i = 0; i < e->list->count; i++)
		buf_printf(b, "<col min=\"%zu\" max=\"%zu\" width=\"%u\" customWidth=\"1\"/>", i + 1, i + 1, MAX(e->list->columns[i].width, 6u));
	buf_str(b, "</cols><sheetData>");
	return 0;
}

static int put_text(struct export *e, const char *place, struct text t, struct err *err)
{
	size_t characters = 0;

	for (size_t at = 0; at < t.n; characters++)
		characters += text_next(t, &at) > 0xffff; /* Excel counts UTF-16 units */
	if (characters > EXPORT_CELL_CHARACTERS)
		return fail(err, ERR_LIMIT, e->rows, "a cell of more than %d characters", EXPORT_CELL_CHARACTERS);
	buf_printf(&e->piece, "<c r=\"%s\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", place, e->rows == 0 ? STYLE_HEADING : STYLE_TEXT);
	put_words(&e->piece, t);
	buf_str(&e->piece, "</t></is></c>");
	return 0;
}

static void put_moment(struct export *e, const char *place, int64_t at)
{
	int64_t japan = at + 9 * 3600, day = japan / 86400 + 25569; /* days since 1899-12-30 */

	buf_printf(&e->piece, "<c r=\"%s\" s=\"%d\"><v>%lld.%09lld</v></c>", place, STYLE_MOMENT, (long long)day,
		   (long long)(japan % 86400 * 1000000000 / 86400));
}

static int put_number(struct export *e, const char *place, int64_t n, struct err *err)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%lld", (long long)n);

	if (length - (n < 0) > EXACT_MOST)
		return put_text(e, place, (struct text){ digits, (size_t)length }, err);
	buf_printf(&e->piece, "<c r=\"%s\" s=\"%d\"><v>%s</v></c>", place, STYLE_NUMBER, digits);
	return 0;
}

int export_xlsx_row(struct export *e, const struct export_cell *cells, struct err *err)
{
	char column[4], place[32];
	int status = 0;

	buf_printf(&e->piece, "<row r=\"%llu\">", (unsigned long long)e->rows + 1);
	for (size_t i = 0; status == 0 && i < e->list->count; i++) {
		snprintf(place, sizeof place, "%s%llu", column_name(i, column), (unsigned long long)e->rows + 1);
		switch (cells[i].kind) {
		case CELL_EMPTY: break;
		case CELL_TEXT: status = put_text(e, place, cells[i].text, err); break;
		case CELL_PHRASE: status = put_text(e, place, export_words(e, cells[i].phrase), err); break;
		case CELL_NUMBER: status = put_number(e, place, cells[i].number, err); break;
		case CELL_MOMENT: put_moment(e, place, cells[i].number); break;
		}
	}
	buf_str(&e->piece, "</row>");
	return status;
}

/* ---- the end ---------------------------------------------------------------------------------------------------------------------- */

static int complete_header(struct export *e, uint64_t sheet_bytes, struct err *err)
{
	struct buf b = buf_in(e->arena, 256);
	uint64_t at = e->sheet_at - LOCAL_HEADER - strlen(sheet_name);

	put_local(&b, e->sheet_crc, sheet_bytes, sheet_name);
	if (pwrite(e->fd, b.p, b.n, (off_t)at) != (ssize_t)b.n)
		return fail_errno(err, ERR_IO, "cannot complete the sheet");
	enter(e, e->sheet_crc, sheet_bytes, at, sheet_name);
	return 0;
}

int export_xlsx_end(struct export *e, struct err *err)
{
	struct buf *b = &e->piece;
	char column[4];

	buf_printf(b, "</sheetData><autoFilter ref=\"A1:%s%llu\"/><pageMargins left=\"0.6\" right=\"0.6\" top=\"0.8\" bottom=\"0.7\" header=\"0.3\" footer=\"0.3\"/>"
		      "<pageSetup paperSize=\"9\" orientation=\"landscape\" fitToHeight=\"0\"/><headerFooter><oddHeader>&amp;L",
		   column_name(e->list->count - 1, column), (unsigned long long)e->rows);
	put_page_header(b, export_words(e, e->list->title));
	buf_str(b, "&amp;R&amp;D &amp;T</oddHeader><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>");
	if (export_flush(e, true, err) != 0)
		return -1;
	e->in_sheet = false;
	if (complete_header(e, e->bytes - e->sheet_at, err) != 0)
		return -1;
	must(buf_ok(&e->directory));
	buf_bytes(b, buf_view(&e->directory));
	buf_u32le(b, 0x06054b50);
	buf_u32le(b, 0);
	buf_u16le(b, (uint16_t)e->parts);
	buf_u16le(b, (uint16_t)e->parts);
	buf_u32le(b, (uint32_t)e->directory.n);
	buf_u32le(b, (uint32_t)e->bytes);
	buf_u16le(b, 0);
	return 0;
}
