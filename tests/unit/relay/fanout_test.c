/* The ring against a plain model, and readers that are slow or gone. */
#include <stdlib.h>
#include <string.h>

#include "server/relay/ring.h"
#include "server/relay/state.h"

#include "group.h"

#include "test.h"

#define RING_CAP   65536
#define NUM_FRAMES 5000

/* A frame's length and bytes follow from its seq. */
static size_t frame_of(uint64_t seq, uint8_t *out)
{
	size_t len = 1 + (size_t)(seq * 2654435761U % 3000);

	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)(seq * 31 + i);
	}
	return len;
}

static void put(struct ring *ring, uint64_t seq)
{
	uint8_t frame[3001];
	size_t len = frame_of(seq, frame);

	ring_put(ring, seq, kr_view(frame, len));
}

/* What is copied is whole frames, as many as fit, and exactly what was put in. */
static void check_copy(const struct ring *ring, uint64_t seq, size_t room)
{
	static uint8_t out[RING_CAP];
	uint8_t frame[3001];
	uint64_t num;
	size_t len = ring_copy(ring, seq, out, room, &num);
	size_t at = 0;

	assert_true(len <= room);
	for (uint64_t i = 0; i < num; i++) {
		size_t frame_len = frame_of(seq + i, frame);

		assert_memory_equal(out + at, frame, frame_len);
		at += frame_len;
	}
	assert_int_equal(at, len);
	if (ring_has(ring, seq + num)) {
		assert_true(len + frame_of(seq + num, frame) > room);
	}
}

static void a_ring_keeps_the_newest(void **state)
{
	struct ring *ring;
	size_t num_held = 0;

	(void)state;
	assert_int_equal(ring_new(&ring, RING_CAP), KR_OK);
	assert_false(ring_has(ring, 1));
	for (uint64_t seq = 1; seq <= NUM_FRAMES; seq++) {
		put(ring, seq);
		assert_true(ring_has(ring, seq));
		assert_false(ring_has(ring, seq + 1));
		for (uint64_t back = 0; back < 60 && back < seq; back += 7) {
			if (ring_has(ring, seq - back)) {
				check_copy(ring, seq - back, (size_t)(seq % 5000));
				check_copy(ring, seq - back, RING_CAP);
				num_held++;
			}
		}
	}
	assert_true(num_held > NUM_FRAMES);
	assert_false(ring_has(ring, 1));
	/* A gap, or a frame that was not kept: it begins anew after it. */
	put(ring, NUM_FRAMES + 10);
	assert_false(ring_has(ring, NUM_FRAMES));
	assert_true(ring_has(ring, NUM_FRAMES + 10));
	ring_skip(ring, NUM_FRAMES + 11);
	assert_false(ring_has(ring, NUM_FRAMES + 10));
	put(ring, NUM_FRAMES + 12);
	check_copy(ring, NUM_FRAMES + 12, RING_CAP);
	ring_free(ring);
	ring_free(NULL);
}

/* ---- Readers ---------------------------------------------------------------------- */

/* Draining a few bytes at a time gives the same stream as draining all at once. */
static void pieces_make_the_same_stream(void **state)
{
	static const size_t caps[] = {20000, 65536, 1 << 20};
	static uint8_t streams[NUM(caps)][1 << 20];
	size_t lens[NUM(caps)] = {0};
	struct group g;
	struct client *readers[NUM(caps)];

	(void)state;
	group_open(&g, true);
	for (size_t i = 0; i < NUM(caps); i++) {
		readers[i] = client_in(&g.w, 1);
		subscribe(readers[i], g.topic, 0);
		client_drain(readers[i]);
	}
	for (unsigned i = 0; i < 200; i++) {
		post(g.a, g.topic, i, "ok");
	}
	while (relay_next_ready(g.w.relay) != NULL) {}
	for (size_t i = 0; i < NUM(caps); i++) {
		size_t len;

		while ((len = relay_drain(g.w.relay, readers[i]->conn,
				streams[i] + lens[i], caps[i])) > 0) {
			lens[i] += len;
		}
		assert_true(lens[i] > 200 * 300);
		assert_int_equal(lens[i], lens[0]);
		assert_memory_equal(streams[i], streams[0], lens[0]);
		client_free(readers[i]);
	}
	group_close(&g);
}

