#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <kring/codec.h>

#include "proto/mls/key_schedule.h"

#define SENDER_MEMBER       1
#define CONTENT_TYPE_COMMIT 3

/* What the transcript needs of an AuthenticatedContent, RFC 9420 §6. */
struct commit {
	uint16_t wire_format;
	struct kr_view content; /* FramedContent */
	struct kr_view signature;
	struct kr_view confirmation_tag;
};

/* FramedContent: group_id, epoch, sender, authenticated_data, content_type and a Commit,
 * here without a path. */
static void skip_framed_content(struct kr_reader *r)
{
	struct kr_view skipped;
	uint64_t epoch;
	uint32_t leaf;
	uint8_t sender_type;
	uint8_t content_type;
	bool has_path;

	assert_int_equal(kr_read_vec(r, &skipped), KR_OK);
	assert_int_equal(kr_read_u64(r, &epoch), KR_OK);
	assert_int_equal(kr_read_u8(r, &sender_type), KR_OK);
	assert_int_equal(sender_type, SENDER_MEMBER);
	assert_int_equal(kr_read_u32(r, &leaf), KR_OK);
	assert_int_equal(kr_read_vec(r, &skipped), KR_OK);
	assert_int_equal(kr_read_u8(r, &content_type), KR_OK);
	assert_int_equal(content_type, CONTENT_TYPE_COMMIT);
	assert_int_equal(kr_read_vec(r, &skipped), KR_OK);
	assert_int_equal(kr_read_optional(r, &has_path), KR_OK);
	assert_false(has_path);
}

static struct commit read_commit(struct kr_view authenticated_content)
{
	struct kr_reader r = kr_reader(authenticated_content);
	struct commit commit = {0};
	const uint8_t *start;

	assert_int_equal(kr_read_u16(&r, &commit.wire_format), KR_OK);
	start = r.rest.data;
	skip_framed_content(&r);
	commit.content = kr_view(start, (size_t)(r.rest.data - start));
	assert_int_equal(kr_read_vec(&r, &commit.signature), KR_OK);
	assert_int_equal(kr_read_vec(&r, &commit.confirmation_tag), KR_OK);
	assert_int_equal(kr_read_end(&r), KR_OK);
	return commit;
}

static void check_case(struct vectors *v, const cJSON *c)
{
	struct commit commit = read_commit(vectors_hex(v, c, "authenticated_content"));
	uint8_t confirmed[KR_MLS_HASH_BYTES];
	uint8_t interim[KR_MLS_HASH_BYTES];
	uint8_t tag[KR_HMAC_BYTES];
	struct kr_secret confirmation_key;

	assert_int_equal(kr_confirmed_transcript_hash(confirmed,
				 vectors_hex(v, c, "interim_transcript_hash_before"),
				 commit.wire_format, commit.content, commit.signature),
		KR_OK);
	vectors_assert_equal("confirmed_transcript_hash_after",
		kr_view(confirmed, sizeof(confirmed)),
		vectors_hex(v, c, "confirmed_transcript_hash_after"));

	vectors_hex_copy(c, "confirmation_key", confirmation_key.bytes,
		sizeof(confirmation_key.bytes));
	kr_confirmation_tag(
		tag, &confirmation_key, kr_view(confirmed, sizeof(confirmed)));
	vectors_assert_equal(
		"confirmation_tag", kr_view(tag, sizeof(tag)), commit.confirmation_tag);

	assert_int_equal(
		kr_interim_transcript_hash(interim, kr_view(confirmed, sizeof(confirmed)),
			commit.confirmation_tag),
		KR_OK);
	vectors_assert_equal("interim_transcript_hash_after",
		kr_view(interim, sizeof(interim)),
		vectors_hex(v, c, "interim_transcript_hash_after"));
}

static void transcript_hashes(void **state)
{
	struct vectors *v = vectors_open("mls/transcript-hashes.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		assert_int_equal(vectors_uint(c, "cipher_suite"), KR_MLS_CIPHER_SUITE);
		check_case(v, c);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transcript_hashes),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls_transcript_hashes", tests, NULL, NULL);
}
