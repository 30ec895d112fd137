/* Deleting in earnest: after a trim and a compaction the file holds nothing that was
 * deleted. */
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/store/state.h"
#include "test.h"

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	fixture_open(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

/* How often the bytes stand in the file. */
static size_t count_in_file(const char *path, const void *needle, size_t len)
{
	struct stat st;
	size_t num = 0;
	uint8_t *data;
	const uint8_t *at;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(data != MAP_FAILED);
	for (at = data;
		(at = memmem(at, (size_t)(data + st.st_size - at), needle, len)) != NULL;
		at++) {
		num++;
	}
	assert_int_equal(munmap(data, (size_t)st.st_size), 0);
	(void)close(fd);
	return num;
}

static size_t count(const void *needle, size_t len)
{
	return count_in_file(f.store->path, needle, len);
}

#define CANARY_BYTES 24

/* Distinct bytes that stand in nothing else. */
static void canary(uint8_t out[CANARY_BYTES], unsigned n)
{
	(void)snprintf((char *)out, CANARY_BYTES, "canary-%08u-%07u", n, n * 7919);
}

/* Records of all sizes, from a few in a page to several pages each, deleted and kept ones
 * mixed in the same pages. */
static void p4_nothing_deleted_is_found_in_the_file(void **state)
{
	enum { NUM_POSTS = 400 };
	static uint8_t body[9000];
	uint8_t mark[CANARY_BYTES];
	size_t found_before = 0;

	(void)state;
	for (unsigned i = 0; i < NUM_POSTS; i++) {
		unsigned in_group = 1 + i % 4;
		size_t len = CANARY_BYTES + (i * 37) % (i % 50 == 0 ? 8000 : 700);

		memset(body, 0, sizeof(body));
		canary(body, i);
		canary(body + len - CANARY_BYTES, i);
		put_event(
			&f, group(in_group), KR_EVENT_POST, 9, NULL, kr_view(body, len));
	}
	for (unsigned g = 1; g <= 3; g++) { /* group 4 is kept */
		struct kr_topic topic = group(g);

		assert_int_equal(store_trim(f.store, &topic, 90), KR_OK);
	}
	for (unsigned i = 0; i < NUM_POSTS; i++) {
		canary(mark, i);
		found_before += count(mark, CANARY_BYTES - 1) > 0 ? 1 : 0;
	}
	assert_true(
		found_before > NUM_POSTS / 2); /* a trim alone leaves them in the file */
	assert_int_equal(store_compact(f.store), KR_OK);
	for (unsigned i = 0; i < NUM_POSTS; i++) {
		bool kept = i % 4 == 3 || i / 4 >= 90;

		canary(mark, i);
		assert_int_equal(count(mark, CANARY_BYTES - 1) > 0, kept);
	}
	assert_sound(&f);
}

/* Not the author, the event id, the key package or the invitation of a deleted event
 * either, once the state that they made is deleted as well. */
static void p4_deleted_state_is_found_nowhere(void **state)
{
	static const uint8_t package[] = "\x10key package 1234";
	struct kr_event_head keys = {
		.key = view_of(71), .community = view_of(74), .count = 1};
	struct kr_event_head taken;
	struct kr_event_head member = {.account = view_of(72)};
	struct kr_topic of_account = account(73);
	struct kr_topic of_community = community(74);
	uint8_t hash[KR_SHA256_BYTES];

	(void)state;
	put_event(&f, of_account, KR_EVENT_KEY_PACKAGES, 75, &keys,
		kr_view(package, sizeof(package) - 1));
	kr_sha256(hash, kr_view(package + 1, sizeof(package) - 2));
	taken = (struct kr_event_head){
		.key = view_of(71), .hash = kr_view(hash, sizeof(hash))};
	put_event(
		&f, of_account, KR_EVENT_KEY_PACKAGE_TAKEN, 0, &taken, kr_view(NULL, 0));
	put_event(&f, of_community, KR_EVENT_ADMITTED, 75, &member, kr_view(NULL, 0));
	put_event(&f, of_community, KR_EVENT_REMOVED, 75, &member, kr_view(NULL, 0));
	assert_true(count(package + 1, sizeof(package) - 2) > 0);
	assert_int_equal(store_trim(f.store, &of_account, 2), KR_OK);
	assert_int_equal(store_trim(f.store, &of_community, 2), KR_OK);
	assert_int_equal(store_compact(f.store), KR_OK);
	assert_int_equal(count(package + 1, sizeof(package) - 2), 0);
	for (unsigned n = 71; n <= 75; n++) {
		bool is_topic = n == 73 || n == 74; /* its name and end stay */

		assert_int_equal(count(id(n), KR_ID_BYTES) > 0, is_topic);
	}
	assert_sound(&f);
}

static void gives_room_back_and_goes_on(void **state)
{
	struct kr_topic topic = group(1);
	struct store_stats before;
	struct store_stats after;
	static uint8_t body[20000];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		put_event(&f, topic, KR_EVENT_POST, 9, NULL, kr_view(body, sizeof(body)));
	}
	assert_int_equal(store_trim(f.store, &topic, 95), KR_OK);
	assert_int_equal(store_stats(f.store, &before), KR_OK);
	assert_int_equal(store_compact(f.store), KR_OK);
	assert_int_equal(store_stats(f.store, &after), KR_OK);
	assert_true(after.used_bytes < before.used_bytes / 5);
	assert_int_equal(after.num_events, before.num_events);
	assert_int_equal(after.position, before.position);
	post(&f, 1, 9, "after");
	assert_int_equal(store_compact(f.store), KR_OK);
	fixture_reopen(&f);
	assert_int_equal(topic_of(&f, topic).seq, 101);
	assert_sound(&f);
}

