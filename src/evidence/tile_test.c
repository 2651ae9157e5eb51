/* タイル — tests: names, widths, bundles, trust files, proof files. */
#include "base/check.h"
#include "base/buf.h"
#include "evidence/proof_file.h"
#include "evidence/tile.h"
#include "evidence/trust.h"

static struct bytes bytes_from(const char *s)
{
	return bytes_of(s, strlen(s));
}

TEST(paths_are_the_agreed_ones_and_read_back)
{
	static const struct {
		unsigned level;
		uint64_t index;
		unsigned width;
		const char *path;
	} rows[] = {
		{ 0, 7, 256, "tile/0/007" },
		{ 0, 1234067, 256, "tile/0/x001/x234/067" },
		{ 1, 999, 17, "tile/1/999.p/17" },
		{ 7, 1000, 1, "tile/7/x001/000.p/1" },
		{ TILE_ENTRIES, 0, 255, "tile/entries/000.p/255" },
		{ TILE_ENTRIES, 36028797018963967ull, 256, "tile/entries/x036/x028/x797/x018/x963/967" },
	};
	static const char *const bad[] = { "tile/8/000", "tile/00/000", "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256",
					   "tile/0/000.p/01", "tile/0/000.p", "tile/0/000.p/", "tile/0/x001", "tile/0/x001/", "tile/0/000/", "checkpoint",
					   "tile/entries/", "tile/0/../000", "tile/0/x001/x002/x003/x004/x005/x006/x007/008" };
	char path[TILE_PATH];
	unsigned level, width;
	uint64_t index;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(tile_path(path, rows[i].level, rows[i].index, rows[i].width), rows[i].path);
		assert_int_equal(tile_path_read(path, &level, &index, &width), 0);
		assert_true(level == rows[i].level && index == rows[i].index && width == rows[i].width);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (tile_path_read(bad[i], &level, &index, &width) == 0)
			fail_msg("accepted: %s", bad[i]);
}

TEST(widths_are_the_agreed_ones)
{
	assert_int_equal(tile_width(70000, 0, 272), 256);
	assert_int_equal(tile_width(70000, 0, 273), 112);
	assert_int_equal(tile_width(70000, 0, 274), 0);
	assert_int_equal(tile_width(70000, 1, 0), 256);
	assert_int_equal(tile_width(70000, 1, 1), 17);
	assert_int_equal(tile_width(70000, 2, 0), 1);
	assert_int_equal(tile_width(70000, 3, 0), 0);
	assert_int_equal(tile_width(256, 0, 0), 256);
	assert_int_equal(tile_width(256, 0, 1), 0);
	assert_int_equal(tile_width(256, 1, 0), 1);
	assert_int_equal(tile_width(70000, TILE_ENTRIES, 273), 112);
}

TEST(bundles_are_read_as_written_and_never_more_or_less)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 0);
	struct bytes out[TILE_WIDTH];
	size_t used;
	struct err err = { 0 };

	bundle_put(&b, bytes_from("one"));
	bundle_put(&b, bytes_from("two is longer"));
	CHECK_OK(bundle_read(buf_view(&b), 2, out, &err_));
	assert_true(bytes_equal(out[1], bytes_from("two is longer")));
	assert_int_equal(bundle_read(buf_view(&b), 1, out, NULL), -1);
	assert_int_equal(bundle_read(buf_view(&b), 3, out, NULL), -1);
	for (size_t n = 0; n < b.n; n++) {
		assert_int_equal(bundle_read(bytes_of(b.p, n), 2, out, &err), -1);
		assert_int_equal(bundle_whole(bytes_of(b.p, n), out, &used), n >= 5);
		assert_int_equal(used, n >= 5 ? 5 : 0);
	}
	assert_int_equal(bundle_whole(bytes_of("\0\0\0\0", 4), out, &used), 0);
}

#define NAME "city.example.lg.jp/sekisho/evidence"

static char *vkey(struct arena *a, const char *name, uint8_t type, uint8_t fill)
{
	uint8_t *key = arena_alloc(a, 32);
	struct note_key k = { .name = { name, strlen(name) }, .type = type, .public_key = bytes_of(key, 32) };

	memset(key, fill, 32);
	k.id = note_key_id(k.name, type, k.public_key);
	return note_key_line(a, &k);
}

TEST(a_quorum_counts_as_its_groups_say)
{
	ARENA(a) = arena_new(0);
	struct trust t;
	char *file = arena_printf(a, "# 自治体の相互連署\n\nlog %s https://example\n witness\tw1 %s\nwitness w2 %s u\nwitness w3 %s\n"
				     "group pair 2 w1 w2\ngroup 市 any pair w3\nquorum 市\n",
				  vkey(a, NAME, 1, 1), vkey(a, "w1", 4, 2), vkey(a, "w2", 4, 3), vkey(a, "w3", 4, 4));
	CHECK_OK(trust_read(a, bytes_from(file), &t, &err_));
	assert_int_equal(t.logs, 1);
	assert_int_equal(t.key_count, 4);
	assert_false(t.sealed);
	assert_true(trust_is_quorum(&t, (bool[]){ true, true, true, false }));
	assert_true(trust_is_quorum(&t, (bool[]){ true, false, false, true }));
	assert_false(trust_is_quorum(&t, (bool[]){ true, true, false, false }));
	assert_false(trust_is_quorum(&t, (bool[]){ true, false, false, false }));
}

