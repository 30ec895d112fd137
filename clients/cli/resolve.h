/* From what people type to what the core wants: names, beginnings of ids, numbers.
 *
 * On anything but CLI_DONE it has been said what is wrong; where more than one fits,
 * which ones. What is returned is the caller's. */
#ifndef KRING_CLI_RESOLVE_H
#define KRING_CLI_RESOLVE_H

#include "clients/cli/cli.h"

/* An id may be shortened to this many characters. */
#define RESOLVE_PREFIX_MIN 6

/* How names are compared. Somebody who is to be removed has to be named in full. */
enum resolve_names {
	RESOLVE_WHOLE_NAME,
	RESOLVE_NAME_BEGINS,
};

/* The one of an array's objects that word means: by its whole id, by its name (case does
 * not matter) if no other has it, or by the beginning of its id. A view into array. */
const cJSON *resolve_item(const struct cli *cli, const cJSON *array, const char *id_field,
	const char *word, enum resolve_names names);

/* The community of --community, or the only one that one is in. */
enum cli_exit resolve_community(struct cli *cli, const char *word, char **community);

/* A group by name or id; without a word the community's own. */
enum cli_exit resolve_group(struct cli *cli, const char *word, char **group);

/* An account among the members, or among those who ask to join. */
enum cli_exit resolve_member(struct cli *cli, const char *word, char **account);
enum cli_exit resolve_asker(struct cli *cli, const char *word, char **account);

enum cli_exit resolve_invitation(struct cli *cli, const char *word, char **key);
enum cli_exit resolve_inbox(struct cli *cli, const char *word, char **identity_key);
/* A case by the beginning of its id; an inbox in whose team one is; a colleague there. */
enum cli_exit resolve_case(struct cli *cli, const char *word, char **id);
enum cli_exit resolve_own_inbox(struct cli *cli, const char *word, char **id);
enum cli_exit resolve_colleague(struct cli *cli, const char *word, char **account);
/* Another inbox, for something in a case: a link or a whole id as it is; by its name or
 * the beginning of its id one of the case's parties, or one that a community trusts. */
enum cli_exit resolve_team(
	struct cli *cli, const char *case_id, const char *word, char **id);
enum cli_exit resolve_device(struct cli *cli, const char *word, char **device);

/* A message by its number ("12" or "#12") in cli->group, with all its fields. */
enum cli_exit resolve_message(struct cli *cli, const char *word, cJSON **message);

/* Likewise, or the message that brought a notice: its author and event alone. */
enum cli_exit resolve_message_or_notice(
	struct cli *cli, const char *word, cJSON **message);

/* Likewise; refused if somebody else wrote it. */
enum cli_exit resolve_own_message(struct cli *cli, const char *word, cJSON **message);

#endif
