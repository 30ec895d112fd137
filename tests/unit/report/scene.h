/* A relay in memory with three inboxes and one case, and the reporter's machine connected
 * to it. The relay checks what the machine sends as a true one does; what it says itself
 * can be a lie. */
#ifndef TESTS_UNIT_REPORT_SCENE_H
#define TESTS_UNIT_REPORT_SCENE_H

#include <cjson/cJSON.h>

#include <kring/cases.h>
#include <kring/report.h>

#define RELAY       "relay.test"
#define NUM_INBOXES 3
#define EVENTS_MAX  32
#define START_MS    UINT64_C(1763784000000)
#define CALL        "0800-2000"

enum { WIJK, VEILIG, TEAM }; /* the second is the first one's fallback, the third its */

struct scene_inbox {
	struct kr_ed25519_keypair identity;
	struct kr_ed25519_keypair device;
	struct kr_x25519_keypair member;
	struct kr_inbox_secrets secrets;
	uint8_t id[KR_ID_BYTES];
	uint8_t account[KR_ID_BYTES];
	struct kr_inbox_record settings; /* of the newest record, to make the next of */
	struct kr_bytes records[4];
	size_t num_records;
	uint64_t since_ms[4];
};

struct scene_event {
	struct kr_bytes body;
	struct kr_bytes wraps;
	uint8_t head[KR_EVENT_HEAD_MAX];
	struct kr_event event;
	uint8_t hash[KR_SHA256_BYTES];
};

/* What is wrong with the relay, or with what a professional does. */
enum lie {
	NO_LIE,
	/* of the relay, on the way to the machine */
	LIE_SKIP,       /* an event is left out */
	LIE_REPEAT,     /* or comes twice */
	LIE_CHANGE,     /* another time, under the old hash */
	LIE_BY,         /* another inbox in the head, under a new hash */
	LIE_UNTIL,      /* a later deadline, under a new hash */
	LIE_WRAP,       /* a bit of a wrap is another */
	LIE_WITHHOLD,   /* no wraps */
	LIE_OLD_RECORD, /* the record before the newest */
	LIE_NO_RECORD,  /* none */
	LIE_NO_FALLBACK, /* none of who would step in */
	LIE_NO_CASE,     /* there never was one */
	LIE_FORGED_RECORD,
	LIE_OTHER_KEY,   /* hello has another key than the records */
	LIE_OTHER_NAME,  /* or another name */
	LIE_HEAD_BEHIND, /* the newest events are hidden */
	LIE_ARRIVAL_KEY,
	LIE_ARRIVAL_HASH,
	LIE_ARRIVAL_UNTIL,
	LIE_ARRIVAL_INBOX,
	LIE_ARRIVAL_NONE,
	/* of who acts, or in their name */
	LIE_SIGNER,     /* a stranger signs */
	LIE_FORK,       /* has seen another history */
	LIE_STATE,      /* does what is not permitted */
	LIE_RECIPIENTS, /* leaves the reporter out */
	LIE_RELAY_WORD, /* overdue, signed by a stranger */
	LIE_WORDS,      /* an envelope that holds no words */
};

struct scene {
	struct kr_report *report;
	struct kr_random_seeded rng_state;
	struct kr_random rng;
	uint64_t now_ms;
	int64_t machine_ahead_ms; /* the machine's clock is wrong by so much */
	enum lie lie;

	/* The relay. */
	struct kr_ed25519_keypair relay_key;
	struct kr_ed25519_keypair stranger;
	struct scene_inbox inboxes[NUM_INBOXES];
	struct kr_case_state state;
	struct scene_event events[EVENTS_MAX];
	size_t num_events;
	size_t num_trimmed;
	uint8_t case_id[KR_ID_BYTES];
	uint8_t receipt_key[KR_X25519_BYTES]; /* as the owner finds it in the signal */

	/* The connection. */
	bool is_connected;
	bool is_asked; /* a connection is to be made */
	unsigned num_connections;
	uint8_t challenge[32];
	bool is_open; /* the case is, on this connection */
	bool is_subscribed;
	size_t num_delivered;
	bool is_mute;          /* it takes what comes, and says nothing to it */
	unsigned lose_answers; /* as many connections end before an answer */
	const char *refuse;    /* every append is refused with this error */

	/* What the machine said and asked for. */
	struct kr_bytes sent[8]; /* bodies of submits and appends, as they came */
	size_t num_sent;
	cJSON *answer; /* the last */
	cJSON *tells;
	uint64_t timer_ms;
	uint64_t last_command;
};

void scene_begin(struct scene *s);
void scene_end(struct scene *s);

/* Let a command's consequences run out; its answer, or NULL while it waits. */
const cJSON *scene_do(struct scene *s, const char *command);
/* Likewise, with a string for %s. */
const cJSON *scene_dof(struct scene *s, const char *format, const char *value);
cJSON *scene_ask(struct scene *s, const char *question);
void scene_run(struct scene *s);
void scene_pass(struct scene *s, uint64_t ms);
void scene_drop(struct scene *s);

/* A link to an inbox, as a poster has it. */
void scene_link(const struct scene *s, size_t inbox, char out[256]);
void scene_open(struct scene *s);
/* A receipt, which is left in digits. */
void scene_receipt(struct scene *s, char digits[KR_RECEIPT_TEXT_BYTES]);
/* Of an anonymous signal; the answer's arrival is left in s->answer. */
void scene_send_signal(struct scene *s, const char *digits);
/* open, receipt and that. */
void scene_send(struct scene *s, char digits[KR_RECEIPT_TEXT_BYTES]);
/* Another machine, with the digits alone. */
const cJSON *scene_return(struct scene *s, const char *digits);

/* A professional of an inbox acts; about: another inbox, or -1. Lies of who acts are
 * told here. */
void scene_act(
	struct scene *s, enum kr_event_type type, size_t by, const char *text, int about);
/* The clock ran out. */
void scene_overdue(struct scene *s);
/* A new record, rotated. */
void scene_rotate(struct scene *s, size_t inbox);

const char *text_of(const cJSON *object, const char *name);
/* Was an alarm of this name told? */
bool scene_was_told(const struct scene *s, const char *tell, const char *name);

#endif