TEST(trust_files_that_say_no_clear_thing_are_refused)
{
	ARENA(a) = arena_new(0);
	struct trust t;
	char *log = vkey(a, NAME, 1, 1), *w = vkey(a, "w1", 4, 2), *w2 = vkey(a, "w2", 4, 3), *twin = vkey(a, "twin", 4, 2);
	const char *const bad[] = {
		"", "\n", arena_printf(a, "log %s\n", log), arena_printf(a, "log %s\nquorum none", log), "quorum none\nquorum none\n", "quorum w1\n",
		"quorum\n", "quorum none x\n", "log\nquorum none\n", "log x\nquorum none\n", arena_printf(a, "log %s u u\nquorum none\n", log),
		arena_printf(a, "log %s\nlog %s\nquorum none\n", log, log), arena_printf(a, "log %s\nquorum none\n", w),
		arena_printf(a, "witness w1 %s\nquorum none\n", log), arena_printf(a, "witness none %s\nquorum none\n", w),
		arena_printf(a, "witness w1 %s\nwitness w2 %s\nquorum w1\n", w, twin), arena_printf(a, "witness w1 %s\nwitness w1 %s\nquorum w1\n", w, w2),
		arena_printf(a, "quorum w1\nwitness w1 %s\n", w), arena_printf(a, "witness w1 %s\ngroup g any\nquorum g\n", w),
		arena_printf(a, "witness w1 %s\ngroup g 0 w1\nquorum g\n", w), arena_printf(a, "witness w1 %s\ngroup g 2 w1\nquorum g\n", w),
		arena_printf(a, "witness w1 %s\ngroup g 01 w1\nquorum g\n", w), arena_printf(a, "witness w1 %s\ngroup g any w1 w1\nquorum g\n", w),
		arena_printf(a, "witness w1 %s\ngroup g any w1\ngroup h any w1\nquorum g\n", w), arena_printf(a, "group g any g\nquorum g\n"),
		arena_printf(a, "witness w1 %s\ngroup g any none\nquorum g\n", w), "unknown\nquorum none\n", "quorum none\r\n", "quorum none\n# \x01\n",
		"quorum none\n# \x7f\n",
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		if (trust_read(a, bytes_from(bad[i]), &t, NULL) == 0)
			fail_msg("accepted: %s", bad[i]);
	/* a key of a kind we cannot verify is no error, it just never counts */
	CHECK_OK(trust_read(a, bytes_from(arena_printf(a, "log %s\nwitness later %s\nquorum later\n", log, vkey(a, "later", 6, 9))), &t, &err_));
}

TEST(every_changed_byte_of_our_trust_file_is_found)
{
	ARENA(a) = arena_new(0);
	char *log = vkey(a, NAME, 1, 1);
	struct bytes file = trust_text(a, (struct text){ log, strlen(log) });
	struct trust t;

	CHECK_OK(trust_read(a, file, &t, &err_));
	assert_true(t.sealed && t.logs == 1 && t.any_quorum);
	for (size_t i = 0; i < file.n; i++)
		for (unsigned mask = 1; mask < 256; mask++) {
			ARENA(b) = arena_new(0);
			uint8_t *bad = arena_copy(b, file.p, file.n);
			bad[i] ^= (uint8_t)mask;
			if (trust_read(b, bytes_of(bad, file.n), &t, NULL) == 0)
				fail_msg("byte %zu with mask %02x went unnoticed", i, mask);
		}
}

TEST(proof_files_read_as_written)
{
	ARENA(a) = arena_new(0);
	struct proof_file p = { .index = 5, .count = 2, .checkpoint = bytes_from("origin\n6\nx\n\n— a b\n") }, back;
	uint8_t salt[ENTRY_SALT] = { 1, 2, 3 }, salt_back[ENTRY_SALT];
	struct bytes entry;

	memset(p.hashes[1].of, 7, 32);
	p.extra = proof_extra(a, bytes_from("{\"no\":1}"), salt);
	struct bytes file = proof_file_text(a, &p);
	CHECK_OK(proof_file_read(a, file, &back, &err_));
	assert_true(back.index == 5 && back.count == 2 && bytes_equal(back.checkpoint, p.checkpoint) && bytes_equal(back.extra, p.extra));
	assert_memory_equal(back.hashes, p.hashes, 64);
	CHECK_OK(proof_extra_read(a, back.extra, &entry, salt_back, &err_));
	assert_memory_equal(salt_back, salt, sizeof salt);
	assert_true(bytes_equal(entry, bytes_from("{\"no\":1}")));
	static const char *const bad[] = {
		"", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\nindex 00\n\nx\n", "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx\n",
		"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 9223372036854775807\n\nx\n",
		"c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 0\nx", "c2sp.org/tlog-proof@v1\r\nindex 0\n\nx\n",
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		if (proof_file_read(a, bytes_from(bad[i]), &back, NULL) == 0)
			fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_the_agreed_ones_and_read_back),
		cmocka_unit_test(widths_are_the_agreed_ones),
		cmocka_unit_test(bundles_are_read_as_written_and_never_more_or_less),
		cmocka_unit_test(a_quorum_counts_as_its_groups_say),
		cmocka_unit_test(trust_files_that_say_no_clear_thing_are_refused),
		cmocka_unit_test(every_changed_byte_of_our_trust_file_is_found),
		cmocka_unit_test(proof_files_read_as_written),
	};
	return RUN_TESTS(tests);
}
