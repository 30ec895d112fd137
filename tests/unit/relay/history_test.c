/* Random histories: five clients post, commit, void, leave, are removed and come back,
 * while batches are cut anywhere, connections break and the relay restarts. Afterwards
 * a checker that knows nothing of the relay's code replays the log in its global order:
 * p2, p3 and p5 hold at every event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/projection.h"

#include "fixture.h"

#include "test.h"

#define NUM_CLIENTS 5
#define NUM_ACTS    1500
#define PAGE        64

struct history {
	struct world w;
	struct client *clients[NUM_CLIENTS]; /* 0 founds, and stays */
	struct kr_topic community;
	struct kr_topic group;
	struct kr_random_seeded random_state;
	struct kr_random rng;
	uint64_t seen[NUM_CLIENTS]; /* of the group, by subscription */
	uint8_t hashes[NUM_CLIENTS][KR_SHA256_BYTES];
	unsigned salt;
};

static uint32_t below(struct history *h, uint32_t bound)
{
	uint32_t value;

	assert_int_equal(
		kr_random_fill(&h->rng, (uint8_t *)&value, sizeof(value)), KR_OK);
	return value % bound;
}

/* ---- What clients do -------------------------------------------------------------- */

/* The group's state as the store has it: a client that is up to date. Now and then one
 * that is not. */
static bool group_state(struct history *h, uint64_t *epoch, uint64_t *rev)
{
	struct store_view view;
	struct store_group group;
	struct store_topic topic;
	bool found;

	assert_int_equal(store_view_begin(h->w.store, &view), KR_OK);
	found = store_group(&view, h->group.id, &group) == KR_OK &&
		store_topic(&view, &h->group, &topic) == KR_OK;
	store_view_end(&view);
	*epoch = found ? group.epoch : 0;
	*rev = found ? topic.rev : 1;
	if (below(h, 8) == 0 && *epoch > 0) {
		*epoch -= 1;
	}
	if (below(h, 8) == 0 && *rev > 1) {
		*rev -= 1;
	}
	return found;
}

static void act_post(struct history *h, struct client *c)
{
	struct kr_bytes body;
	struct kr_request r;
	uint64_t epoch;
	uint64_t rev;

	(void)group_state(h, &epoch, &rev);
	body = make_post(h->group, epoch, h->salt++);
	r = ask_post(c, h->group, rev, kr_view_bytes(&body));
	send_request(c, &r);
	kr_bytes_free(&body);
}

static void act_commit(struct history *h, struct client *c)
{
	struct client *other = h->clients[1 + below(h, NUM_CLIENTS - 1)];
	struct routing routing = {0};
	struct kr_bytes message;
	struct kr_bytes welcome = {0};
	KR_AUTO_WRITER struct kr_writer body = {0};
	struct kr_request r;
	uint64_t epoch;
	uint64_t rev;

	(void)group_state(h, &epoch, &rev);
	switch (below(h, 3)) {
	case 0:
		routing.added[0] = other;
		welcome = make_welcome(h->salt);
		break;
	case 1:
		routing.removed[0] = other;
		break;
	default:
		break;
	}
	message = make_commit(h->group, epoch, h->salt++, &routing);
	kr_writer_init(&body);
	kr_write_fixed(&body, kr_view_bytes(&message));
	kr_write_fixed(&body, kr_view_bytes(&welcome));
	r = ask_commit(c, h->group, rev, kr_writer_view(&body), welcome.len);
	send_request(c, &r);
	kr_bytes_free(&welcome);
	kr_bytes_free(&message);
}

/* The commit that the store calls the latest, which need not be it any more. */
static void act_void(struct history *h, struct client *c)
{
	struct kr_request r = ask(c, KR_VERB_GROUP_VOID);
	struct store_group group;
	struct store_view view;

	assert_int_equal(store_view_begin(h->w.store, &view), KR_OK);
	if (store_group(&view, h->group.id, &group) == KR_OK) {
		memcpy(r.hash, group.commit, sizeof(r.hash));
	}
	store_view_end(&view);
	ask_topic(&r, h->group);
	r.fields |= KR_R(HASH);
	r.body = kr_view_str("void");
	send_request(c, &r);
}

static void act_leave(struct history *h, struct client *c)
{
	struct kr_request r = ask(c, KR_VERB_GROUP_LEAVE);

	ask_topic(&r, h->group);
	r.body = kr_view_str("leave");
	send_request(c, &r);
}

static void act_membership(struct history *h, enum kr_verb verb)
{
	struct kr_request r = ask(h->clients[0], verb);

	ask_topic(&r, h->community);
	memcpy(r.account, h->clients[1 + below(h, NUM_CLIENTS - 1)]->account,
		KR_ID_BYTES);
	r.fields |= KR_R(ACCOUNT);
	r.body = kr_view_str("membership");
	send_request(h->clients[0], &r);
}

