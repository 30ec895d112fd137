/* Inbox records both ways, what is refused, what may follow what; deadlines in office
 * hours. */
#include <kring/inbox.h>

#include <string.h>

#include "test.h"

#define HOUR_MS UINT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)
/* Monday 2025-11-17, 00:00 UTC. */
#define MONDAY_MS UINT64_C(1763337600000)

static struct kr_ed25519_keypair identity;

static void nine_to_five(struct kr_office_hours *hours)
{
	for (size_t i = 0; i < 5; i++) {
		hours->days[i].num = 2;
		hours->days[i].spans[0] = (struct kr_office_span){9 * 60, 12 * 60};
		hours->days[i].spans[1] = (struct kr_office_span){13 * 60, 17 * 60};
	}
	hours->num_offsets = 1;
	hours->offsets[0].minutes = 60;
}

static void make_record(struct kr_inbox_record *r)
{
	struct kr_secret seed = {{6}};

	kr_ed25519_from_seed(&identity, &seed);
	memset(r, 0, sizeof(*r));
	memcpy(r->identity_key, identity.public_key, sizeof(r->identity_key));
	r->number = 1;
	r->sealing_number = 1;
	r->made_ms = 1;
	r->expires_ms = DAY_MS;
	r->zone = kr_view_str("Europe/Amsterdam");
	nine_to_five(&r->hours);
	r->hours.num_closed = 1;
	for (size_t i = 0; i < KR_NUM_URGENCIES; i++) {
		r->deadlines[i] = (struct kr_inbox_deadline){60, 120, i == 0};
	}
	r->promise_s = 100;
	r->retention_s = r->retention_unread_s = KR_INBOX_UNREAD_MIN_S;
	r->promises = 3;
	r->has_fallback = true;
	r->num_team = 3;
	for (int i = 0; i < 3; i++) {
		struct kr_inbox_member *m = &r->team[i];

		memset(m->account, i == 1 ? 1 : 9, sizeof(m->account));
		memset(m->device_key, i + 10, sizeof(m->device_key));
		memset(m->sealing_key, i + 20, sizeof(m->sealing_key));
	}
	r->team[0].administrator = true;
	r->has_recovery = true;
	memset(r->recovery_key, 30, sizeof(r->recovery_key));
	memset(r->recovery_signer, 31, sizeof(r->recovery_signer));
	r->has_former = true;
	memset(r->former_key, 32, sizeof(r->former_key));
	memset(r->former_signer, 33, sizeof(r->former_signer));
	r->former_until_ms = 34;
	r->card = kr_view_str("card");
	r->sealing_secret = kr_view_str("secret");
}

static enum kr_err write_and_read(struct kr_inbox_record *back,
	const struct kr_inbox_record *r, struct kr_writer *w)
{
	kr_writer_reset(w);
	kr_inbox_record_write(w, r, &identity);
	return w->err != KR_OK ? w->err : kr_inbox_record_read(back, kr_writer_view(w));
}

static void records_both_ways(void **state)
{
	static struct kr_inbox_record r;
	static struct kr_inbox_record back;
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer again = {0};
	uint8_t accounts[KR_INBOX_TEAM_MAX][KR_ID_BYTES];

	(void)state;
	make_record(&r);
	kr_writer_init(&w);
	kr_writer_init(&again);
	assert_int_equal(write_and_read(&back, &r, &w), KR_OK);
	kr_inbox_record_write(&again, &back, &identity);
	assert_true(kr_view_equal(kr_writer_view(&w), kr_writer_view(&again)));
	assert_memory_equal(&back.hours, &r.hours, sizeof(r.hours));
	assert_memory_equal(back.recovery_key, r.recovery_key, KR_X25519_BYTES);
	assert_memory_equal(back.recovery_signer, r.recovery_signer, KR_ID_BYTES);
	assert_memory_equal(back.former_key, r.former_key, KR_X25519_BYTES);
	assert_memory_equal(back.former_signer, r.former_signer, KR_ID_BYTES);
	assert_int_equal(back.former_until_ms, r.former_until_ms);
	assert_int_equal(kr_inbox_accounts(&back, false, accounts), 2);
	assert_int_equal(accounts[0][0], 1);
	assert_int_equal(kr_inbox_accounts(&back, true, accounts), 1);
	assert_int_equal(accounts[0][0], 9);
	assert_ptr_equal(kr_inbox_member(&back, r.team[2].device_key), &back.team[2]);
	assert_null(kr_inbox_member(&back, r.team[2].account));
	for (size_t i = 0; i < w.len; i++) {
		assert_int_not_equal(
			kr_inbox_record_read(&back, kr_view(w.data, i)), KR_OK);
		w.data[i] ^= 1;
		assert_int_not_equal(
			kr_inbox_record_read(&back, kr_writer_view(&w)), KR_OK);
		w.data[i] ^= 1;
	}
}

