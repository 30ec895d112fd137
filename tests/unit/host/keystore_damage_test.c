/* A keystore's file that is not as it was left: cut off, changed by one bit, put together
 * from others. It opens as something that was there, or it is refused; and what was
 * committed is never lost in silence. */
#include <stdio.h>
#include <string.h>

#include "clients/host/keystore_format.h"
#include "fixture.h"
#include "test.h"

#define MARK_A  KEYSTORE_MARK_OFFSET
#define MARK_B  (KEYSTORE_MARK_OFFSET + KEYSTORE_BLOCK_BYTES)
#define BATCHES KEYSTORE_BATCHES_OFFSET

/* Three batches, and the file after each: [0] is empty. */
static const char *const batches[] = {"a=1 b=2", "b=3 c=4", "-a d=5"};
static const char *const states[] = {"", "a=1 b=2", "a=1 b=3 c=4", "b=3 c=4 d=5"};
#define NUM_BATCHES NUM(batches)

static struct fixture f;
static struct kr_bytes files[NUM_BATCHES + 1];

static int set_up(void **state)
{
	(void)state;
	fixture_open(&f);
	fixture_read_file(&f, &files[0]);
	for (size_t i = 0; i < NUM_BATCHES; i++) {
		fixture_write(&f, batches[i]);
		fixture_read_file(&f, &files[i + 1]);
	}
	keystore_close(f.keystore);
	f.keystore = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(files); i++) {
		kr_bytes_free(&files[i]);
	}
	fixture_close(&f);
	return 0;
}

/* What the file with these bytes opens as: the number of a state. The error if it is
 * refused. */
static enum kr_err open_as(struct kr_view bytes, size_t expected)
{
	enum kr_err err;

	fixture_write_file(&f, bytes);
	err = fixture_try(&f, PASSPHRASE);
	if (err == KR_OK) {
		fixture_assert_state(&f, states[expected]);
		/* It goes on from there. */
		fixture_write(&f, "z=9");
		fixture_write(&f, "-z");
		fixture_reopen(&f);
		fixture_assert_state(&f, states[expected]);
		keystore_close(f.keystore);
		f.keystore = NULL;
	}
	return err;
}

static struct kr_view whole(size_t i)
{
	return kr_view_bytes(&files[i]);
}

/* The file after i batches as a crash left it after the next one was written and before
 * it was marked. */
static void unmarked(struct kr_bytes *out, size_t i)
{
	assert_int_equal(kr_bytes_copy(out, whole(i + 1)), KR_OK);
	memcpy(out->data, files[i].data, BATCHES);
}

/* ---- Cut off ---------------------------------------------------------------------- */

static void nothing_that_is_marked_can_be_cut_off(void **state)
{
	struct kr_view good = whole(NUM_BATCHES);

	(void)state;
	for (size_t len = 0; len < good.len;) {
		assert_int_equal(
			open_as(kr_view(good.data, len), 0), KR_ERR_BAD_STATE_RECORD);
		len += len > 200 && len < BATCHES - 200 ? 101 : 1;
	}
	assert_int_equal(open_as(good, NUM_BATCHES), KR_OK);
}

static void what_is_not_marked_is_there_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM_BATCHES; i++) {
		KR_AUTO_FREE struct kr_bytes crashed = {0};

		unmarked(&crashed, i);
		for (size_t len = files[i].len; len <= crashed.len; len++) {
			assert_int_equal(open_as(kr_view(crashed.data, len),
						 len < crashed.len ? i : i + 1),
				KR_OK);
		}
	}
}

/* Whatever a torn write leaves after the mark is no reason to refuse the rest. */
static void garbage_after_the_mark_is_cut_off(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0xff};

	(void)state;
	for (size_t i = 0; i <= NUM_BATCHES; i++) {
		for (size_t j = 0; j < NUM(bytes); j++) {
			KR_AUTO_FREE struct kr_bytes longer = {0};

			assert_int_equal(
				kr_bytes_alloc(&longer, files[i].len + 5000), KR_OK);
			memset(longer.data, bytes[j], longer.len);
			memcpy(longer.data, files[i].data, files[i].len);
			assert_int_equal(open_as(kr_view_bytes(&longer), i), KR_OK);
		}
	}
}

