/* 画面の設定の試験。 */
#include "web/settings.h"
#include "base/check.h"
#include <unistd.h>

static struct settings got;
static struct err err;

static int read_text(struct arena *arena, const char *text)
{
	char path[] = "/tmp/settings_test_XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	got = (struct settings){ 0 };
	err = (struct err){ 0 };
	int status = settings_read(&got, arena, path, &err);
	if (status == 0)
		status = settings_complete(&got, &err);
	unlink(path);
	return status;
}

TEST(names_and_comments_are_read)
{
	ARENA(arena) = arena_new(0);

	assert_int_equal(read_text(arena, "# 庁内\n\n host = office.example.lg.jp \r\nhost=office:8481\ncertificate = /etc/a b.crt\nkey\t=\t/etc/k=1\n"), 0);
	assert_int_equal(got.host_count, 2);
	assert_string_equal(got.hosts[0], "office.example.lg.jp");
	assert_string_equal(got.hosts[1], "office:8481");
	assert_string_equal(got.certificate, "/etc/a b.crt");
	assert_string_equal(got.key, "/etc/k=1");
}

TEST(what_is_wrong_is_named_with_its_line)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "host = a\nhots = b\n", ":2: no setting is called \"hots\"" },
		{ "host = a\n\nhost\n", ":3: no \"name = value\"" },
		{ "host =\n", ":1: host has no value" },
		{ "host = A/b\n", ":1: \"A/b\" is no host name" },
		{ "host = a\nkey = k.pem\n", ":2: key: a path begins with /" },
		{ "host = a\nkey = /k\nkey = /k\n", ":3: key is given twice" },
		{ "host=a\nhost=a\nhost=a\nhost=a\nhost=a\nhost=a\nhost=a\nhost=a\nhost=a\n", ":9: more than 8 hosts" },
		{ "host = a\nkey = /k\n", "certificate is missing" },
		{ "host = a\ncertificate = /k\n", "key is missing" },
		{ "# nothing\n", "no host name is given" },
		{ "host = \xff\n", "is no UTF-8 text" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		ARENA(arena) = arena_new(0);
		assert_int_equal(read_text(arena, cases[i].text), -1);
		if (!strstr(err.say, cases[i].says))
			fail_msg("case %zu says: %s", i, err.say);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_and_comments_are_read), cmocka_unit_test(what_is_wrong_is_named_with_its_line) };

	return RUN_TESTS(tests);
}
