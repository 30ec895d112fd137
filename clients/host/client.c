#include "clients/host/client.h"

#include <stdlib.h>
#include <time.h>

#include <uv.h>

#include <kring/core.h>
#include <kring/report.h>

/* The wall clock may jump, so nobody sleeps longer than this on it. */
#define SLEEP_MS 60000

#define NUM_HANDLES 2

/* A command that waits for the loop. */
struct waiting {
	struct waiting *next;
	uint64_t id;
	struct kr_bytes command;
};

struct client {
	struct keystore *keystore; /* of a member */
	struct kr_core *core;      /* one of these two */
	struct kr_report *report;
	struct connection *connection;
	struct client_callbacks callbacks;
	void *ctx;
	uv_timer_t timer; /* the machine's */
	uint64_t timer_at_ms;
	uint64_t timer_set_ms;
	uv_timer_t kick; /* something is to be done on the next turn of the loop */
	unsigned num_closed;
	struct waiting *first;
	struct waiting **last;
	uint64_t next_id;
	struct client_traffic traffic;
	bool is_offline; /* never connects */
	bool is_online;  /* told to be, not passed on yet */
	bool is_running; /* a callback may free it, and it is still needed */
	bool is_failed;
	bool is_freed; /* only waits for its handles */
};

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool is_over(const struct client *client)
{
	return client->is_failed || client->is_freed;
}

static void fail(struct client *client, enum kr_err err)
{
	if (is_over(client)) {
		return;
	}
	client->is_failed = true;
	connection_close(client->connection);
	(void)uv_timer_stop(&client->timer);
	if (client->callbacks.failed) {
		client->callbacks.failed(client->ctx, err);
	}
}

/* ---- The machine, of a member or a reporter ------------------------------------ */

static enum kr_err machine_input(struct client *client, const struct kr_core_input *input)
{
	return client->core
		? kr_core_input(client->core, input, now_ms(), &kr_random_system)
		: kr_report_input(client->report, input, now_ms(), &kr_random_system);
}

static bool machine_output(struct client *client, struct kr_core_output *out)
{
	return client->core ? kr_core_output(client->core, out)
			    : kr_report_output(client->report, out);
}

static void machine_free(struct client *client)
{
	kr_core_free(client->core);
	client->core = NULL;
	kr_report_free(client->report);
	client->report = NULL;
}

static void take(struct client *client, const struct kr_core_input *input)
{
	enum kr_err err;

	if (is_over(client)) {
		return;
	}
	err = machine_input(client, input);
	if (err) {
		fail(client, err);
	}
}

/* ---- The end --------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;

	if (++client->num_closed == NUM_HANDLES) {
		free(client);
	}
}

/* The memory goes when the loop has let go of it. */
static void close_handles(struct client *client)
{
	machine_free(client);
	uv_close((uv_handle_t *)&client->timer, on_closed);
	uv_close((uv_handle_t *)&client->kick, on_closed);
}

/* ---- What the machine asks for --------------------------------------------------- */

static void store(struct client *client, const struct kr_core_output *out)
{
	enum kr_err err =
		keystore_write(client->keystore, out->records, out->num_records);
	struct kr_core_input input = {
		.kind = err ? KR_CORE_STORE_FAILED : KR_CORE_STORED, .id = out->id};

	take(client, &input);
	if (err) {
		fail(client, err);
	}
}

static void disconnected(struct client *client, uint16_t code)
{
	take(client, &(struct kr_core_input){.kind = KR_CORE_DISCONNECTED, .code = code});
}

static void open_connection(struct client *client, struct kr_view url)
{
	if (client->is_offline || connection_open(client->connection, url)) {
		disconnected(client, 0);
	}
}