/* ---- While work goes on -------------------------------------------------------- */

static bool stop;

static void *keep_compacting(void *ctx)
{
	size_t num = 0;

	(void)ctx;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		if (store_compact(f.store) != KR_OK) {
			return NULL;
		}
		num++;
	}
	return (void *)(uintptr_t)num;
}

/* Appends and repeats while the file is exchanged under them, with few event ids in
 * memory so that slices are written behind all the time. */
static void p1_appends_go_on_meanwhile(void **state)
{
	enum { NUM_POSTS = 1500 };
	pthread_t thread;
	void *num_compactions;

	(void)state;
	store_close(f.store);
	f.config.recent_ids_max = 50;
	assert_int_equal(store_open(&f.store, &f.config), KR_OK);
	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, keep_compacting, NULL), 0);
	for (unsigned i = 0; i < NUM_POSTS; i++) {
		struct draft d = draft(9, i);

		draft_post(&d, 1 + i % 3, "while it is compacted");
		submit_ok(&f, &d);
		d = draft(9, i / 2);
		draft_post(&d, 1 + i / 2 % 3, "while it is compacted");
		assert_int_equal(submit(&f, &d, NULL).outcome, LOG_REPEATED);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	assert_int_equal(pthread_join(thread, &num_compactions), 0);
	assert_non_null(num_compactions);
	assert_int_equal(topic_of(&f, group(1)).seq, NUM_POSTS / 3);
	assert_sound(&f);
	fixture_reopen(&f);
	for (unsigned i = 0; i < NUM_POSTS; i++) {
		struct draft d = draft(9, i);

		draft_post(&d, 1 + i % 3, "while it is compacted");
		assert_int_equal(submit(&f, &d, NULL).outcome, LOG_REPEATED);
	}
	assert_sound(&f);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p4_nothing_deleted_is_found_in_the_file),
		CASE(p4_deleted_state_is_found_nowhere),
		CASE(gives_room_back_and_goes_on),
		CASE(p1_appends_go_on_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
