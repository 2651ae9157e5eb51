/* OOXMLの濾過 — the lists are in order; fields, formulas, links are judged as meant; the filter writes what is allowed and nothing else. */
#include "base/check.h"
#include "sanitize/parts/field.h"
#include "sanitize/parts/formula.h"
#include "sanitize/parts/link.h"
#include "sanitize/parts/ooxml_hooks.h"
#include "support/job_memory.h"

static struct bytes b(const char *s)
{
	return bytes_of(s, strlen(s));
}

TEST(lists_are_sorted_and_every_row_is_found)
{
	size_t n;
	const struct element_rule *e = ooxml_elements(&n);
	for (size_t i = 0; i < n; i++) {
		if (ooxml_element(e[i].ns, (const uint8_t *)e[i].local, e[i].local_n) != &e[i])
			print_error("%s stands there twice\n", e[i].out);
		assert_true(i == 0 || e[i].ns != e[i - 1].ns || strcmp(e[i - 1].local, e[i].local) < 0);
		assert_ptr_equal(ooxml_element(e[i].ns, (const uint8_t *)e[i].local, e[i].local_n), &e[i]);
		const char *prefix = e[i].ns ? ooxml_namespaces[e[i].ns].prefix : "";
		size_t k = strlen(prefix);
		assert_memory_equal(e[i].out, prefix, k);
		assert_string_equal(e[i].out + k + (k > 0), e[i].local);
	}
	const struct attribute_rule *a = ooxml_attributes(&n);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(ooxml_attribute(a[i].ns, a[i].qualified, (const uint8_t *)a[i].local, a[i].local_n), &a[i]);
}

TEST(every_namespace_written_fits_into_the_mask)
{
	for (unsigned i = 64; i < NS_XML; i++)
		assert_int_equal(ooxml_namespaces[i].kind, NAMESPACE_QUIET);
}

