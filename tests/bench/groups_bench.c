/* What a group of a given size costs its members: many clients, each as the kring command
 * runs it, in one process and one loop, at a real relay. groups_bench.py starts the
 * relay, runs this once a size and prints the figures.
 *
 *	groups_bench PORT GRANT SIZE ONLINE DIR
 *
 * The coordinator is the first client. As many as ONLINE stay connected; the others ask,
 * are admitted, publish their key packages and go, as phones do. Keystores lie in DIR;
 * their passphrase costs as little as it may, which is paid once a start in any case.
 *
 * Prints one object: times in milliseconds of the wall clock, all clients and the relay
 * sharing the machine, and of the processor, all clients together; bytes of messages,
 * without what WebSocket and TLS add. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "clients/host/client.h"

#define RELAY_NAME  "relay.test"
#define MEMBERS_MAX 1024
#define WAVE        64  /* how many ask at a time; more than one commit takes in */
#define NUM_POSTS   11  /* the median counts */
#define NUM_MISSED  100 /* posts while a member is away */
#define GIVE_UP_MS  600000.0
#define TURN_MS     5
#define POST_TEXT   "Er stond weer iemand te schreeuwen op het pleintje achter nummer 12."
#define KEYS_BYTES  2000 /* at least, of key packages on the way to the relay */

struct member {
	struct bench *bench;
	size_t number;
	struct keystore *keystore;
	struct client *client;
	uint64_t answered; /* the last command that was, */
	cJSON *answer;     /* and its answer */
	uint64_t seen_seq; /* the newest message */
	bool is_admitted;
	uint64_t sent_at_admission;
};

struct bench {
	struct host *host;
	int port;
	const char *grant;
	const char *dir;
	size_t size;
	size_t num_online;
	char *community;
	struct member members[MEMBERS_MAX];
	size_t num;
	cJSON *figures;
};

static void die(const char *what, const char *text)
{
	(void)fprintf(stderr, "groups_bench: %s: %s\n", what, text);
	exit(1);
}

static void check(enum kr_err err, const char *what)
{
	if (err != KR_OK) {
		die(what, kr_err_name(err));
	}
}

static double clock_ms(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* What all clients together have used of a processor. */
static double cpu_ms(void)
{
	return clock_ms(CLOCK_PROCESS_CPUTIME_ID);
}

static const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	if (!cJSON_IsString(item)) {
		char *shown = cJSON_PrintUnformatted(object);

		die(name, shown);
	}
	return item->valuestring;
}

static double number_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	return cJSON_IsNumber(item) ? item->valuedouble : -1;
}

/* ---- Clients ---------------------------------------------------------------------- */

static void on_answered(void *ctx, uint64_t id, struct kr_view answer)
{
	struct member *m = ctx;

	cJSON_Delete(m->answer);
	m->answer = cJSON_ParseWithLength((const char *)answer.data, answer.len);
	m->answered = id;
	host_stop(m->bench->host);
}

static void on_told(void *ctx, struct kr_view text)
{
	struct member *m = ctx;
	cJSON *tell = cJSON_ParseWithLength((const char *)text.data, text.len);
	const char *what = text_of(tell, "tell");

	if (strcmp(what, "message") == 0) {
		m->seen_seq = (uint64_t)number_of(tell, "seq");
		host_stop(m->bench->host);
	} else if (strcmp(what, "admitted") == 0) {
		m->is_admitted = true;
		m->sent_at_admission = client_traffic(m->client).sent_bytes;
	} else if (strcmp(what, "alarm") == 0 || strcmp(what, "failed") == 0) {
		die(what, cJSON_PrintUnformatted(tell));
	}
	cJSON_Delete(tell);
}

static void on_failed(void *ctx, enum kr_err err)
{
	(void)ctx;
	die("client", kr_err_name(err));
}

static void start(struct member *m)
{
	const struct client_callbacks callbacks = {
		.answered = on_answered, .told = on_told, .failed = on_failed};

	check(client_new(&m->client, m->bench->host, m->keystore, &callbacks, m),
		"client_new");
	m->answered = 0;
}

