/* Seconds inside office hours against a clock on the wall that is looked at every minute,
 * over changes between summer and winter, closed days and nights (P7). */
#include <kring/inbox.h>

#include <string.h>

#include "test.h"

#define MINUTE_MS UINT64_C(60000)
#define DAY_MIN   1440
#define LATEST_MS (KR_INBOX_DEADLINE_MAX_S * UINT64_C(1000))

/* Europe/Amsterdam, 2025 to 2027. */
static const struct {
	uint64_t from_s;
	int32_t minutes;
} amsterdam[] = {
	{1743296400, 120},
	{1761440400, 60},
	{1774746000, 120},
	{1792890000, 60},
	{1806195600, 120},
};

static uint32_t random_seed = 7;

static uint32_t draw(uint32_t below)
{
	random_seed = random_seed * 1664525 + 1013904223; /* Numerical Recipes */
	return (uint32_t)((uint64_t)random_seed * below >> 32);
}

/* A quarter of an hour, but none in the hour that is skipped or comes twice. */
static uint16_t draw_minute(void)
{
	uint16_t minute;

	do {
		minute = (uint16_t)(15 * draw(DAY_MIN / 15 + 1));
	} while (minute >= 120 && minute <= 180);
	return minute;
}

static void draw_hours(struct kr_office_hours *hours)
{
	memset(hours, 0, sizeof(*hours));
	hours->num_offsets = NUM(amsterdam);
	for (size_t i = 0; i < NUM(amsterdam); i++) {
		hours->offsets[i].from_ms = amsterdam[i].from_s * 1000;
		hours->offsets[i].minutes = amsterdam[i].minutes;
	}
	for (size_t day = 0; day < 7; day++) {
		uint16_t a = draw_minute();
		uint16_t b = draw_minute();

		if (draw(3) > 0 && a != b) {
			hours->days[day].num = 1;
			hours->days[day].spans[0].from = a < b ? a : b;
			hours->days[day].spans[0].to = a < b ? b : a;
		}
	}
	hours->num_closed = draw(4);
	for (size_t i = 0; i < hours->num_closed; i++) {
		hours->closed[i] = 20540 + 5 * (uint32_t)i + draw(5);
	}
}

/* What the clock on the wall shows at that minute, and whether somebody is in. */
static bool is_open(const struct kr_office_hours *hours, uint64_t at_ms)
{
	int32_t offset = amsterdam[0].minutes;
	uint64_t local_min;
	uint64_t day;

	for (size_t i = 0; i < NUM(amsterdam); i++) {
		if (at_ms / 1000 >= amsterdam[i].from_s) {
			offset = amsterdam[i].minutes;
		}
	}
	local_min = at_ms / MINUTE_MS + (uint64_t)offset;
	day = local_min / DAY_MIN;
	for (size_t i = 0; i < hours->num_closed; i++) {
		if (hours->closed[i] == day) {
			return false;
		}
	}
	for (size_t i = 0; i < hours->days[(day + 3) % 7].num; i++) {
		const struct kr_office_span *span = &hours->days[(day + 3) % 7].spans[i];

		if (local_min % DAY_MIN >= span->from && local_min % DAY_MIN < span->to) {
			return true;
		}
	}
	return false;
}

static uint64_t slow_deadline(
	const struct kr_office_hours *hours, uint64_t start_ms, uint32_t minutes)
{
	uint64_t at_ms = start_ms;

	while (minutes > 0 && at_ms < start_ms + LATEST_MS) {
		minutes -= is_open(hours, at_ms) ? 1 : 0;
		at_ms += MINUTE_MS;
	}
	return minutes > 0 ? start_ms + LATEST_MS : at_ms;
}

static void p7_deadlines_are_what_the_wall_clock_counts(void **state)
{
	size_t num_open = 0;

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct kr_office_hours hours;
		/* Around a change of the clock, or any minute of a month. */
		uint64_t start_ms = i % 2 == 0
			? (amsterdam[draw(4)].from_s / 60 - 2880 + draw(5760)) * MINUTE_MS
			: (1774746000 / 60 + draw(43200)) * MINUTE_MS;
		uint32_t minutes = 1 + draw(i % 3 == 0 ? 6000 : 600);
		uint64_t got;

		draw_hours(&hours);
		got = kr_office_deadline(&hours, start_ms, minutes * 60);
		if (got != slow_deadline(&hours, start_ms, minutes)) {
			fail_msg("start %llu, %u minutes: %llu",
				(unsigned long long)start_ms, minutes,
				(unsigned long long)got);
		}
		num_open += got < start_ms + LATEST_MS ? 1 : 0;
	}
	assert_true(num_open > 300);
}

/* Somebody who is always there: office hours are hours. */
static void day_and_night_lose_no_hour(void **state)
{
	struct kr_office_hours hours;

	(void)state;
	draw_hours(&hours);
	hours.num_closed = 0;
	for (size_t day = 0; day < 7; day++) {
		hours.days[day].num = 1;
		hours.days[day].spans[0] = (struct kr_office_span){0, DAY_MIN};
	}
	for (size_t i = 0; i < NUM(amsterdam); i++) {
		uint64_t start_ms = (amsterdam[i].from_s - 90000) * 1000 + 1;

		for (uint32_t s = 1; s < 300000; s += 7777) {
			assert_int_equal(kr_office_deadline(&hours, start_ms, s),
				start_ms + s * UINT64_C(1000));
		}
	}
}

/* Counting on from a deadline is counting from the start. */
static void deadlines_add_up(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct kr_office_hours hours;
		uint64_t start_ms = amsterdam[draw(4)].from_s * 1000 - draw(200000000);
		uint32_t a = 1 + draw(50000);
		uint32_t b = 1 + draw(50000);
		uint64_t middle_ms;
		uint64_t end_ms;

		draw_hours(&hours);
		middle_ms = kr_office_deadline(&hours, start_ms, a);
		end_ms = kr_office_deadline(&hours, start_ms, a + b);
		assert_true(middle_ms > start_ms && middle_ms <= end_ms);
		assert_true(end_ms <= start_ms + LATEST_MS);
		if (end_ms < start_ms + LATEST_MS) {
			assert_int_equal(
				kr_office_deadline(&hours, middle_ms, b), end_ms);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(p7_deadlines_are_what_the_wall_clock_counts),
		cmocka_unit_test(day_and_night_lose_no_hour),
		cmocka_unit_test(deadlines_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
