/* What is put out waits for what it rests on, in order. */
#include "clients/machine/outputs.h"

#include <string.h>

#include "clients/core/state.h"
#include "clients/machine/json.h"
#include "test.h"

struct scene {
	struct kr_core core;
};

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	outputs_init(&scene->core.outputs);
}

static void end(struct scene *scene)
{
	outputs_free(&scene->core.outputs);
	records_free(&scene->core.records);
}

/* As core.c does at the end of every input. */
static enum kr_err close_input(struct kr_core *core)
{
	struct kr_core_record *records;
	size_t num;
	enum kr_err err = records_changes(&core->records, &records, &num);

	return err != KR_OK ? err : outputs_close(&core->outputs, records, num);
}

/* An input that changes a record, or none, and sends one byte. */
static void input(struct scene *scene, const char *record, const char *message)
{
	struct record_key key = record_key_number(RECORD_OP, 1);

	if (record != NULL) {
		assert_int_equal(
			records_put(&scene->core.records, &key, kr_view_str(record)),
			KR_OK);
	}
	if (message != NULL) {
		assert_int_equal(
			output_send(&scene->core.outputs, kr_view_str(message), true),
			KR_OK);
	}
	assert_int_equal(close_input(&scene->core), KR_OK);
}

/* The next output: 's' and the message, 'S' and the record's value, or nothing. */
static void expect(struct scene *scene, const char *what)
{
	struct kr_core_output out;
	bool there = outputs_take(&scene->core.outputs, &out);

	assert_int_equal(there, what != NULL);
	if (!there) {
		return;
	}
	if (what[0] == 's') {
		assert_int_equal(out.kind, KR_CORE_SEND);
		assert_true(kr_view_equal(out.bytes, kr_view_str(what + 1)));
	} else {
		assert_int_equal(out.kind, KR_CORE_STORE);
		assert_int_equal(out.num_records, 1);
		assert_true(kr_view_equal(out.records[0].value, kr_view_str(what + 1)));
	}
}

static void test_nothing_leaves_before_its_record_is_stored(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	input(&scene, NULL, "1");
	input(&scene, "a", "2");
	input(&scene, NULL, "3");
	input(&scene, "b", "4");
	expect(&scene, "Sa");
	expect(&scene, "Sb");
	expect(&scene, "s1");
	expect(&scene, NULL);
	scene.core.outputs.stored_id = 1;
	expect(&scene, "s2");
	expect(&scene, "s3");
	expect(&scene, NULL);
	scene.core.outputs.stored_id = 2;
	expect(&scene, "s4");
	expect(&scene, NULL);
	end(&scene);
}

/* The host writes at its leisure: what it was given does not change under it. */
static void test_a_store_holds_the_values_of_its_own_input(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	input(&scene, "first", NULL);
	input(&scene, "second", NULL);
	expect(&scene, "Sfirst");
	input(&scene, "third", NULL);
	expect(&scene, "Ssecond");
	expect(&scene, "Sthird");
	expect(&scene, NULL);
	end(&scene);
}

static void test_the_same_change_is_told_once_an_input(void **state)
{
	uint8_t id[KR_ID_BYTES] = {1};
	struct kr_core_output out;
	struct scene scene;
	int told = 0;

	(void)state;
	begin(&scene);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tell_changed(&scene.core, "feed", NULL, id), KR_OK);
		assert_int_equal(tell_changed(&scene.core, "feed", NULL, id), KR_OK);
		assert_int_equal(tell_changed(&scene.core, "feed", id, NULL), KR_OK);
		assert_int_equal(close_input(&scene.core), KR_OK);
	}
	while (outputs_take(&scene.core.outputs, &out)) {
		assert_int_equal(out.kind, KR_CORE_TELL);
		told++;
	}
	assert_int_equal(told, 4);
	end(&scene);
}

static void test_lack_of_memory_for_json_is_said(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_int_equal(output_tell(&scene.core.outputs, NULL), KR_ERR_MEMORY);
	assert_int_equal(output_answer(&scene.core.outputs, 1, NULL), KR_ERR_MEMORY);
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_leaves_before_its_record_is_stored),
		cmocka_unit_test(test_a_store_holds_the_values_of_its_own_input),
		cmocka_unit_test(test_the_same_change_is_told_once_an_input),
		cmocka_unit_test(test_lack_of_memory_for_json_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
