/* A case as professionals follow it: who sees what when, notes, keys, clocks, and starting
 * again at any moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

static void test_signal_arrives(void **state)
{
	struct office *o = *state;

	assert_string_equal(office_shows(o, o->wim, "role"), "owner");
	assert_string_equal(office_shows(o, o->wim, "state"), "new");
	assert_string_equal(
		office_shows(o, o->wim, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_string_equal(office_shows(o, o->sanne, "role"), "owner");
	/* Who waits does not know that there is something to wait for. */
	assert_string_equal(office_shows(o, o->fatma, "role"), "");
	assert_string_equal(office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""), "ok");
	assert_true(office_hears(o, o->sanne, "Gelezen."));
	assert_true(neighbour_reads(&o->neighbour, 2, "Gelezen."));
	assert_int_equal(office_alarms(o->wim) + office_alarms(o->sanne), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_signal_arrives, office_setup_signal, office_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
