#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "proto/mls/leaf_node.h"

static struct kr_random_seeded seeded;
static struct kr_random rng;
static struct kr_ed25519_keypair signer;
static const uint8_t encryption_key[KR_X25519_BYTES] = {1, 2, 3};
static const struct kr_leaf_place place = {{(const uint8_t *)"group", 5}, {3}};

static const uint16_t own_types[] = {0xf001, 0xf002};
static const struct kr_mls_extension own_extensions[] = {
	{0xf001, {(const uint8_t *)"data", 4}},
	{KR_MLS_EXT_APPLICATION_ID, {(const uint8_t *)"id", 2}},
};
static struct kr_mls_client client = {
	.signer = &signer,
	.identity = {(const uint8_t *)"alice", 5},
	.capabilities = {own_types, 2, NULL, 0},
	.leaf_extensions = {own_extensions, 2},
};

static int prepare(void **state)
{
	static const struct kr_secret seed = {.bytes = {9}};

	(void)state;
	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	kr_random_seeded_init(&seeded, &seed);
	rng = kr_random_seeded(&seeded);
	return kr_ed25519_generate(&signer, &rng) == KR_OK ? 0 : 1;
}

static struct kr_leaf_params params_of(enum kr_leaf_source source)
{
	static const uint8_t parent_hash[KR_MLS_HASH_BYTES] = {5};

	return (struct kr_leaf_params){
		.client = &client,
		.signer = &signer,
		.encryption_key = encryption_key,
		.source = source,
		.lifetime = {100, 200},
		.parent_hash = kr_view(parent_hash, sizeof(parent_hash)),
		.place = source == KR_LEAF_KEY_PACKAGE ? NULL : &place,
	};
}

static struct kr_bytes made(enum kr_leaf_source source)
{
	const struct kr_leaf_params params = params_of(source);
	struct kr_bytes encoded;

	assert_int_equal(kr_leaf_node_sign(&encoded, &params), KR_OK);
	return encoded;
}

static enum kr_err read_whole(struct kr_view encoded, struct kr_leaf_node *leaf)
{
	struct kr_reader r = kr_reader(encoded);
	enum kr_err err = kr_leaf_node_read(&r, leaf);

	return err != KR_OK ? err : kr_read_end(&r);
}

static const enum kr_leaf_source sources[] = {
	KR_LEAF_KEY_PACKAGE, KR_LEAF_UPDATE, KR_LEAF_COMMIT};

static void what_is_signed_is_read_and_verified(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(sources); i++) {
		struct kr_bytes encoded = made(sources[i]);
		struct kr_leaf_node leaf;
		bool is_key_package = sources[i] == KR_LEAF_KEY_PACKAGE;

		assert_int_equal(read_whole(kr_view_bytes(&encoded), &leaf), KR_OK);
		assert_int_equal(leaf.source, sources[i]);
		assert_memory_equal(leaf.encryption_key, encryption_key, KR_X25519_BYTES);
		assert_memory_equal(
			leaf.signature_key, signer.public_key, KR_ED25519_PUBLIC_BYTES);
		assert_true(kr_view_equal(leaf.identity, client.identity));
		assert_int_equal(leaf.lifetime.not_after, is_key_package ? 200 : 0);
		assert_int_equal(leaf.parent_hash.len,
			sources[i] == KR_LEAF_COMMIT ? KR_MLS_HASH_BYTES : 0);
		assert_true(kr_view_equal(leaf.encoded, kr_view_bytes(&encoded)));
		assert_true(kr_view_equal(leaf.extension_types, LITERAL("\xf0\1\xf0\2")));
		assert_int_equal(
			kr_leaf_node_verify(&leaf, is_key_package ? NULL : &place),
			KR_OK);
		/* The other place is not what was signed. */
		assert_int_equal(
			kr_leaf_node_verify(&leaf, is_key_package ? &place : NULL),
			KR_ERR_SIGNATURE);
		kr_bytes_free(&encoded);
	}
}

static void a_leaf_holds_only_where_it_was_signed_for(void **state)
{
	static const struct kr_leaf_place others[] = {
		{{(const uint8_t *)"group", 5}, {2}},
		{{(const uint8_t *)"grouq", 5}, {3}},
		{{(const uint8_t *)"grou", 4}, {3}},
		{{NULL, 0}, {3}},
	};
	struct kr_bytes encoded = made(KR_LEAF_UPDATE);
	struct kr_leaf_node leaf;

	(void)state;
	assert_int_equal(read_whole(kr_view_bytes(&encoded), &leaf), KR_OK);
	for (size_t i = 0; i < NUM(others); i++) {
		assert_int_equal(
			kr_leaf_node_verify(&leaf, &others[i]), KR_ERR_SIGNATURE);
	}
	kr_bytes_free(&encoded);
}

