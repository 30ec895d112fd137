/* Kring's side of the MLS benchmark: mls_bench.mjs drives it and ts-mls alike.
 *
 *	measure {n, key_package}   makes a settled group of n members, measures, and
 *	                           leaves for ts-mls, whose key package is added, what it
 *	                           is measured with
 *
 * Times are the median of several runs, in microseconds. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kring/mls.h>
#include <test.h>

#include "mls_settled.h"
#include "peer.h"

#define MAX_RUNS     400
#define MIN_RUNS     5
#define ENOUGH_US    400000.0
#define NUM_MESSAGES 200
#define MESSAGE_LEN  200
#define FREE_CLIENT  2

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* What a run works on. */
struct bench {
	struct settled s;
	struct kr_bytes update; /* a commit of Alice's with a path */
	struct kr_bytes add;    /* and one that adds the free client */
	struct kr_bytes welcome;
	struct kr_bytes messages[NUM_MESSAGES];
	struct kr_mls_group *subject; /* a copy for one run */
	size_t run;
};

static double median_us(struct bench *b, void (*prepare)(struct bench *b),
	void (*operation)(struct bench *b))
{
	static double times[MAX_RUNS];
	double total = 0;
	size_t num = 0;

	while (num < MAX_RUNS && (num < MIN_RUNS || total < ENOUGH_US)) {
		double start;

		b->run = num;
		prepare(b);
		start = now_us();
		operation(b);
		times[num] = now_us() - start;
		total += times[num++];
	}
	kr_mls_group_free(b->subject);
	b->subject = NULL;
	qsort(times, num, sizeof(times[0]), compare);
	return times[num / 2];
}

/* ---- Operations ------------------------------------------------------------------ */

static void prepare_nothing(struct bench *b)
{
	(void)b;
}

static void prepare_alice(struct bench *b)
{
	kr_mls_group_free(b->subject);
	assert_ok(kr_mls_group_copy(&b->subject, b->s.alice));
}

static void prepare_bob(struct bench *b)
{
	kr_mls_group_free(b->subject);
	assert_ok(kr_mls_group_copy(&b->subject, b->s.bob));
}

static void prepare_none(struct bench *b)
{
	kr_mls_group_free(b->subject);
	b->subject = NULL;
}

static void op_key_package(struct bench *b)
{
	world_key_package(b->s.world, FREE_CLIENT);
}

static void commit(struct bench *b, const struct kr_mls_commit_options *options)
{
	struct kr_mls_outgoing *outgoing = NULL;

	assert_ok(kr_mls_commit(b->subject, options, &b->s.world->rng, &outgoing));
	assert_ok(kr_mls_commit_accepted(b->subject));
	kr_mls_outgoing_free(outgoing);
}

static void op_add(struct bench *b)
{
	struct kr_mls_proposal add = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package =
			kr_view_bytes(&b->s.world->clients[FREE_CLIENT].key_package),
	};

	commit(b, &(struct kr_mls_commit_options){.proposals = &add, .num_proposals = 1});
}

static void op_update(struct bench *b)
{
	commit(b, &(struct kr_mls_commit_options){.force_path = true});
}

static void process(struct bench *b, const struct kr_bytes *message)
{
	struct kr_mls_event event;

	assert_ok(kr_mls_process(b->subject, kr_view_bytes(message), &event));
	kr_mls_event_free(&event);
}

static void op_process_update(struct bench *b)
{
	process(b, &b->update);
}

static void op_process_add(struct bench *b)
{
	process(b, &b->add);
}

static void op_join(struct bench *b)
{
	struct world_client *c = &b->s.world->clients[FREE_CLIENT];
	struct kr_mls_join join = {
		.welcome = kr_view_bytes(&b->welcome),
		.key_package = kr_view_bytes(&c->key_package),
		.secrets = &c->secrets,
		.signer = &c->signer,
	};

	assert_ok(kr_mls_group_join(&b->subject, &b->s.world->config, &join));
}

static struct kr_bytes encrypt(struct bench *b)
{
	static const uint8_t text[MESSAGE_LEN];
	struct kr_mls_outgoing *outgoing = NULL;

	assert_ok(kr_mls_encrypt(b->s.alice, (struct kr_view){0},
		kr_view(text, sizeof(text)), &b->s.world->rng, &outgoing));
	return world_release(b->s.alice, outgoing);
}

static void op_encrypt(struct bench *b)
{
	struct kr_bytes message = encrypt(b);

	kr_bytes_free(&message);
}

static void op_decrypt(struct bench *b)
{
	process(b, &b->messages[b->run % NUM_MESSAGES]);
}

/* One copy takes in all messages, in order, then a new one. */
static void prepare_decrypt(struct bench *b)
{
	if (b->run % NUM_MESSAGES == 0) {
		prepare_bob(b);
	}
}

/* ---- Measuring ------------------------------------------------------------------- */

