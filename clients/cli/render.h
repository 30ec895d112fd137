/* Answers that are no lists, for people. What comes from others is made harmless. Each is
 * a command's render; they end with CLI_DONE unless they say otherwise. */
#ifndef KRING_CLI_RENDER_H
#define KRING_CLI_RENDER_H

#include "clients/cli/cli.h"
#include "clients/cli/words.h"

enum cli_exit render_feed(struct cli *cli, const cJSON *answer);
enum cli_exit render_message(struct cli *cli, const cJSON *answer);
enum cli_exit render_posted(struct cli *cli, const cJSON *answer);

/* One message; thread messages stand further in. */
void render_one(struct cli *cli, const cJSON *message, size_t indent);

/* A case whole; an inbox of one's own; a new one, with its recovery key. */
enum cli_exit render_case(struct cli *cli, const cJSON *answer);
/* The state of a case in words: what is new again was reopened, and what its reporter
 * ended was withdrawn. */
const char *render_case_state(const cJSON *answer);
/* A case as its reporter sees it; and the answers that a signal gives, with the words for
 * who is at risk. */
void render_report(struct cli *cli, const cJSON *answer);
void render_signal(struct cli *cli, const cJSON *signal, enum words at_risk);
/* How many teams its reporter excludes; "" for none. */
#define RENDER_EXCLUDED_BYTES 200
const char *render_excluded(char *out, size_t size, const cJSON *signal);
/* The name of a colleague in that inbox, the account if there is none any more; for
 * free. */
char *render_colleague(struct cli *cli, const char *inbox, const char *account);
/* render_settings.c: what an inbox has promised. */
void render_settings(struct cli *cli, const cJSON *settings);
enum cli_exit render_inbox(struct cli *cli, const cJSON *answer);
enum cli_exit render_inbox_created(struct cli *cli, const cJSON *answer);

enum cli_exit render_status(struct cli *cli, const cJSON *answer);
enum cli_exit render_safety(struct cli *cli, const cJSON *answer);
enum cli_exit render_rules(struct cli *cli, const cJSON *answer);
enum cli_exit render_guidance(struct cli *cli, const cJSON *answer);
/* Of professionals, in a community or of one's own inbox. */
enum cli_exit render_notices(struct cli *cli, const cJSON *answer);
enum cli_exit render_alarms(struct cli *cli, const cJSON *answer);
enum cli_exit render_fingerprint(struct cli *cli, const cJSON *answer);
enum cli_exit render_export(struct cli *cli, const cJSON *answer);
enum cli_exit render_synced(struct cli *cli, const cJSON *answer);

/* A card or link to carry to another device: the text alone, fit for a file. */
enum cli_exit render_card(struct cli *cli, const cJSON *answer);
enum cli_exit render_link(struct cli *cli, const cJSON *answer);
enum cli_exit render_signature(struct cli *cli, const cJSON *answer);

/* What founders sign; and the digits of the recovery key on stderr, if there is one. */
enum cli_exit render_prepared(struct cli *cli, const cJSON *answer);

/* The digits of a recovery key, what they are for, and what to do with them. */
void render_recovery(FILE *out, const char *digits, const char *purpose);

/* The link and its QR code in the terminal; the files of --qr and --letter. */
enum cli_exit render_invitation(struct cli *cli, const cJSON *answer);
enum cli_exit write_invitation(struct cli *cli, const cJSON *answer);

#endif
