/* Inboxes with people in them, and a case to work on: everything that is signed is signed
 * for real, what is sealed is noise of the right size. */
#ifndef KRING_TESTS_RELAY_DOCKET_H
#define KRING_TESTS_RELAY_DOCKET_H

#include <kring/case.h>

#include "fixture.h"
#include "server/store/projection.h"

/* Desk 0 is where signals go; 1 is its fallback and that of 2; the others have none. */
#define NUM_DESKS  5
#define NUM_PEOPLE 2
#define REPORTER   (-1)
#define NOBODY     (-2)

#define ACKNOWLEDGE_S(urgency) (60U * (urgency))
#define FOLLOW_UP_S(urgency)   (300U * (urgency))
#define PROMISE_S              3600U
#define PROMISES               2
#define RETENTION_S            1000U
#define RETENTION_UNREAD_S     KR_INBOX_UNREAD_MIN_S

struct desk {
	struct client *people[NUM_PEOPLE]; /* the first administers it */
	struct kr_ed25519_keypair identity;
	struct kr_inbox_record record; /* as it was set last */
	struct kr_bytes bytes;         /* likewise */
	uint8_t id[KR_ID_BYTES];
	struct kr_topic topic;
};

struct docket {
	struct world *w;
	struct desk desks[NUM_DESKS];
	struct kr_ed25519_keypair receipt;
	struct kr_topic topic;     /* the case; it is there once it was submitted */
	struct client *reporter;   /* connected, without an account */
	struct kr_bytes bodies[8]; /* what requests point into, the newest last */
	size_t num_bodies;
};

/* Makes the inboxes in a world that is open. */
void docket_open(struct docket *d, struct world *w);
void docket_close(struct docket *d);
/* Another case, and a connection that has none open. */
void docket_next_case(struct docket *d, unsigned number);

/* What somebody does in the case. */
struct deed {
	enum kr_event_type type;
	int by;       /* a desk, or REPORTER */
	int about;    /* a desk, or NOBODY: of types that name one */
	int fallback; /* likewise */
	uint8_t urgency;
	uint64_t date_ms;
	int person; /* of the desk */
};

struct deed deed_by(enum kr_event_type type, int who);
struct deed deed_about(enum kr_event_type type, int who, int desk);
struct deed deed_urgent(enum kr_event_type type, int who, uint8_t urgency);
struct deed deed_submitted(int inbox, int fallback, uint8_t urgency);
struct deed deed_accepted(int who, int fallback);
struct deed deed_promised(const struct docket *d, int who, uint64_t in_s);
extern const struct deed signal_of_today; /* to 0, with fallback 1 */

/* Signed by whoever does it, on top of what is stored now; NULL bend, or the last change
 * before it is signed. Good until four more were made. */
struct kr_request make_deed(struct docket *d, const struct deed *deed,
	void (*bend)(struct kr_case_event *event));
struct client *who_does(struct docket *d, const struct deed *deed);
/* Make it, send it, and expect a code. */
const struct received *do_deed(struct docket *d, struct deed deed, const char *code);

void submit_signal(struct docket *d);
/* Come back with the receipt. */
struct kr_request ask_open(struct docket *d, struct client *c);

struct kr_request make_note(struct docket *d, int desk, int person);
struct kr_topic notes_topic(const struct docket *d, int desk);

/* The key on paper with which desk 3 was made; the others have none. */
void desk_paper(struct kr_ed25519_keypair *paper);
/* Sign desk->record as the next one. */
struct kr_bytes next_record(struct docket *d, int desk);
/* Send that. */
const struct received *set_record(struct docket *d, int desk, const char *code);
void grant_inbox(struct docket *d, struct kr_request *r, unsigned number);

/* What the store has. */
struct kr_case_state case_state(struct docket *d);
struct store_topic place_of(struct docket *d, struct kr_topic topic);
uint64_t num_stored_events(struct docket *d);
int owner_of(const struct docket *d, const struct kr_case_state *state);
enum kr_party_role role_of(struct docket *d, int desk);
bool may_read(struct client *c, struct kr_topic topic);

/* Seconds pass, and what they bring is stored. */
void pass_s(struct docket *d, uint64_t seconds);
/* For world_open_with: hours may pass without a word on a connection. */
void never_idle(struct relay_config *config);
/* The projection is what the log adds up to. */
void world_verify(struct world *w);

#endif
