/* ハッシュ木 — tests: the published vectors, the recursive definition, every changed byte. */
#include "base/check.h"
#include "base/code.h"
#include "base/file.h"
#include "evidence/merkle.h"
#include "evidence/vectors_test.h"
#include <dirent.h>
#include <fcntl.h>

enum { LEAVES = 300, ODD_LEAVES = 70000 };

static struct merkle_hash leaves[ODD_LEAVES];

static void fill_leaves(void)
{
	for (uint32_t i = 0; i < ODD_LEAVES; i++)
		merkle_leaf(bytes_of(&i, sizeof i), &leaves[i]);
}

/* The definition, word for word: split at the largest power of two smaller than n. */
static void defined_root(size_t low, size_t high, struct merkle_hash *out)
{
	struct merkle_hash l, r;
	size_t k = 1;

	if (high - low == 0) {
		merkle_empty(out);
	} else if (high - low == 1) {
		*out = leaves[low];
	} else {
		while (k * 2 < high - low)
			k *= 2;
		defined_root(low, low + k, &l);
		defined_root(low + k, high, &r);
		merkle_node(&l, &r, out);
	}
}

static int defined_node(void *self, unsigned level, uint64_t index, struct merkle_hash *out, struct err *err)
{
	(void)self, (void)err;
	defined_root(index << level, (index + 1) << level, out);
	return 0;
}
static const struct merkle_source definition = { .node = defined_node };

static void assert_hash(const struct merkle_hash *h, const char *hex)
{
	char got[SHA256_HEX];
	hex_put(got, bytes_of(h->of, sizeof h->of));
	assert_string_equal(got, hex);
}