static struct kr_bytes alices_commit(struct bench *b,
	const struct kr_mls_commit_options *options, struct kr_bytes *welcome)
{
	struct world_commit made = world_commit(b->s.world, 1, options);

	kr_mls_commit_discard(b->s.alice);
	if (welcome != NULL) {
		*welcome = made.welcome;
		made.welcome = (struct kr_bytes){0};
	}
	kr_bytes_free(&made.welcome);
	kr_bytes_free(&made.tree);
	return made.message;
}

static void prepare(struct bench *b)
{
	struct kr_mls_proposal add = {.type = KR_MLS_PROPOSAL_ADD};

	add.key_package = world_key_package(b->s.world, FREE_CLIENT);
	b->update = alices_commit(
		b, &(struct kr_mls_commit_options){.force_path = true}, NULL);
	b->add = alices_commit(b,
		&(struct kr_mls_commit_options){.proposals = &add, .num_proposals = 1},
		&b->welcome);
	for (size_t i = 0; i < NUM_MESSAGES; i++) {
		b->messages[i] = encrypt(b);
	}
}

static void put_number(struct peer_call *call, const char *key, double number)
{
	cJSON_AddNumberToObject(call->answer, key, number);
}

static void put_sizes(struct peer_call *call, struct bench *b)
{
	struct kr_mls_state state = world_save(b->s.bob);

	put_number(call, "group_bytes", (double)state.group.len);
	put_number(call, "ratchet_bytes", (double)state.ratchets.len);
	put_number(call, "commit_bytes", (double)b->update.len);
	put_number(call, "welcome_bytes", (double)b->welcome.len);
	put_number(call, "message_bytes", (double)b->messages[0].len);
	kr_mls_state_free(&state);
}

/* For ts-mls, in the real group: it is added, then Alice updates, adds and writes. */
static void put_for_peer(
	struct peer_call *call, struct bench *b, struct kr_view key_package)
{
	struct kr_mls_proposal add = {
		.type = KR_MLS_PROPOSAL_ADD, .key_package = key_package};
	struct kr_bytes welcome = {0};
	struct kr_bytes update;
	struct world_commit made = world_commit(b->s.world, 1,
		&(struct kr_mls_commit_options){.proposals = &add, .num_proposals = 1});

	peer_put(call, "welcome", made.welcome.data, made.welcome.len);
	world_commit_free(&made);
	assert_ok(kr_mls_commit_accepted(b->s.alice));
	update = alices_commit(
		b, &(struct kr_mls_commit_options){.force_path = true}, NULL);
	peer_put(call, "update_message", update.data, update.len);
	kr_bytes_free(&update);
	add.key_package = kr_view_bytes(&b->s.world->clients[FREE_CLIENT].key_package);
	update = alices_commit(b,
		&(struct kr_mls_commit_options){.proposals = &add, .num_proposals = 1},
		&welcome);
	peer_put(call, "add_message", update.data, update.len);
	kr_bytes_free(&update);
	kr_bytes_free(&welcome);
	for (size_t i = 0; i < NUM_MESSAGES; i++) {
		kr_bytes_free(&b->messages[i]);
		b->messages[i] = encrypt(b);
	}
}

static void put_messages(struct peer_call *call, const struct bench *b)
{
	size_t len = b->messages[0].len;
	KR_AUTO_FREE struct kr_bytes joined = {0};

	assert_ok(kr_bytes_alloc(&joined, NUM_MESSAGES * len));
	for (size_t i = 0; i < NUM_MESSAGES; i++) {
		assert_int_equal(b->messages[i].len, len);
		memcpy(joined.data + i * len, b->messages[i].data, len);
	}
	peer_put_list(call, "messages", joined.data, NUM_MESSAGES, len);
}

static enum kr_err do_measure(struct peer_call *call)
{
	struct kr_view key_package = peer_bytes(call, "key_package");
	struct bench b = {.s = settled_new(peer_number(call, "n"))};

	prepare(&b);
	put_number(call, "join", median_us(&b, prepare_none, op_join));
	put_number(call, "add", median_us(&b, prepare_alice, op_add));
	put_number(call, "update", median_us(&b, prepare_alice, op_update));
	put_number(call, "process update", median_us(&b, prepare_bob, op_process_update));
	put_number(call, "process add", median_us(&b, prepare_bob, op_process_add));
	put_number(call, "decrypt", median_us(&b, prepare_decrypt, op_decrypt));
	put_number(call, "encrypt", median_us(&b, prepare_nothing, op_encrypt));
	put_sizes(call, &b);
	if (key_package.len > 0) {
		put_for_peer(call, &b, key_package);
		put_messages(call, &b);
	}
	put_number(call, "key package", median_us(&b, prepare_nothing, op_key_package));
	kr_bytes_free(&b.update);
	kr_bytes_free(&b.add);
	kr_bytes_free(&b.welcome);
	for (size_t i = 0; i < NUM_MESSAGES; i++) {
		kr_bytes_free(&b.messages[i]);
	}
	settled_free(&b.s);
	return KR_OK;
}

int main(void)
{
	static const struct peer_verb verbs[] = {
		{"measure", do_measure},
	};

	return peer_main(verbs, NUM(verbs));
}