static void every_truncation_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(sources); i++) {
		struct kr_bytes encoded = made(sources[i]);

		for (size_t len = 0; len < encoded.len; len++) {
			struct kr_reader r = kr_reader(kr_view(encoded.data, len));
			struct kr_leaf_node leaf;

			assert_int_not_equal(kr_leaf_node_read(&r, &leaf), KR_OK);
			assert_int_equal(r.rest.len, len);
			assert_null(leaf.encryption_key);
		}
		kr_bytes_free(&encoded);
	}
}

static void every_flipped_bit_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(sources); i++) {
		struct kr_bytes encoded = made(sources[i]);

		for (size_t bit = 0; bit < 8 * encoded.len; bit++) {
			struct kr_leaf_node leaf;
			bool is_key_package = sources[i] == KR_LEAF_KEY_PACKAGE;

			encoded.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (read_whole(kr_view_bytes(&encoded), &leaf) == KR_OK) {
				assert_int_not_equal(
					kr_leaf_node_verify(
						&leaf, is_key_package ? NULL : &place),
					KR_OK);
			}
			encoded.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		kr_bytes_free(&encoded);
	}
}

/* ---- By hand ------------------------------------------------------------------- */

/* The parts of a leaf of source update, in their order. */
enum part {
	NONE,
	ENCRYPTION_KEY,
	SIGNATURE_KEY,
	CREDENTIAL_TYPE,
	VERSIONS,
	CIPHER_SUITES,
	EXTENSION_TYPES,
	PROPOSAL_TYPES,
	CREDENTIAL_TYPES,
	SOURCE,
	EXTENSIONS,
};

#define KEY_31 "0123456789012345678901234567890"

struct change {
	enum part part;
	struct kr_view bytes;
};

static struct kr_view part_of(const struct change changes[2], enum part part)
{
	for (size_t i = 0; i < 2; i++) {
		if (changes[i].part == part) {
			return changes[i].bytes;
		}
	}
	switch (part) {
	case ENCRYPTION_KEY:
	case SIGNATURE_KEY:
		return LITERAL(KEY_31 "1");
	case CIPHER_SUITES:
		return LITERAL("\0\3");
	case CREDENTIAL_TYPE:
	case VERSIONS:
	case CREDENTIAL_TYPES:
		return LITERAL("\0\1");
	case SOURCE:
		return LITERAL("\2");
	default:
		return LITERAL("");
	}
}

static void write_parts(struct kr_writer *w, const struct change changes[2])
{
	static const uint8_t signature[KR_ED25519_SIG_BYTES] = {1};

	kr_write_vec(w, part_of(changes, ENCRYPTION_KEY));
	kr_write_vec(w, part_of(changes, SIGNATURE_KEY));
	kr_write_fixed(w, part_of(changes, CREDENTIAL_TYPE));
	kr_write_vec(w, LITERAL("alice"));
	for (enum part part = VERSIONS; part <= CREDENTIAL_TYPES; part++) {
		kr_write_vec(w, part_of(changes, part));
	}
	kr_write_fixed(w, part_of(changes, SOURCE));
	kr_write_vec(w, part_of(changes, EXTENSIONS));
	kr_write_vec(w, kr_view(signature, sizeof(signature)));
}

/* What is well-formed ends in KR_ERR_SIGNATURE, since nobody has signed it: the rules of
 * section 7.3 come before. */
