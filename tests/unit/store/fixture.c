#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static unsigned next_event;

void fixture_open_in(
	struct fixture *f, const char *dir, uint64_t map_bytes, uint64_t map_bytes_max)
{
	struct kr_secret seed = {{1}};

	*f = (struct fixture){0};
	(void)snprintf(f->dir, sizeof(f->dir), "%s", dir);
	kr_random_seeded_init(&f->rng_state, &seed);
	f->rng = kr_random_seeded(&f->rng_state);
	f->config = (struct store_config){
		.dir = f->dir,
		.map_bytes = map_bytes,
		.map_bytes_max = map_bytes_max,
		.rng = &f->rng,
	};
	next_event = 1U << 20;
	assert_int_equal(kr_crypto_init(), KR_OK);
	assert_int_equal(store_open(&f->store, &f->config), KR_OK);
}

void fixture_open(struct fixture *f)
{
	/* In memory where that can be had: an fsync costs nothing there, and what it is
	 * good for is the matter of tests/crash. */
	char in_memory[] = "/dev/shm/kring-store-XXXXXX";
	char on_disk[] = "/tmp/kring-store-XXXXXX";
	char *dir = mkdtemp(in_memory);

	if (dir == NULL) {
		dir = mkdtemp(on_disk);
	}
	assert_non_null(dir);
	fixture_open_in(f, dir, 0, 0);
}

void fixture_reopen(struct fixture *f)
{
	store_close(f->store);
	assert_int_equal(store_open(&f->store, &f->config), KR_OK);
}

void remove_tree(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char path[512];
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
			continue;
		}
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			remove_tree(path);
		} else {
			(void)unlink(path);
		}
	}
	if (d != NULL) {
		closedir(d);
	}
	(void)rmdir(dir);
}

void fixture_close(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	remove_tree(f->dir);
}

/* ---- Names ----------------------------------------------------------------------- */

const uint8_t *id(unsigned n)
{
	static uint8_t ids[256][KR_ID_BYTES];

	assert_in_range(n, 0, 255);
	memset(ids[n], (int)n, KR_ID_BYTES);
	return ids[n];
}

struct kr_view view_of(unsigned n)
{
	return kr_view(id(n), KR_ID_BYTES);
}

struct kr_topic community(unsigned n)
{
	return kr_topic(KR_TOPIC_COMMUNITY, id(n));
}

struct kr_topic group(unsigned n)
{
	return kr_topic(KR_TOPIC_GROUP, id(n));
}

struct kr_topic account(unsigned n)
{
	return kr_topic(KR_TOPIC_ACCOUNT, id(n));
}

/* ---- Appends --------------------------------------------------------------------- */

struct draft draft(unsigned author, unsigned event)
{
	struct draft d = {.append = log_append_new(), .author = author, .event = event};

	assert_non_null(d.append);
	return d;
}

void draft_add(struct draft *d, struct kr_topic topic, unsigned type,
	const struct kr_event_head *head, struct kr_view body, uint64_t expect_rev)
{
	struct kr_event_head none = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_event event = {
		.topic = topic,
		.type = (uint16_t)type,
		.time_ms = d->time_ms,
		.author = d->author == 0 ? kr_view(NULL, 0) : view_of(d->author),
		.body = body,
	};

	memcpy(event.id, &d->event, sizeof(d->event));
	kr_writer_init(&w);
	assert_int_equal(
		kr_event_head_write(&w, type, head == NULL ? &none : head), KR_OK);
	event.head = kr_writer_view(&w);
	assert_int_equal(log_append_event(d->append, &event, expect_rev), KR_OK);
}

void draft_post(struct draft *d, unsigned group_n, const char *body)
{
	draft_add(d, group(group_n), KR_EVENT_POST, NULL, kr_view_str(body), LOG_REV_ANY);
}

void draft_guard(struct draft *d, struct kr_topic topic, uint64_t rev)
{
	assert_int_equal(log_append_guard(d->append, &topic, rev), KR_OK);
}

void draft_key(struct draft *d, const char *key)
{
	assert_int_equal(log_append_key(d->append, kr_view_str(key)), KR_OK);
}

struct log_result submit(struct fixture *f, struct draft *d, struct log_place *place)
{
	struct log_engine *engine = store_engine(f->store);
	struct log_result result;

	engine->ops->commit(engine, &d->append, 1);
	result = d->append->result;
	if (place != NULL) {
		*place = d->append->events[0].place;
	}
	log_append_free(d->append);
	d->append = NULL;
	return result;
}

void submit_ok(struct fixture *f, struct draft *d)
{
	struct log_result result = submit(f, d, NULL);

	assert_int_equal(result.err, KR_OK);
	assert_int_equal(result.outcome, LOG_APPENDED);
}

void put_event(struct fixture *f, struct kr_topic topic, unsigned type, unsigned author,
	const struct kr_event_head *head, struct kr_view body)
{
	struct draft d = draft(author, next_event++);

	draft_add(&d, topic, type, head, body, LOG_REV_ANY);
	submit_ok(f, &d);
}

void post(struct fixture *f, unsigned group_n, unsigned author, const char *body)
{
	put_event(f, group(group_n), KR_EVENT_POST, author, NULL, kr_view_str(body));
}

void create_group(struct fixture *f, unsigned group_n, unsigned creator)
{
	struct kr_event_head head = {
		.account = view_of(creator),
		.community = view_of(200),
	};

	put_event(f, group(group_n), KR_EVENT_GROUP_CREATED, creator, &head,
		kr_view(NULL, 0));
}

struct store_topic topic_of(struct fixture *f, struct kr_topic topic)
{
	struct store_view view;
	struct store_topic out;
	enum kr_err err;

	assert_int_equal(store_view_begin(f->store, &view), KR_OK);
	err = store_topic(&view, &topic, &out);
	assert_true(err == KR_OK || err == KR_ERR_NOT_FOUND);
	store_view_end(&view);
	return out;
}

void assert_sound(struct fixture *f)
{
	struct store_verified verified;
	enum kr_err err = store_verify(f->store, &verified);

	if (err != KR_OK) {
		print_message("# %s %s\n", kr_err_name(err), verified.first.text);
	}
	assert_int_equal(err, KR_OK);
}
