/* 写しの流れの試験 — what goes in comes out; a stream that is cut, lies or fails is never taken for a whole one. */
#include "base/check.h"
#include "base/copy.h"
#include "base/file.h"
#include <fcntl.h>
#include <unistd.h>

struct seen {
	char names[256];
	uint8_t content[200000];
	size_t n, ends;
	unsigned mode;
};
static int see_file(void *self, const char *name, unsigned mode, struct err *err)
{
	struct seen *s = self;
	size_t n = strlen(s->names);

	(void)err;
	snprintf(s->names + n, sizeof s->names - n, "%s;", name);
	s->mode = mode;
	return 0;
}
static int see_data(void *self, struct bytes b, struct err *err)
{
	struct seen *s = self;

	if (s->n + b.n > sizeof s->content)
		return fail(err, ERR_LIMIT, s->n, "too much");
	memcpy(s->content + s->n, b.p, b.n);
	s->n += b.n;
	return 0;
}
static int see_end(void *self, struct err *err)
{
	(void)err;
	((struct seen *)self)->ends++;
	return 0;
}
static int read_back(int fd, struct seen *s, struct err *err)
{
	*s = (struct seen){ 0 };
	must(lseek(fd, 0, SEEK_SET) == 0);
	return copy_read(fd, &(struct copy_sink){ see_file, see_data, see_end, s }, err);
}

static void what_goes_in_comes_out(void **state)
{
	static struct seen s;
	static uint8_t big[150000];
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)(i * 7);
	FD(source) = memfd_of("source", bytes_of(big, sizeof big), false, &err);
	FD(fd) = memfd_new("copy", &err);
	assert_int_equal(copy_fd(fd, source, "spool/in/7", 0600, &err), 0);
	assert_int_equal(copy_bytes(fd, BYTES("abc"), "trust/鍵", 0644, &err), 0);
	assert_int_equal(copy_file(fd, AT_FDCWD, "no-such-file", 0644, true, &err), 0);
	assert_int_equal(copy_file(fd, AT_FDCWD, "no-such-file", 0644, false, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(copy_end(fd, &err), 0);
	assert_int_equal(read_back(fd, &s, &err), 0);
	assert_string_equal(s.names, "spool/in/7;trust/鍵;");
	assert_int_equal(s.n, sizeof big + 3);
	assert_memory_equal(s.content, big, sizeof big);
	assert_int_equal(s.ends, 2);
	assert_int_equal(s.mode, 0644);
	/* Cut anywhere it is not whole. */
	off_t whole = lseek(fd, 0, SEEK_END);
	for (off_t cut = whole - 1; cut >= 0; cut -= 1 + cut / 9) {
		assert_int_equal(ftruncate(fd, cut), 0);
		assert_int_equal(read_back(fd, &s, &err), -1);
		assert_int_equal(err.code, ERR_CUT_SHORT);
	}
}

static void a_failure_travels_with_its_reason(void **state)
{
	static struct seen s;
	struct err why = { 0 }, err = { 0 };

	(void)state;
	fail(&why, ERR_FULL, 3, "the disk is full");
	FD(fd) = memfd_new("copy", &err);
	assert_int_equal(copy_bytes(fd, BYTES("abc"), "a", 0600, &err), 0);
	copy_failed(fd, &why);
	assert_int_equal(read_back(fd, &s, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_string_equal(err.say, "the disk is full");
}

static void names_do_not_lead_elsewhere(void **state)
{
	static const char *const bad[] = { "", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a\nb" };
	static struct seen s;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(copy_name_is_good(bad[i]));
	assert_true(copy_name_is_good("evidence/log/tile/0/x001/234.p/17"));
	assert_true(copy_name_is_good("..a/b.."));
	FD(fd) = memfd_of("lie", BYTES("F\0\4../a\0\0\1\xa4ZE"), false, &err);
	assert_int_equal(read_back(fd, &s, &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_string_equal(s.names, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(a_failure_travels_with_its_reason),
		cmocka_unit_test(names_do_not_lead_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
