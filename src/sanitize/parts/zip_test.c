/* ZIPの読取りと書出し — what the strict reader accepts, what it refuses and why, and that the writer's layout is a fixed point. */
#include "base/check.h"
#include "sanitize/parts/package_kind.h"
#include "sanitize/parts/zip_methods.h"
#include "sanitize/parts/zip_write.h"
#include "support/job_memory.h"
#include <libdeflate.h>
#include <zlib.h>

/* A maker of archives, right and wrong ones. */
struct maker {
	struct buf b, dir;
	unsigned count;
};
struct member {
	const char *name, *content;
	unsigned method, flags, mode, host;
	const char *local_name;	   /* NULL: the same */
	const char *gap;	   /* bytes behind the member */
	unsigned descriptor;	   /* 0, 12, 16, 20, 24 */
	unsigned crc_wrong, size_wrong;
	const char *extra;	   /* of the directory entry */
	unsigned extra_n;
};

static void put_sizes(struct buf *b, bool wide, size_t packed, size_t size)
{
	if (wide)
		buf_u32le(b, (uint32_t)packed), buf_u32le(b, 0), buf_u32le(b, (uint32_t)size), buf_u32le(b, 0);
	else
		buf_u32le(b, (uint32_t)packed), buf_u32le(b, (uint32_t)size);
}

static void put(struct maker *m, struct member f)
{
	uint8_t packed[4096];
	const char *local = f.local_name ? f.local_name : f.name;
	size_t n = strlen(f.content), at = m->b.n, packed_n = n;
	uint32_t crc = libdeflate_crc32(0, f.content, n) ^ f.crc_wrong;
	unsigned flags = f.flags | (f.descriptor ? 8 : 0);

	if (f.method == 8) {
		struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
		packed_n = libdeflate_deflate_compress(c, f.content, n, packed, sizeof packed);
		libdeflate_free_compressor(c);
	} else {
		memcpy(packed, f.content, n);
	}
	buf_u32le(&m->b, 0x04034b50), buf_u16le(&m->b, 20), buf_u16le(&m->b, (uint16_t)flags), buf_u16le(&m->b, (uint16_t)f.method);
	buf_u32le(&m->b, 0), buf_u32le(&m->b, f.descriptor ? 0 : crc);
	put_sizes(&m->b, false, f.descriptor ? 0 : packed_n, f.descriptor ? 0 : n + f.size_wrong);
	buf_u16le(&m->b, (uint16_t)strlen(local)), buf_u16le(&m->b, 0), buf_str(&m->b, local);
	buf_put(&m->b, packed, packed_n);
	if (f.descriptor == 16 || f.descriptor == 24)
		buf_u32le(&m->b, 0x08074b50);
	if (f.descriptor)
		buf_u32le(&m->b, crc), put_sizes(&m->b, f.descriptor >= 20, packed_n, n);
	if (f.gap)
		buf_str(&m->b, f.gap);
	buf_u32le(&m->dir, 0x02014b50), buf_u16le(&m->dir, (uint16_t)(f.host << 8 | 20)), buf_u16le(&m->dir, 20);
	buf_u16le(&m->dir, (uint16_t)flags), buf_u16le(&m->dir, (uint16_t)f.method), buf_u32le(&m->dir, 0), buf_u32le(&m->dir, crc);
	put_sizes(&m->dir, false, packed_n, n + f.size_wrong);
	buf_u16le(&m->dir, (uint16_t)strlen(f.name)), buf_u16le(&m->dir, (uint16_t)f.extra_n), buf_u16le(&m->dir, 0), buf_u16le(&m->dir, 0);
	buf_u16le(&m->dir, 0), buf_u32le(&m->dir, f.mode << 16), buf_u32le(&m->dir, (uint32_t)at), buf_str(&m->dir, f.name);
	buf_put(&m->dir, f.extra, f.extra_n);
	m->count++;
}

