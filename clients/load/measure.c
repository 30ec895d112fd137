#include "clients/load/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

/* After the last post, for what is under way. */
#define DRAIN_NS (20 * NS_PER_S)

/* The relay takes this many requests of one connection at once; a power of two. */
#define REQUESTS_AT_ONCE 64

/* The end of every post: what it is, so that a delivery can be told. */
static const uint8_t trailer_magic[4] = {'K', 'R', 'L', 'D'};
#define TRAILER_BYTES 16

struct post {
	uint64_t due_ns; /* when it was sent, or should have been */
	bool acknowledged;
	bool refused;
};

struct flow {
	struct group *group;
	struct post *posts;
	uint64_t num_posts; /* sent */
	uint64_t cap_posts;
	uint32_t *order; /* the post at seq - group->seq - 1, plus one; 0: not seen yet */
	uint64_t cap_order;
	uint64_t num_order; /* of these, seen by any session */
	uint64_t last_seq;  /* the greatest that was acknowledged */
	uint32_t outstanding;
	uint32_t next_poster;
};

/* What a session still has to see, and what it waits for. */
struct reader {
	uint64_t next_seq;
	uint32_t pending[REQUESTS_AT_ONCE]; /* by request id: the post */
};

struct measurement {
	struct measured *out;
	const struct options *options;
	struct world *world;
	struct flow *flows;
	struct reader *readers;
	FILE *record;      /* NULL: none */
	uint64_t begin_ns; /* posts begin */
	uint64_t from_ns;  /* the measured span */
	uint64_t until_ns;
};

bool measured_is_clean(const struct measured *m)
{
	return !m->refused && !m->lost && !m->doubled && !m->out_of_order &&
		!m->foreign && !m->closed && !m->error[0];
}

static void complain(struct measured *out, const char *what, struct kr_view object)
{
	if (!out->error[0]) {
		(void)snprintf(out->error, sizeof(out->error), "%s: %.*s", what,
			(int)object.len, (const char *)object.data);
	}
}

static bool is_measured(const struct measurement *m, uint64_t now_ns)
{
	return now_ns >= m->from_ns && now_ns < m->until_ns;
}

/* ---- Reading the relay's objects without parsing them ------------------------------ */

static bool begins_with(struct kr_view object, const char *text)
{
	return object.len >= strlen(text) && memcmp(object.data, text, strlen(text)) == 0;
}

/* The integer after a name such as "\"seq\":". */
static bool find_number(struct kr_view object, const char *name, uint64_t *out)
{
	const uint8_t *p = memmem(object.data, object.len, name, strlen(name));
	const uint8_t *end = object.data + object.len;

	*out = 0;
	if (!p) {
		return false;
	}
	for (p += strlen(name); p < end && *p >= '0' && *p <= '9'; p++) {
		*out = *out * 10 + (uint64_t)(*p - '0');
	}
	return true;
}

/* The relay's own words, for a check of its store afterwards. */
static void record(const struct measurement *m, struct kr_view object)
{
	if (m->record) {
		(void)fwrite(object.data, 1, object.len, m->record);
		(void)fputc('\n', m->record);
	}
}

/* ---- Deliveries -------------------------------------------------------------------- */

static bool read_trailer(struct kr_view body, uint32_t *group, uint64_t *post)
{
	struct kr_reader r;

	if (body.len < TRAILER_BYTES) {
		return false;
	}
	r = kr_reader(kr_view(body.data + body.len - TRAILER_BYTES, TRAILER_BYTES));
	if (memcmp(r.rest.data, trailer_magic, sizeof(trailer_magic)) != 0) {
		return false;
	}
	r.rest = kr_view(r.rest.data + sizeof(trailer_magic), TRAILER_BYTES - 4);
	return !kr_read_u32(&r, group) && !kr_read_u64(&r, post);
}

static bool grow_order(struct flow *flow, uint64_t slot)
{
	uint64_t cap = flow->cap_order ? flow->cap_order : 65536;
	uint32_t *order;

	if (slot < flow->cap_order) {
		return true;
	}
	while (cap <= slot) {
		cap *= 2;
	}
	order = realloc(flow->order, cap * sizeof(*order));
	if (!order) {
		return false;
	}
	memset(order + flow->cap_order, 0, (cap - flow->cap_order) * sizeof(*order));
	flow->order = order;
	flow->cap_order = cap;
	return true;
}