static void stop(struct member *m)
{
	client_free(m->client);
	m->client = NULL;
}

static struct member *add_member(struct bench *b)
{
	static const struct keystore_cost cost = {1, KEYSTORE_MEMORY_KIB_MIN};
	struct member *m = &b->members[b->num];
	char path[512];

	m->bench = b;
	m->number = b->num++;
	(void)snprintf(path, sizeof(path), "%s/%zu", b->dir, m->number);
	check(keystore_create(&m->keystore, path, kr_view_str("wachtwoord"), &cost,
		      &kr_random_system),
		"keystore_create");
	start(m);
	return m;
}

static uint64_t say(struct member *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static uint64_t say(struct member *m, const char *format, ...)
{
	char *text = NULL;
	uint64_t id;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0) {
		die("say", "memory");
	}
	va_end(args);
	check(client_submit(m->client, kr_view_str(text), &id), text);
	free(text);
	return id;
}

static cJSON *ask(struct member *m, const char *question)
{
	struct kr_bytes bytes;
	cJSON *answer;

	check(client_query(m->client, kr_view_str(question), &bytes), question);
	answer = cJSON_ParseWithLength((const char *)bytes.data, bytes.len);
	kr_bytes_free(&bytes);
	return answer;
}

static double fact(struct member *m, const char *question, const char *name)
{
	cJSON *answer = ask(m, question);
	double number = number_of(answer, name);

	cJSON_Delete(answer);
	return number;
}

/* ---- Waiting ---------------------------------------------------------------------- */

/* Run until it is so. */
static void until(struct bench *b, const char *what,
	bool (*is_so)(struct bench *b, struct member *m, uint64_t number),
	struct member *m, uint64_t number)
{
	double give_up = now_ms() + GIVE_UP_MS;

	while (!is_so(b, m, number)) {
		if (now_ms() > give_up) {
			die(what, "did not come about");
		}
		if (host_run(b->host, TURN_MS) == KR_ERR_STATE) {
			die(what, "a signal ended it");
		}
	}
}

static bool is_answered(struct bench *b, struct member *m, uint64_t number)
{
	(void)b;
	return m->answered >= number;
}

static const cJSON *answer_to(struct member *m, uint64_t id)
{
	until(m->bench, "an answer", is_answered, m, id);
	if (!cJSON_IsTrue(cJSON_GetObjectItem(m->answer, "ok"))) {
		die("refused", cJSON_PrintUnformatted(m->answer));
	}
	return m->answer;
}

/* A fact of the only group; -1: there is none. */
static double group_fact(struct member *m, const char *name)
{
	cJSON *answer = ask(m, "{\"ask\":\"groups\"}");
	const cJSON *group = cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "groups"), 0);
	double number = -1;

	if (group != NULL && strcmp(text_of(group, "state"), "in") == 0) {
		number = number_of(group, name);
	}
	cJSON_Delete(answer);
	return number;
}

static bool has_members(struct bench *b, struct member *m, uint64_t number)
{
	(void)b;
	return group_fact(m, "members") == (double)number;
}

/* All who are connected, but the last one if that is who is removed. */
static bool have_members(struct bench *b, struct member *but, uint64_t number)
{
	for (size_t i = 0; i < b->num; i++) {
		struct member *m = &b->members[i];

		if (m->client != NULL && m != but && !has_members(b, m, number)) {
			return false;
		}
	}
	return true;
}

static bool have_epoch(struct bench *b, struct member *but, uint64_t epoch)
{
	for (size_t i = 0; i < b->num; i++) {
		struct member *m = &b->members[i];

		if (m->client != NULL && m != but &&
			group_fact(m, "epoch") < (double)epoch) {
			return false;
		}
	}
	return true;
}

static bool have_seen(struct bench *b, struct member *but, uint64_t seq)
{
	for (size_t i = 0; i < b->num; i++) {
		const struct member *m = &b->members[i];

		if (m->client != NULL && m != but && m->seen_seq < seq) {
			return false;
		}
	}
	return true;
}

