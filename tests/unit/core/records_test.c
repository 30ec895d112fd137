/* The keystore's records in memory against a plain model, and what is told to the
 * host. */
#include "clients/core/records.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "test.h"

static void test_keys_sort_by_kind_id_and_number(void **state)
{
	uint8_t low[KR_ID_BYTES] = {0};
	uint8_t high[KR_ID_BYTES] = {0xff};
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, low);
	struct kr_topic next = kr_topic(KR_TOPIC_GROUP, high);
	struct record_key keys[] = {
		record_key(RECORD_EVENT),
		record_key_event(&topic, 1),
		record_key_event(&topic, 2),
		record_key_event(&topic, 256),
		record_key_event(&next, 0),
		record_key_id(RECORD_GROUP, low),
		record_key_id(RECORD_GROUP, high),
		record_key_number(RECORD_OP, 9),
		record_key_number(RECORD_OP, 10),
		record_key_number(RECORD_OP, UINT64_MAX),
		record_key_topic(&topic),
	};

	(void)state;
	for (size_t i = 0; i + 1 < NUM(keys); i++) {
		assert_true(kr_view_compare(record_key_view(&keys[i]),
				    record_key_view(&keys[i + 1])) < 0);
	}
}

#define MODEL_KEYS 200

struct model {
	int value[MODEL_KEYS]; /* 0: not there */
};

static void assert_same(const struct records *records, const struct model *model)
{
	struct record_key prefix = record_key(RECORD_OP);
	const struct record *record;
	uint64_t number = 0;
	size_t at = 0;

	while ((record = records_next(records, record_key_view(&prefix), &at)) != NULL) {
		while (number < MODEL_KEYS && model->value[number] == 0) {
			number++;
		}
		assert_true(number < MODEL_KEYS);
		assert_int_equal(record->key.data[8], number);
		assert_int_equal(record->value.data[0], model->value[number]);
		number++;
	}
	while (number < MODEL_KEYS) {
		assert_int_equal(model->value[number++], 0);
	}
}

/* What the host would have on its disk after every store so far. */
static void store(struct records *records, struct records *disk)
{
	struct kr_core_record *changes;
	size_t num;

	assert_int_equal(records_changes(records, &changes, &num), KR_OK);
	for (size_t i = 0; i < num; i++) {
		struct record_key key = {.len = changes[i].key.len};

		memcpy(key.bytes, changes[i].key.data, key.len);
		if (changes[i].is_deleted) {
			assert_int_equal(records_delete(disk, &key), KR_OK);
		} else {
			assert_int_equal(
				records_put(disk, &key, changes[i].value), KR_OK);
		}
	}
	free(changes);
	records_forget_deleted(records);
}

static void test_random_changes_equal_a_model_here_and_on_disk(void **state)
{
	struct records records = {0};
	struct records disk = {0};
	struct model model = {0};
	uint32_t random = 1;

	(void)state;
	for (int step = 0; step < 5000; step++) {
		struct record_key key;
		uint8_t value;
		size_t number;

		random = random * 1664525 + 1013904223;
		number = (random >> 8) % MODEL_KEYS;
		value = (uint8_t)(1 + (random >> 20) % 200);
		key = record_key_number(RECORD_OP, number);
		if ((random >> 16) % 3 == 0) {
			assert_int_equal(records_delete(&records, &key), KR_OK);
			model.value[number] = 0;
		} else {
			assert_int_equal(
				records_put(&records, &key, kr_view(&value, 1)), KR_OK);
			model.value[number] = value;
		}
		if (step % 7 == 0) {
			store(&records, &disk);
			assert_same(&disk, &model);
		}
		if (step % 100 == 0) {
			assert_same(&records, &model);
		}
	}
	records_free(&records);
	records_free(&disk);
}

static void test_deleting_by_prefix_spares_the_neighbours(void **state)
{
	struct records records = {0};
	uint8_t id[KR_ID_BYTES] = {7};
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, id);
	struct record_key prefix = record_key(RECORD_EVENT);
	struct record_key cursor = record_key_topic(&topic);
	struct record_key event;

	(void)state;
	memcpy(prefix.bytes + 1, &topic, sizeof(topic));
	prefix.len += sizeof(topic);
	assert_int_equal(records_put(&records, &cursor, LITERAL("c")), KR_OK);
	for (uint64_t seq = 0; seq < 10; seq++) {
		event = record_key_event(&topic, seq);
		assert_int_equal(records_put(&records, &event, LITERAL("e")), KR_OK);
	}
	topic.id[0] = 8;
	event = record_key_event(&topic, 1);
	assert_int_equal(records_put(&records, &event, LITERAL("e")), KR_OK);
	assert_int_equal(
		records_delete_prefix(&records, record_key_view(&prefix)), KR_OK);
	assert_non_null(records_get(&records, record_key_view(&cursor)));
	assert_non_null(records_get(&records, record_key_view(&event)));
	topic.id[0] = 7;
	event = record_key_event(&topic, 3);
	assert_null(records_get(&records, record_key_view(&event)));
	records_free(&records);
}

static void test_loading_refuses(void **state)
{
	static uint8_t long_key[KR_CORE_KEY_MAX + 1];
	struct records records = {0};

	(void)state;
	assert_int_equal(records_load(&records, LITERAL("k"), LITERAL("v")), KR_OK);
	assert_int_equal(
		records_load(&records, LITERAL("k"), LITERAL("w")), KR_ERR_EXISTS);
	assert_int_equal(
		records_load(&records, LITERAL(""), LITERAL("w")), KR_ERR_TOO_LARGE);
	assert_int_equal(
		records_load(&records, kr_view(long_key, sizeof(long_key)), LITERAL("w")),
		KR_ERR_TOO_LARGE);
	assert_int_equal(records.num, 1);
	assert_int_equal(records.num_dirty, 0);
	records_free(&records);
}

struct putting {
	struct records records;
	struct record_key key;
};

static enum kr_err put_two(void *ctx)
{
	struct putting *p = ctx;

	return records_put(&p->records, &p->key, LITERAL("two"));
}

static void assert_still_one(void *ctx)
{
	struct putting *p = ctx;
	struct record_key key = record_key_number(RECORD_OP, 1);

	assert_int_equal(p->records.num, 1);
	assert_memory_equal(
		records_get(&p->records, record_key_view(&key))->value.data, "one", 3);
}

static void test_no_memory_changes_nothing(void **state)
{
	struct record_key first = record_key_number(RECORD_OP, 1);
	struct putting p = {.key = first};

	(void)state;
	assert_int_equal(records_put(&p.records, &first, LITERAL("one")), KR_OK);
	assert_true(alloc_fail_each(put_two, assert_still_one, &p) > 0);
	p.key = record_key_number(RECORD_OP, 2);
	assert_int_equal(records_put(&p.records, &first, LITERAL("one")), KR_OK);
	assert_true(alloc_fail_each(put_two, assert_still_one, &p) > 0);
	assert_int_equal(p.records.num, 2);
	records_free(&p.records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_sort_by_kind_id_and_number),
		cmocka_unit_test(test_random_changes_equal_a_model_here_and_on_disk),
		cmocka_unit_test(test_deleting_by_prefix_spares_the_neighbours),
		cmocka_unit_test(test_loading_refuses),
		cmocka_unit_test(test_no_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
