/* Key packages, RFC 9420 §10. */
#ifndef KR_MLS_KEY_PACKAGE_H
#define KR_MLS_KEY_PACKAGE_H

#include "leaf_node.h"

/* Decoded, not verified. Views into the encoding it was read from. */
struct kr_key_package {
	struct kr_view encoded;
	struct kr_view tbs;
	const uint8_t *init_key;
	struct kr_leaf_node leaf;
	struct kr_view extensions;
	struct kr_view signature;
};

/* KR_ERR_MLS_VERSION, KR_ERR_MLS_CIPHER_SUITE, and as kr_leaf_node_read. */
enum kr_err kr_key_package_read(struct kr_reader *r, struct kr_key_package *key_package);

/* A bare KeyPackage or one in an MLSMessage, whole. */
enum kr_err kr_key_package_unwrap(
	struct kr_view input, struct kr_key_package *key_package);

/* §10.1: signatures, leaf source, keys that differ, lifetime (now_s 0 leaves that
 * out). */
enum kr_err kr_key_package_check(
	const struct kr_key_package *key_package, uint64_t now_s);

/* KeyPackageRef, §5.2. */
enum kr_err kr_key_package_ref(
	uint8_t ref[KR_MLS_HASH_BYTES], const struct kr_key_package *key_package);

#endif