/* A connection that has output waiting and takes none is closed with 4003 in the end,
 * and is given out again so that its host hears of it; one that takes some is not. */
static void a_stuck_reader_is_closed(void **state)
{
	struct group g;
	struct relay_conn *ready;
	bool was_given = false;

	(void)state;
	group_open(&g, true);
	subscribe(g.a, g.topic, 2);
	client_drain(g.a);
	post(g.b, g.topic, 1, "ok");
	while (relay_next_ready(g.w.relay) != NULL) {}
	for (int i = 0; i < 12; i++) {
		world_pass(&g.w, 10000);
		while ((ready = relay_next_ready(g.w.relay)) != NULL) {
			was_given |= ready == g.a->conn && relay_close_code(ready) != 0;
		}
		relay_alive(g.w.relay, g.a->conn);
		relay_alive(g.w.relay, g.b->conn);
		client_drain(g.b);
	}
	assert_true(was_given);
	assert_int_equal(relay_close_code(g.a->conn), KR_CLOSE_SLOW);
	assert_int_equal(g.b->close_code, 0);
	group_close(&g);
}

/* A host may drain a connection before it was given out, as when its socket becomes
 * writeable by itself: each is given out at most once afterwards, and none is lost. */
static void draining_early_keeps_the_queue(void **state)
{
	static uint8_t buf[65536];
	struct group g;
	struct client *all[3];
	size_t num_given[3] = {0};
	struct relay_conn *ready;

	(void)state;
	group_open(&g, true);
	all[0] = g.a;
	all[1] = g.b;
	all[2] = g.coordinator;
	for (int i = 0; i < 3; i++) {
		client_drain(all[i]);
	}
	while (relay_next_ready(g.w.relay) != NULL) {}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++) {
			struct kr_request r = ask(all[i], KR_VERB_PING);

			send_request(all[i], &r);
		}
		for (int i = 0; round < 2 && i < 3; i++) {
			while (relay_drain(g.w.relay, all[i]->conn, buf, sizeof(buf)) >
				0) {}
		}
	}
	while ((ready = relay_next_ready(g.w.relay)) != NULL) {
		for (int i = 0; i < 3; i++) {
			num_given[i] += ready == all[i]->conn ? 1 : 0;
		}
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(num_given[i], 1);
		assert_true(relay_drain(g.w.relay, all[i]->conn, buf, sizeof(buf)) > 0);
	}
	group_close(&g);
}

/* What a connection can have waiting is bounded: answers that are never taken end it. */
static void answers_do_not_pile_up(void **state)
{
	struct world w;
	struct client *c;
	size_t num = 0;

	(void)state;
	world_open(&w);
	c = client_new(&w, 1);
	client_connect(c);
	while (relay_close_code(c->conn) == 0 && num < 10000) {
		struct kr_request r = ask(c, KR_VERB_PING);

		send_request(c, &r);
		num++;
	}
	assert_int_equal(relay_close_code(c->conn), KR_CLOSE_SLOW);
	assert_true(c->conn->out_bytes <= OUT_MAX_ANONYMOUS);
	client_free(c);
	world_close(&w);
}

