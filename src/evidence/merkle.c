/* ハッシュ木 — contract in merkle.h. */
#include "evidence/merkle.h"

void merkle_empty(struct merkle_hash *out)
{
	sha256_of(bytes_of("", 0), out->of);
}

void merkle_leaf(struct bytes entry, struct merkle_hash *out)
{
	static const uint8_t leaf = 0;
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, &leaf, 1);
	sha256_add(&h, entry.p, entry.n);
	sha256_end(&h, out->of);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out)
{
	uint8_t in[1 + 2 * SHA256_BYTES];

	in[0] = 1;
	memcpy(in + 1, left->of, SHA256_BYTES);
	memcpy(in + 1 + SHA256_BYTES, right->of, SHA256_BYTES);
	sha256_of(bytes_of(in, sizeof in), out->of);
}

unsigned merkle_append(struct merkle_frontier *f, const struct merkle_hash *leaf, struct merkle_hash *made)
{
	struct merkle_hash h = *leaf;
	unsigned level = 0;

	must(f->size < MERKLE_SIZE_MOST);
	for (uint64_t s = f->size;; s >>= 1, level++) {
		if (made)
			made[level] = h;
		if ((s & 1) == 0)
			break;
		merkle_node(&f->peaks[level], &h, &h);
	}
	f->peaks[level] = h;
	f->size++;
	return level;
}

void merkle_root(const struct merkle_frontier *f, struct merkle_hash *out)
{
	struct merkle_hash h;
	bool any = false;

	for (unsigned k = 0; k < MERKLE_LEVELS; k++) {
		if ((f->size >> k & 1) == 0)
			continue;
		if (any)
			merkle_node(&f->peaks[k], &h, &h);
		else
			h = f->peaks[k];
		any = true;
	}
	if (any)
		*out = h;
	else
		merkle_empty(out);
}

bool merkle_is_included(uint64_t index, uint64_t size, const struct merkle_hash *leaf, const struct merkle_hash *proof, size_t count,
			const struct merkle_hash *root)
{
	struct merkle_hash r = *leaf;

	if (size > MERKLE_SIZE_MOST || count > MERKLE_PROOF_MOST || index >= size)
		return false;
	uint64_t a = index, b = size - 1;
	for (size_t i = 0; i < count; i++) {
		if (b == 0)
			return false;
		if ((a & 1) || a == b) {
			merkle_node(&proof[i], &r, &r);
			while ((a & 1) == 0 && a != 0)
				a >>= 1, b >>= 1;
		} else {
			merkle_node(&r, &proof[i], &r);
		}
		a >>= 1, b >>= 1;
	}
	return b == 0 && merkle_equal(&r, root);
}

bool merkle_is_consistent(uint64_t m, uint64_t n, const struct merkle_hash *proof, size_t count, const struct merkle_hash *old_root,
			  const struct merkle_hash *new_root)
{
	if (n > MERKLE_SIZE_MOST || count > MERKLE_PROOF_MOST || m > n || m == 0)
		return false;
	if (m == n)
		return count == 0 && merkle_equal(old_root, new_root);
	if (count == 0)
		return false;
	uint64_t a = m - 1, b = n - 1;
	while (a & 1)
		a >>= 1, b >>= 1;
	bool is_power = (m & (m - 1)) == 0;
	struct merkle_hash f = is_power ? *old_root : proof[0], s = f;
	for (size_t i = is_power ? 0 : 1; i < count; i++) {
		if (b == 0)
			return false;
		if ((a & 1) || a == b) {
			merkle_node(&proof[i], &f, &f);
			merkle_node(&proof[i], &s, &s);
			while ((a & 1) == 0 && a != 0)
				a >>= 1, b >>= 1;
		} else {
			merkle_node(&s, &proof[i], &s);
		}
		a >>= 1, b >>= 1;
	}
	return b == 0 && merkle_equal(&f, old_root) && merkle_equal(&s, new_root);
}

/* The largest power of two smaller than n ≥ 2. */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* Root over leaves [low, high): complete subtrees from the left, folded from the right. low is aligned as the tree's own splits are. */
static int range_root(const struct merkle_source *source, uint64_t low, uint64_t high, struct merkle_hash *out, struct err *err)
{
	struct merkle_hash peaks[64];
	unsigned count = 0;

	while (low < high) {
		unsigned level = 63u - (unsigned)__builtin_clzll(high - low);
		must((low & (((uint64_t)1 << level) - 1)) == 0);
		if (source->node(source->self, level, low >> level, &peaks[count++], err) != 0)
			return -1;
		low += (uint64_t)1 << level;
	}
	struct merkle_hash h = peaks[--count];
	while (count > 0)
		merkle_node(&peaks[--count], &h, &h);
	*out = h;
	return 0;
}

int merkle_root_of(const struct merkle_source *source, uint64_t size, struct merkle_hash *out, struct err *err)
{
	if (size > MERKLE_SIZE_MOST)
		return fail(err, ERR_LIMIT, size, "the tree is too large");
	if (size == 0) {
		merkle_empty(out);
		return 0;
	}
	return range_root(source, 0, size, out, err);
}

static void reverse(struct merkle_hash *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct merkle_hash kept = p[i];
		p[i] = p[n - 1 - i];
		p[n - 1 - i] = kept;
	}
}

int merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size, struct merkle_hash proof[MERKLE_PROOF_MOST],
			   size_t *count, struct err *err)
{
	uint64_t low = 0, high = size;
	size_t n = 0;

	if (size > MERKLE_SIZE_MOST || index >= size)
		return fail(err, ERR_INVALID, index, "index %llu is not in a tree of %llu", (unsigned long long)index, (unsigned long long)size);
	while (high - low > 1) {
		uint64_t middle = low + split(high - low);
		bool left = index < middle;
		must(n < MERKLE_PROOF_MOST);
		if (range_root(source, left ? middle : low, left ? high : middle, &proof[n++], err) != 0)
			return -1;
		*(left ? &high : &low) = middle;
	}
	reverse(proof, n);
	*count = n;
	return 0;
}

int merkle_prove_consistency(const struct merkle_source *source, uint64_t m, uint64_t n, struct merkle_hash proof[MERKLE_PROOF_MOST],
			     size_t *count, struct err *err)
{
	uint64_t low = 0, high = n;
	size_t k = 0;
	bool whole = true; /* the part looked at begins where the old tree began: the verifier knows its root */

	if (n > MERKLE_SIZE_MOST || m > n || m == 0)
		return fail(err, ERR_INVALID, m, "no consistency proof from %llu to %llu", (unsigned long long)m, (unsigned long long)n);
	while (m != high) {
		uint64_t middle = low + split(high - low);
		bool left = m <= middle;
		must(k < MERKLE_PROOF_MOST);
		if (range_root(source, left ? middle : low, left ? high : middle, &proof[k++], err) != 0)
			return -1;
		if (left)
			high = middle;
		else
			low = middle, whole = false;
	}
	if (!whole) {
		must(k < MERKLE_PROOF_MOST);
		if (range_root(source, low, high, &proof[k++], err) != 0)
			return -1;
	}
	reverse(proof, k);
	*count = k;
	return 0;
}
