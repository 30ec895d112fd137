/* What the relay looks up for somebody who names a case without any part in it is the
 * same whether there is one or not (P4): counted at LMDB, since times prove nothing. */
#include <lmdb.h>
#include <string.h>

#include "docket.h"

#include "test.h"

static struct world w;
static struct docket d;
static unsigned num_reads;

int __real_mdb_get(MDB_txn *tx, MDB_dbi db, MDB_val *key, MDB_val *value);
int __wrap_mdb_get(MDB_txn *tx, MDB_dbi db, MDB_val *key, MDB_val *value);
int __real_mdb_cursor_get(MDB_cursor *c, MDB_val *key, MDB_val *value, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *c, MDB_val *key, MDB_val *value, MDB_cursor_op op);

int __wrap_mdb_get(MDB_txn *tx, MDB_dbi db, MDB_val *key, MDB_val *value)
{
	num_reads++;
	return __real_mdb_get(tx, db, key, value);
}

int __wrap_mdb_cursor_get(MDB_cursor *c, MDB_val *key, MDB_val *value, MDB_cursor_op op)
{
	num_reads++;
	return __real_mdb_cursor_get(c, key, value, op);
}

static int setup(void **state)
{
	(void)state;
	world_open_with(&w, never_idle);
	docket_open(&d, &w);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	docket_close(&d);
	world_close(&w);
	return 0;
}

/* How much is looked up until the answer, which has this code. */
static unsigned reads_of(
	struct client *c, enum kr_verb verb, struct kr_topic topic, const char *code)
{
	struct kr_request r = ask(c, verb);
	unsigned before = num_reads;

	ask_topic(&r, topic);
	if (verb != KR_VERB_TOPIC_HEAD) {
		r.fields |= KR_R(AFTER);
	}
	if (verb == KR_VERB_TOPIC_READ) {
		memcpy(r.incarnation, c->incarnation, sizeof(r.incarnation));
		r.fields |= KR_R(INCARNATION);
	}
	expect(c, &r, code);
	return num_reads - before;
}

static void p4_a_case_is_no_dearer_than_none(void **state)
{
	static const enum kr_verb verbs[] = {
		KR_VERB_TOPIC_HEAD, KR_VERB_TOPIC_READ, KR_VERB_CASE_KEYS};
	struct client *resident = client_in(&w, 70);
	struct client *professional = d.desks[3].people[0];
	struct kr_topic is_there = d.topic;
	struct kr_topic none = d.topic;
	struct kr_topic notes = notes_topic(&d, 0);
	struct kr_topic no_notes = notes;

	(void)state;
	none.id[0] ^= 1;
	no_notes.id[0] ^= 1;
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_about(KR_EVENT_CONSULTED, 0, 2), "ok");
	for (size_t i = 0; i < NUM(verbs); i++) {
		struct client *who[] = {resident, professional};

		for (size_t k = 0; k < NUM(who); k++) {
			unsigned num = reads_of(who[k], verbs[i], none, "forbidden");

			assert_true(num > 0);
			assert_int_equal(
				reads_of(who[k], verbs[i], is_there, "forbidden"), num);
		}
		/* Whose it is, it is read for. */
		assert_true(reads_of(d.desks[0].people[0], KR_VERB_TOPIC_HEAD, is_there,
				    "ok") > 1);
	}
	assert_int_equal(reads_of(resident, KR_VERB_TOPIC_HEAD, notes, "forbidden"),
		reads_of(resident, KR_VERB_TOPIC_HEAD, no_notes, "forbidden"));
	assert_int_equal(reads_of(professional, KR_VERB_TOPIC_HEAD, notes, "forbidden"),
		reads_of(professional, KR_VERB_TOPIC_HEAD, no_notes, "forbidden"));
	client_free(resident);
}

/* With one case open, and another named. */
static void p4_nor_for_a_reporter(void **state)
{
	struct kr_topic first = d.topic;
	struct kr_topic none = d.topic;

	(void)state;
	none.id[0] ^= 1;
	submit_signal(&d);
	docket_next_case(&d, 2);
	submit_signal(&d);
	assert_int_equal(reads_of(d.reporter, KR_VERB_TOPIC_HEAD, none, "forbidden"),
		reads_of(d.reporter, KR_VERB_TOPIC_HEAD, first, "forbidden"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p4_a_case_is_no_dearer_than_none),
		CASE(p4_nor_for_a_reporter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
