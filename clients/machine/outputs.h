/* What the host is to do, in order, each held back until what it rests on is stored. */
#ifndef CLIENTS_MACHINE_OUTPUTS_H
#define CLIENTS_MACHINE_OUTPUTS_H

#include <cjson/cJSON.h>

#include <kring/core.h>

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
enum kr_err output_connect(struct outputs *outputs, const char *url);
enum kr_err output_send(struct outputs *outputs, struct kr_view message, bool is_text);
enum kr_err output_disconnect(struct outputs *outputs);
enum kr_err output_timer(struct outputs *outputs, uint64_t time_ms);
enum kr_err output_answer(struct outputs *outputs, uint64_t command, cJSON *answer);
enum kr_err output_tell(struct outputs *outputs, cJSON *tell);

/* The same text once an input. */
enum kr_err output_tell_once(struct outputs *outputs, cJSON *tell);

/* Answers that COMMANDS.md begins with: fields (NULL: none; consumed) with "ok", or an
 * error, whose code is the relay's word or, if that is NULL, kr_err_name. */
enum kr_err output_done(struct outputs *outputs, uint64_t command, cJSON *fields);
enum kr_err output_failed(
	struct outputs *outputs, uint64_t command, enum kr_err err, const char *code);

/* The end of an input: records that were changed in it become one store, for which all
 * waits that was put out. records is an array on the heap, consumed; NULL and 0: none
 * were. */
enum kr_err outputs_close(
	struct outputs *outputs, struct kr_core_record *records, size_t num);

bool outputs_take(struct outputs *outputs, struct kr_core_output *out);

#endif