static void send_message(struct client *client, const struct kr_core_output *out)
{
	enum kr_err err = connection_send(client->connection, out->bytes, out->is_text);

	if (!err) {
		client->traffic.sent_bytes += out->bytes.len;
	}
	/* Not open any more: that is told, or was asked for. */
	if (err && err != KR_ERR_STATE) {
		connection_close(client->connection);
		disconnected(client, 0);
	}
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct client *client, uint64_t at_ms)
{
	uint64_t now = now_ms();
	uint64_t wait = at_ms > now ? at_ms - now : 0;

	client->timer_at_ms = at_ms;
	client->timer_set_ms = now;
	if (at_ms == 0) {
		(void)uv_timer_stop(&client->timer);
		return;
	}
	/* The loop's clock stands still while the disk is written. */
	uv_update_time(client->timer.loop);
	(void)uv_timer_start(
		&client->timer, on_timer, wait < SLEEP_MS ? wait : SLEEP_MS, 0);
}

/* A copy, so that the callback may ask the machine something. */
static void say(struct client *client, const struct kr_core_output *out)
{
	const struct client_callbacks *callbacks = &client->callbacks;
	KR_AUTO_FREE struct kr_bytes text = {0};
	enum kr_err err = kr_bytes_copy(&text, out->bytes);

	if (err) {
		fail(client, err);
	} else if (out->kind == KR_CORE_TELL && callbacks->told) {
		callbacks->told(client->ctx, kr_view_bytes(&text));
	} else if (out->kind == KR_CORE_ANSWER && callbacks->answered) {
		callbacks->answered(client->ctx, out->id, kr_view_bytes(&text));
	}
}

static void do_one(struct client *client, const struct kr_core_output *out)
{
	switch (out->kind) {
	case KR_CORE_STORE:
		store(client, out);
		break;
	case KR_CORE_CONNECT:
		open_connection(client, out->bytes);
		break;
	case KR_CORE_SEND:
		send_message(client, out);
		break;
	case KR_CORE_DISCONNECT:
		connection_close(client->connection);
		break;
	case KR_CORE_TIMER_AT:
		set_timer(client, out->time_ms);
		break;
	case KR_CORE_ANSWER:
	case KR_CORE_TELL:
		say(client, out);
		break;
	}
}

/* All that is to be done. Callbacks may free the client: then its memory stays until
 * this is over. */
static void do_all(struct client *client)
{
	struct kr_core_output out;

	client->is_running = true;
	while (!is_over(client) && machine_output(client, &out)) {
		do_one(client, &out);
	}
	client->is_running = false;
	if (client->is_freed) {
		close_handles(client);
	}
}

/* ---- What happens ---------------------------------------------------------------- */

static void happened(struct client *client, const struct kr_core_input *input)
{
	client->is_running = true;
	take(client, input);
	do_all(client);
}

static void on_timer(uv_timer_t *timer)
{
	struct client *client = timer->data;
	uint64_t now = now_ms();

	/* A clock that was set back rings too: the machine looks what is due by it. */
	if (now < client->timer_at_ms && now >= client->timer_set_ms) {
		set_timer(client, client->timer_at_ms);
		return;
	}
	happened(client, &(struct kr_core_input){.kind = KR_CORE_TIMER});
}

static void on_opened(void *ctx)
{
	happened(ctx, &(struct kr_core_input){.kind = KR_CORE_CONNECTED});
}

static void on_message(void *ctx, struct kr_view bytes, bool is_text)
{
	struct client *client = ctx;

	client->traffic.received_bytes += bytes.len;
	happened(ctx,
		&(struct kr_core_input){
			.kind = KR_CORE_MESSAGE, .bytes = bytes, .is_text = is_text});
}

static void on_ended(void *ctx, enum connection_end end, uint16_t code)
{
	struct client *client = ctx;

	client->is_running = true;
	if (!is_over(client) && client->callbacks.ended) {
		client->callbacks.ended(client->ctx, end, code);
	}
	disconnected(client, code);
	do_all(client);
}

static void submit_first(struct client *client)
{
	struct waiting *waiting = client->first;
	struct kr_core_input input = {
		.kind = KR_CORE_COMMAND,
		.id = waiting->id,
		.bytes = kr_view_bytes(&waiting->command),
	};

	client->first = waiting->next;
	client->last = client->first ? client->last : &client->first;
	take(client, &input);
	kr_bytes_free(&waiting->command);
	free(waiting);
}