/* ---- What clients see ------------------------------------------------------------- */

static bool hash_is_known(const uint8_t hash[KR_SHA256_BYTES])
{
	static const uint8_t unknown[] = {0xff, 0xff, 0xff, 0xff};

	return memcmp(hash, unknown, sizeof(unknown)) != 0;
}

/* Everything received so far follows on what was seen before: no gap, no repeat, the
 * hash. */
static void look(struct history *h, size_t who)
{
	struct client *c = h->clients[who];
	const struct received *message;

	while ((message = next_event(c, h->group)) != NULL) {
		static struct kr_event_delivery event;
		uint8_t hash[KR_SHA256_BYTES];

		read_event(&event, message);
		assert_int_equal(event.event.seq, h->seen[who] + 1);
		if (hash_is_known(h->hashes[who])) {
			kr_event_hash(hash, h->hashes[who], &event.event);
			assert_memory_equal(hash, event.hash, sizeof(hash));
		}
		memcpy(h->hashes[who], event.hash, sizeof(event.hash));
		h->seen[who] = event.event.seq;
	}
	client_forget(c);
}

/* Go on from the last event that was seen, or from wherever one may begin. */
static void act_subscribe(struct history *h, size_t who)
{
	struct client *c = h->clients[who];
	struct kr_request r;
	const struct received *answer;
	uint64_t id;

	look(h, who);
	r = ask(c, KR_VERB_TOPIC_SUBSCRIBE);
	ask_topic(&r, h->group);
	r.after = h->seen[who];
	r.fields |= KR_R(AFTER);
	id = send_request(c, &r);
	answer = answer_to(c, id);
	assert_non_null(answer);
	if (kr_json_has(&answer->object, "error") &&
		kr_json_has(&answer->object, "seq")) {
		/* Routed in later than that: begin there, without a hash to follow. */
		h->seen[who] = number_in(answer, "seq");
		memset(h->hashes[who], 0xff, KR_SHA256_BYTES);
	}
}

static void reconnect(struct history *h, size_t who)
{
	struct client *c = h->clients[who];

	client_disconnect(c);
	client_forget(c);
	client_connect(c);
	client_auth(c); /* commits what waits, too */
}

static void restart(struct history *h)
{
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		look(h, i);
		client_disconnect(h->clients[i]);
	}
	world_restart(&h->w);
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		reconnect(h, i);
	}
}

static void act(struct history *h)
{
	size_t who = below(h, NUM_CLIENTS);
	struct client *c = h->clients[who];
	uint32_t what = below(h, 100);

	if (what < 40) {
		act_post(h, c);
	} else if (what < 60) {
		act_commit(h, below(h, 2) == 0 ? h->clients[0] : c);
	} else if (what < 67) {
		act_void(h, below(h, 2) == 0 ? h->clients[0] : c);
	} else if (what < 69 && who != 0) {
		act_leave(h, c);
	} else if (what < 71) {
		act_membership(h, KR_VERB_COMMUNITY_REMOVE);
	} else if (what < 76) {
		act_membership(h, KR_VERB_COMMUNITY_ADMIT);
	} else if (what < 84) {
		act_subscribe(h, who);
	} else if (what < 92) {
		look(h, who);
	} else if (what < 94) {
		look(h, who);
		reconnect(h, who);
	} else if (what == 94 && below(h, 4) == 0) {
		restart(h);
	} else {
		world_commit(&h->w, below(h, (uint32_t)h->w.num_waiting + 1));
	}
	/* 64 may be outstanding; more is busy, and tested elsewhere. */
	if (h->w.num_waiting > 40) {
		world_settle(&h->w);
	}
}

/* ---- The checker ------------------------------------------------------------------ */

struct model {
	struct history *h;
	bool member[NUM_CLIENTS];
	bool routed[NUM_CLIENTS];
	bool before_commit[NUM_CLIENTS]; /* routed, before the latest commit */
	uint64_t epoch;
	bool voidable;
	uint8_t commit[KR_SHA256_BYTES];
	size_t num_posts, num_commits, num_voids;
};

static size_t index_of(const struct history *h, struct kr_view account)
{
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		if (kr_view_equal(
			    account, kr_view(h->clients[i]->account, KR_ID_BYTES))) {
			return i;
		}
	}
	fail_msg("an account that nobody has");
	return 0;
}

static void route(struct model *m, struct kr_view accounts, bool routed)
{
	for (size_t at = 0; at < accounts.len; at += KR_ID_BYTES) {
		size_t i = index_of(m->h, kr_view(accounts.data + at, KR_ID_BYTES));

		assert_int_equal(m->routed[i], !routed);
		assert_true(!routed || m->member[i]);
		m->routed[i] = routed;
	}
}

