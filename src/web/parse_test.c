/* 単体試験 — what a browser may fill in, and what happens to the rest. */
#include "base/check.h"
#include "base/hash.h"
#include "web/limits.h"
#include "web/multipart.h"
#include "web/parse.h"

const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = 0;

static int form(struct arena *arena, const char *body, struct fields *out, struct err *err)
{
	*out = (struct fields){ 0 };
	return form_read(arena, bytes_of(body, strlen(body)), WEB_FIELD_BYTES, out, err);
}

TEST(a_form_becomes_text_fields)
{
	ARENA(arena) = arena_new(0);
	struct fields f;

	CHECK_OK(form(arena, "a=1&b=%E6%97%A5+%2B&b=2&&c&d=%0D%0Ax", &f, &err_));
	assert_int_equal(f.count, 5);
	assert_true(text_is(fields_first(&f, "b"), "日 +"));
	assert_true(fields_has(&f, "c") && text_is(fields_first(&f, "c"), ""));
	assert_true(text_is(fields_first(&f, "d"), "\nx"));
	assert_false(fields_has(&f, "e"));
}

TEST(a_broken_form_is_refused)
{
	ARENA(arena) = arena_new(0);
	static const struct { const char *body; enum err_code code; } bad[] = {
		{ "a=%", ERR_MALFORMED }, { "a=%4", ERR_MALFORMED }, { "a=%g1", ERR_MALFORMED }, { "a=%ff", ERR_NOT_TEXT },
		{ "a=%00", ERR_NOT_TEXT }, { "a=%1b", ERR_NOT_TEXT }, { "%C0%AF=1", ERR_NOT_TEXT }, { "a=%0D", ERR_NOT_TEXT },
	};
	struct fields f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = { 0 };
		assert_int_equal(form(arena, bad[i].body, &f, &err), -1);
		assert_int_equal(err.code, bad[i].code);
	}
	struct buf b = buf_in(arena, 0);
	for (int i = 0; i <= WEB_FIELDS; i++)
		buf_str(&b, "a=1&");
	struct err err = { 0 };
	assert_int_equal(form(arena, buf_string(&b), &f, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

TEST(a_percent_sign_at_the_very_end_is_decoded)
{
	ARENA(arena) = arena_new(0);
	struct fields f;

	CHECK_OK(form(arena, "a=%41", &f, &err_));
	assert_true(text_is(fields_first(&f, "a"), "A"));
}

TEST(a_cookie_that_stands_twice_is_none)
{
	struct bytes v;

	assert_true(cookie_read("x=1; session=ab; y=2", "session", &v));
	assert_true(bytes_equal(v, BYTES("ab")));
	assert_false(cookie_read("session=ab; session=cd", "session", &v));
	assert_false(cookie_read("xsession=ab", "session", &v));
	assert_false(cookie_read(NULL, "session", &v));
	uint8_t token[32];
	assert_false(token_read(BYTES("ab"), token));
	assert_true(token_read(BYTES("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"), token));
	assert_false(token_read(BYTES("00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"), token));
}

TEST(only_this_host_is_this_host)
{
	assert_true(is_host("office.localhost:8443", "office.localhost:8443", false));
	assert_true(is_host("OFFICE.localhost:8443", "office.localhost:8443", false));
	assert_true(is_host("office.localhost:9", "office.localhost", false));
	assert_true(is_host("office.example", "office.example:443", true));
	assert_false(is_host("office.example", "office.example:443", false));
	assert_false(is_host("office.localhost", "office.localhost:8443", false));
	assert_false(is_host("internet.localhost:8443", "office.localhost:8443", false));
	assert_false(is_host("office.localhost:8443.evil.example", "office.localhost", false));
	assert_false(is_host("office.localhost:", "office.localhost", false));
	assert_false(is_host("office.localhost.evil.example", "office.localhost", false));
	assert_false(is_host("", "office.localhost", false));
	assert_false(is_host(NULL, "office.localhost", false));
}

TEST(only_this_origin_may_post)
{
	assert_true(is_origin("http://office.localhost:8081", "office.localhost:8081", false));
	assert_false(is_origin("http://office.localhost:8081", "office.localhost:8081", true));
	assert_false(is_origin("http://internet.localhost:8082", "office.localhost:8081", false));
	assert_false(is_origin("null", "office.localhost:8081", false));
	assert_false(is_origin("http://office.localhost:8081.evil.example", "office.localhost:8081", false));
}

TEST(japanese_unless_english_is_preferred)
{
	assert_int_equal(language_of(NULL), HTML_JAPANESE);
	assert_int_equal(language_of("ja,en;q=0.8"), HTML_JAPANESE);
	assert_int_equal(language_of("en-US,en;q=0.9,ja;q=0.8"), HTML_ENGLISH);
	assert_int_equal(language_of("fr,de"), HTML_JAPANESE);
	assert_int_equal(language_of("en;q=0.5,ja;q=0.50"), HTML_JAPANESE);
	assert_int_equal(language_of("en;q=0.51,ja;q=0.5"), HTML_ENGLISH);
}

TEST(one_goes_back_within_the_face_only)
{
	assert_true(is_local_path(TEXT("/tickets/5?a=1")));
	assert_false(is_local_path(TEXT("//evil.example")));
	assert_false(is_local_path(TEXT("/\\evil.example")));
	assert_false(is_local_path(TEXT("https://evil.example")));
	assert_false(is_local_path(TEXT("/a\nSet-Cookie: x")));
	assert_false(is_local_path(TEXT("/a\"b")));
	assert_false(is_local_path(TEXT("/<b>")));
	assert_false(is_local_path(TEXT("")));
}

TEST(a_japanese_name_arrives_as_an_attachment)
{
	ARENA(arena) = arena_new(0);

	assert_string_equal(attachment_header(arena, TEXT("見積 書\"\r\n.docx")),
			    "attachment; filename=\"_______.docx\"; filename*=UTF-8''%E8%A6%8B%E7%A9%8D%20%E6%9B%B8%22%0D%0A.docx");
}

/* ---- multipart ---- */

struct seen {
	struct arena *arena;
	struct buf log;
	size_t bytes;
};
static int seen_begin(void *self, struct text name, struct text file, struct text type, bool is_file, struct err *err)
{
	struct seen *s = self;

	(void)err;
	buf_printf(&s->log, "[%s%s%s%s%s", name.p, is_file ? "|" : "", file.p, type.n ? "|" : "", type.p);
	return 0;
}
static int seen_data(void *self, struct bytes piece, struct err *err)
{
	struct seen *s = self;

	(void)err;
	s->bytes += piece.n;
	if (s->bytes < 1000)
		buf_bytes(&s->log, piece);
	return 0;
}
static int seen_end(void *self, struct err *err)
{
	(void)err;
	buf_byte(&((struct seen *)self)->log, ']');
	return 0;
}
static const struct multipart_handler seen_handler = { seen_begin, seen_data, seen_end };

#define HEAD(name) "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static int read_in_pieces(struct arena *arena, const char *type, struct bytes body, size_t piece, struct seen *s, struct err *err)
{
	struct multipart *m;

	*s = (struct seen){ .arena = arena, .log = buf_in(arena, 0) };
	if (multipart_new(arena, type, &seen_handler, s, &m, err) != 0)
		return -1;
	for (size_t at = 0; at < body.n; at += piece)
		if (multipart_feed(m, bytes_of(body.p + at, MIN(piece, body.n - at)), err) != 0)
			return -1;
	return multipart_end(m, err);
}

TEST(parts_come_out_whole_however_they_are_cut)
{
	ARENA(arena) = arena_new(0);
	struct bytes body = BYTES(HEAD("a") "1\r\n--xy\r\n" HEAD("b") "\r\n--xyz\r\nContent-Disposition: form-data; name=\"file\"; "
				  "filename=\"見積\\\"書.txt\"\r\nContent-Type: text/plain\r\n\r\n--xyz no\r\r\n\r\n--xyz--\r\n");
	struct seen s;

	body.n--, body.n++;
	for (size_t piece = 1; piece <= body.n; piece++) {
		struct err err = { 0 };
		if (read_in_pieces(arena, "multipart/form-data; boundary=xyz", body, piece, &s, &err) != 0)
			print_error("%s\n", err.say);
		assert_int_equal(err.code, 0);
		assert_string_equal(buf_string(&s.log), "[a1\r\n--xy][b][file|見積\"書.txt|text/plain--xyz no\r\r\n]");
	}
}

TEST(broken_uploads_are_refused)
{
	ARENA(arena) = arena_new(0);
	static const struct { const char *type, *body; enum err_code code; } bad[] = {
		{ "multipart/form-data", "", ERR_UNSUPPORTED },
		{ "multipart/mixed; boundary=xyz", "", ERR_UNSUPPORTED },
		{ "multipart/form-data; boundary=\"xyz", "", ERR_UNSUPPORTED },
		{ "multipart/form-data; boundary=x\"z", "", ERR_UNSUPPORTED },
		{ "multipart/form-data; boundary=", "", ERR_UNSUPPORTED },
		{ "multipart/form-data; boundary=xyz", "", ERR_CUT_SHORT },
		{ "multipart/form-data; boundary=xyz", "preamble\r\n--xyz--", ERR_MALFORMED },
		{ "multipart/form-data; boundary=xyz", HEAD("a") "1", ERR_CUT_SHORT },
		{ "multipart/form-data; boundary=xyz", HEAD("a") "1\r\n--xyzzy", ERR_MALFORMED },
		{ "multipart/form-data; boundary=xyz", HEAD("") "1\r\n--xyz--", ERR_MALFORMED },
		{ "multipart/form-data; boundary=xyz", HEAD("\xff") "1\r\n--xyz--", ERR_NOT_TEXT },
		{ "multipart/form-data; boundary=xyz", "--xyz\r\nContent-Type: text/plain\r\n\r\n1\r\n--xyz--", ERR_MALFORMED },
		{ "multipart/form-data; boundary=xyz", "--xyz\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--xyz--", ERR_UNSUPPORTED },
	};
	struct seen s;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = { 0 };
		assert_int_equal(read_in_pieces(arena, bad[i].type, bytes_of(bad[i].body, strlen(bad[i].body)), 7, &s, &err), -1);
		assert_int_equal(err.code, bad[i].code);
	}
}

TEST(endless_headers_are_refused)
{
	ARENA(arena) = arena_new(0);
	struct buf b = buf_in(arena, 0);
	struct err err = { 0 };
	struct seen s;

	buf_str(&b, "--xyz\r\n");
	for (int i = 0; i < 3 * WEB_PART_HEADER_BYTES; i++)
		buf_byte(&b, 'a');
	assert_int_equal(read_in_pieces(arena, "multipart/form-data; boundary=xyz", buf_view(&b), 1000, &s, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

TEST(a_large_file_costs_one_window)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	static uint8_t piece[65536];
	struct seen s = { .arena = arena, .log = buf_in(arena, 0) };
	struct multipart *m;

	memset(piece, '\r', sizeof piece);
	CHECK_OK(multipart_new(arena, "multipart/form-data; boundary=xyz", &seen_handler, &s, &m, &err_));
	CHECK_OK(multipart_feed(m, BYTES(HEAD("f")), &err_));
	size_t before = arena_used(arena);
	for (int i = 0; i < 200; i++)
		assert_int_equal(multipart_feed(m, bytes_of(piece, sizeof piece), &err), 0);
	CHECK_OK(multipart_feed(m, BYTES("\r\n--xyz--"), &err_));
	CHECK_OK(multipart_end(m, &err_));
	assert_int_equal(s.bytes, 200 * sizeof piece);
	assert_true(arena_used(arena) - before < 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_becomes_text_fields), cmocka_unit_test(a_broken_form_is_refused),
		cmocka_unit_test(a_percent_sign_at_the_very_end_is_decoded), cmocka_unit_test(a_cookie_that_stands_twice_is_none),
		cmocka_unit_test(only_this_host_is_this_host), cmocka_unit_test(only_this_origin_may_post),
		cmocka_unit_test(japanese_unless_english_is_preferred), cmocka_unit_test(one_goes_back_within_the_face_only),
		cmocka_unit_test(a_japanese_name_arrives_as_an_attachment), cmocka_unit_test(parts_come_out_whole_however_they_are_cut),
		cmocka_unit_test(broken_uploads_are_refused), cmocka_unit_test(endless_headers_are_refused),
		cmocka_unit_test(a_large_file_costs_one_window),
	};
	return RUN_TESTS(tests);
}