static bool have_asked(struct bench *b, struct member *m, uint64_t number)
{
	cJSON *answer = ask(m, "{\"ask\":\"communities\"}");
	const cJSON *community =
		cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "communities"), 0);
	bool is_so = number_of(community, "requests") == (double)number;

	(void)b;
	cJSON_Delete(answer);
	return is_so;
}

/* The key packages are there to be fetched; nothing tells of that. */
static bool has_published(struct member *joiner)
{
	return joiner->is_admitted &&
		client_traffic(joiner->client).sent_bytes >=
		joiner->sent_at_admission + KEYS_BYTES &&
		fact(joiner, "{\"ask\":\"status\"}", "outbox") == 0;
}

/* All from this one on; who does not stay goes at once. */
static bool have_published(struct bench *b, struct member *m, uint64_t first)
{
	bool is_so = true;

	(void)m;
	for (size_t i = first; i < b->num; i++) {
		struct member *joiner = &b->members[i];

		if (joiner->client == NULL) {
			continue;
		}
		if (!has_published(joiner)) {
			is_so = false;
		} else if (i >= b->num_online - 1) {
			stop(joiner);
		}
	}
	return is_so;
}

static void settle(struct member *m)
{
	(void)answer_to(m, say(m, "{\"do\":\"sync\"}"));
}

static void settle_all(struct bench *b)
{
	for (size_t i = 0; i < b->num; i++) {
		if (b->members[i].client != NULL) {
			settle(&b->members[i]);
		}
	}
}

/* ---- The neighbourhood ------------------------------------------------------------ */

static void introduce(struct member *m)
{
	(void)answer_to(m,
		say(m,
			"{\"do\":\"init\",\"url\":\"ws://127.0.0.1:%d/kring\","
			"\"relay\":\"" RELAY_NAME "\",\"name\":\"Buur %zu\"}",
			m->bench->port, m->number));
	(void)say(m, "{\"do\":\"connect\"}");
}

static void found(struct bench *b)
{
	struct member *coordinator = add_member(b);
	char *content;

	introduce(coordinator);
	content = strdup(text_of(
		answer_to(coordinator,
			say(coordinator,
				"{\"do\":\"found_prepare\",\"name\":\"Elzenstraat\","
				"\"recovery\":true}")),
		"content"));
	b->community =
		strdup(text_of(answer_to(coordinator,
				       say(coordinator,
					       "{\"do\":\"found\",\"grant\":\"%s\","
					       "\"content\":\"%s\"}",
					       b->grant, content)),
			"community"));
	free(content);
	until(b, "the community's group", has_members, coordinator, 1);
}

static char *invite(struct bench *b)
{
	struct member *coordinator = &b->members[0];

	return strdup(text_of(answer_to(coordinator,
				      say(coordinator,
					      "{\"do\":\"invite\",\"community\":\"%s\","
					      "\"uses\":1000}",
					      b->community)),
		"link"));
}

/* They ask to come in, and the coordinator sees it. */
static void ask_in(struct bench *b, const char *link, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		struct member *m = add_member(b);

		introduce(m);
		(void)say(m,
			"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Buur %zu\","
			"\"check\":\"Elzenstraat %zu\"}",
			link, m->number, m->number);
	}
	until(b, "requests", have_asked, &b->members[0], num);
}

static void admit_all(struct bench *b)
{
	struct member *coordinator = &b->members[0];
	char question[128];
	const cJSON *request;
	cJSON *answer;

	(void)snprintf(question, sizeof(question),
		"{\"ask\":\"requests\",\"community\":\"%s\"}", b->community);
	answer = ask(coordinator, question);
	cJSON_ArrayForEach(request, cJSON_GetObjectItem(answer, "requests"))
	{
		(void)say(coordinator,
			"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
			b->community, text_of(request, "account"));
	}
	cJSON_Delete(answer);
}

