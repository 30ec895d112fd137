/* How an answer that is a list is shown: which fields, under which headings. */
#ifndef KRING_CLI_LIST_H
#define KRING_CLI_LIST_H

#include "clients/cli/cli.h"
#include "clients/cli/words.h"

enum column_kind {
	COLUMN_TEXT = 0,
	COLUMN_ID, /* its first characters: enough to name it by */
	COLUMN_NUMBER,
	COLUMN_TIME,
	COLUMN_MARK,    /* the heading's word where the field is true */
	COLUMN_WORDS,   /* words of a list */
	COLUMN_CASE,    /* the state of a case */
	COLUMN_ACCOUNT, /* the member's name, or the account's first characters */
};

struct column {
	const char *heading;
	const char *field;
	enum column_kind kind;
	enum words words;
};

#define LIST_COLUMNS_MAX 10

struct list {
	const char *field; /* the array */
	const char *empty; /* said if there are none */
	struct column columns[LIST_COLUMNS_MAX];
};

extern const struct list list_cases, list_own_inboxes;
extern const struct list list_communities, list_members, list_requests, list_invitations,
	list_log, list_inboxes, list_groups, list_outbox, list_devices;

/* Asks for the members where names of accounts are wanted. */
void list_print(struct cli *cli, const struct list *list, const cJSON *answer);

#endif
