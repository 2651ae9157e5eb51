/* XMLの正規形 — the forms that signatures are made over: namespaces, order, characters, and what is not guessed at. */
#include "base/check.h"
#include "sanitize/parts/xml_canonical.h"

static struct arena *a;

static int form(const char *in, const char *id, const char *path, struct xml_canonical *out, struct err *err)
{
	return xml_canonical(a, bytes_of(arena_copy(a, in, strlen(in)), strlen(in)), &(struct xml_wanted){ .id = id, .path = path }, out, err);
}

static const char *of(const char *in, const char *path)
{
	struct xml_canonical out;
	struct err err = { 0 };

	if (form(in, NULL, path, &out, &err) != 0 || out.found != 1)
		return err.code ? err_name(err.code) : "not there, or twice";
	return arena_copy(a, out.text.p, out.text.n);
}

TEST(an_element_is_written_with_what_its_prefixes_mean_around_it)
{
	a = arena_new(0);
	assert_string_equal(of("<r xmlns='d' xmlns:b='B' xmlns:a='A'><x><y b:k='1'/></x></r>", "r/x"), "<x xmlns=\"d\" xmlns:a=\"A\" xmlns:b=\"B\"><y b:k=\"1\"></y></x>");
	/* said again, it is written once; meaning another thing, or nothing any more, it is written */
	assert_string_equal(of("<r xmlns='d' xmlns:a='A'><x xmlns:a='A'><a:y xmlns:a='C' xmlns=''/></x></r>", "r/x"), "<x xmlns=\"d\" xmlns:a=\"A\"><a:y xmlns=\"\" xmlns:a=\"C\"></a:y></x>");
	assert_string_equal(of("<r xmlns='d'><x xmlns=''><y xmlns='d'/><z/></x></r>", "r/x"), "<x><y xmlns=\"d\"></y><z></z></x>");
	/* what was declared in a brother is forgotten */
	assert_string_equal(of("<r><o xmlns:a='A'/><x/></r>", "r/x"), "<x></x>");
	arena_free(a);
}

TEST(attributes_stand_in_the_order_of_their_namespaces)
{
	a = arena_new(0);
	assert_string_equal(of("<r xmlns:b='A' xmlns:a='B' a:z='1' b:z='2' z='3' A='4' xml:lang='ja'/>", "r"),
			    "<r xmlns:a=\"B\" xmlns:b=\"A\" A=\"4\" z=\"3\" b:z=\"2\" a:z=\"1\" xml:lang=\"ja\"></r>");
	arena_free(a);
}

TEST(characters_are_written_in_one_way)
{
	a = arena_new(0);
	assert_string_equal(of("<r k='&lt;&gt;&amp;&quot;\"&#9;&#10;&#13; \t\n\r\n漢'>&lt;&gt;&amp;\"'&#13;\r\n\r \t<![CDATA[<&>]]><!-- gone -->漢</r>", "r"),
			    "<r k=\"&lt;>&amp;&quot;&quot;&#x9;&#xA;&#xD;    漢\">&lt;&gt;&amp;\"'&#xD;\n\n \t&lt;&amp;&gt;漢</r>");
	arena_free(a);
}

TEST(elements_are_found_by_their_identifier)
{
	struct xml_canonical out;
	static const char text[] = "<r><x Id='a'><y Id='b'>1</y></x><z Id='b'/></r>";
	a = arena_new(0);
	CHECK_OK(form(text, "a", NULL, &out, &err_));
	assert_int_equal(out.found, 1);
	assert_memory_equal(text + out.from, "<x Id='a'>", 10);
	assert_memory_equal(text + out.to, "<z Id", 5);
	CHECK_OK(form(text, "b", NULL, &out, &err_));
	assert_int_equal(out.found, 2);
	CHECK_OK(form(text, "c", NULL, &out, &err_));
	assert_int_equal(out.found, 0);
	arena_free(a);
}

TEST(what_is_not_known_is_not_guessed)
{
	a = arena_new(0);
	assert_string_equal(of("<r><x><?php 1?></x></r>", "r/x"), "UNSUPPORTED");
	assert_string_equal(of("<r xml:space='preserve'><x/></r>", "r/x"), "UNSUPPORTED");
	assert_string_equal(of("<r><x a:k='1'/></r>", "r/x"), "UNSUPPORTED");
	assert_string_equal(of("<r><a:x/></r>", "r/x"), "UNSUPPORTED");
	assert_string_equal(of("<r><x>&nbsp;</x></r>", "r/x"), "MALFORMED");
	assert_string_equal(of("<r><x></r>", "r/x"), "MALFORMED");
	assert_string_equal(of("<r><x/><x/></r>", "r/x"), "not there, or twice");
	struct buf many = buf_in(a, 0);
	buf_str(&many, "<r><x");
	for (int i = 0; i <= XML_NAMESPACES_MOST; i++)
		buf_printf(&many, " xmlns:n%d='n'", i);
	buf_str(&many, "/></r>");
	assert_string_equal(of(buf_string(&many), "r/x"), "LIMIT");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_is_written_with_what_its_prefixes_mean_around_it),
		cmocka_unit_test(attributes_stand_in_the_order_of_their_namespaces),
		cmocka_unit_test(characters_are_written_in_one_way),
		cmocka_unit_test(elements_are_found_by_their_identifier),
		cmocka_unit_test(what_is_not_known_is_not_guessed),
	};
	return RUN_TESTS(tests);
}