static struct bytes close_archive(struct maker *m, const char *before_end, const char *comment)
{
	size_t at = m->b.n;

	buf_bytes(&m->b, buf_view(&m->dir));
	buf_str(&m->b, before_end);
	buf_u32le(&m->b, 0x06054b50), buf_u32le(&m->b, 0), buf_u16le(&m->b, (uint16_t)m->count), buf_u16le(&m->b, (uint16_t)m->count);
	buf_u32le(&m->b, (uint32_t)m->dir.n), buf_u32le(&m->b, (uint32_t)at), buf_u16le(&m->b, (uint16_t)strlen(comment));
	buf_str(&m->b, comment);
	return buf_view(&m->b);
}

static struct maker maker(struct arena *a)
{
	return (struct maker){ buf_in(a, 0), buf_in(a, 0), 0 };
}

static void accepts(struct arena *a, struct bytes file)
{
	struct job job = job_memory(a, file, "a.zip");
	struct zip zip;
	CHECK_OK(zip_open(&job, &zip, &err_));
	struct zip_space space = { 0 };
	for (size_t i = 0; i < zip.count; i++) {
		struct bytes content;
		CHECK_OK(zip_content(&zip, &zip.members[i], &space, &content, &err_));
	}
}

static void refuses(struct arena *a, struct bytes file, enum refusal why)
{
	struct job job = job_memory(a, file, "a.zip");
	struct zip zip;
	struct err err = { 0 };
	struct zip_space space = { 0 };
	int r = zip_open(&job, &zip, &err);
	for (size_t i = 0; r == 0 && i < zip.count; i++) {
		struct bytes content;
		r = zip_content(&zip, &zip.members[i], &space, &content, &err);
	}
	assert_int_equal(r, -1);
	if (err.code != ERR_REFUSED || err.at != why)
		print_error("%s\n", err.say);
	assert_int_equal(err.code, ERR_REFUSED);
	assert_int_equal(err.at, why);
}

static void one(struct member f, enum refusal why)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, f);
	struct bytes file = close_archive(&m, "", "");
	if (why == REFUSAL_NONE)
		accepts(a, file);
	else
		refuses(a, file, why);
}

TEST(plain_members_of_both_methods_are_read)
{
	one((struct member){ "a.txt", "hello" }, REFUSAL_NONE);
	one((struct member){ "a/b.txt", "hello hello hello", 8 }, REFUSAL_NONE);
	one((struct member){ "a/", "" }, REFUSAL_NONE);
}

TEST(every_form_of_data_descriptor_is_read)
{
	for (unsigned n = 12; n <= 24; n += 4)
		one((struct member){ .name = "a.txt", .content = "hello hello hello", .method = 8, .descriptor = n }, REFUSAL_NONE);
}

TEST(a_comment_of_exact_length_is_dropped)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "a.txt", "hello" });
	accepts(a, close_archive(&m, "", "made by a program"));
}

TEST(bytes_behind_the_end_are_refused)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "a.txt", "hello" });
	close_archive(&m, "", "");
	buf_str(&m.b, "%PDF-1.4");
	refuses(a, buf_view(&m.b), REFUSAL_DAMAGED);
}

TEST(bytes_before_the_first_member_are_refused)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	buf_str(&m.b, "MZ program");
	put(&m, (struct member){ "a.txt", "hello" });
	refuses(a, close_archive(&m, "", ""), REFUSAL_POLYGLOT);
}

TEST(hidden_bytes_between_members_are_refused)
{
	one((struct member){ .name = "a.txt", .content = "hello", .gap = "hidden" }, REFUSAL_POLYGLOT);
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "a.txt", "hello" });
	refuses(a, close_archive(&m, "between directory and end", ""), REFUSAL_DAMAGED);
}

