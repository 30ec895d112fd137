/* Random appends, guards, keys, repeats, trims, compactions and restarts against a model
 * in plain arrays: every answer and every reading has to be the same. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

#define NUM_RUNS    6
#define NUM_STEPS   400
#define NUM_TOPICS  4
#define NUM_KEYS    40
#define MAX_EVENTS  8192
#define MAX_APPENDS 4096

struct model_event {
	unsigned topic;
	unsigned type;
	unsigned body; /* a number that stands for it */
};

struct model_append {
	unsigned author;
	unsigned event_id;
	size_t num_events;
	struct model_event events[3];
	uint64_t position; /* of the first */
};

struct model_topic {
	uint64_t seq;
	uint64_t rev;
	uint64_t trimmed;
	struct {
		unsigned type;
		unsigned body;
		uint64_t position;
	} events[MAX_EVENTS]; /* by seq - 1 */
};

static struct {
	struct model_topic topics[NUM_TOPICS];
	struct model_append appends[MAX_APPENDS];
	size_t num_appends;
	bool keys[NUM_KEYS];
	uint64_t position;
} model;

static struct fixture f;
static struct kr_random_seeded rng_state;
static struct kr_random rng;

static unsigned below(unsigned bound)
{
	uint32_t v;

	assert_int_equal(kr_random_fill(&rng, (uint8_t *)&v, sizeof(v)), KR_OK);
	return v % bound;
}

/* ---- What an append should be answered ----------------------------------------- */

struct trial {
	struct model_append append;
	uint64_t expect[3];
	size_t num_guards;
	struct {
		unsigned topic;
		uint64_t rev;
	} guards[2];
	size_t num_keys;
	unsigned keys[2];
};

static const struct model_append *find_append(const struct model_append *like)
{
	for (size_t i = 0; i < model.num_appends; i++) {
		const struct model_append *a = &model.appends[i];
		const struct model_topic *t = &model.topics[a->events[0].topic];

		if (a->author != like->author || a->event_id != like->event_id) {
			continue;
		}
		/* Once its first event is trimmed the id is free again. */
		for (uint64_t seq = t->trimmed + 1; seq <= t->seq; seq++) {
			if (t->events[seq - 1].position == a->position) {
				return a;
			}
		}
	}
	return NULL;
}

static bool is_trimmed(unsigned topic, uint64_t position)
{
	const struct model_topic *t = &model.topics[topic];

	for (uint64_t seq = 1; seq <= t->trimmed; seq++) {
		if (t->events[seq - 1].position == position) {
			return true;
		}
	}
	return false;
}

static enum log_outcome answer_to_repeat(
	const struct model_append *before, const struct model_append *now)
{
	if (before->num_events != now->num_events) {
		return LOG_ID_REUSED;
	}
	for (size_t i = 0; i < now->num_events; i++) {
		if (!is_trimmed(before->events[i].topic, before->position + i) &&
			memcmp(&before->events[i], &now->events[i],
				sizeof(now->events[i])) != 0) {
			return LOG_ID_REUSED;
		}
	}
	return LOG_REPEATED;
}

static bool counts(unsigned type)
{
	return type == KR_EVENT_GROUP_LEFT;
}

static enum log_outcome answer_to(const struct trial *t)
{
	const struct model_append *before = find_append(&t->append);

	if (before != NULL) {
		return answer_to_repeat(before, &t->append);
	}
	for (size_t i = 0; i < t->num_keys; i++) {
		if (model.keys[t->keys[i]] || (i > 0 && t->keys[0] == t->keys[1])) {
			return LOG_KEY_TAKEN;
		}
	}
	for (size_t i = 0; i < t->num_guards; i++) {
		if (model.topics[t->guards[i].topic].rev != t->guards[i].rev) {
			return LOG_GUARD_FAILED;
		}
	}
	for (size_t i = 0; i < t->append.num_events; i++) {
		uint64_t rev = model.topics[t->append.events[i].topic].rev;

		for (size_t j = 0; j < i; j++) {
			rev += t->append.events[j].topic == t->append.events[i].topic &&
				counts(t->append.events[j].type);
		}
		if (t->expect[i] != LOG_REV_ANY && t->expect[i] != rev) {
			return LOG_REV_CONFLICT;
		}
	}
	return LOG_APPENDED;
}