/* ---- One bit ---------------------------------------------------------------------- */

static enum kr_err open_flipped(struct kr_view good, size_t bit, size_t expected)
{
	KR_AUTO_FREE struct kr_bytes bad = {0};

	assert_int_equal(kr_bytes_copy(&bad, good), KR_OK);
	bad.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	return open_as(kr_view_bytes(&bad), expected);
}

static void every_bit_of_header_and_batches_counts(void **state)
{
	struct kr_view good = whole(NUM_BATCHES);

	(void)state;
	for (size_t bit = 0; bit < (size_t)KEYSTORE_HEADER_BYTES * 8; bit++) {
		enum kr_err err = open_flipped(good, bit, 0);

		/* Bytes 16 and 17 are the version. */
		assert_int_equal(err,
			bit / 8 == 16 || (bit / 8 == 17 && bit % 8 > 0)
				? KR_ERR_STORE_VERSION
				: KR_ERR_BAD_STATE_RECORD);
	}
	for (size_t bit = (size_t)BATCHES * 8; bit < good.len * 8; bit++) {
		assert_int_equal(open_flipped(good, bit, 0), KR_ERR_BAD_STATE_RECORD);
	}
}

/* The older mark stands in, and the batch after it is good. */
static void a_damaged_mark_costs_nothing(void **state)
{
	(void)state;
	for (size_t i = 1; i <= NUM_BATCHES; i++) {
		for (size_t bit = 0; bit < (size_t)KEYSTORE_MARK_BYTES * 8; bit++) {
			assert_int_equal(
				open_flipped(whole(i), MARK_A * 8 + bit, i), KR_OK);
			assert_int_equal(
				open_flipped(whole(i), MARK_B * 8 + bit, i), KR_OK);
		}
	}
}

static void without_any_mark_it_is_refused(void **state)
{
	KR_AUTO_FREE struct kr_bytes bad = {0};

	(void)state;
	assert_int_equal(kr_bytes_copy(&bad, whole(NUM_BATCHES)), KR_OK);
	memset(bad.data + MARK_A, 0, KEYSTORE_BLOCK_BYTES);
	assert_int_equal(open_as(kr_view_bytes(&bad), NUM_BATCHES), KR_OK);
	memset(bad.data + MARK_B, 0, KEYSTORE_BLOCK_BYTES);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
}

static void a_flipped_bit_that_is_not_marked_leaves_the_state_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM_BATCHES; i++) {
		KR_AUTO_FREE struct kr_bytes crashed = {0};

		unmarked(&crashed, i);
		for (size_t bit = files[i].len * 8; bit < crashed.len * 8; bit++) {
			assert_int_equal(
				open_flipped(kr_view_bytes(&crashed), bit, i), KR_OK);
		}
	}
}

/* ---- Put together ----------------------------------------------------------------- */

/* A mark may not stand where the other one belongs. */
static void marks_do_not_change_places(void **state)
{
	KR_AUTO_FREE struct kr_bytes bad = {0};

	(void)state;
	assert_int_equal(kr_bytes_copy(&bad, whole(NUM_BATCHES)), KR_OK);
	memcpy(bad.data + MARK_A, files[NUM_BATCHES].data + MARK_B, KEYSTORE_BLOCK_BYTES);
	memcpy(bad.data + MARK_B, files[NUM_BATCHES].data + MARK_A, KEYSTORE_BLOCK_BYTES);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
}

