/* What `signal` and `return` share: the reporter's machine, reached through the session,
 * and texts that are nobody else's business. Once that machine is there, cJSON wipes
 * what it frees. */
#ifndef KRING_CLI_REPORT_H
#define KRING_CLI_REPORT_H

#include "clients/cli/cli.h"

/* {"do":name}, with url and relay (--relay, or the host) of a relay's address; NULL:
 * without. */
cJSON *report_request(const struct cli *cli, const char *name, const char *url);

/* The relay's address: --url, or asked for, with that of a host as what is offered. ""
 * and a complaint if there is none. For free. */
char *report_url(struct cli *cli, const char *host);

/* The next line, or all that is left, of standard input when nobody is there to ask; else
 * asked. For text_free_secret; NULL: none, or empty. */
char *report_line(const char *question);
char *report_text(const char *question);

/* signal_ask.c: questions one at a time. others: inboxes that were not chosen, each with
 * `inbox` and `name`; whom of them the signal must not reach is asked. NULL: it is not to
 * be sent. The object has `signal` and, of one with a name, `identity` and
 * `fallback_knows`. */
cJSON *report_interview(struct cli *cli, const char *origin, const cJSON *others);

#endif
