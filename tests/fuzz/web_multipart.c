/* 揺さぶり試験 — an upload cut at any place gives the same parts as in one piece. First byte: how it is cut. */
#include "base/hash.h"
#include "web/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct sha256 hash;
	unsigned open;
};
static int seen_begin(void *self, struct text name, struct text file, struct text type, bool is_file, struct err *err)
{
	struct seen *s = self;

	(void)err, (void)is_file, (void)type;
	must(s->open == 0 && name.n > 0);
	s->open = 1;
	sha256_add(&s->hash, "(", 1);
	sha256_add(&s->hash, name.p, name.n);
	sha256_add(&s->hash, file.p, file.n);
	return 0;
}
static int seen_data(void *self, struct bytes piece, struct err *err)
{
	struct seen *s = self;

	(void)err;
	must(s->open == 1 && piece.n > 0);
	sha256_add(&s->hash, piece.p, piece.n);
	return 0;
}
static int seen_end(void *self, struct err *err)
{
	struct seen *s = self;

	(void)err;
	must(s->open == 1);
	s->open = 0;
	sha256_add(&s->hash, ")", 1);
	return 0;
}
static const struct multipart_handler handler = { seen_begin, seen_data, seen_end };

static int read_all(struct bytes body, size_t piece, uint8_t out[32])
{
	ARENA(arena) = arena_new(0);
	struct seen seen = { .open = 0 };
	struct multipart *m;
	int status = 0;

	sha256_start(&seen.hash);
	must(multipart_new(arena, "multipart/form-data; boundary=xyz", &handler, &seen, &m, NULL) == 0);
	for (size_t at = 0; at < body.n && status == 0; at += piece)
		status = multipart_feed(m, bytes_of(body.p + at, MIN(piece, body.n - at)), NULL);
	if (status == 0)
		status = multipart_end(m, NULL);
	must(status != 0 || seen.open == 0);
	sha256_end(&seen.hash, out);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t whole[32], cut[32];

	if (size == 0)
		return 0;
	struct bytes body = bytes_of(data + 1, size - 1);
	int a = read_all(body, body.n + 1, whole), b = read_all(body, (size_t)data[0] % 61 + 1, cut);
	must(a == b && (a != 0 || memcmp(whole, cut, 32) == 0));
	return 0;
}