static void records_that_are_none(void **state)
{
	static struct kr_inbox_record r;
	static struct kr_inbox_record back;
	KR_AUTO_WRITER struct kr_writer w = {0};

	(void)state;
	for (int i = 0; i < 24; i++) {
		make_record(&r);
		r.number = i == 1 ? 0 : r.number;
		r.sealing_number = i == 2 ? 2 : r.sealing_number;
		r.expires_ms = i == 3 ? KR_INBOX_EXPIRES_MAX_MS + 2 : r.expires_ms;
		r.expires_ms = i == 4 ? r.made_ms : r.expires_ms;
		r.hours.num_offsets = i == 5 ? 0 : 1;
		r.hours.offsets[0].minutes = i == 6 ? 1441 : 60;
		r.hours.days[6].num = i == 7 ? 1 : 0; /* a span of nothing */
		r.hours.days[0].spans[1].from = i == 8 ? 12 * 60 : 13 * 60;
		r.hours.days[0].spans[1].to = i == 9 ? 1441 : 17 * 60;
		r.deadlines[2].acknowledge_s = i == 10 ? 0 : 60;
		r.promises = i == 11 ? 0 : 3;
		r.retention_s += i == 12 ? 1 : 0; /* beyond what is unread */
		r.retention_s -= i == 23 ? 1 : 0;
		r.retention_unread_s -= i == 23 ? 1 : 0;
		r.team[0].administrator = i != 13;
		r.team[1].device_key[0] = i == 14 ? 10 : 11;
		memset(r.team[1].device_key, r.team[1].device_key[0], KR_ID_BYTES);
		r.num_team = i == 15 ? 0 : 3;
		r.recovery_key[0] = i == 17 ? 20 : 30;
		memset(r.recovery_key, r.recovery_key[0], KR_X25519_BYTES);
		r.recovery_signer[0] = i == 18 ? 12 : 31;
		memset(r.recovery_signer, r.recovery_signer[0], KR_ID_BYTES);
		r.has_former = i > 18;
		memset(r.former_key, i == 19 ? 30 : i == 21 ? 20 : 32, KR_X25519_BYTES);
		memset(r.former_signer, i == 20 ? 31 : i == 22 ? 12 : 33, KR_ID_BYTES);
		r.zone = kr_view_str(i == 16 ? "two\nlines" : "Europe/Amsterdam");
		kr_writer_init(&w);
		assert_int_equal(
			write_and_read(&back, &r, &w), i == 0 ? KR_OK : KR_ERR_ENCODING);
		kr_writer_free(&w);
	}
	kr_writer_init(&w);
	make_record(&r);
	memset(r.hours.days, 0, sizeof(r.hours.days));
	assert_int_equal(write_and_read(&back, &r, &w), KR_ERR_ENCODING);
	for (size_t i = 0; i < KR_NUM_URGENCIES; i++) {
		r.deadlines[i].continuous = true;
	}
	kr_writer_free(&w);
	kr_writer_init(&w);
	assert_int_equal(write_and_read(&back, &r, &w), KR_OK);
}