TEST(header_and_directory_must_agree)
{
	one((struct member){ .name = "a.txt", .content = "hello", .local_name = "b.txt" }, REFUSAL_DAMAGED);
	one((struct member){ .name = "a.txt", .content = "hello", .crc_wrong = 1 }, REFUSAL_DAMAGED);
	one((struct member){ .name = "a.txt", .content = "hello", .method = 8, .size_wrong = 1 }, REFUSAL_DAMAGED);
	one((struct member){ .name = "a.txt", .content = "hello", .size_wrong = 1 }, REFUSAL_DAMAGED);
}

TEST(overlapping_members_are_a_bomb)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "a.txt", "hello" });
	size_t n = m.dir.n;
	buf_put(&m.dir, arena_copy(a, m.dir.p, n), n); /* the same place under another name */
	m.dir.p[n + 46] = 'b';
	m.count++;
	refuses(a, close_archive(&m, "", ""), REFUSAL_BOMB);
}

TEST(encrypted_members_say_so)
{
	one((struct member){ .name = "a.txt", .content = "hello", .flags = 1 }, REFUSAL_ENCRYPTED);
	one((struct member){ .name = "a.txt", .content = "hello", .method = 99 }, REFUSAL_ENCRYPTED);
	one((struct member){ .name = "a.txt", .content = "hello", .method = 12 }, REFUSAL_FEATURE);
}

TEST(links_and_devices_are_refused)
{
	one((struct member){ .name = "a", .content = "/etc/passwd", .mode = 0120777, .host = 3 }, REFUSAL_BAD_LINK);
	one((struct member){ .name = "a", .content = "/etc/passwd", .mode = 0120777, .host = 0 }, REFUSAL_BAD_LINK);
	one((struct member){ .name = "a", .content = "", .mode = 0020666, .host = 3 }, REFUSAL_BAD_LINK);
	one((struct member){ .name = "a", .content = "x", .mode = 0100644, .host = 3 }, REFUSAL_NONE);
}

TEST(names_stay_inside)
{
	static const char *const bad[] = { "../a", "a/../../b", "/a", "a\\b", "C:a", "C:/a", "a//b", "./a", "a/.", "a\nb", "..", "\xff\xfe" };
	for (size_t i = 0; i < COUNT(bad); i++)
		one((struct member){ bad[i], "x" }, REFUSAL_BAD_NAME);
}

TEST(cp932_names_are_read_and_their_5c_is_no_backslash)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "\x95\x5c.txt", "x" }); /* 表.txt */
	put(&m, (struct member){ "\x83\x65\x83\x58\x83\x67.txt", "x" });
	struct bytes file = close_archive(&m, "", "");
	struct job job = job_memory(a, file, "a.zip");
	struct zip zip;
	CHECK_OK(zip_open(&job, &zip, &err_));
	assert_string_equal(zip.members[0].name.p, "表.txt");
	assert_string_equal(zip.members[1].name.p, "テスト.txt");
}

TEST(half_width_katakana_are_not_taken_for_utf8)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "\xc3\xbd\xc4.txt", "x" }); /* ﾃｽﾄ */
	put(&m, (struct member){ "\xc3\xb1\xc3\xb2.txt", "x" });
	struct job job = job_memory(a, close_archive(&m, "", ""), "a.zip");
	struct zip zip;
	CHECK_OK(zip_open(&job, &zip, &err_));
	assert_string_equal(zip.members[0].name.p, "ﾃｽﾄ.txt");
}

/* The Info-ZIP extra field: version, checksum of the raw name, name in UTF-8. */
static void with_unicode(const char *raw, const char *unicode, enum refusal why)
{
	ARENA(a) = arena_new(0);
	struct buf extra = buf_in(a, 0);
	buf_u16le(&extra, 0x7075), buf_u16le(&extra, (uint16_t)(5 + strlen(unicode))), buf_byte(&extra, 1);
	buf_u32le(&extra, libdeflate_crc32(0, raw, strlen(raw))), buf_str(&extra, unicode);
	one((struct member){ .name = raw, .content = "x", .extra = (const char *)extra.p, .extra_n = (unsigned)extra.n }, why);
}

