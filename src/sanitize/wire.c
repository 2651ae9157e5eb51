/* 隔離処理との約束 — contract in wire.h. */
#include "sanitize/wire.h"
#include <errno.h>
#include <unistd.h>

void wire_put_text(struct buf *out, struct text t)
{
	size_t n = MIN(t.n, (size_t)UINT16_MAX);

	buf_u16be(out, (uint16_t)n);
	buf_put(out, t.p, n);
}

struct text wire_take_text(struct arena *arena, struct cursor *in)
{
	struct bytes b = cursor_bytes(in, cursor_u16be(in));

	if (in->failed || !is_utf8(b)) {
		in->failed = true;
		return TEXT("");
	}
	return (struct text){ arena_copy(arena, b.p, b.n), b.n };
}

void wire_put_request(struct buf *out, const struct job_request *r)
{
	buf_u64be(out, r->size);
	wire_put_text(out, r->format);
	wire_put_text(out, r->grammar);
	wire_put_text(out, r->name);
	buf_u16be(out, (uint16_t)r->password.n);
	buf_put(out, r->password.p, (uint16_t)r->password.n);
	buf_byte(out, (uint8_t)(r->charset + 1));
	buf_u64be(out, r->at);
	buf_u64be(out, r->output_most);
	buf_u64be(out, r->unpack_most);
	buf_u32be(out, r->members_most);
	buf_u32be(out, r->depth_left);
	buf_u32be(out, r->hashes);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		buf_u64be(out, r->limits[i]);
	rules_put(out, &r->rules);
}

uint64_t wire_size_of(struct bytes request)
{
	struct cursor in = cursor_over(request);

	return cursor_u64be(&in);
}

int wire_take_request(struct arena *arena, struct bytes bytes, struct job_request *r, struct err *err)
{
	struct cursor in = cursor_over(bytes);

	r->size = cursor_u64be(&in);
	r->format = wire_take_text(arena, &in);
	r->grammar = wire_take_text(arena, &in);
	r->name = wire_take_text(arena, &in);
	r->password = cursor_bytes(&in, cursor_u16be(&in));
	r->charset = cursor_u8(&in) - 1;
	r->at = cursor_u64be(&in);
	r->output_most = cursor_u64be(&in);
	r->unpack_most = cursor_u64be(&in);
	r->members_most = cursor_u32be(&in);
	r->depth_left = cursor_u32be(&in);
	r->hashes = cursor_u32be(&in);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		r->limits[i] = cursor_u64be(&in);
	rules_take(&in, &r->rules);
	if (in.failed || in.left)
		return fail(err, ERR_MALFORMED, in.at, "the request of a job is malformed");
	return 0;
}

void wire_put_result(struct buf *m, enum wire_status status, const struct err *why, const char *extension, bool converted, uint64_t written)
{
	bool failed = status == WIRE_REFUSED || status == WIRE_FAILED;
	const char *say = failed ? text_printable(m->arena, bytes_of(why->say, strnlen(why->say, sizeof why->say)), sizeof why->say) : "";

	buf_byte(m, WIRE_RESULT);
	buf_byte(m, (uint8_t)status);
	buf_u16be(m, status == WIRE_REFUSED ? (uint16_t)why->at : 0);
	buf_u16be(m, failed ? (uint16_t)why->code : 0);
	buf_u64be(m, failed ? why->at : 0);
	wire_put_text(m, (struct text){ say, strlen(say) });
	wire_put_text(m, (struct text){ extension, strlen(extension) });
	buf_byte(m, converted);
	buf_u64be(m, written);
}

int wire_send(int fd, const struct buf *datagram, struct err *err)
{
	if (!buf_ok(datagram))
		return fail(err, ERR_LIMIT, datagram->n, "the message to the broker is too long");
	for (;;) {
		ssize_t put = write(fd, datagram->p, datagram->n);
		if (put == (ssize_t)datagram->n)
			return 0;
		if (put >= 0 || errno != EINTR)
			return fail_errno(err, ERR_PEER, "the broker has gone");
	}
}
