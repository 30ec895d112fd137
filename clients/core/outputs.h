/* What the host is to do, in order, each held back until what it rests on is stored. */
#ifndef CLIENTS_CORE_OUTPUTS_H
#define CLIENTS_CORE_OUTPUTS_H

#include <cjson/cJSON.h>

#include <kring/core.h>

struct kr_core;

struct output {
	struct output *next;
	uint64_t after; /* the store that has to be confirmed first */
	struct kr_core_output out;
	struct kr_bytes bytes;
	struct kr_core_record *records; /* of a store: keys and values are copies */
};

struct outputs {
	struct output *first; /* all but stores */
	struct output **last;
	struct output *first_store;
	struct output **last_store;
	struct output *given; /* what the host is looking at */
	uint64_t last_id;     /* of stores: given out, */
	uint64_t stored_id;   /* confirmed */
	uint64_t timer_ms;    /* as last asked for */
};

void outputs_init(struct outputs *outputs);
void outputs_free(struct outputs *outputs);

/* Each of these may fail with KR_ERR_MEMORY. bytes are copied; objects are consumed,
 * also on an error, and NULL counts as a lack of memory. */
enum kr_err output_connect(struct kr_core *core, const char *url);
enum kr_err output_send(struct kr_core *core, struct kr_view message, bool is_text);
enum kr_err output_disconnect(struct kr_core *core);
enum kr_err output_timer(struct kr_core *core, uint64_t time_ms);
enum kr_err output_answer(struct kr_core *core, uint64_t command, cJSON *answer);
enum kr_err output_tell(struct kr_core *core, cJSON *tell);

/* {"tell":"changed","what":…,"community":…,"group":…}; ids may be NULL. Once an input for
 * the same three. */
enum kr_err tell_changed(struct kr_core *core, const char *what, const uint8_t *community,
	const uint8_t *group);

/* The end of an input: what was changed becomes one store, and what was put out in this
 * input waits for it. */
enum kr_err outputs_close(struct kr_core *core);

bool outputs_take(struct outputs *outputs, struct kr_core_output *out);

#endif