/* Pages that are asked for faster than they are taken are refused, not piled up. */
static void pages_do_not_pile_up(void **state)
{
	struct group g;
	struct kr_bytes large;
	uint64_t ids[40];
	size_t num_busy = 0;

	(void)state;
	group_open(&g, true);
	assert_int_equal(kr_bytes_alloc(&large, 60000), KR_OK);
	for (int i = 0; i < 8; i++) {
		struct kr_request r = ask(g.coordinator, KR_VERB_COMMUNITY_NOTICE);

		ask_topic(&r, g.community);
		r.body = kr_view_bytes(&large);
		expect(g.coordinator, &r, "ok");
	}
	for (size_t i = 0; i < NUM(ids); i++) {
		struct kr_request r = ask(g.a, KR_VERB_TOPIC_READ);

		ask_topic(&r, g.community);
		r.fields |= KR_R(AFTER);
		ids[i] = send_request(g.a, &r);
	}
	assert_int_equal(relay_close_code(g.a->conn), 0);
	assert_true(g.a->conn->out_bytes < (size_t)1 << 20);
	for (size_t i = 0; i < NUM(ids); i++) {
		const struct received *answer = answer_to(g.a, ids[i]);

		assert_non_null(answer);
		if (kr_json_has(&answer->object, "error")) {
			expect_code(answer, "busy");
			num_busy++;
		}
	}
	assert_true(num_busy > 0 && num_busy < NUM(ids));
	kr_bytes_free(&large);
	group_close(&g);
}

static void subscriptions_have_a_limit(void **state)
{
	struct group g;
	struct kr_request r;

	(void)state;
	group_open(&g, true);
	for (unsigned i = 0; i < MAX_SUBSCRIPTIONS; i++) {
		struct kr_topic topic = group_topic(1000 + i);

		/* There is a bound of groups, too. */
		if (i < 100) {
			create_group(g.a, g.community, topic, false);
		} else {
			topic = found_community(g.a, 1000 + i);
		}
		subscribe(g.a, topic, 0);
		client_forget(g.a);
	}
	r = ask(g.a, KR_VERB_TOPIC_SUBSCRIBE);
	ask_topic(&r, g.topic);
	r.after = 2;
	r.fields |= KR_R(AFTER);
	expect(g.a, &r, "limit");
	subscribe(g.a, group_topic(1000), 1); /* moving one is none more */
	r = ask(g.a, KR_VERB_TOPIC_UNSUBSCRIBE);
	ask_topic(&r, group_topic(1000));
	expect(g.a, &r, "ok");
	subscribe(g.a, g.topic, 2);
	group_close(&g);
}

/* Large events go past the ring and arrive whole and in order. */
static void large_events_arrive_in_order(void **state)
{
	struct group g;
	struct kr_event_delivery event;
	const struct received *message;
	uint64_t seq = 2;

	(void)state;
	group_open(&g, true);
	subscribe(g.b, g.topic, 2);
	for (unsigned i = 0; i < 6; i++) {
		struct kr_bytes body = make_post(g.topic, 1, i);
		struct kr_bytes large;
		struct kr_request r;
		struct kr_writer w;

		if (i % 2 == 1) {
			/* The same message with a ciphertext of 60,000 bytes. */
			kr_writer_init(&w);
			kr_write_fixed(&w, kr_view(body.data, body.len - 5));
			kr_write_varint(&w, 60000);
			kr_write_zeroes(&w, 60000);
			assert_int_equal(kr_writer_finish(&w, &large), KR_OK);
			kr_bytes_free(&body);
			body = large;
		}
		r = ask_post(g.a, g.topic, group_rev(g.a, g.topic), kr_view_bytes(&body));
		expect(g.a, &r, "ok");
		kr_bytes_free(&body);
	}
	while ((message = next_event(g.b, g.topic)) != NULL) {
		read_event(&event, message);
		assert_int_equal(event.event.seq, ++seq);
	}
	assert_int_equal(seq, 8);
	group_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_keeps_the_newest),
		cmocka_unit_test(pieces_make_the_same_stream),
		cmocka_unit_test(a_stuck_reader_is_closed),
		cmocka_unit_test(draining_early_keeps_the_queue),
		cmocka_unit_test(answers_do_not_pile_up),
		cmocka_unit_test(pages_do_not_pile_up),
		cmocka_unit_test(subscriptions_have_a_limit),
		cmocka_unit_test(large_events_arrive_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