static void build(struct bench *b, const char *link)
{
	while (b->num < b->size - 1) {
		size_t first = b->num;
		size_t num = b->size - 1 - first;
		double begin = now_ms();

		ask_in(b, link, num < WAVE ? num : WAVE);
		admit_all(b);
		until(b, "key packages", have_published, NULL, first);
		until(b, "members", has_members, &b->members[0], b->num);
		(void)fprintf(stderr, "%zu members, %.1f s for the last %zu\n", b->num,
			(now_ms() - begin) / 1e3, b->num - first);
	}
	until(b, "members", have_members, NULL, b->num);
	settle_all(b);
}

/* ---- Measuring -------------------------------------------------------------------- */

struct measure {
	struct member *actor;
	struct member *bystander; /* NULL: nobody is left */
	double begin_ms;
	double begin_cpu_ms;
	struct client_traffic actor_before;
	struct client_traffic bystander_before;
};

static struct measure begin(struct member *actor, struct member *bystander)
{
	struct measure m = {.actor = actor, .bystander = bystander};

	m.actor_before = client_traffic(actor->client);
	if (bystander != NULL) {
		m.bystander_before = client_traffic(bystander->client);
	}
	m.begin_cpu_ms = cpu_ms();
	m.begin_ms = now_ms();
	return m;
}

static void put(cJSON *object, const char *name, double number)
{
	(void)cJSON_AddNumberToObject(object, name, number);
}

static void put_traffic(cJSON *object, const char *who, struct client_traffic before,
	struct client_traffic after)
{
	cJSON *bytes = cJSON_AddObjectToObject(object, who);

	put(bytes, "sent", (double)(after.sent_bytes - before.sent_bytes));
	put(bytes, "received", (double)(after.received_bytes - before.received_bytes));
}

static void end(const struct measure *m, const char *name)
{
	double ms = now_ms() - m->begin_ms;
	cJSON *object = cJSON_AddObjectToObject(m->actor->bench->figures, name);

	put(object, "ms", ms);
	put(object, "cpu_ms", cpu_ms() - m->begin_cpu_ms);
	put_traffic(object, "actor", m->actor_before, client_traffic(m->actor->client));
	if (m->bystander != NULL) {
		put_traffic(object, "bystander", m->bystander_before,
			client_traffic(m->bystander->client));
	}
}

static void measure_admission(struct bench *b, const char *link)
{
	struct measure m;

	ask_in(b, link, 1);
	settle_all(b);
	m = begin(&b->members[0], b->size > 2 ? &b->members[1] : NULL);
	admit_all(b);
	until(b, "the last one", have_members, NULL, b->size);
	end(&m, "admit");
	settle_all(b);
}