/* All sessions of a group must see the same post under the same number. */
static void check_order(
	struct measurement *m, struct flow *flow, uint64_t seq, uint64_t post)
{
	uint64_t slot = seq - flow->group->seq - 1;

	if (!grow_order(flow, slot)) {
		complain(m->out, "memory", kr_view_str("out of memory"));
		return;
	}
	if (flow->order[slot] == 0) {
		flow->order[slot] = (uint32_t)post + 1;
		flow->num_order++;
	} else if (flow->order[slot] != (uint32_t)post + 1) {
		m->out->out_of_order++;
	}
}

static void on_event(struct measurement *m, struct session *session,
	struct kr_view object, struct kr_view body)
{
	struct flow *flow = &m->flows[session->index / m->options->members];
	struct reader *reader = &m->readers[session->index];
	uint64_t now_ns = session->pool->now_ns;
	uint64_t seq, post;
	uint32_t group;

	m->out->delivered++;
	if (!find_number(object, "\"seq\":", &seq) || seq <= flow->group->seq ||
		!read_trailer(body, &group, &post) || group != flow->group->index ||
		post >= flow->num_posts) {
		m->out->foreign++;
		complain(m->out, "foreign", object);
		return;
	}
	if (seq != reader->next_seq) {
		*(seq < reader->next_seq ? &m->out->doubled : &m->out->out_of_order) += 1;
		complain(m->out, "sequence", object);
	}
	record(m, object);
	reader->next_seq = seq + 1;
	check_order(m, flow, seq, post);
	if (is_measured(m, now_ns)) {
		m->out->deliveries++;
		histogram_add(&m->out->delivery_ns, now_ns - flow->posts[post].due_ns);
	}
}

/* ---- Acknowledgements -------------------------------------------------------------- */

static void on_answer(
	struct measurement *m, struct session *session, struct kr_view object)
{
	struct flow *flow = &m->flows[session->index / m->options->members];
	uint64_t now_ns = session->pool->now_ns;
	struct post *post;
	uint64_t id, seq;

	session->num_outstanding--;
	flow->outstanding--;
	(void)find_number(object, "\"re\":", &id);
	post = &flow->posts[m->readers[session->index].pending[id % REQUESTS_AT_ONCE]];
	if (!memmem(object.data, object.len, "\"ok\":true", 9)) {
		post->refused = true;
		m->out->refused++;
		complain(m->out, "refused", object);
		return;
	}
	record(m, object);
	if (find_number(object, "\"seq\":", &seq) && seq > flow->last_seq) {
		flow->last_seq = seq;
	}
	post->acknowledged = true;
	m->out->acknowledged++;
	if (is_measured(m, now_ns)) {
		m->out->posts++;
		histogram_add(&m->out->ack_ns, now_ns - post->due_ns);
	}
}

static void on_message(
	void *ctx, struct session *session, struct kr_view object, struct kr_view body)
{
	struct measurement *m = ctx;

	if (session->index >= m->world->num_groups * m->options->members) {
		return; /* an idle one */
	}
	if (begins_with(object, "{\"verb\":\"event\"")) {
		on_event(m, session, object, body);
	} else if (begins_with(object, "{\"re\":")) {
		on_answer(m, session, object);
	} else {
		complain(m->out, "unexpected", object);
	}
}

/* ---- Posts ------------------------------------------------------------------------- */

static bool grow_posts(struct flow *flow)
{
	uint64_t cap = flow->cap_posts ? 2 * flow->cap_posts : 65536;
	struct post *posts;

	if (flow->num_posts < flow->cap_posts) {
		return true;
	}
	posts = realloc(flow->posts, cap * sizeof(*posts));
	if (!posts) {
		return false;
	}
	flow->posts = posts;
	flow->cap_posts = cap;
	return true;
}

