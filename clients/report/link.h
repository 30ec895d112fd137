/* The connection to the relay: without an account, and only while something is to be
 * asked or waited for. One request is under way at a time. */
#ifndef CLIENTS_REPORT_LINK_H
#define CLIENTS_REPORT_LINK_H

#include <kring/request.h>

#include "clients/machine/answer.h"

struct kr_report;

enum link_state {
	LINK_OFF,
	LINK_WAITING,    /* until retry_ms */
	LINK_CONNECTING, /* the host has been asked */
	LINK_HELLO,      /* open; the relay speaks first */
	LINK_READY,
};

/* What clocks may differ by, and nobody needs to know. */
#define LINK_CLOCKS_DIFFER_MS 300000

struct link {
	enum link_state state;
	char *url;
	char *relay; /* the name that it has to say */
	uint64_t retry_ms;
	unsigned num_failures; /* in a row */
	uint64_t last_request;
	uint64_t last_request_ms; /* or, before the first, of connecting */
	/* What is under way; 0: nothing. Not called if the connection ends first. */
	uint64_t waiting;
	enum kr_err (*answered)(struct kr_report *report, const struct answer *answer);
	uint64_t pause_ms; /* no request before: the relay said so */
	/* Of hello. */
	uint8_t incarnation[KR_INCARNATION_BYTES];
	uint8_t challenge[KR_CHALLENGE_BYTES];
	uint8_t relay_key[KR_ED25519_PUBLIC_BYTES];
	uint64_t said_ms;       /* the relay's own time, as it said last */
	int64_t clock_ahead_ms; /* of the relay, over the host's, by that */
	uint64_t idle_ms;       /* it closes after so long without a request */
};

/* Whom to connect to, from url and relay of a command. KR_ERR_FIELD, KR_ERR_MEMORY. */
enum kr_err link_set(struct kr_report *report, struct kr_view url, struct kr_view relay);
void link_wipe(struct link *link);

/* Can a request be sent now? */
bool link_is_free(const struct kr_report *report);

/* Send a request (its id is set here), if the link is free. */
enum kr_err report_link_request(struct kr_report *report, struct kr_request *request,
	enum kr_err (*answered)(struct kr_report *report, const struct answer *answer));

/* An answer that says "later": no request before that. */
void link_pause(struct kr_report *report, const struct answer *answer);

/* This connection is of no use any more; the next one is made after a while. */
enum kr_err link_give_up(struct kr_report *report);
enum kr_err link_close(struct kr_report *report);

/* The host's clock was set back by so much. */
void link_clock_set_back(struct kr_report *report, uint64_t by_ms);

/* The relay's own clock now, as the host's has gone on since it was said. A host's clock
 * can be set, and a machine can have slept. */
uint64_t link_relay_time(const struct kr_report *report);
/* As it was said last; before anybody is accused, it is asked for. */
uint64_t link_relay_said(const struct kr_report *report);
enum kr_err link_ask_time(struct kr_report *report);

enum kr_err report_link_connected(struct kr_report *report);
enum kr_err report_link_message(
	struct kr_report *report, struct kr_view bytes, bool is_text);
enum kr_err report_link_disconnected(struct kr_report *report, uint16_t code);
void link_online(struct kr_report *report);
/* Connect, wait or stop, as it should be now. */
enum kr_err report_link_reconcile(struct kr_report *report, bool is_wanted);
/* Keep a connection on which something is waited for. */
enum kr_err link_ping(struct kr_report *report);

#endif