static void what_may_follow(void **state)
{
	static struct kr_inbox_record first;
	static struct kr_inbox_record next;
	struct kr_view bytes = kr_view_str("the first record's bytes");

	(void)state;
	make_record(&first);
	first.has_former = false;
	next = first;
	assert_int_equal(kr_inbox_record_follows(&first, NULL, kr_view(NULL, 0)), KR_OK);
	next.number = 2;
	assert_int_equal(
		kr_inbox_record_follows(&next, NULL, kr_view(NULL, 0)), KR_ERR_RECORD);
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_ERR_HASH);
	kr_sha256(next.previous, bytes);
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_OK);
	next.sealing_key[0] = 1;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_ERR_RECORD);
	next.sealing_number = 2;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_OK);
	next.number = 3;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_ERR_RECORD);
	next.number = 2;
	/* There may be other digits, but never none again. */
	next.recovery_signer[0] ^= 1;
	next.recovery_key[0] ^= 1;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_OK);
	next.has_recovery = false;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_ERR_RECORD);
	next.has_recovery = true;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_OK);
	first.moved = true;
	assert_int_equal(kr_inbox_record_follows(&next, &first, bytes), KR_ERR_RECORD);
}

/* The letter of the digits: 0, or that letter in every byte of both keys. */
static void set_recovery(
	struct kr_inbox_record *r, const char digits[3], uint64_t former_until_ms)
{
	r->has_recovery = digits[0] != '0';
	memset(r->recovery_key, r->has_recovery ? digits[0] : 0, KR_X25519_BYTES);
	memset(r->recovery_signer, r->has_recovery ? digits[0] : 0, KR_ID_BYTES);
	r->has_former = digits[1] != '0';
	memset(r->former_key, r->has_former ? digits[1] : 0, KR_X25519_BYTES);
	memset(r->former_signer, r->has_former ? digits[1] : 0, KR_ID_BYTES);
	r->former_until_ms = r->has_former ? former_until_ms : 0;
}

#define NOW_MS  UINT64_C(1763784000000)
#define LONG_MS (NOW_MS + KR_INBOX_FORMER_MS)

/* Digits of before, and beside them those that are still good; what an administrator may
 * put in their place, and whoever has the paper with digits B or A. */
static void recovery_keys_that_follow(void **state)
{
	static const struct {
		const char *name;
		const char *before; /* the present ones, the former ones */
		uint64_t before_until_ms;
		const char *next;
		uint64_t next_until_ms;
		bool kept;   /* by an administrator */
		bool used_b; /* with the signature of paper B, */
		bool used_a; /* of paper A */
	} rows[] = {
		{"none stay none", "00", 0, "00", 0, true, false, false},
		{"the first", "00", 0, "B0", 0, true, false, false},
		{"the first, beside others", "00", 0, "BA", LONG_MS, false, false, false},
		{"as they were", "B0", 0, "B0", 0, true, false, false},
		{"gone", "B0", 0, "00", 0, false, false, false},
		{"replaced at once", "B0", 0, "C0", 0, false, true, false},
		{"replaced", "B0", 0, "CB", LONG_MS, true, false, false},
		{"for too short", "B0", 0, "CB", LONG_MS - 1, false, false, false},
		{"for very long", "B0", 0, "CB", LONG_MS + KR_INBOX_FORMER_MS + 1, false,
			false, false},
		{"beside others than before", "B0", 0, "CA", LONG_MS, false, false,
			false},
		{"a former one from nowhere", "B0", 0, "BA", LONG_MS, false, false,
			false},
		{"both stay", "BA", NOW_MS + 1, "BA", NOW_MS + 1, true, false, false},
		{"cut short", "BA", NOW_MS + 2, "BA", NOW_MS + 1, false, false, false},
		{"dropped too early", "BA", NOW_MS + 1, "B0", 0, false, false, false},
		{"dropped in time", "BA", NOW_MS, "B0", 0, true, false, false},
		{"pushed out", "BA", NOW_MS + 1, "CB", LONG_MS, false, false, false},
		{"replaced again in time", "BA", NOW_MS, "CB", LONG_MS, true, false,
			false},
		{"by either paper", "BA", NOW_MS + 1, "C0", 0, false, true, true},
		{"by the former too late", "BA", NOW_MS, "C0", 0, false, true, false},
		{"used twice", "BA", NOW_MS + 1, "B0", 0, false, false, false},
		{"back to the former", "BA", NOW_MS + 1, "A0", 0, false, false, false},
	};
	static struct kr_inbox_record before;
	static struct kr_inbox_record next;
	uint8_t paper[2][KR_ED25519_PUBLIC_BYTES];

	(void)state;
	memset(paper[0], 'B', sizeof(paper[0]));
	memset(paper[1], 'A', sizeof(paper[1]));
	make_record(&before);
	make_record(&next);
	for (size_t i = 0; i < NUM(rows); i++) {
		set_recovery(&before, rows[i].before, rows[i].before_until_ms);
		set_recovery(&next, rows[i].next, rows[i].next_until_ms);
		if (kr_inbox_recovery_kept(&next, &before, NOW_MS) != rows[i].kept ||
			kr_inbox_recovery_used(&next, &before, paper[0], NOW_MS) !=
				rows[i].used_b ||
			kr_inbox_recovery_used(&next, &before, paper[1], NOW_MS) !=
				rows[i].used_a) {
			fail_msg("%s", rows[i].name);
		}
	}
}

