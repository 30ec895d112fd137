#include "server/store/record.h"

#include <string.h>

#include "test.h"

static const uint8_t hash[KR_SHA256_BYTES] = {0xaa, 0xbb};
static const uint8_t author[KR_ID_BYTES] = {0xcc};

static struct record sample(void)
{
	return (struct record){
		.event =
			{
				.topic = {.kind = KR_TOPIC_GROUP, .id = {1, 2, 3}},
				.seq = 4,
				.rev = 5,
				.type = KR_EVENT_POST,
				.id = {6, 7},
				.author = kr_view(author, sizeof(author)),
				.time_ms = 1ULL << 41,
				.head = LITERAL("headhead"),
				.body = LITERAL("the body"),
			},
		.hash = hash,
		.index = 2,
		.num_requested = 3,
		.keys = LITERAL("\x03key"),
	};
}

static void reads_what_it_wrote(void **state)
{
	struct record in = sample();
	struct record out;
	KR_AUTO_WRITER struct kr_writer w = {0};

	(void)state;
	kr_writer_init(&w);
	record_write(&w, &in);
	assert_int_equal(record_read(&out, kr_writer_view(&w)), KR_OK);
	assert_true(kr_topic_equal(&out.event.topic, &in.event.topic));
	assert_int_equal(out.event.seq, 4);
	assert_int_equal(out.event.rev, 5);
	assert_int_equal(out.event.type, KR_EVENT_POST);
	assert_int_equal(out.event.time_ms, 1ULL << 41);
	assert_memory_equal(out.event.id, in.event.id, sizeof(in.event.id));
	assert_memory_equal(out.hash, hash, sizeof(hash));
	assert_int_equal(out.index, 2);
	assert_int_equal(out.num_requested, 3);
	assert_true(kr_view_equal(out.event.author, in.event.author));
	assert_true(kr_view_equal(out.event.head, in.event.head));
	assert_true(kr_view_equal(out.event.body, in.event.body));
	assert_true(kr_view_equal(out.keys, in.keys));
}

static void every_truncation_fails(void **state)
{
	struct record in = sample();
	struct record out;
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_view bytes;

	(void)state;
	kr_writer_init(&w);
	record_write(&w, &in);
	kr_write_u8(&w, 0);
	bytes = kr_writer_view(&w);
	assert_int_equal(record_read(&out, bytes), KR_ERR_STORE_DAMAGED); /* too long */
	for (size_t len = 0; len < bytes.len - 1; len++) {
		assert_int_equal(record_read(&out, kr_view(bytes.data, len)),
			KR_ERR_STORE_DAMAGED);
	}
	assert_int_equal(record_read(&out, kr_view(bytes.data, bytes.len - 1)), KR_OK);
}

/* Keys sort as the numbers do. */
static void keys_keep_the_order_of_numbers(void **state)
{
	static const uint64_t numbers[] = {
		0, 1, 255, 256, 65535, 65536, 1ULL << 32, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < NUM(numbers); i++) {
		struct be64 a = be64(numbers[i]);
		uint64_t back;

		assert_int_equal(be64_read(view_be64(&a), &back), KR_OK);
		assert_int_equal(back, numbers[i]);
		assert_int_equal(
			be64_read(kr_view(a.bytes, 7), &back), KR_ERR_STORE_DAMAGED);
		if (i > 0) {
			struct be64 b = be64(numbers[i - 1]);
			struct index_key k = index_key(7, numbers[i]);
			struct index_key l = index_key(7, numbers[i - 1]);
			struct index_key m = index_key(6, UINT64_MAX);

			assert_true(memcmp(b.bytes, a.bytes, 8) < 0);
			assert_true(memcmp(l.bytes, k.bytes, 16) < 0);
			assert_true(memcmp(m.bytes, l.bytes, 16) < 0);
		}
	}
}

/* Ids of different authors, and of nobody, are different ids. */
static void event_keys_tell_authors_apart(void **state)
{
	static const uint8_t event_id[KR_EVENT_ID_BYTES] = {9};
	static const uint8_t other_id[KR_EVENT_ID_BYTES] = {8};
	static const uint8_t other_author[KR_ID_BYTES] = {0xcd};
	struct event_key keys[] = {
		event_key(kr_view(author, sizeof(author)), event_id),
		event_key(kr_view(author, sizeof(author)), other_id),
		event_key(kr_view(other_author, sizeof(author)), event_id),
		event_key(kr_view(NULL, 0), event_id),
	};
	struct event_key again = event_key(kr_view(author, sizeof(author)), event_id);

	(void)state;
	assert_memory_equal(&keys[0], &again, sizeof(again));
	for (size_t i = 0; i < NUM(keys); i++) {
		for (size_t k = 0; k < i; k++) {
			assert_memory_not_equal(&keys[i], &keys[k], sizeof(keys[i]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(every_truncation_fails),
		cmocka_unit_test(keys_keep_the_order_of_numbers),
		cmocka_unit_test(event_keys_tell_authors_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