static void check_group_event(
	struct model *m, const struct kr_event *e, const struct kr_event_head *head)
{
	size_t author = index_of(m->h, e->author);
	size_t subject;

	if (e->type == KR_EVENT_GROUP_CREATED) {
		m->routed[author] = true;
		return;
	}
	if (e->type == KR_EVENT_GROUP_LEFT) {
		subject = index_of(m->h, head->account);
		m->routed[subject] = m->before_commit[subject] = false;
		return;
	}
	/* P5: whoever acts in the group is routed in and a member, at this very event. */
	assert_true(m->routed[author] && m->member[author]);
	switch ((enum kr_event_type)e->type) {
	case KR_EVENT_POST:
		assert_int_equal(head->epoch, m->epoch);
		m->num_posts++;
		break;
	case KR_EVENT_COMMIT:
		/* P3: for the epoch that is, and none is skipped or taken twice. */
		assert_int_equal(head->epoch, m->epoch);
		assert_true(author == 0 ||
			head->added.len + head->removed.len ==
				0); /* the only coordinator */
		memcpy(m->before_commit, m->routed, sizeof(m->routed));
		route(m, head->added, true);
		route(m, head->removed, false);
		m->epoch++;
		m->voidable = true;
		memcpy(m->commit, head->hash.data, sizeof(m->commit));
		m->num_commits++;
		break;
	case KR_EVENT_VOID:
		assert_true(m->voidable);
		assert_memory_equal(m->commit, head->hash.data, sizeof(m->commit));
		memcpy(m->routed, m->before_commit, sizeof(m->routed));
		m->epoch--;
		assert_int_equal(head->epoch, m->epoch);
		m->voidable = false;
		m->num_voids++;
		break;
	default:
		fail_msg("an event of type %u in a group", e->type);
	}
}

static void check_event(struct model *m, const struct kr_event *e)
{
	struct kr_event_head head;

	assert_int_equal(kr_event_head_read(&head, e->type, e->head), KR_OK);
	if (e->topic.kind == KR_TOPIC_GROUP) {
		check_group_event(m, e, &head);
	} else if (e->type == KR_EVENT_FOUNDED) {
		m->member[0] = true;
	} else if (e->type == KR_EVENT_ADMITTED) {
		m->member[index_of(m->h, head.account)] = true;
	} else if (e->type == KR_EVENT_REMOVED) {
		m->member[index_of(m->h, head.account)] = false;
	}
}

static void check_log(struct history *h)
{
	struct model m = {.h = h};
	struct store_entry entries[PAGE];
	struct store_view view;
	uint64_t position = 0;
	size_t num;

	assert_int_equal(store_view_begin(h->w.store, &view), KR_OK);
	do {
		assert_int_equal(
			store_tail(&view, position, 1 << 20, entries, PAGE, &num), KR_OK);
		for (size_t i = 0; i < num; i++) {
			check_event(&m, &entries[i].event);
			position = entries[i].position;
		}
	} while (num > 0);
	store_view_end(&view);
	print_message("# %zu posts, %zu commits, %zu voided\n", m.num_posts,
		m.num_commits, m.num_voids);
	assert_true(m.num_posts > 5 && m.num_commits > 5 && m.num_voids > 0);
}

static void open_history(struct history *h, unsigned long seed)
{
	struct kr_secret secret = {{0}};

	memset(h, 0, sizeof(*h));
	memcpy(secret.bytes, &seed, sizeof(seed));
	kr_random_seeded_init(&h->random_state, &secret);
	h->rng = kr_random_seeded(&h->random_state);
	world_open(&h->w);
	for (unsigned i = 0; i < NUM_CLIENTS; i++) {
		h->clients[i] = client_in(&h->w, i + 1);
	}
	h->community = found_community(h->clients[0], 1);
	h->group = group_topic(9);
	for (unsigned i = 1; i < NUM_CLIENTS; i++) {
		admit_member(h->clients[0], h->community, h->clients[i]);
	}
	create_group(h->clients[0], h->community, h->group, true);
}

static void p2_p3_p5_random_histories(void **state)
{
	static struct history h;
	const char *text = getenv("KRING_TEST_SEED");
	unsigned long seed = text != NULL ? strtoul(text, NULL, 10) : 1;

	(void)state;
	print_message("# seed KRING_TEST_SEED=%lu\n", seed);
	open_history(&h, seed);
	for (int i = 0; i < NUM_ACTS; i++) {
		act(&h);
	}
	world_settle(&h.w);
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		look(&h, i);
	}
	check_log(&h);
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		client_free(h.clients[i]);
	}
	world_close(&h.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p2_p3_p5_random_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
