/* チェックポイント — contract in checkpoint.h. */
#include "evidence/checkpoint.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/text.h"

int checkpoint_read(struct arena *arena, struct text in, struct checkpoint *out, struct err *err)
{
	struct cursor c = cursor_over(bytes_of_text(in));
	struct checkpoint p;
	struct merkle_hash empty;
	struct bytes origin = cursor_line(&c), size = cursor_line(&c), root64 = cursor_line(&c), root;

	if (c.failed)
		return fail(err, ERR_CUT_SHORT, c.at, "a checkpoint has three lines");
	if (c.left > 0)
		return fail(err, ERR_UNSUPPORTED, c.at, "the checkpoint has extension lines");
	if (origin.n == 0)
		return fail(err, ERR_MALFORMED, 0, "the origin of the checkpoint is empty");
	if (text_from_utf8(arena, origin, &p.origin, err) != 0 || decimal_decode(size, MERKLE_SIZE_MOST, &p.size, err) != 0 ||
	    base64_decode(arena, root64, &root, err) != 0)
		return -1;
	if (root.n != SHA256_BYTES)
		return fail(err, ERR_MALFORMED, origin.n + size.n + 2, "the root of a checkpoint has %d bytes", SHA256_BYTES);
	memcpy(p.root.of, root.p, SHA256_BYTES);
	merkle_empty(&empty);
	if (p.size == 0 && !merkle_equal(&p.root, &empty))
		return fail(err, ERR_MISMATCH, origin.n + size.n + 2, "an empty log has another root");
	*out = p;
	return 0;
}

struct text checkpoint_text(struct arena *arena, const struct checkpoint *p)
{
	char *s = arena_printf(arena, "%s\n%llu\n%s\n", p->origin.p, (unsigned long long)p->size,
			       base64_of(arena, bytes_of(p->root.of, sizeof p->root.of)));
	return (struct text){ s, strlen(s) };
}