static void send_post(struct measurement *m, struct flow *flow, struct session *session,
	uint64_t due_ns)
{
	KR_AUTO_WRITER struct kr_writer body = {0};
	uint8_t trailer[TRAILER_BYTES];
	struct kr_writer trailer_writer;
	struct kr_request request = {
		.verb = KR_VERB_GROUP_POST,
		.topic = flow->group->topic,
		.rev = flow->group->rev,
	};
	uint64_t id;

	if (!grow_posts(flow)) {
		complain(m->out, "memory", kr_view_str("out of memory"));
		return;
	}
	kr_writer_init_fixed(&trailer_writer, trailer, sizeof(trailer));
	kr_write_fixed(&trailer_writer, kr_view(trailer_magic, sizeof(trailer_magic)));
	kr_write_u32(&trailer_writer, flow->group->index);
	kr_write_u64(&trailer_writer, flow->num_posts);
	kr_writer_init(&body);
	world_write_post(&body, flow->group, m->options->body_bytes,
		kr_view(trailer, sizeof(trailer)));
	request.body = kr_writer_view(&body);
	(void)kr_random_fill(&kr_random_system, request.event, sizeof(request.event));
	id = session_request(session, &request);
	m->readers[session->index].pending[id % REQUESTS_AT_ONCE] =
		(uint32_t)flow->num_posts;
	flow->posts[flow->num_posts++] = (struct post){.due_ns = due_ns};
	flow->outstanding++;
	m->out->sent++;
	session_flush(session);
}

/* The next member in turn that may still ask; NULL if all have their hands full. */
static struct session *next_poster(struct measurement *m, struct flow *flow)
{
	for (uint32_t tried = 0; tried < flow->group->num; tried++) {
		struct session *session =
			&m->world->pool->list[flow->group->first + flow->next_poster];

		flow->next_poster = (flow->next_poster + 1) % flow->group->num;
		if (session->state == SESSION_READY && !session->paused &&
			session->num_outstanding < REQUESTS_AT_ONCE) {
			return session;
		}
	}
	return NULL;
}

/* When the next post of a flow is due: posts of all flows alternate at the rate. */
static uint64_t due_at(
	const struct measurement *m, const struct flow *flow, uint64_t now_ns)
{
	uint64_t turn;

	if (!m->options->rate) {
		return now_ns;
	}
	turn = flow->num_posts * m->world->num_groups + flow->group->index;
	return m->begin_ns + turn / m->options->rate * NS_PER_S +
		turn % m->options->rate * NS_PER_S / m->options->rate;
}

static void send_due(struct measurement *m, uint64_t now_ns)
{
	for (uint32_t i = 0; i < m->world->num_groups; i++) {
		struct flow *flow = &m->flows[i];

		while (flow->outstanding < m->options->window) {
			uint64_t due_ns = due_at(m, flow, now_ns);
			struct session *session =
				due_ns <= now_ns ? next_poster(m, flow) : NULL;

			if (!session || m->out->error[0]) {
				break;
			}
			send_post(m, flow, session, due_ns);
		}
	}
}

/* ---- The run ----------------------------------------------------------------------- */

static bool all_seen(const struct measurement *m)
{
	for (uint32_t i = 0; i < m->world->num_groups * m->options->members; i++) {
		const struct flow *flow = &m->flows[i / m->options->members];

		/* An acknowledgement may be here before the delivery of what it is
		 * for. */
		if (flow->outstanding ||
			flow->group->seq + flow->num_order < flow->last_seq ||
			m->readers[i].next_seq !=
				flow->group->seq + 1 + flow->num_order) {
			return false;
		}
	}
	return true;
}

/* Each acknowledged post must stand in the order once, and each session be at its end. */
static enum kr_err check_end(struct measurement *m)
{
	for (uint32_t i = 0; i < m->world->num_groups; i++) {
		struct flow *flow = &m->flows[i];
		uint8_t *seen = calloc(flow->num_posts + 1, 1);

		if (!seen) {
			return KR_ERR_MEMORY;
		}
		for (uint64_t slot = 0; slot < flow->num_order; slot++) {
			m->out->doubled += seen[flow->order[slot]]++ != 0;
		}
		for (uint64_t post = 0; post < flow->num_posts; post++) {
			m->out->lost += flow->posts[post].acknowledged && !seen[post + 1];
			m->out->foreign += flow->posts[post].refused && seen[post + 1];
		}
		free(seen);
		for (uint32_t j = 0; j < flow->group->num; j++) {
			uint64_t next = m->readers[flow->group->first + j].next_seq;
			uint64_t end = flow->group->seq + 1 + flow->num_order;

			m->out->lost += next < end ? end - next : 0;
		}
	}
	return KR_OK;
}