/* What was asked for outside of the loop. */
static void on_kick(uv_timer_t *kick)
{
	struct client *client = kick->data;

	client->is_running = true;
	if (client->is_online) {
		client->is_online = false;
		take(client, &(struct kr_core_input){.kind = KR_CORE_ONLINE});
	}
	while (client->first && !is_over(client)) {
		submit_first(client);
	}
	do_all(client);
}

static void kick(struct client *client)
{
	(void)uv_timer_start(&client->kick, on_kick, 0, 0);
}

/* ---- Beginning and end ----------------------------------------------------------- */

static enum kr_err load(void *ctx, struct kr_view key, struct kr_view value)
{
	return kr_core_load(ctx, key, value);
}

static enum kr_err start(struct client *client, struct host *host)
{
	const struct connection_callbacks connection = {on_opened, on_message, on_ended};
	struct kr_core_input input = {.kind = KR_CORE_START};
	enum kr_err err;

	err = connection_new(
		&client->connection, host_transport(host), &connection, client);
	if (err) {
		return err;
	}
	if (!client->keystore) {
		return kr_report_new(&client->report);
	}
	if ((err = kr_core_new(&client->core)) ||
		(err = keystore_each(client->keystore, load, client->core))) {
		return err;
	}
	return machine_input(client, &input);
}

enum kr_err client_new(struct client **out, struct host *host, struct keystore *keystore,
	const struct client_callbacks *callbacks, void *ctx)
{
	struct client *client = calloc(1, sizeof(*client));
	enum kr_err err;

	*out = NULL;
	if (!client) {
		return KR_ERR_MEMORY;
	}
	client->keystore = keystore;
	client->callbacks = *callbacks;
	client->ctx = ctx;
	client->last = &client->first;
	client->timer.data = client;
	client->kick.data = client;
	(void)uv_timer_init(host_loop(host), &client->timer);
	(void)uv_timer_init(host_loop(host), &client->kick);
	err = start(client, host);
	if (err) {
		client_free(client);
		return err;
	}
	kick(client);
	*out = client;
	return KR_OK;
}

void client_free(struct client *client)
{
	if (!client || client->is_freed) {
		return;
	}
	client->is_freed = true;
	connection_free(client->connection);
	client->connection = NULL;
	while (client->first) {
		struct waiting *next = client->first->next;

		kr_bytes_free(&client->first->command);
		free(client->first);
		client->first = next;
	}
	if (!client->is_running) {
		close_handles(client);
	}
}

enum kr_err client_submit(struct client *client, struct kr_view command, uint64_t *id)
{
	struct waiting *waiting;
	enum kr_err err;

	if (is_over(client)) {
		return KR_ERR_STATE;
	}
	waiting = calloc(1, sizeof(*waiting));
	if (!waiting) {
		return KR_ERR_MEMORY;
	}
	err = kr_bytes_copy(&waiting->command, command);
	if (err) {
		free(waiting);
		return err;
	}
	waiting->id = ++client->next_id;
	*id = waiting->id;
	*client->last = waiting;
	client->last = &waiting->next;
	kick(client);
	return KR_OK;
}

enum kr_err client_query(
	const struct client *client, struct kr_view question, struct kr_bytes *answer_out)
{
	*answer_out = (struct kr_bytes){0};
	if (is_over(client)) {
		return KR_ERR_STATE;
	}
	return client->core
		? kr_core_query(client->core, question, now_ms(), answer_out)
		: kr_report_query(client->report, question, now_ms(), answer_out);
}

void client_stay_offline(struct client *client)
{
	client->is_offline = true;
}

struct client_traffic client_traffic(const struct client *client)
{
	return client->traffic;
}

void client_online(struct client *client)
{
	if (!is_over(client)) {
		client->is_online = true;
		kick(client);
	}
}