static void only_leaves_are_read_and_pass(void **state)
{
	const struct {
		struct change changes[2];
		enum kr_err expected;
	} cases[] = {
		{{{NONE, {0}}}, KR_ERR_SIGNATURE},
		{{{ENCRYPTION_KEY, LITERAL(KEY_31)}}, KR_ERR_KEY},
		{{{ENCRYPTION_KEY, LITERAL(KEY_31 "12")}}, KR_ERR_KEY},
		{{{SIGNATURE_KEY, LITERAL("")}}, KR_ERR_KEY},
		{{{SIGNATURE_KEY, LITERAL(KEY_31)}}, KR_ERR_KEY},
		{{{CREDENTIAL_TYPE, LITERAL("\0\0")}}, KR_ERR_MLS_CREDENTIAL_TYPE},
		{{{CREDENTIAL_TYPE, LITERAL("\0\2")}}, KR_ERR_MLS_X509},
		{{{CREDENTIAL_TYPE, LITERAL("\xf0\1")}}, KR_ERR_MLS_CREDENTIAL_TYPE},
		{{{VERSIONS, LITERAL("\0")}}, KR_ERR_ENCODING},
		{{{VERSIONS, LITERAL("\0\2")}}, KR_ERR_LEAF_CAPABILITIES},
		{{{VERSIONS, LITERAL("")}}, KR_ERR_LEAF_CAPABILITIES},
		{{{VERSIONS, LITERAL("\0\2\0\1")}}, KR_ERR_SIGNATURE},
		{{{CIPHER_SUITES, LITERAL("\0\3\0")}}, KR_ERR_ENCODING},
		{{{CIPHER_SUITES, LITERAL("\0\1")}}, KR_ERR_LEAF_CAPABILITIES},
		{{{EXTENSION_TYPES, LITERAL("\0")}}, KR_ERR_ENCODING},
		{{{PROPOSAL_TYPES, LITERAL("\0")}}, KR_ERR_ENCODING},
		{{{CREDENTIAL_TYPES, LITERAL("\0")}}, KR_ERR_ENCODING},
		{{{CREDENTIAL_TYPES, LITERAL("\0\2")}}, KR_ERR_LEAF_CREDENTIAL},
		{{{CREDENTIAL_TYPES, LITERAL("")}}, KR_ERR_LEAF_CREDENTIAL},
		{{{SOURCE, LITERAL("\0")}}, KR_ERR_ENCODING},
		{{{SOURCE, LITERAL("\4")}}, KR_ERR_ENCODING},
		{{{EXTENSIONS, LITERAL("\0\1")}}, KR_ERR_TRUNCATED},
		{{{EXTENSIONS, LITERAL("\0\1\0\0\1\0")}}, KR_ERR_ENCODING},
		{{{EXTENSIONS, LITERAL("\xf0\1\0")}}, KR_ERR_LEAF_EXTENSION},
		{{{EXTENSIONS, LITERAL("\0\1\0")}}, KR_ERR_SIGNATURE},
		{{{EXTENSIONS, LITERAL("\xf0\1\0")},
			 {EXTENSION_TYPES, LITERAL("\xf0\1")}},
			KR_ERR_SIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_leaf_node leaf;
		enum kr_err err;

		kr_writer_init(&w);
		write_parts(&w, cases[i].changes);
		err = read_whole(kr_writer_view(&w), &leaf);
		if (err == KR_OK) {
			err = kr_leaf_node_verify(&leaf, &place);
		}
		if (err != cases[i].expected) {
			fail_msg("case %zu: %s", i, kr_err_name(err));
		}
	}
}

/* ---- Making -------------------------------------------------------------------- */

static void no_leaf_is_made_that_others_refuse(void **state)
{
	static const struct kr_mls_extension twice[] = {
		{0xf001, {NULL, 0}}, {0xf001, {NULL, 0}}};
	static const struct kr_mls_extension unlisted[] = {{0xf003, {NULL, 0}}};
	static const struct {
		struct kr_mls_extensions extensions;
		enum kr_err expected;
	} cases[] = {
		{{NULL, 0}, KR_OK},
		{{own_extensions, 2}, KR_OK},
		{{twice, 2}, KR_ERR_LEAF_EXTENSION},
		{{unlisted, 1}, KR_ERR_LEAF_EXTENSION},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_leaf_params params = params_of(KR_LEAF_UPDATE);
		struct kr_mls_client changed = client;
		struct kr_bytes encoded;

		changed.leaf_extensions = cases[i].extensions;
		params.client = &changed;
		assert_int_equal(kr_leaf_node_sign(&encoded, &params), cases[i].expected);
		assert_true((encoded.len > 0) == (cases[i].expected == KR_OK));
		kr_bytes_free(&encoded);
	}
}

static void a_leaf_can_be_repeated_with_another_key(void **state)
{
	static const uint8_t other_key[KR_X25519_BYTES] = {4, 5, 6};
	struct kr_bytes first = made(KR_LEAF_KEY_PACKAGE);
	struct kr_leaf_params params = params_of(KR_LEAF_UPDATE);
	struct kr_leaf_node old;
	struct kr_leaf_node leaf;
	struct kr_bytes second;

	(void)state;
	assert_int_equal(read_whole(kr_view_bytes(&first), &old), KR_OK);
	params.client = NULL;
	params.same_as = &old;
	params.encryption_key = other_key;
	assert_int_equal(kr_leaf_node_sign(&second, &params), KR_OK);
	assert_int_equal(read_whole(kr_view_bytes(&second), &leaf), KR_OK);
	assert_int_equal(kr_leaf_node_verify(&leaf, &place), KR_OK);
	assert_true(kr_view_equal(leaf.identity, old.identity));
	assert_true(kr_view_equal(leaf.extension_types, old.extension_types));
	assert_true(kr_view_equal(leaf.extensions, old.extensions));
	assert_memory_equal(leaf.encryption_key, other_key, sizeof(other_key));
	kr_bytes_free(&first);
	kr_bytes_free(&second);
}

static void a_lifetime_includes_its_ends(void **state)
{
	static const struct {
		uint64_t now_s;
		enum kr_err expected;
	} cases[] = {
		{0, KR_OK}, /* not asked */
		{1, KR_ERR_LEAF_LIFETIME},
		{99, KR_ERR_LEAF_LIFETIME},
		{100, KR_OK},
		{200, KR_OK},
		{201, KR_ERR_LEAF_LIFETIME},
		{UINT64_MAX, KR_ERR_LEAF_LIFETIME},
	};
	struct kr_bytes encoded = made(KR_LEAF_KEY_PACKAGE);
	struct kr_bytes update = made(KR_LEAF_UPDATE);
	struct kr_leaf_node leaf;

	(void)state;
	assert_int_equal(read_whole(kr_view_bytes(&encoded), &leaf), KR_OK);
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_leaf_node_check_lifetime(&leaf, cases[i].now_s),
			cases[i].expected);
	}
	assert_int_equal(read_whole(kr_view_bytes(&update), &leaf), KR_OK);
	assert_int_equal(kr_leaf_node_check_lifetime(&leaf, 1), KR_OK);
	kr_bytes_free(&encoded);
	kr_bytes_free(&update);
}