static enum kr_err prepare(struct measurement *m)
{
	uint32_t num = m->world->num_groups * m->options->members;

	if (m->options->record) {
		m->record = fopen(m->options->record, "w");
		if (!m->record) {
			return KR_ERR_ARGUMENT;
		}
	}
	m->flows = calloc(m->world->num_groups, sizeof(*m->flows));
	m->readers = calloc(num, sizeof(*m->readers));
	if (!m->flows || !m->readers) {
		return KR_ERR_MEMORY;
	}
	for (uint32_t i = 0; i < num; i++) {
		m->readers[i].next_seq =
			m->world->groups[i / m->options->members].seq + 1;
	}
	for (uint32_t i = 0; i < m->world->num_groups; i++) {
		m->flows[i].group = &m->world->groups[i];
	}
	m->begin_ns = pool_now();
	m->from_ns = m->begin_ns + m->options->warm_up_seconds * NS_PER_S;
	m->until_ns = m->from_ns + m->options->seconds * NS_PER_S;
	m->out->seconds = (double)m->options->seconds;
	m->world->pool->on_message = on_message;
	m->world->pool->ctx = m;
	return KR_OK;
}

/* The last members of each group. */
static void pause_stalled(struct measurement *m, bool paused)
{
	for (uint32_t i = 0; i < m->world->num_groups * m->options->members; i++) {
		if (i % m->options->members >=
			m->options->members - m->options->stalled) {
			session_pause(&m->world->pool->list[i], paused);
		}
	}
}

static void post_until_the_end(struct measurement *m, uint64_t deadline_ns,
	void (*progress)(const struct measured *so_far, double seconds))
{
	uint64_t told_ns = m->begin_ns, now_ns = m->begin_ns;
	uint64_t bytes_from = 0;

	while (now_ns < m->until_ns && now_ns < deadline_ns && !m->out->error[0] &&
		!m->world->pool->num_failed) {
		if (!bytes_from && now_ns >= m->from_ns) {
			bytes_from = m->world->pool->bytes_in;
		}
		send_due(m, now_ns);
		pool_poll(m->world->pool, 1);
		now_ns = pool_now();
		if (now_ns - told_ns >= NS_PER_S) {
			told_ns = now_ns;
			progress(m->out,
				(double)(now_ns - m->begin_ns) / (double)NS_PER_S);
		}
	}
	m->out->delivery_bytes = m->world->pool->bytes_in - bytes_from;
}

enum kr_err measure_run(struct measured *out, const struct options *options,
	struct world *world, uint64_t deadline_ns,
	void (*progress)(const struct measured *so_far, double seconds))
{
	struct measurement m = {.out = out, .options = options, .world = world};
	enum kr_err err = prepare(&m);
	uint64_t drain_until;

	if (!err) {
		pause_stalled(&m, true);
		post_until_the_end(&m, deadline_ns, progress);
		pause_stalled(&m, false);
		drain_until = pool_now() + DRAIN_NS;
		drain_until = drain_until < deadline_ns ? drain_until : deadline_ns;
		while (!all_seen(&m) && pool_now() < drain_until &&
			!world->pool->num_failed) {
			pool_poll(world->pool, 10);
		}
		out->closed = world->pool->num_failed;
		err = check_end(&m);
	}
	for (uint32_t i = 0; m.flows && i < world->num_groups; i++) {
		free(m.flows[i].posts);
		free(m.flows[i].order);
	}
	free(m.flows);
	free(m.readers);
	if (m.record && fclose(m.record) != 0 && !err) {
		err = KR_ERR_ARGUMENT;
	}
	return err;
}