static void remember(struct trial *t)
{
	t->append.position = model.position + 1;
	for (size_t i = 0; i < t->append.num_events; i++) {
		const struct model_event *e = &t->append.events[i];
		struct model_topic *topic = &model.topics[e->topic];

		topic->events[topic->seq].type = e->type;
		topic->events[topic->seq].body = e->body;
		topic->events[topic->seq].position = ++model.position;
		topic->seq++;
		topic->rev += counts(e->type) ? 1 : 0;
	}
	for (size_t i = 0; i < t->num_keys; i++) {
		model.keys[t->keys[i]] = true;
	}
	model.appends[model.num_appends++] = t->append;
}

/* ---- Steps --------------------------------------------------------------------- */

static struct trial random_trial(void)
{
	struct trial t = {
		.num_guards = below(3), .num_keys = below(6) == 0 ? below(3) : 0};

	t.append.author = 1 + below(3);
	t.append.event_id = below(300);
	t.append.num_events = 1 + below(3);
	for (size_t i = 0; i < t.append.num_events; i++) {
		unsigned topic = below(NUM_TOPICS);
		uint64_t rev = model.topics[topic].rev;

		t.append.events[i] = (struct model_event){
			.topic = topic,
			.type = below(4) == 0 ? KR_EVENT_GROUP_LEFT : KR_EVENT_POST,
			.body = below(2),
		};
		t.expect[i] = below(3) == 0 ? rev + (below(5) == 0) : LOG_REV_ANY;
	}
	for (size_t i = 0; i < t.num_guards; i++) {
		t.guards[i].topic = below(NUM_TOPICS);
		t.guards[i].rev = model.topics[t.guards[i].topic].rev + (below(12) == 0);
	}
	for (size_t i = 0; i < t.num_keys; i++) {
		t.keys[i] = below(NUM_KEYS);
	}
	if (model.num_appends > 0 && below(5) == 0) { /* an old one, word for word */
		t.append = model.appends[below((unsigned)model.num_appends)];
	}
	return t;
}

static size_t body_of(uint8_t body[4000], unsigned number)
{
	memset(body, (int)(0x40 + number), 4000);
	return number == 0 ? 30 : 3000;
}

static struct draft build(const struct trial *t)
{
	struct draft d = draft(t->append.author, t->append.event_id);
	struct kr_event_head head = {.account = view_of(77)};

	for (size_t i = 0; i < t->append.num_events; i++) {
		const struct model_event *e = &t->append.events[i];
		uint8_t body[4000];
		size_t len = body_of(body, e->body);

		draft_add(&d, group(1 + e->topic), e->type, &head, kr_view(body, len),
			t->expect[i]);
	}
	for (size_t i = 0; i < t->num_guards; i++) {
		draft_guard(&d, group(1 + t->guards[i].topic), t->guards[i].rev);
	}
	for (size_t i = 0; i < t->num_keys; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "key %u", t->keys[i]);
		draft_key(&d, key);
	}
	return d;
}

/* A batch of one to five appends in one transaction. */
static void step_append(void)
{
	enum { MAX = 5 };
	struct trial trials[MAX];
	struct log_append *batch[MAX];
	enum log_outcome want[MAX];
	size_t num = 1 + below(MAX);
	struct log_engine *engine = store_engine(f.store);

	for (size_t i = 0; i < num; i++) {
		trials[i] = random_trial();
		batch[i] = build(&trials[i]).append;
		want[i] = answer_to(&trials[i]);
		if (want[i] == LOG_APPENDED) {
			remember(&trials[i]);
		}
	}
	engine->ops->commit(engine, batch, num);
	for (size_t i = 0; i < num; i++) {
		const struct model_append *stored = find_append(&trials[i].append);

		assert_int_equal(batch[i]->result.outcome, want[i]);
		if (want[i] == LOG_APPENDED || want[i] == LOG_REPEATED) {
			assert_non_null(stored);
			assert_int_equal(
				batch[i]->events[0].place.position, stored->position);
		}
		log_append_free(batch[i]);
	}
}

