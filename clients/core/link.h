/* The connection to the relay: hello, authentication, requests and their answers,
 * reconnecting with jitter. */
#ifndef CLIENTS_CORE_LINK_H
#define CLIENTS_CORE_LINK_H

#include <kring/request.h>

#include "clients/machine/answer.h"

struct kr_core;

enum link_state {
	LINK_OFF,        /* no account yet, or not wanted */
	LINK_REFUSED,    /* the relay does not take this device: no use in coming back */
	LINK_WAITING,    /* until retry_ms */
	LINK_CONNECTING, /* the host has been asked */
	LINK_HELLO,      /* open; the relay speaks first */
	LINK_AUTH,       /* the proof is sent */
	LINK_ONLINE,
};

/* What is called with the answer; context is what was given with the request. Not called
 * if the connection ends first: whoever asked sees link state and asks again. */
#define LINK_CONTEXT_MAX 96
struct link_waiting {
	enum kr_err (*answered)(struct kr_core *core, const struct answer *answer,
		struct kr_view context);
	uint8_t context[LINK_CONTEXT_MAX];
	size_t context_len;
	uint64_t id; /* of the request; 0: free */
};

#define LINK_MAX_OUTSTANDING 48

struct link {
	enum link_state state;
	bool wanted; /* the host or a command wants a connection */
	uint64_t retry_ms;
	/* When something came of the relay, or it was asked for something when nothing
	 * was. */
	uint64_t heard_ms;
	unsigned num_failures; /* in a row */
	uint64_t last_request;
	uint8_t incarnation[KR_INCARNATION_BYTES];
	uint8_t relay_key[KR_ED25519_PUBLIC_BYTES]; /* as hello says; zero: it did not */
	int64_t clock_ahead_ms;                     /* of the relay, over the host's */
	struct link_waiting waiting[LINK_MAX_OUTSTANDING];
	size_t num_waiting;
};

/* Room for one more request now? Who finds none is asked again by its …_reconcile. */
bool link_has_room(const struct kr_core *core);

/* Send a request (its id is set here). KR_ERR_STATE unless online and with room. */
enum kr_err link_request(struct kr_core *core, struct kr_request *request,
	enum kr_err (*answered)(struct kr_core *core, const struct answer *answer,
		struct kr_view context),
	struct kr_view context);

/* What happened. */
enum kr_err link_connected(struct kr_core *core);
enum kr_err link_message(struct kr_core *core, struct kr_view bytes, bool is_text);
enum kr_err link_disconnected(struct kr_core *core, uint16_t code);
/* Connect, wait or stop, as it should be now. */
enum kr_err link_reconcile(struct kr_core *core);
void link_want(struct kr_core *core, bool wanted);
const char *link_state_name(const struct kr_core *core);

#endif