TEST(a_unicode_name_may_explain_but_not_replace_a_plain_one)
{
	with_unicode("\x95\x5c.txt", "表.txt", REFUSAL_NONE);
	with_unicode("a.txt", "a.txt", REFUSAL_NONE);
	with_unicode("a.txt", "b.txt", REFUSAL_BAD_NAME);
}

TEST(unmarked_utf8_names_are_read)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	put(&m, (struct member){ "申請書.txt", "x" });
	struct job job = job_memory(a, close_archive(&m, "", ""), "a.zip");
	struct zip zip;
	CHECK_OK(zip_open(&job, &zip, &err_));
	assert_string_equal(zip.members[0].name.p, "申請書.txt");
}

TEST(two_names_for_one_file_are_refused)
{
	static const char *const pairs[][2] = { { "a.txt", "a.txt" }, { "A.txt", "a.TXT" }, { "ａ.txt", "Ａ.txt" }, { "d/", "d" },
						{ "ガ.txt", "ガ.txt" } };
	for (size_t i = 0; i < COUNT(pairs); i++) {
		ARENA(a) = arena_new(0);
		struct maker m = maker(a);
		put(&m, (struct member){ pairs[i][0], pairs[i][0][1] == '/' ? "" : "x", .flags = 0x800 });
		put(&m, (struct member){ pairs[i][1], "y", .flags = 0x800 });
		refuses(a, close_archive(&m, "", ""), REFUSAL_BAD_NAME);
	}
}

TEST(an_archive_beyond_all_proportion_is_a_bomb)
{
	ARENA(a) = arena_new(0);
	struct job out = job_memory(a, (struct bytes){ NULL, 0 }, "a.zip");
	struct zip_writer w;
	size_t n = 200u << 20;
	uint8_t *zeros = calloc(1, 1 << 20);
	zip_write_start(&w, &out);
	CHECK_OK(zip_write_begin(&w, TEXT("zeros"), ZIP_DEFLATED, &err_));
	for (size_t i = 0; i < n; i += 1 << 20)
		CHECK_OK(zip_write_add(&w, bytes_of(zeros, 1 << 20), &err_));
	CHECK_OK(zip_write_end(&w, &err_));
	CHECK_OK(zip_write_finish(&w, &err_));
	free(zeros);
	refuses(a, buf_view(&out.output), REFUSAL_BOMB);
}

static int append(void *self, struct bytes piece, struct err *err)
{
	(void)err;
	buf_bytes(self, piece);
	return 0;
}

/* A method that copies, and takes a member that begins with ! for damaged. */
static unsigned begun, ended;

static void *copy_begin(struct arena *arena, uint64_t plain)
{
	(void)arena, (void)plain;
	begun++;
	return &begun;
}

static enum unpack_state copy_step(void *self, struct unpack *u)
{
	(void)self;
	if (u->in_left && *u->in == '!')
		return UNPACK_BAD;
	for (; u->in_left && u->out_left; u->in_left--, u->out_left--)
		*u->out++ = *u->in++;
	return u->in_left ? UNPACK_MORE : UNPACK_END;
}

static void copy_end(void *self)
{
	(void)self;
	ended++;
}

static int take_nothing(void *self, struct bytes piece, struct err *err)
{
	(void)self, (void)piece, (void)err;
	return 0;
}

TEST(what_a_method_began_is_ended_of_whole_and_of_damaged_members)
{
	static const struct zip_unpacker copies = { 95, copy_begin, copy_step, copy_end };
	static const struct zip_unpacker *const methods[] = { &copies, NULL };
	static const struct zip_more more = { methods, NULL };
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	struct err err;
	struct zip zip;

	put(&m, (struct member){ .name = "a", .content = "whole", .method = 95 });
	put(&m, (struct member){ .name = "b", .content = "!damaged", .method = 95 });
	struct job job = job_memory(a, close_archive(&m, "", ""), "in.zip");
	CHECK_OK(zip_open_with(&job, &more, &zip, &err_));
	begun = ended = 0;
	CHECK_OK(zip_stream(&zip, &zip.members[0], take_nothing, NULL, &err_));
	assert_int_equal(ended, 1);
	assert_int_equal(zip_stream(&zip, &zip.members[1], take_nothing, NULL, &err), -1);
	assert_int_equal(err.at, REFUSAL_DAMAGED);
	assert_int_equal(begun, 2);
	assert_int_equal(ended, 2);
}

