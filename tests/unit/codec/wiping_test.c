/* No buffer of the codec is freed with what it held still in it. */
#include <test.h>

#include <free_watch.h>
#include <stdlib.h>
#include <string.h>

#include <kring/codec.h>

static const struct kr_view secret = {(const uint8_t *)"correct horse battery", 21};

static void grow(struct kr_writer *w)
{
	kr_writer_init(w);
	kr_write_fixed(w, secret);
	kr_write_zeroes(w, 1000);
	kr_write_fixed(w, secret);
	kr_write_zeroes(w, 5000);
}

static void a_writer_wipes_when_it_grows(void **state)
{
	struct kr_writer w;

	(void)state;
	free_watch_start(secret);
	grow(&w);
	assert_int_equal(free_watch_stop(), 0);
	assert_int_equal(w.err, KR_OK);
	kr_writer_free(&w);
}

static void a_writer_wipes_when_it_is_freed(void **state)
{
	struct kr_writer w;

	(void)state;
	grow(&w);
	free_watch_start(secret);
	kr_writer_free(&w);
	assert_int_equal(free_watch_stop(), 0);
}

static void a_writer_wipes_when_it_is_reset(void **state)
{
	struct kr_writer w;

	(void)state;
	grow(&w);
	kr_writer_reset(&w);
	assert_null(memmem(w.data, w.cap, secret.data, secret.len));
	kr_writer_free(&w);
}

static void a_failed_writer_wipes_when_it_finishes(void **state)
{
	struct kr_bytes out;
	struct kr_writer w;

	(void)state;
	grow(&w);
	kr_writer_fail(&w, KR_ERR_ENCODING);
	free_watch_start(secret);
	assert_int_equal(kr_writer_finish(&w, &out), KR_ERR_ENCODING);
	assert_int_equal(free_watch_stop(), 0);
}

static void bytes_are_wiped_when_freed(void **state)
{
	struct kr_bytes b;

	(void)state;
	assert_int_equal(kr_bytes_copy(&b, secret), KR_OK);
	free_watch_start(secret);
	kr_bytes_free(&b);
	assert_int_equal(free_watch_stop(), 0);
}

/* The watch itself: it finds a secret that is freed as it is. */
static void the_watch_sees_a_secret(void **state)
{
	struct kr_bytes b;

	(void)state;
	assert_int_equal(kr_bytes_copy(&b, secret), KR_OK);
	free_watch_start(secret);
	free(b.data);
	assert_int_equal(free_watch_stop(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_writer_wipes_when_it_grows),
		cmocka_unit_test(a_writer_wipes_when_it_is_freed),
		cmocka_unit_test(a_writer_wipes_when_it_is_reset),
		cmocka_unit_test(a_failed_writer_wipes_when_it_finishes),
		cmocka_unit_test(bytes_are_wiped_when_freed),
		cmocka_unit_test(the_watch_sees_a_secret),
	};

	return cmocka_run_group_tests_name("codec/wiping", tests, NULL, NULL);
}
