/* Test vectors: JSON files as upstream publishes them, read by the cmocka tests of this
 * stage.
 *
 * The files are looked for in the directory that the environment variable KRING_VECTORS
 * names, else in ../shared/vectors beside the source tree. A test is one file:
 *
 *	static void welcome(void **state)
 *	{
 *		struct vectors *v = vectors_open("mls/welcome.json");
 *		const cJSON *c;
 *
 *		(void)state;
 *		cJSON_ArrayForEach(c, vectors_root(v)) {
 *			struct kr_view message = vectors_hex(v, c, "welcome");
 *			...
 *			vectors_passed(v);
 *		}
 *		vectors_close(v);
 *	}
 *
 * Whatever is wrong with a file fails the running test, so nothing here returns an error.
 * Numbers are exact up to 2^53, which no file exceeds. */
#ifndef KRING_TESTS_VECTORS_H
#define KRING_TESTS_VECTORS_H

#include <cjson/cJSON.h>

#include <kring/bytes.h>

struct vectors;

/* Load a file by its name below the directory of the vectors, e.g. "mls/welcome.json". An
 * absent file skips the running test, with the name in a TAP comment. */
struct vectors *vectors_open(const char *name);
const cJSON *vectors_root(const struct vectors *v);

/* One case was run to its end. */
void vectors_passed(struct vectors *v);

/* One case cannot be run; reason is a literal, and is printed with the number of cases it
 * stands for. */
void vectors_not_run(struct vectors *v, const char *reason);

/* Print how many cases were run and how many were not, and free everything, views that
 * vectors_hex gave included. */
void vectors_close(struct vectors *v);

/* Members of a JSON object. A member that is absent or of another type fails the test. */
const cJSON *vectors_get(const cJSON *object, const char *key);
uint64_t vectors_uint(const cJSON *object, const char *key);
const char *vectors_str(const cJSON *object, const char *key);

/* Present and not null. */
bool vectors_has(const cJSON *object, const char *key);

/* A string of hexadecimal digits as bytes; valid until vectors_close. */
struct kr_view vectors_hex(struct vectors *v, const cJSON *object, const char *key);
struct kr_view vectors_hex_of(struct vectors *v, const cJSON *string);

/* Likewise for exactly len bytes, copied to out. */
void vectors_hex_copy(const cJSON *object, const char *key, uint8_t *out, size_t len);

/* Fails the running test, with both values in hexadecimal, unless they are equal. what
 * names the value, e.g. "welcome_secret". */
void vectors_assert_equal(const char *what, struct kr_view got, struct kr_view expected);

#endif
