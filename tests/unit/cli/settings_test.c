/* The offsets of a zone, for a record that is made anew; settings from a file. */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/cli/settings.h"

#define YEAR_S (365 * 24 * 3600)

static int count_changes(const cJSON *settings, double *first, double *last)
{
	const cJSON *offsets = cJSON_GetObjectItem(settings, "offsets");
	int num = cJSON_GetArraySize(offsets);

	*first = cJSON_GetArrayItem(cJSON_GetArrayItem(offsets, 0), 0)->valuedouble;
	*last = cJSON_GetArrayItem(cJSON_GetArrayItem(offsets, num - 1), 0)->valuedouble;
	for (int i = 0; i < num; i++) {
		double minutes = cJSON_GetArrayItem(cJSON_GetArrayItem(offsets, i), 1)
					 ->valuedouble;

		assert_true(minutes == 60 || minutes == 120);
	}
	return num;
}

static void test_zones(void **state)
{
	static const char *const unknown[] = {
		"", "Europe/Nergenshuizen", "../../../etc/passwd", "CET-1CEST"};
	double now = (double)time(NULL) * 1000;
	double first;
	double last;
	cJSON *settings;
	char deep[600];

	(void)state;
	settings = settings_renewed("Europe/Amsterdam");
	assert_non_null(settings);
	/* Twice a year, as many as a record holds. */
	assert_int_equal(count_changes(settings, &first, &last), 8);
	assert_true(first >= now - 5000 && first <= now + 60000);
	/* Just before one of them the last is three years less some days away. */
	assert_true(last > now + 2.9 * 1000 * YEAR_S && last < now + 4.1 * 1000 * YEAR_S);
	assert_int_equal(cJSON_GetArraySize(settings), 1);
	cJSON_Delete(settings);
	for (size_t i = 0; i < NUM(unknown); i++) {
		assert_null(settings_renewed(unknown[i]));
	}
	memset(deep, 'a', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_null(settings_renewed(deep));
	assert_int_equal(setenv("TZDIR", "/nonexistent", 1), 0);
	assert_null(settings_renewed("Europe/Amsterdam"));
	assert_int_equal(unsetenv("TZDIR"), 0);
}

/* The process goes by its own zone afterwards, as before. */
static void test_own_zone_stays(void **state)
{
	const time_t summer = 1782900000; /* July 2026 */
	struct tm local;

	(void)state;
	assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
	cJSON_Delete(settings_renewed("Europe/Amsterdam"));
	assert_string_equal(getenv("TZ"), "America/New_York");
	assert_non_null(localtime_r(&summer, &local));
	assert_int_equal(local.tm_gmtoff, -4 * 3600);
	assert_int_equal(unsetenv("TZ"), 0);
	cJSON_Delete(settings_renewed("Europe/Amsterdam"));
	assert_null(getenv("TZ"));
}

static void test_files(void **state)
{
	static const struct {
		const char *text;
		bool is_read, has_offsets;
	} rows[] = {
		{"{\"zone\":\"Europe/Amsterdam\"}", true, true},
		{"{\"zone\":\"Europe/Nergenshuizen\"}", true, false},
		{"{\"name\":\"Wijkteam\"}", true, false},
		{"[1]", false, false},
		{"no JSON", false, false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char name[] = "/tmp/kring-settings-XXXXXX";
		int fd = mkstemp(name);
		cJSON *settings;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, rows[i].text, strlen(rows[i].text)),
			(ssize_t)strlen(rows[i].text));
		assert_int_equal(close(fd), 0);
		settings = settings_read(name);
		assert_int_equal(settings != NULL, rows[i].is_read);
		assert_int_equal(
			cJSON_HasObjectItem(settings, "offsets"), rows[i].has_offsets);
		cJSON_Delete(settings);
		assert_int_equal(unlink(name), 0);
	}
	assert_null(settings_read("/nonexistent/settings"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_own_zone_stays),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