TEST(what_is_written_reads_back_whole_and_in_pieces)
{
	ARENA(a) = arena_new(0);
	struct job out = job_memory(a, (struct bytes){ NULL, 0 }, "a.zip");
	struct buf big = buf_in(a, 0);
	for (unsigned i = 0; i < 60000; i++)
		buf_printf(&big, "%u,", i * i);
	uint8_t *space;
	struct zip_writer w;
	zip_write_start(&w, &out);
	space = arena_alloc(a, zip_write_room(big.n));
	CHECK_OK(zip_write_folder(&w, TEXT("様式/"), &err_));
	CHECK_OK(zip_write_member(&w, TEXT("様式/一.txt"), ZIP_DEFLATED, buf_view(&big), space, &err_));
	CHECK_OK(zip_write_member(&w, TEXT("short"), ZIP_DEFLATED, BYTES("x"), space, &err_));
	CHECK_OK(zip_write_begin(&w, TEXT("pieces"), ZIP_DEFLATED, &err_));
	for (size_t i = 0; i < big.n; i += 7919)
		CHECK_OK(zip_write_add(&w, bytes_of(big.p + i, MIN(big.n - i, (size_t)7919)), &err_));
	CHECK_OK(zip_write_end(&w, &err_));
	CHECK_OK(zip_write_begin(&w, TEXT("stored"), ZIP_STORED, &err_));
	CHECK_OK(zip_write_add(&w, buf_view(&big), &err_));
	CHECK_OK(zip_write_end(&w, &err_));
	CHECK_OK(zip_write_finish(&w, &err_));

	struct job in = job_memory(a, buf_view(&out.output), "a.zip");
	struct zip zip;
	CHECK_OK(zip_open(&in, &zip, &err_));
	assert_int_equal(zip.count, 5);
	assert_true(zip.members[0].folder);
	assert_false(zip.members[2].deflated);
	for (unsigned i = 1; i < 5; i++) {
		struct zip_space s = { 0 };
		struct bytes whole, wanted = i == 2 ? BYTES("x") : buf_view(&big);
		struct buf pieces = buf_in(a, 0);
		CHECK_OK(zip_content(&zip, &zip.members[i], &s, &whole, &err_));
		CHECK_OK(zip_stream(&zip, &zip.members[i], append, &pieces, &err_));
		assert_true(bytes_equal(whole, wanted));
		assert_true(bytes_equal(buf_view(&pieces), wanted));
	}
	struct bytes b = buf_view(&out.output);
	assert_int_equal(package_kind(b, b, b.n), PACKAGE_ARCHIVE);
}