TEST(the_known_sequence_has_the_known_roots)
{
	static const char *const entries[] = { "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
					       "606162636465666768696a6b6c6d6e6f" };
	static const struct {
		uint64_t size;
		const char *root;
	} known[] = { { 1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		      { 2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		      { 3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		      { 7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		      { 8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" } };
	struct merkle_frontier f = { 0 };
	struct merkle_hash h;
	size_t at = 0;

	merkle_root(&f, &h);
	assert_hash(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < COUNT(entries); i++) {
		uint8_t entry[16];
		size_t n = strlen(entries[i]) / 2;
		CHECK_OK(hex_decode(bytes_of(entries[i], 2 * n), entry, n, &err_));
		merkle_leaf(bytes_of(entry, n), &h);
		merkle_append(&f, &h, NULL);
		merkle_root(&f, &h);
		if (f.size == known[at].size)
			assert_hash(&h, known[at++].root);
	}
	assert_int_equal(at, COUNT(known));
}

TEST(growing_agrees_with_the_definition)
{
	struct merkle_frontier f = { 0 };
	struct merkle_hash got, want, made[MERKLE_LEVELS];

	for (size_t n = 0; n <= LEAVES; n++) {
		merkle_root(&f, &got);
		defined_root(0, n, &want);
		assert_true(merkle_equal(&got, &want));
		unsigned high = merkle_append(&f, &leaves[n], made);
		assert_int_equal(high, __builtin_ctzll(n + 1));
		for (unsigned k = 0; k <= high; k++) {
			defined_root(n + 1 - ((size_t)1 << k), n + 1, &want);
			assert_true(merkle_equal(&made[k], &want));
		}
	}
}

TEST(every_index_of_every_tree_is_proven)
{
	struct merkle_hash proof[MERKLE_PROOF_MOST], root;
	size_t count;

	for (uint64_t n = 1; n <= LEAVES; n++) {
		defined_root(0, n, &root);
		for (uint64_t i = 0; i < n; i++) {
			CHECK_OK(merkle_prove_inclusion(&definition, i, n, proof, &count, &err_));
			assert_true(merkle_is_included(i, n, &leaves[i], proof, count, &root));
			/* the proof holds for no neighbour */
			assert_false(merkle_is_included(i ^ 1, n, &leaves[i], proof, count, &root));
			assert_false(merkle_is_included(n, n, &leaves[i], proof, count, &root));
			assert_false(count > 0 && merkle_is_included(i, n, &leaves[i], proof, count - 1, &root));
		}
	}
	assert_int_equal(merkle_prove_inclusion(&definition, 5, 5, proof, &count, NULL), -1);
}

TEST(every_pair_of_sizes_is_consistent)
{
	static struct merkle_hash roots[LEAVES + 1];
	struct merkle_hash proof[MERKLE_PROOF_MOST];
	size_t count;

	for (size_t n = 0; n <= LEAVES; n++)
		defined_root(0, n, &roots[n]);
	for (uint64_t n = 1; n <= LEAVES; n++)
		for (uint64_t m = 1; m <= n; m++) {
			CHECK_OK(merkle_prove_consistency(&definition, m, n, proof, &count, &err_));
			assert_true(merkle_is_consistent(m, n, proof, count, &roots[m], &roots[n]));
			assert_false(merkle_is_consistent(m, n, proof, count, &roots[m - 1], &roots[n]));
			assert_false(merkle_is_consistent(m, n, proof, count, &roots[m], &roots[n - 1]));
			assert_false(merkle_is_consistent(0, n, proof, count, &roots[0], &roots[n]));
		}
	assert_int_equal(merkle_prove_consistency(&definition, 0, 5, proof, &count, NULL), -1);
	assert_int_equal(merkle_prove_consistency(&definition, 6, 5, proof, &count, NULL), -1);
}

TEST(every_changed_byte_of_a_proof_is_refused)
{
	static const uint64_t sizes[] = { 2, 3, 7, 8, 100, 255, 256, 257, 300 };
	struct merkle_hash proof[MERKLE_PROOF_MOST], root, old;
	size_t count;

	for (size_t s = 0; s < COUNT(sizes); s++) {
		uint64_t n = sizes[s], i = n * 2 / 3, m = n / 2;
		defined_root(0, n, &root);
		defined_root(0, m, &old);
		CHECK_OK(merkle_prove_inclusion(&definition, i, n, proof, &count, &err_));
		for (size_t b = 0; b < count * 32 * 8; b++) {
			proof[b / 256].of[b / 8 % 32] ^= (uint8_t)(1 << b % 8);
			assert_false(merkle_is_included(i, n, &leaves[i], proof, count, &root));
			proof[b / 256].of[b / 8 % 32] ^= (uint8_t)(1 << b % 8);
		}
		CHECK_OK(merkle_prove_consistency(&definition, m, n, proof, &count, &err_));
		for (size_t b = 0; b < count * 32 * 8; b++) {
			proof[b / 256].of[b / 8 % 32] ^= (uint8_t)(1 << b % 8);
			assert_false(merkle_is_consistent(m, n, proof, count, &old, &root));
			proof[b / 256].of[b / 8 % 32] ^= (uint8_t)(1 << b % 8);
		}
	}
}

TEST(sizes_around_full_tiles_hold)
{
	static const uint64_t sizes[] = { 255, 256, 257, 65535, 65536, 70000 };
	struct merkle_frontier f = { 0 };
	struct merkle_hash got, want, old, proof[MERKLE_PROOF_MOST];
	size_t at = 0, count;

	for (uint64_t n = 1; n <= ODD_LEAVES; n++) {
		merkle_append(&f, &leaves[n - 1], NULL);
		if (n != sizes[at])
			continue;
		merkle_root(&f, &got);
		defined_root(0, n, &want);
		assert_true(merkle_equal(&got, &want));
		uint64_t indices[] = { 0, 1, 255, 256, n / 2, n - 1 };
		for (size_t k = 0; k < COUNT(indices); k++) {
			if (indices[k] >= n)
				continue;
			CHECK_OK(merkle_prove_inclusion(&definition, indices[k], n, proof, &count, &err_));
			assert_true(merkle_is_included(indices[k], n, &leaves[indices[k]], proof, count, &want));
		}
		for (size_t k = 0; k < at; k++) {
			defined_root(0, sizes[k], &old);
			CHECK_OK(merkle_prove_consistency(&definition, sizes[k], n, proof, &count, &err_));
			assert_true(merkle_is_consistent(sizes[k], n, proof, count, &old, &want));
		}
		at++;
	}
	assert_int_equal(at, COUNT(sizes));
}

TEST(sizes_beyond_the_limit_are_refused)
{
	struct merkle_hash h[MERKLE_PROOF_MOST + 1] = { 0 };

	assert_false(merkle_is_included(0, MERKLE_SIZE_MOST + 1, h, h, 63, h));
	assert_false(merkle_is_included(0, UINT64_MAX, h, h, MERKLE_PROOF_MOST + 1, h));
	assert_false(merkle_is_consistent(1, UINT64_MAX, h, 63, h, h));
	assert_false(merkle_is_consistent(1, 2, h, MERKLE_PROOF_MOST + 1, h, h));
}

/* The published vectors. Their two sizes reach 2^64 − 1: found by key and read with our own digits, no JSON library. */
static struct bytes value_of(struct bytes json, const char *key)
{
	char want[32];
	int n = snprintf(want, sizeof want, "\"%s\":", key);
	const uint8_t *p = memmem(json.p, json.n, want, (size_t)n);

	assert_non_null(p);
	p += n;
	while (*p == ' ')
		p++;
	return bytes_of(p, json.n - (size_t)(p - json.p));
}

static uint64_t number_of(struct bytes json, const char *key)
{
	struct bytes v = value_of(json, key);
	uint64_t out = 0;

	v.n = strspn((const char *)v.p, "0123456789");
	CHECK_OK(decimal_decode(v, UINT64_MAX, &out, &err_));
	return out;
}

/* Takes the string at the start of v; false if it does not hold 32 bytes. */
static bool hash_in(struct arena *a, struct bytes *v, struct merkle_hash *out)
{
	struct bytes raw;

	assert_int_equal(v->p[0], '"');
	const uint8_t *end = memchr(v->p + 1, '"', v->n - 1);
	assert_non_null(end);
	CHECK_OK(base64_decode(a, bytes_of(v->p + 1, (size_t)(end - v->p - 1)), &raw, &err_));
	v->n -= (size_t)(end + 1 - v->p), v->p = end + 1;
	if (raw.n != 32)
		return false;
	memcpy(out->of, raw.p, 32);
	return true;
}

static bool hash_of(struct arena *a, struct bytes json, const char *key, struct merkle_hash *out)
{
	struct bytes v = value_of(json, key);
	return hash_in(a, &v, out);
}

static bool proof_of(struct arena *a, struct bytes json, struct merkle_hash *proof, size_t *count)
{
	struct bytes v = value_of(json, "proof");
	bool whole = true;

	*count = 0;
	if (bytes_start(v, BYTES("null")))
		return true;
	assert_int_equal(v.p[0], '[');
	for (v.p++, v.n--; v.n && *v.p != ']';) {
		if (*v.p != '"') {
			v.p++, v.n--;
			continue;
		}
		assert_true(*count < MERKLE_PROOF_MOST + 1);
		if (!hash_in(a, &v, &proof[*count]))
			whole = false;
		++*count;
	}
	return whole;
}

static bool is_accepted(struct arena *a, struct bytes json, bool inclusion)
{
	struct merkle_hash x, y, proof[MERKLE_PROOF_MOST + 1];
	size_t count;
	bool whole = proof_of(a, json, proof, &count);

	whole = hash_of(a, json, inclusion ? "leafHash" : "root1", &x) && whole;
	whole = hash_of(a, json, inclusion ? "root" : "root2", &y) && whole;
	uint64_t m = number_of(json, inclusion ? "leafIdx" : "size1"), n = number_of(json, inclusion ? "treeSize" : "size2");
	return whole && (inclusion ? merkle_is_included(m, n, &x, proof, count, &y) : merkle_is_consistent(m, n, proof, count, &x, &y));
}

static void walk(const char *folder, bool inclusion, unsigned *agree, unsigned *listed)
{
	ARENA(a) = arena_new(0);
	DIR *d = opendir(folder);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		char *path = arena_printf(a, "%s/%s", folder, e->d_name);
		if (!strstr(e->d_name, ".json")) {
			walk(path, inclusion, agree, listed);
			continue;
		}
		struct bytes json;
		CHECK_OK(file_read(a, AT_FDCWD, path, 1 << 20, &json, &err_));
		bool wants_refusal = bytes_start(value_of(json, "wantErr"), BYTES("true"));
		if (is_accepted(a, json, inclusion) != wants_refusal)
			++*agree;
		else if (strstr(path, "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"))
			++*listed; /* its roots are placeholders of 12 bytes: refused, and rightly */
		else
			fail_msg("%s: the other answer was wanted", path);
	}
	closedir(d);
}

TEST(the_published_vectors_agree)
{
	ARENA(a) = arena_new(0);
	const char *folder = vectors_folder(a, "merkle");
	unsigned agree = 0, listed = 0;

	if (!folder)
		skip();
	walk(arena_printf(a, "%s/inclusion", folder), true, &agree, &listed);
	walk(arena_printf(a, "%s/consistency", folder), false, &agree, &listed);
	assert_int_equal(agree, 195);
	assert_int_equal(listed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_sequence_has_the_known_roots),
		cmocka_unit_test(growing_agrees_with_the_definition),
		cmocka_unit_test(every_index_of_every_tree_is_proven),
		cmocka_unit_test(every_pair_of_sizes_is_consistent),
		cmocka_unit_test(every_changed_byte_of_a_proof_is_refused),
		cmocka_unit_test(sizes_around_full_tiles_hold),
		cmocka_unit_test(sizes_beyond_the_limit_are_refused),
		cmocka_unit_test(the_published_vectors_agree),
	};
	fill_leaves();
	return RUN_TESTS(tests);
}