TEST(links_lead_to_browser_or_mail_only)
{
	static const char *const good[] = { "http://example.jp/", "HTTPS://example.jp/a?b=c#d", "mailto:a@example.jp" };
	static const char *const bad[] = { "", "http://", "file:///c:/a.exe", "\\\\server\\share", "javascript:alert(1)", "ms-word:ofe|u|http://x/", "search-ms:query=x",
					   "mhtml:http://x!y", "ftp://x/y", " http://x/", "http://x/\\..\\y", "http://x/\n", "mailto://x", "data:text/html,x", "x.docx" };
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(link_is_allowed(b(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(link_is_allowed(b(bad[i])));
}

TEST(fields_count_refer_and_date_but_do_not_fetch)
{
	static const char *const good[] = { " PAGE ", "NUMPAGES \\* MERGEFORMAT", "TOC \\o \"1-3\" \\h \\z \\u", "HYPERLINK \"https://example.jp/\" \\o \"x\"",
					    "HYPERLINK \\l \"_Toc1\"", "date \\@ \"yyyy\"", "= 1 + 2", "FORMTEXT", "PAGEREF _Toc1 \\h" };
	static const char *const bad[] = { "DDE cmd x", "ddeauto c:\\\\windows\\\\cmd.exe \"/k calc\"", "INCLUDETEXT \"http://x\"", "INCLUDEPICTURE \"http://x/y.png\"",
					   "LINK Excel.Sheet.8 x", "EMBED Package", "IMPORT x", "MACROBUTTON m x", "QUOTE 68 68 69", "SET a b", "FILLIN x", "ASK a b", "",
					   " ", "DATABASE x", "HYPERLINK \"file:///c:/x\"", "HYPERLINK \"\\\\\\\\server\\\\x\"", "HYPERLINK", "PAGEX", "PAGE!", "RD x", "\"DDE\" x",
					   "HYPERLINK \"https://a\" \"file:///b\"", "AUTOTEXT x", "PRINT 27" };
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(field_is_allowed(b(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(field_is_allowed(b(bad[i])));
}

TEST(formulas_calculate_but_do_not_reach_out)
{
	const char *names[] = { "Sheet1", "集計 表", "It's" };
	struct formula_sheets sheets = { names, COUNT(names) };
	static const char *const good[] = { "SUM(A1:B2)", "IF(A1=\"WEBSERVICE(\",1,2)", "Sheet1!A1+sheet1!B2", "'集計 表'!A1", "'It''s'!A1", "_xlfn.XLOOKUP(A1,B:B,C:C)",
					    "Table1[[#This Row],[a]]", "#REF!", "SUM(Sheet1!#REF!)", "{1,2;3,4}", "HYPERLINK(\"https://example.jp/\",\"x\")",
					    "HYPERLINK(\"#A1\")", "[0]!name", "\"a|b\"&A1", "_xlfn._xlws.SORT(A1:A9)", "_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(1)" };
	static const struct {
		const char *text, *threat;
	} bad[] = { { "WEBSERVICE(\"http://x\")", "B16" }, { "_xlfn.WEBSERVICE (A1)", "B16" }, { "_xlfn.FILTERXML(A1,\"//a\")", "B16" }, { "RTD(\"a\",,\"b\")", "B16" },
		    { "cmd|'/c calc'!A0", "B16" }, { "'cmd|/c calc'!A0", "B16" }, { "[1]Sheet1!A1", "B10" }, { "'[1]Sheet 1'!A1", "B10" },
		    { "'C:\\[a.xls]b'!A1", "B10" }, { "Macro1!go()", "B3" }, { "Macro1!A1", "B3" }, { "CALL(\"urlmon\",\"x\")", "B16" },
		    { "REGISTER.ID(\"x\",\"y\")", "B16" }, { "HYPERLINK(\"file:///c:/x\")", "B16" }, { "HYPERLINK(A1)", "B16" }, { "HYPERLINK(\"ht\"&A1)", "B16" },
		    { "EXEC(\"calc\")", "B16" }, { "_xll.ADDIN(1)", "B16" }, { "userfunction(1)", "B16" }, { "\"open", "B16" }, { "CUBEVALUE(\"c\",\"m\")", "B16" } };
	for (size_t i = 0; i < COUNT(good); i++)
		if (formula_threat(b(good[i]), &sheets))
			print_error("%s\n", good[i]), assert_null(good[i]);
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *threat = formula_threat(b(bad[i].text), &sheets);
		if (!threat)
			print_error("%s passes\n", bad[i].text);
		assert_non_null(threat);
		assert_string_equal(threat, bad[i].threat);
	}
}

static bool keeps(void *self, const char *id)
{
	(void)self;
	return strcmp(id, "rId1") == 0;
}

#define W_NS "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document " W_NS ">"

static struct job job;

static int run(struct arena *a, const char *in, enum ooxml_namespace ns, const char *root, struct bytes *out, struct err *err)
{
	job = job_memory(a, (struct bytes){ NULL, 0 }, "x");
	struct xml_filter *f = xml_filter_new(&job);
	ooxml_state_new(f)->is_sheet = keeps;
	f->keeps_relation = keeps;
	return xml_filter_run(f, "part", bytes_of(arena_copy(a, in, strlen(in)), strlen(in)), ns, root, out, err);
}

/* body between <w:document …> tags in, the same out; and the output is a fixed point. */
static void becomes(const char *in, const char *wanted)
{
	ARENA(a) = arena_new(0);
	struct bytes out, again;
	char *whole = arena_printf(a, HEAD "%s</w:document>", in), *want = arena_printf(a, HEAD "%s</w:document>", wanted);
	CHECK_OK(run(a, whole, NS_W, "document", &out, &err_));
	const char *got = arena_copy(a, out.p, out.n);
	assert_string_equal(got, want);
	CHECK_OK(run(a, got, NS_W, "document", &again, &err_));
	assert_string_equal((const char *)arena_copy(a, again.p, again.n), want);
}

static void is_refused(const char *in, enum refusal why)
{
	ARENA(a) = arena_new(0);
	struct bytes out;
	struct err err = { 0 };
	assert_int_equal(run(a, in, NS_W, "document", &out, &err), -1);
	assert_int_equal(err.at, why);
}

TEST(what_is_listed_comes_out_in_canonical_form)
{
	becomes("<w:body><w:p\n w:rsidR='1' ><w:r><w:t xml:space = 'preserve'> a&#x26;b&gt;\r\nc</w:t></w:r></w:p></w:body>",
		"<w:body><w:p><w:r><w:t xml:space=\"preserve\"> a&amp;b&gt;\nc</w:t></w:r></w:p></w:body>");
	becomes("<w:body><!-- x --><w:p><?y z?><w:r><w:t><![CDATA[<x>&]]></w:t></w:r></w:p> </w:body>",
		"<w:body><w:p><w:r><w:t>&lt;x&gt;&amp;</w:t></w:r></w:p></w:body>");
	becomes("<w:body><w:p></w:p></w:body>", "<w:body><w:p/></w:body>");
}

TEST(what_is_not_listed_goes_with_what_it_holds)
{
	becomes("<w:body><w:p><w:unheard><w:r/></w:unheard><x:a xmlns:x='urn:x'>t</x:a>stray</w:p></w:body>", "<w:body><w:p/></w:body>");
	becomes("<w:body><w:p><w:smartTag><w:r><w:t>x</w:t></w:r></w:smartTag></w:p></w:body>", "<w:body><w:p><w:r><w:t>x</w:t></w:r></w:p></w:body>");
	becomes("<w:body><w:tbl><w:tr><w:tc><w:altChunk/></w:tc></w:tr></w:tbl></w:body>", "<w:body><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:body>");
}

TEST(relationships_that_are_not_kept_lose_their_references)
{
	becomes("<w:body><w:sectPr><w:headerReference xmlns:q='http://schemas.openxmlformats.org/officeDocument/2006/relationships' q:id='rId9'/></w:sectPr></w:body>",
		"<w:body><w:sectPr/></w:body>");
}

TEST(compatibility_markup_is_resolved)
{
#define MC "<mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' xmlns:q='urn:q'>"
	becomes("<w:body><w:p>" MC "<mc:Choice Requires='q'><w:r><w:t>new</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>old</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p></w:body>",
		"<w:body><w:p><w:r><w:t>old</w:t></w:r></w:p></w:body>");
	becomes("<w:body><w:p>" MC "<mc:Choice Requires='w'><w:r><w:t>new</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>old</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p></w:body>",
		"<w:body><w:p><w:r><w:t>new</w:t></w:r></w:p></w:body>");
}

#define R(x) "<w:r>" x "</w:r>"
#define BEGIN R("<w:fldChar w:fldCharType=\"begin\"/>")
#define SEPARATE R("<w:fldChar w:fldCharType=\"separate\"/>")
#define LAST R("<w:fldChar w:fldCharType=\"end\"/>")
#define INSTR(x) R("<w:instrText>" x "</w:instrText>")
#define T(x) R("<w:t>" x "</w:t>")

TEST(a_field_is_judged_over_all_its_runs)
{
	becomes("<w:body><w:p>" BEGIN INSTR("PA") INSTR("GE ") SEPARATE T("1") LAST "</w:p></w:body>",
		"<w:body><w:p>" BEGIN INSTR("PA") INSTR("GE ") SEPARATE T("1") LAST "</w:p></w:body>");
	becomes("<w:body><w:p>" BEGIN INSTR("D") INSTR("DE") "</w:p><w:p>" INSTR("AUTO cmd") SEPARATE T("shown") LAST "</w:p></w:body>",
		"<w:body><w:p><w:r/><w:r/><w:r/></w:p><w:p><w:r/><w:r/>" T("shown") "<w:r/></w:p></w:body>");
	becomes("<w:body><w:p><w:r><w:rPr><w:b/></w:rPr><w:fldChar w:fldCharType=\"begin\"/><w:instrText>DDE x</w:instrText><w:fldChar w:fldCharType=\"end\"/><w:t>y</w:t></w:r></w:p></w:body>",
		"<w:body><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>y</w:t></w:r></w:p></w:body>");
	becomes("<w:body><w:p><w:r><w:fldChar w:fldCharType=\"begin\"/><w:instrText>DDE x</w:instrText><w:fldChar w:fldCharType=\"end\"/></w:r></w:p></w:body>",
		"<w:body><w:p><w:r/></w:p></w:body>");
}

TEST(a_field_within_a_keyword_takes_part_in_nothing)
{
	becomes("<w:body><w:p>" BEGIN INSTR("D") BEGIN INSTR("PAGE") LAST INSTR("DE x") LAST "</w:p></w:body>",
		"<w:body><w:p><w:r/><w:r/>" BEGIN INSTR("PAGE") LAST "<w:r/><w:r/></w:p></w:body>");
	becomes("<w:body><w:p>" BEGIN INSTR("IF ") BEGIN INSTR("DDE y") SEPARATE T("1") LAST INSTR("= 1 a b") LAST "</w:p></w:body>",
		"<w:body><w:p>" BEGIN INSTR("IF ") "<w:r/><w:r/><w:r/>" T("1") "<w:r/>" INSTR("= 1 a b") LAST "</w:p></w:body>");
}

TEST(what_stands_among_the_pieces_of_an_instruction_is_judged_with_it)
{
	becomes("<w:body><w:p>" BEGIN INSTR("DDE") T("AUTO x") LAST "</w:p></w:body>", "<w:body><w:p><w:r/><w:r/>" T("AUTO x") "<w:r/></w:p></w:body>");
	becomes("<w:body><w:p>" BEGIN INSTR("PAGE") T("X") LAST "</w:p></w:body>", "<w:body><w:p><w:r/><w:r/>" T("X") "<w:r/></w:p></w:body>");
	becomes("<w:body><w:p>" BEGIN INSTR("HYPERLINK \\l \"a\" ") BEGIN INSTR("REF b") LAST LAST "</w:p></w:body>",
		"<w:body><w:p><w:r/><w:r/>" BEGIN INSTR("REF b") LAST "<w:r/></w:p></w:body>");
}

TEST(an_instruction_without_its_field_goes)
{
	becomes("<w:body><w:p>" INSTR("DDE x") SEPARATE T("a") LAST BEGIN INSTR("DDEAUTO y") "</w:p></w:body>",
		"<w:body><w:p><w:r/><w:r/>" T("a") "<w:r/><w:r/><w:r/></w:p></w:body>");
	becomes("<w:body><w:p><w:fldSimple w:instr=\"DDE x\">" T("a") "</w:fldSimple><w:fldSimple w:instr=\"PAGE\">" T("1") "</w:fldSimple></w:p></w:body>",
		"<w:body><w:p>" T("a") "<w:fldSimple w:instr=\"PAGE\">" T("1") "</w:fldSimple></w:p></w:body>");
}

TEST(xml_that_is_none_is_refused)
{
	is_refused("<!DOCTYPE x [<!ENTITY a \"b\">]>" HEAD "</w:document>", REFUSAL_FEATURE);
	is_refused(HEAD "<w:body></w:document>", REFUSAL_DAMAGED);
	is_refused(HEAD "<w:t>&nbsp;</w:t></w:document>", REFUSAL_DAMAGED);
	is_refused("<?xml version='1.0' encoding='Shift_JIS'?><w:document " W_NS "/>", REFUSAL_FEATURE);
	is_refused("<w:document " W_NS "/><w:document " W_NS "/>", REFUSAL_DAMAGED);
	is_refused("<w:styles " W_NS "/>", REFUSAL_DAMAGED);
	is_refused("<w:document " W_NS "><q:x/></w:document>", REFUSAL_DAMAGED);
	is_refused("<w:document " W_NS "><w:body>\x01</w:body></w:document>", REFUSAL_DAMAGED);
	is_refused("<w:document " W_NS "><w:body>\xff</w:body></w:document>", REFUSAL_DAMAGED);
	is_refused("", REFUSAL_DAMAGED);
}

TEST(utf16_and_strict_names_are_read)
{
	ARENA(a) = arena_new(0);
	const char *in = "<w:document xmlns:w=\"http://purl.oclc.org/ooxml/wordprocessingml/main\"><w:body/></w:document>";
	struct buf wide = buf_in(a, 0);
	buf_put(&wide, "\xff\xfe", 2);
	for (const char *p = in; *p; p++)
		buf_u16le(&wide, (uint16_t)*p);
	buf_byte(&wide, 0);
	job = job_memory(a, (struct bytes){ NULL, 0 }, "x");
	struct xml_filter *f = xml_filter_new(&job);
	struct bytes out;
	ooxml_state_new(f);
	f->keeps_relation = keeps;
	CHECK_OK(xml_filter_run(f, "part", bytes_of(wide.p, wide.n - 1), NS_W, "document", &out, &err_));
	assert_string_equal((const char *)arena_copy(a, out.p, out.n), HEAD "<w:body/></w:document>");
}

#define X_NS "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""

TEST(a_cell_keeps_its_value_when_its_formula_goes)
{
	ARENA(a) = arena_new(0);
	struct bytes out;
	CHECK_OK(run(a, "<worksheet " X_NS "><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><f>_xlfn.WEBSERVICE(\"http://x\")</f><v>kept</v></c><c r=\"B1\"><f>1+1</f><v>2</v></c></row></sheetData></worksheet>",
		     NS_X, "worksheet", &out, &err_));
	const char *got = arena_copy(a, out.p, out.n);
	assert_non_null(strstr(got, "<c r=\"A1\" t=\"str\"><v>kept</v></c><c r=\"B1\"><f>1+1</f><v>2</v></c>"));
	assert_true(job_has_removed(&job, "B16"));
	assert_string_equal(job.rows[0].where, "part: A1");
}

TEST(names_that_run_by_themselves_go)
{
	ARENA(a) = arena_new(0);
	struct bytes out;
	CHECK_OK(run(a, "<workbook " X_NS " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"M\" sheetId=\"1\" r:id=\"rId7\"/><sheet name=\"S\" sheetId=\"2\" r:id=\"rId1\"/></sheets><definedNames>"
		     "<definedName name=\"_xlnm.Auto_Open\">M!A1</definedName><definedName name=\"x\" xlm=\"1\" function=\"1\">S!A1</definedName>"
		     "<definedName name=\"y\" localSheetId=\"1\">S!$A$1</definedName><definedName name=\"z\">[1]S!A1</definedName></definedNames></workbook>",
		     NS_X, "workbook", &out, &err_));
	const char *got = arena_copy(a, out.p, out.n);
	assert_non_null(strstr(got, "<sheets><sheet name=\"S\" sheetId=\"2\" r:id=\"rId1\"/></sheets><definedNames><definedName name=\"y\" localSheetId=\"0\">S!$A$1</definedName></definedNames>"));
	assert_true(job_has_removed(&job, "B3") && job_has_removed(&job, "B17") && job_has_removed(&job, "B10"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_sorted_and_every_row_is_found),
		cmocka_unit_test(every_namespace_written_fits_into_the_mask),
		cmocka_unit_test(links_lead_to_browser_or_mail_only),
		cmocka_unit_test(fields_count_refer_and_date_but_do_not_fetch),
		cmocka_unit_test(formulas_calculate_but_do_not_reach_out),
		cmocka_unit_test(what_is_listed_comes_out_in_canonical_form),
		cmocka_unit_test(what_is_not_listed_goes_with_what_it_holds),
		cmocka_unit_test(relationships_that_are_not_kept_lose_their_references),
		cmocka_unit_test(compatibility_markup_is_resolved),
		cmocka_unit_test(a_field_is_judged_over_all_its_runs),
		cmocka_unit_test(a_field_within_a_keyword_takes_part_in_nothing),
		cmocka_unit_test(what_stands_among_the_pieces_of_an_instruction_is_judged_with_it),
		cmocka_unit_test(an_instruction_without_its_field_goes),
		cmocka_unit_test(xml_that_is_none_is_refused),
		cmocka_unit_test(utf16_and_strict_names_are_read),
		cmocka_unit_test(a_cell_keeps_its_value_when_its_formula_goes),
		cmocka_unit_test(names_that_run_by_themselves_go),
	};
	return RUN_TESTS(tests);
}