static uint64_t post(struct bench *b, const char *group)
{
	struct member *coordinator = &b->members[0];

	return (uint64_t)number_of(
		answer_to(coordinator,
			say(coordinator,
				"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\","
				"\"text\":\"" POST_TEXT "\"}",
				group)),
		"seq");
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void measure_posts(struct bench *b, const char *group)
{
	struct measure m = begin(&b->members[0], &b->members[1]);
	double times[NUM_POSTS];

	for (size_t i = 0; i < NUM_POSTS; i++) {
		double start_ms = now_ms();

		until(b, "a post", have_seen, &b->members[0], post(b, group));
		times[i] = now_ms() - start_ms;
	}
	end(&m, "posts");
	qsort(times, NUM_POSTS, sizeof(times[0]), compare);
	put(b->figures, "num_posts", NUM_POSTS);
	put(b->figures, "post_ms", times[NUM_POSTS / 2]);
	settle_all(b);
}

static void refresh(struct member *m, const char *group)
{
	(void)answer_to(m, say(m, "{\"do\":\"refresh\",\"group\":\"%s\"}", group));
}

static void measure_refresh(struct bench *b, const char *group)
{
	uint64_t epoch = (uint64_t)group_fact(&b->members[0], "epoch");
	struct measure m = begin(&b->members[0], &b->members[1]);

	refresh(&b->members[0], group);
	until(b, "an epoch", have_epoch, NULL, epoch + 1);
	end(&m, "refresh");
	settle_all(b);
}

/* The second client goes, misses posts and, where there is a third one to make it, a
 * commit, and comes back. Who has renewed the own path may not do so again at once. */
static void measure_absence(struct bench *b, const char *group)
{
	struct member *away = &b->members[1];
	struct measure m;
	double start_ms;

	stop(away);
	for (size_t i = 0; i < NUM_MISSED; i++) {
		(void)post(b, group);
	}
	if (b->size > 2) {
		refresh(&b->members[2], group);
	}
	settle(&b->members[0]);
	start_ms = now_ms();
	start(away);
	put(b->figures, "start_ms", now_ms() - start_ms);
	m = begin(away, NULL);
	settle(away);
	end(&m, "catch_up");
	put(b->figures, "num_missed", NUM_MISSED + (b->size > 2));
}

static void measure_removal(struct bench *b)
{
	struct member *last = &b->members[b->num - 1];
	struct member *bystander = b->size > 2 ? &b->members[1] : NULL;
	cJSON *status = ask(last, "{\"ask\":\"status\"}");
	struct measure m = begin(&b->members[0], bystander);

	(void)say(&b->members[0],
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"verhuisd\"}",
		b->community, text_of(status, "account"));
	until(b, "the removal", have_members, last, b->size - 1);
	end(&m, "remove");
	cJSON_Delete(status);
}

static void put_keystores(struct bench *b)
{
	struct keystore_size size;

	keystore_size(b->members[0].keystore, &size);
	put(b->figures, "keystore_live", (double)size.live);
	put(b->figures, "keystore_file", (double)size.file);
	put(b->figures, "keystore_records", (double)size.num_records);
}

static char *group_id(struct bench *b)
{
	cJSON *answer = ask(&b->members[0], "{\"ask\":\"groups\"}");
	char *id = strdup(text_of(
		cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "groups"), 0), "group"));

	cJSON_Delete(answer);
	return id;
}

static void measure(struct bench *b)
{
	double begin_ms = now_ms();
	char *link;
	char *group;
	size_t num_online = 0;

	found(b);
	link = invite(b);
	build(b, link);
	put(b->figures, "build_ms", now_ms() - begin_ms);
	put(b->figures, "build_cpu_ms", cpu_ms());
	measure_admission(b, link);
	for (size_t i = 0; i < b->num; i++) {
		num_online += b->members[i].client != NULL;
	}
	put(b->figures, "num_online", (double)num_online);
	group = group_id(b);
	measure_posts(b, group);
	measure_refresh(b, group);
	put_keystores(b);
	measure_absence(b, group);
	measure_removal(b);
	free(group);
	free(link);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	char *text;

	if (argc != 6) {
		die("usage", "groups_bench PORT GRANT SIZE ONLINE DIR");
	}
	bench.port = atoi(argv[1]);
	bench.grant = argv[2];
	bench.size = strtoul(argv[3], NULL, 10);
	bench.num_online = strtoul(argv[4], NULL, 10);
	bench.dir = argv[5];
	if (bench.size < 2 || bench.size > MEMBERS_MAX || bench.num_online < 2) {
		die("usage", "SIZE from 2 to 1024, ONLINE from 2");
	}
	bench.figures = cJSON_CreateObject();
	check(host_new(&bench.host, NULL), "host_new");
	measure(&bench);
	text = cJSON_PrintUnformatted(bench.figures);
	(void)printf("%s\n", text);
	free(text);
	cJSON_Delete(bench.figures);
	for (size_t i = 0; i < bench.num; i++) {
		stop(&bench.members[i]);
		cJSON_Delete(bench.members[i].answer);
	}
	host_free(bench.host);
	for (size_t i = 0; i < bench.num; i++) {
		keystore_close(bench.members[i].keystore);
	}
	free(bench.community);
	return 0;
}