static void an_extension_of_a_leaf_is_found(void **state)
{
	struct kr_bytes encoded = made(KR_LEAF_UPDATE);
	struct kr_view data;

	(void)state;
	assert_int_equal(
		kr_mls_leaf_extension(kr_view_bytes(&encoded), 0xf001, &data), KR_OK);
	assert_true(kr_view_equal(data, LITERAL("data")));
	assert_int_equal(kr_mls_leaf_extension(kr_view_bytes(&encoded), 0xf002, &data),
		KR_ERR_NOT_FOUND);
	assert_int_equal(kr_mls_leaf_extension(
				 kr_view(encoded.data, encoded.len - 1), 0xf001, &data),
		KR_ERR_TRUNCATED);
	assert_int_equal(data.len, 0);
	kr_bytes_free(&encoded);
}

static enum kr_err sign_and_keep(void *ctx)
{
	const struct kr_leaf_params params = params_of(KR_LEAF_COMMIT);
	struct kr_leaf *leaf = NULL;
	struct kr_bytes encoded;
	enum kr_err err = kr_leaf_node_sign(&encoded, &params);

	(void)ctx;
	if (err == KR_OK &&
		(err = kr_leaf_new(&leaf, kr_view_bytes(&encoded))) == KR_OK) {
		err = kr_leaf_node_verify(&leaf->node, &place);
	}
	kr_leaf_unref(leaf);
	kr_bytes_free(&encoded);
	return err;
}

static void without_memory_no_leaf_is_made_or_kept(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(sign_and_keep, NULL, NULL) > 0);
}

static void a_kept_leaf_is_the_whole_of_what_it_is_given(void **state)
{
	struct kr_bytes encoded = made(KR_LEAF_COMMIT);
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_leaf *leaf;

	(void)state;
	kr_writer_init(&w);
	kr_write_fixed(&w, kr_view_bytes(&encoded));
	assert_int_equal(kr_leaf_new(&leaf, kr_writer_view(&w)), KR_OK);
	assert_true(kr_view_equal(leaf->node.encoded, kr_view_bytes(&encoded)));
	kr_leaf_ref(leaf);
	kr_leaf_unref(leaf);
	kr_leaf_unref(leaf);
	kr_write_u8(&w, 0);
	assert_int_equal(kr_leaf_new(&leaf, kr_writer_view(&w)), KR_ERR_TRAILING);
	assert_null(leaf);
	kr_leaf_unref(NULL);
	assert_null(kr_leaf_ref(NULL));
	kr_bytes_free(&encoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_is_read_and_verified),
		cmocka_unit_test(a_leaf_holds_only_where_it_was_signed_for),
		cmocka_unit_test(every_truncation_fails),
		cmocka_unit_test(every_flipped_bit_fails),
		cmocka_unit_test(only_leaves_are_read_and_pass),
		cmocka_unit_test(no_leaf_is_made_that_others_refuse),
		cmocka_unit_test(a_leaf_can_be_repeated_with_another_key),
		cmocka_unit_test(a_lifetime_includes_its_ends),
		cmocka_unit_test(an_extension_of_a_leaf_is_found),
		cmocka_unit_test(without_memory_no_leaf_is_made_or_kept),
		cmocka_unit_test(a_kept_leaf_is_the_whole_of_what_it_is_given),
	};

	return cmocka_run_group_tests_name("mls/leaf_node", tests, prepare, NULL);
}