/* Speed is not bought with room: a worksheet is no larger than zlib's own fast level makes it. */
TEST(what_is_packed_quickly_is_packed_well)
{
	ARENA(a) = arena_new(0);
	struct job out = job_memory(a, (struct bytes){ NULL, 0 }, "a.xlsx");
	struct buf sheet = buf_in(a, 0);
	uint32_t number = 7;
	for (unsigned i = 1; i <= 2000; i++, number = number * 1664525u + 1013904223u)
		buf_printf(&sheet, "<row r=\"%u\" spans=\"1:3\"><c r=\"A%u\" s=\"4\" t=\"s\"><v>%u</v></c><c r=\"B%u\" s=\"%u\"><v>%u</v></c><c r=\"C%u\" s=\"7\"/></row>", i, i,
			   i % 97, i, number >> 30, number >> 16, i);
	struct zip_writer w;
	zip_write_start(&w, &out);
	uint8_t *space = arena_alloc(a, zip_write_room(sheet.n));
	CHECK_OK(zip_write_member(&w, TEXT("xl/worksheets/sheet1.xml"), ZIP_DEFLATED, buf_view(&sheet), space, &err_));
	CHECK_OK(zip_write_finish(&w, &err_));

	struct job in = job_memory(a, buf_view(&out.output), "a.xlsx");
	struct zip zip;
	CHECK_OK(zip_open(&in, &zip, &err_));
	uLongf usual = compressBound(sheet.n);
	assert_int_equal(compress2(arena_alloc(a, usual), &usual, sheet.p, sheet.n, 1), Z_OK);
	assert_true(zip.members[0].packed <= usual);
}

TEST(an_empty_archive_is_an_archive)
{
	ARENA(a) = arena_new(0);
	struct maker m = maker(a);
	struct bytes b = close_archive(&m, "", "");
	accepts(a, b);
	assert_int_equal(package_kind(b, b, b.n), PACKAGE_ARCHIVE);
}

TEST(package_kinds_are_told_by_their_names)
{
	static const struct {
		const char *first, *second;
		enum package_kind kind;
	} rows[] = { { "[Content_Types].xml", "word/document.xml", PACKAGE_WORD }, { "[Content_Types].xml", "xl/workbook.xml", PACKAGE_SHEET },
		     { "[Content_Types].xml", "xl/workbook.bin", PACKAGE_BINARY_SHEET }, { "[Content_Types].xml", "ppt/presentation.xml", PACKAGE_SLIDES },
		     { "[Content_Types].xml", "visio/document.xml", PACKAGE_OFFICE_OTHER },
		     { "mimetype", "content.xml", PACKAGE_OTHER }, { "word/document.xml", "a.txt", PACKAGE_ARCHIVE } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct maker m = maker(a);
		put(&m, (struct member){ rows[i].first, "x" });
		put(&m, (struct member){ rows[i].second, "y" });
		struct bytes b = close_archive(&m, "", "");
		assert_int_equal(package_kind(bytes_of(b.p, MIN(b.n, (size_t)4096)), b, b.n), rows[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_members_of_both_methods_are_read),
		cmocka_unit_test(every_form_of_data_descriptor_is_read),
		cmocka_unit_test(a_comment_of_exact_length_is_dropped),
		cmocka_unit_test(bytes_behind_the_end_are_refused),
		cmocka_unit_test(bytes_before_the_first_member_are_refused),
		cmocka_unit_test(hidden_bytes_between_members_are_refused),
		cmocka_unit_test(header_and_directory_must_agree),
		cmocka_unit_test(overlapping_members_are_a_bomb),
		cmocka_unit_test(encrypted_members_say_so),
		cmocka_unit_test(links_and_devices_are_refused),
		cmocka_unit_test(names_stay_inside),
		cmocka_unit_test(cp932_names_are_read_and_their_5c_is_no_backslash),
		cmocka_unit_test(half_width_katakana_are_not_taken_for_utf8),
		cmocka_unit_test(a_unicode_name_may_explain_but_not_replace_a_plain_one),
		cmocka_unit_test(unmarked_utf8_names_are_read),
		cmocka_unit_test(two_names_for_one_file_are_refused),
		cmocka_unit_test(an_archive_beyond_all_proportion_is_a_bomb),
		cmocka_unit_test(what_a_method_began_is_ended_of_whole_and_of_damaged_members),
		cmocka_unit_test(what_is_written_reads_back_whole_and_in_pieces),
		cmocka_unit_test(what_is_packed_quickly_is_packed_well),
		cmocka_unit_test(an_empty_archive_is_an_archive),
		cmocka_unit_test(package_kinds_are_told_by_their_names),
	};
	return RUN_TESTS(tests);
}
