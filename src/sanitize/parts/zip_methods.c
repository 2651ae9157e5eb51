/* ZIPの圧縮方式 — contract in zip_methods.h: bzip2 (12), LZMA (14), zstd (93), xz (95) by their own libraries. Not read: deflate64, PPMd, and what is older. */
#include "sanitize/parts/zip_methods.h"
#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

enum { LZMA_PROPERTIES = 5, LZMA_HEAD = 4 + LZMA_PROPERTIES, ALONE_HEAD = LZMA_PROPERTIES + 8, WINDOW_LOG_MOST = 27 };
#define DICTIONARY_MOST ((uint64_t)256 << 20)

static void *bzip2_begin(struct arena *arena, uint64_t plain)
{
	bz_stream *z = arena_alloc(arena, sizeof *z);

	(void)plain;
	return BZ2_bzDecompressInit(z, 0, 0) == BZ_OK ? z : NULL;
}

static enum unpack_state bzip2_step(void *self, struct unpack *u)
{
	bz_stream *z = self;

	z->next_in = (char *)u->in, z->avail_in = (unsigned)u->in_left;
	z->next_out = (char *)u->out, z->avail_out = (unsigned)u->out_left;
	int r = BZ2_bzDecompress(z);
	u->in = (uint8_t *)z->next_in, u->in_left = z->avail_in, u->out = (uint8_t *)z->next_out, u->out_left = z->avail_out;
	return r == BZ_OK ? UNPACK_MORE : r == BZ_STREAM_END ? UNPACK_END : UNPACK_BAD;
}

static void bzip2_end(void *z) { BZ2_bzDecompressEnd(z); }

struct lzma {
	lzma_stream z;
	uint8_t head[LZMA_HEAD]; /* method 14 begins with its version and properties */
	size_t head_n;
	uint64_t plain;
};

static void *lzma_new(struct arena *arena, uint64_t plain)
{
	struct lzma *l = arena_alloc(arena, sizeof *l);

	*l = (struct lzma){ .z = LZMA_STREAM_INIT, .plain = plain };
	return l;
}

static void *xz_begin(struct arena *arena, uint64_t plain)
{
	struct lzma *l = lzma_new(arena, plain);

	return lzma_stream_decoder(&l->z, DICTIONARY_MOST, 0) == LZMA_OK ? l : NULL;
}

static enum unpack_state xz_step(void *self, struct unpack *u)
{
	lzma_stream *z = &((struct lzma *)self)->z;

	z->next_in = u->in, z->avail_in = u->in_left, z->next_out = u->out, z->avail_out = u->out_left;
	lzma_ret r = lzma_code(z, LZMA_RUN);
	u->in += u->in_left - z->avail_in, u->in_left = z->avail_in;
	u->out = z->next_out, u->out_left = z->avail_out;
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? UNPACK_MORE : r == LZMA_STREAM_END ? UNPACK_END : UNPACK_BAD;
}

static void lzma_end_of(void *self) { lzma_end(&((struct lzma *)self)->z); }

/* The head of a stand-alone LZMA file, made from that of the member and its known length. */
static enum unpack_state lzma_start(struct lzma *l)
{
	uint8_t head[ALONE_HEAD], nothing[1];

	if (l->head[2] != LZMA_PROPERTIES || l->head[3] != 0 || lzma_alone_decoder(&l->z, DICTIONARY_MOST) != LZMA_OK)
		return UNPACK_BAD;
	memcpy(head, l->head + 4, LZMA_PROPERTIES);
	for (unsigned i = 0; i < 8; i++)
		head[LZMA_PROPERTIES + i] = (uint8_t)(l->plain >> (8 * i));
	l->z.next_in = head, l->z.avail_in = sizeof head, l->z.next_out = nothing, l->z.avail_out = sizeof nothing; /* nothing comes of the head, but without room it is not read */
	lzma_ret r = lzma_code(&l->z, LZMA_RUN);
	return r == LZMA_OK && l->z.avail_in == 0 && l->z.avail_out == sizeof nothing ? UNPACK_MORE : UNPACK_BAD;
}

static enum unpack_state lzma_step(void *self, struct unpack *u)
{
	struct lzma *l = self;

	while (l->head_n < LZMA_HEAD && u->in_left) {
		l->head[l->head_n++] = *u->in++, u->in_left--;
		if (l->head_n == LZMA_HEAD && lzma_start(l) == UNPACK_BAD)
			return UNPACK_BAD;
	}
	return l->head_n < LZMA_HEAD ? UNPACK_MORE : xz_step(l, u);
}

static void *zstd_begin(struct arena *arena, uint64_t plain)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	(void)arena, (void)plain;
	if (z && !ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MOST)))
		return z;
	ZSTD_freeDStream(z);
	return NULL;
}

static enum unpack_state zstd_step(void *self, struct unpack *u)
{
	ZSTD_inBuffer in = { u->in, u->in_left, 0 };
	ZSTD_outBuffer out = { u->out, u->out_left, 0 };
	size_t r = ZSTD_decompressStream(self, &out, &in);

	if (ZSTD_isError(r))
		return UNPACK_BAD;
	u->in += in.pos, u->in_left -= in.pos, u->out += out.pos, u->out_left -= out.pos;
	return r == 0 ? UNPACK_END : UNPACK_MORE;
}

static void zstd_end(void *self) { ZSTD_freeDStream(self); }

const struct zip_unpacker zip_bzip2 = { 12, bzip2_begin, bzip2_step, bzip2_end };
const struct zip_unpacker zip_lzma = { 14, lzma_new, lzma_step, lzma_end_of };
const struct zip_unpacker zip_zstd = { 93, zstd_begin, zstd_step, zstd_end };
const struct zip_unpacker zip_xz = { 95, xz_begin, xz_step, lzma_end_of };
static const struct zip_unpacker *const methods[] = { &zip_bzip2, &zip_lzma, &zip_zstd, &zip_xz, NULL };
const struct zip_more zip_archive_more = { methods, &zip_ciphers };