static void batches_cannot_be_left_out_or_moved(void **state)
{
	size_t first = files[0].len, second = files[1].len, third = files[2].len;
	size_t end = files[3].len;
	KR_AUTO_FREE struct kr_bytes bad = {0};

	(void)state;
	/* The second is as long as the first: change their places. */
	assert_int_equal(second - first, third - second);
	assert_int_equal(kr_bytes_copy(&bad, whole(NUM_BATCHES)), KR_OK);
	memcpy(bad.data + first, files[3].data + second, third - second);
	memcpy(bad.data + second, files[3].data + first, second - first);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
	/* The first twice. */
	memcpy(bad.data + first, files[3].data + first, second - first);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
	/* Without the second. */
	memcpy(bad.data + second, files[3].data + third, end - third);
	assert_int_equal(open_as(kr_view(bad.data, end - (third - second)), 0),
		KR_ERR_BAD_STATE_RECORD);
}

/* An old batch after the last one is no new one. */
static void an_old_batch_is_not_replayed(void **state)
{
	size_t first = files[0].len, second = files[1].len;
	size_t end = files[3].len;
	KR_AUTO_FREE struct kr_bytes longer = {0};

	(void)state;
	assert_int_equal(kr_bytes_alloc(&longer, end + second - first), KR_OK);
	memcpy(longer.data, files[3].data, end);
	memcpy(longer.data + end, files[3].data + first, second - first);
	assert_int_equal(open_as(kr_view_bytes(&longer), 3), KR_OK);
}

static void nothing_fits_from_another_keystore(void **state)
{
	KR_AUTO_FREE struct kr_bytes other = {0};
	KR_AUTO_FREE struct kr_bytes bad = {0};
	struct fixture g;

	(void)state;
	fixture_open(&g);
	for (size_t i = 0; i < NUM_BATCHES; i++) {
		fixture_write(&g, batches[i]);
	}
	fixture_read_file(&g, &other);
	assert_int_equal(other.len, files[NUM_BATCHES].len);
	fixture_close(&g);
	/* Its header alone, its batches alone, its marks alone. */
	assert_int_equal(kr_bytes_copy(&bad, whole(NUM_BATCHES)), KR_OK);
	memcpy(bad.data, other.data, KEYSTORE_BLOCK_BYTES);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
	memcpy(bad.data, files[NUM_BATCHES].data, bad.len);
	memcpy(bad.data + BATCHES, other.data + BATCHES, bad.len - BATCHES);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
	memcpy(bad.data, files[NUM_BATCHES].data, bad.len);
	memcpy(bad.data + MARK_A, other.data + MARK_A, BATCHES - MARK_A);
	assert_int_equal(open_as(kr_view_bytes(&bad), 0), KR_ERR_BAD_STATE_RECORD);
}

/* A batch that was good, and whose file was cut off behind its mark's back, while
 * open. */
static void damage_while_open_is_found(void **state)
{
	KR_AUTO_FREE struct kr_bytes bad = {0};
	struct fixture g;

	(void)state;
	fixture_open(&g);
	fixture_write(&g, "a=1");
	fixture_read_file(&g, &bad);
	bad.data[bad.len - 20] ^= 1;
	fixture_write_file(&g, kr_view_bytes(&bad));
	assert_int_equal(keystore_compact(g.keystore), KR_ERR_BAD_STATE_RECORD);
	fixture_write_file(&g, kr_view(bad.data, bad.len - 1));
	assert_int_equal(keystore_compact(g.keystore), KR_ERR_BAD_STATE_RECORD);
	fixture_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_is_marked_can_be_cut_off),
		cmocka_unit_test(what_is_not_marked_is_there_whole_or_not_at_all),
		cmocka_unit_test(garbage_after_the_mark_is_cut_off),
		cmocka_unit_test(every_bit_of_header_and_batches_counts),
		cmocka_unit_test(a_damaged_mark_costs_nothing),
		cmocka_unit_test(without_any_mark_it_is_refused),
		cmocka_unit_test(
			a_flipped_bit_that_is_not_marked_leaves_the_state_before),
		cmocka_unit_test(marks_do_not_change_places),
		cmocka_unit_test(batches_cannot_be_left_out_or_moved),
		cmocka_unit_test(an_old_batch_is_not_replayed),
		cmocka_unit_test(nothing_fits_from_another_keystore),
		cmocka_unit_test(damage_while_open_is_found),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