/* Times are local (UTC + 1), in hours from Monday 00:00. */
static void deadlines_in_office_hours(void **state)
{
	static const struct {
		const char *name;
		uint32_t start_h;
		uint32_t hours;
		uint32_t due_h;
		uint32_t closed; /* a day of this week that is closed; 7: none */
	} cases[] = {
		{"within a span", 9, 2, 11, 7},
		{"to its very end", 9, 3, 12, 7},
		{"over noon", 11, 2, 14, 7},
		{"before the day", 3, 1, 10, 7},
		{"after the day", 20, 1, 24 + 10, 7},
		{"overnight", 16, 2, 24 + 10, 7},
		{"over the weekend", 4 * 24 + 16, 2, 7 * 24 + 10, 7},
		{"on a Sunday", 6 * 24 + 12, 1, 7 * 24 + 10, 7},
		{"over a closed day", 16, 2, 2 * 24 + 10, 1},
		{"a week of work", 9, 35, 4 * 24 + 17, 7},
	};
	struct kr_office_hours hours = {0};

	(void)state;
	nine_to_five(&hours);
	for (size_t i = 0; i < NUM(cases); i++) {
		uint64_t zero_ms = MONDAY_MS - HOUR_MS;

		hours.num_closed = cases[i].closed < 7 ? 1 : 0;
		hours.closed[0] = (uint32_t)(MONDAY_MS / DAY_MS) + cases[i].closed;
		assert_int_equal(
			kr_office_deadline(&hours, zero_ms + cases[i].start_h * HOUR_MS,
				cases[i].hours * 3600),
			zero_ms + cases[i].due_h * HOUR_MS);
	}
	/* Never open: 92 days. */
	memset(hours.days, 0, sizeof(hours.days));
	assert_int_equal(
		kr_office_deadline(&hours, MONDAY_MS, 1), MONDAY_MS + 92 * DAY_MS);
}

/* The clock goes back on Sunday 2025-10-26 at 01:00 UTC: Monday 09:00 is 08:00 UTC. */
static void deadlines_over_a_change_of_the_clock(void **state)
{
	struct kr_office_hours hours = {0};
	uint64_t sunday_ms = MONDAY_MS - 22 * DAY_MS;
	uint64_t friday_16_ms = sunday_ms - 2 * DAY_MS + 14 * HOUR_MS;

	(void)state;
	nine_to_five(&hours);
	hours.num_offsets = 2;
	hours.offsets[0].minutes = 120;
	hours.offsets[1].from_ms = sunday_ms + HOUR_MS;
	hours.offsets[1].minutes = 60;
	assert_int_equal(kr_office_deadline(&hours, friday_16_ms, 7200),
		sunday_ms + DAY_MS + 9 * HOUR_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_both_ways),
		cmocka_unit_test(records_that_are_none),
		cmocka_unit_test(what_may_follow),
		cmocka_unit_test(recovery_keys_that_follow),
		cmocka_unit_test(deadlines_in_office_hours),
		cmocka_unit_test(deadlines_over_a_change_of_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
