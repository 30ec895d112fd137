/* Holds a store against what a relay had said about it before it was killed.
 *
 *	store_check dir < record
 *
 * The record has a JSON object a line, answers and events as the relay sent them, each
 * with a topic, a seq and the running hash there. Every one must be in the store; no
 * event may be there twice; and the store must be sound. Prints one line; the exit code
 * is 0 if all of that holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/wire.h>

#include "server/store/store.h"

#define PAGE 256

struct seen {
	uint8_t topic[KR_TOPIC_BYTES];
	uint8_t id[KR_EVENT_ID_BYTES];
	uint8_t author[KR_ID_BYTES];
};

static void give_up(const char *what, const char *about)
{
	(void)printf("%s: %s\n", what, about);
	exit(1);
}

/* ---- The record ---------------------------------------------------------------- */

/* The text of a member, whose value is a string, or digits. */
static bool find_member(const char *line, const char *name, struct kr_view *out)
{
	const char *p = strstr(line, name);

	if (p == NULL) {
		return false;
	}
	p += strlen(name);
	*out = kr_view(p, strcspn(p, "\",}"));
	return true;
}

static void check_line(const struct store_view *view, const char *line)
{
	struct kr_view topic_text;
	struct kr_view seq_text;
	struct kr_view hash_text;
	struct kr_topic topic;
	struct store_entry entry;
	uint8_t hash[KR_SHA256_BYTES];
	uint64_t seq;
	size_t num;

	if (!find_member(line, "\"topic\":\"", &topic_text) ||
		!find_member(line, "\"seq\":", &seq_text) ||
		!find_member(line, "\"hash\":\"", &hash_text) ||
		kr_topic_from_text(&topic, topic_text) != KR_OK ||
		kr_base64url_decode(hash, sizeof(hash), hash_text) != KR_OK) {
		give_up("cannot read the record", line);
	}
	seq = strtoull((const char *)seq_text.data, NULL, 10);
	if (store_page(view, &topic, seq - 1, SIZE_MAX, &entry, 1, &num) != KR_OK ||
		num != 1 || entry.event.seq != seq ||
		memcmp(entry.hash, hash, sizeof(hash)) != 0) {
		give_up("lost or changed", line);
	}
}

static size_t check_record(const struct store_view *view)
{
	char *line = NULL;
	size_t cap = 0;
	size_t num = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		/* What is cut off is of no weight: the load generator was cut off too. */
		if (line[len - 1] == '\n') {
			check_line(view, line);
			num++;
		}
	}
	free(line);
	return num;
}

/* ---- The store ----------------------------------------------------------------- */

static int compare_seen(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct seen));
}

/* One author uses an event id once in a topic. */
static size_t check_once(const struct store_view *view)
{
	uint64_t max = store_position(view);
	struct seen *seen = calloc(max + 1, sizeof(*seen));
	struct store_entry entries[PAGE];
	uint64_t position = 0;
	size_t total = 0;
	size_t num;

	if (seen == NULL) {
		give_up("memory", "out of memory");
	}
	do {
		if (store_tail(view, position, SIZE_MAX, entries, PAGE, &num) != KR_OK) {
			give_up("cannot read", "the log");
		}
		for (size_t i = 0; i < num; i++) {
			const struct kr_event *e = &entries[i].event;

			memcpy(seen[total].topic, &e->topic, sizeof(e->topic));
			memcpy(seen[total].id, e->id, sizeof(e->id));
			memcpy(seen[total].author, e->author.data, e->author.len);
			total++;
			position = entries[i].position;
		}
	} while (num > 0);
	qsort(seen, total, sizeof(*seen), compare_seen);
	for (size_t i = 1; i < total; i++) {
		if (compare_seen(&seen[i - 1], &seen[i]) == 0) {
			give_up("twice", "an event");
		}
	}
	free(seen);
	return total;
}

int main(int argc, char **argv)
{
	struct store_config config = {.rng = &kr_random_system};
	struct store_verified verified;
	struct store_view view;
	struct store *store;
	size_t num_lines;
	size_t num_events;
	enum kr_err err;

	if (argc != 2) {
		give_up("usage", "store_check dir < record");
	}
	config.dir = argv[1];
	if (kr_crypto_init() != KR_OK || (err = store_open(&store, &config)) != KR_OK) {
		give_up("cannot open the store", argv[1]);
	}
	if ((err = store_verify(store, &verified)) != KR_OK) {
		give_up(kr_err_name(err), verified.first.text);
	}
	if (store_view_begin(store, &view) != KR_OK) {
		give_up("cannot read", argv[1]);
	}
	num_events = check_once(&view);
	num_lines = check_record(&view);
	store_view_end(&view);
	store_close(store);
	(void)printf("%zu events, %zu of them on record\n", num_events, num_lines);
	return 0;
}