static void step_trim(void)
{
	unsigned n = below(NUM_TOPICS);
	struct model_topic *t = &model.topics[n];
	struct kr_topic topic = group(1 + n);

	if (t->seq > 0) {
		uint64_t to = t->trimmed + below((unsigned)(t->seq - t->trimmed) / 2 + 1);

		assert_int_equal(store_trim(f.store, &topic, to), KR_OK);
		t->trimmed = to;
	}
}

/* ---- Comparing ----------------------------------------------------------------- */

static void compare_topic(const struct store_view *view, unsigned n)
{
	const struct model_topic *t = &model.topics[n];
	struct kr_topic topic = group(1 + n);
	uint64_t after = t->trimmed;
	struct store_entry entries[16];
	struct store_topic got;
	size_t num;

	(void)store_topic(view, &topic, &got);
	assert_int_equal(got.seq, t->seq);
	assert_int_equal(got.rev, t->rev);
	assert_int_equal(got.trimmed_seq, t->trimmed);
	do {
		assert_int_equal(
			store_page(view, &topic, after, 5000, entries, 16, &num), KR_OK);
		for (size_t i = 0; i < num; i++) {
			uint8_t body[4000];
			size_t len = body_of(body, t->events[after].body);

			assert_int_equal(entries[i].event.seq, after + 1);
			assert_int_equal(entries[i].event.type, t->events[after].type);
			assert_int_equal(entries[i].position, t->events[after].position);
			assert_true(
				kr_view_equal(entries[i].event.body, kr_view(body, len)));
			after++;
		}
	} while (num > 0);
	assert_int_equal(after, t->seq);
}

static void compare_all(void)
{
	struct store_view view;

	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_position(&view), model.position);
	for (unsigned n = 0; n < NUM_TOPICS; n++) {
		compare_topic(&view, n);
	}
	for (unsigned n = 0; n < NUM_KEYS; n++) {
		char key[16];
		bool taken;

		(void)snprintf(key, sizeof(key), "key %u", n);
		assert_int_equal(store_key_taken(&view, kr_view_str(key), &taken), KR_OK);
		assert_int_equal(taken, model.keys[n]);
	}
	store_view_end(&view);
	assert_sound(&f);
}

static void random_histories(void **state)
{
	(void)state;
	for (int run = 0; run < NUM_RUNS; run++) {
		memset(&model, 0, sizeof(model));
		fixture_open(&f);
		store_close(f.store);
		f.config.map_bytes = 128 << 10;
		f.config.recent_ids_max = run % 2 == 0 ? 20 : 0;
		assert_int_equal(store_open(&f.store, &f.config), KR_OK);
		for (int i = 0; i < NUM_STEPS; i++) {
			unsigned what = below(100);

			if (what < 90) {
				step_append();
			} else if (what < 96) {
				step_trim();
			} else if (what < 98) {
				fixture_reopen(&f);
			} else {
				assert_int_equal(store_compact(f.store), KR_OK);
			}
			if (i % 40 == 0) {
				compare_all();
			}
		}
		compare_all();
		fixture_reopen(&f);
		compare_all();
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories)};
	const char *given = getenv("KRING_TEST_SEED");
	uint32_t seed =
		given == NULL ? (uint32_t)time(NULL) : (uint32_t)strtoul(given, NULL, 10);
	struct kr_secret secret = {{0}};

	(void)printf("# seed %u\n", seed);
	memcpy(secret.bytes, &seed, sizeof(seed));
	kr_random_seeded_init(&rng_state, &secret);
	rng = kr_random_seeded(&rng_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
