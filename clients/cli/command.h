/* The table of commands: what kring(1) can do, in one place.
 *
 * Parsing, help, completion, the man page's test and the requests to the core all follow
 * from it. Most commands need no code of their own: their words and options go into the
 * fields of one request, and a renderer prints the answer. */
#ifndef KRING_CLI_COMMAND_H
#define KRING_CLI_COMMAND_H

#include "clients/cli/cli.h"
#include "clients/cli/list.h"

#define COMMAND_PARAMS_MAX  3
#define COMMAND_OPTIONS_MAX 12

/* What a word or an option's value is, and what becomes of it in the request. */
enum value_kind {
	VALUE_NONE = 0,
	VALUE_LINE,       /* a string */
	VALUE_TEXT,       /* lines; "-" is stdin; all words that are left make one text */
	VALUE_SECRET,     /* never a word itself: "-" is stdin, else a file's name */
	VALUE_SECRETS,    /* of an option: files, as an array */
	VALUE_FILE,       /* a file's name, for the command's own code */
	VALUE_NUMBER,     /* 0 to 2^53 - 1 */
	VALUE_SECONDS,    /* 90, 90s, 5m, 2h, 1d */
	VALUE_MINUTES,    /* likewise; a bare number is minutes */
	VALUE_HOURS,      /* likewise, hours */
	VALUE_FLAG,       /* an option without a value: true, false without it */
	VALUE_UNFLAG,     /* the other way round */
	VALUE_MEMBER,     /* account of a member of the community */
	VALUE_MEMBERS,    /* one or more of them: an array */
	VALUE_ASKER,      /* account of somebody who asks to join */
	VALUE_CIRCLE,     /* group */
	VALUE_MESSAGE,    /* number in the group: fields author and event */
	VALUE_REF,        /* likewise: object of author and event */
	VALUE_OWN_REF,    /* likewise, of a message of one's own */
	VALUE_INVITATION, /* key */
	VALUE_INBOX,      /* identity key of one that is trusted */
	VALUE_INBOX_LINK, /* its link, in this field; else the key, as identity_key */
	VALUE_DEVICE,     /* device */
	VALUE_CATEGORY,   /* of a concern */
	VALUE_OFTEN,      /* how often */
	VALUE_SINCE,      /* 2026, 2026-10, 2026-10-05, 2026-10-05T21 */
	VALUE_SHELL,      /* bash or zsh */
	VALUE_CASE,       /* case */
	VALUE_OWN_INBOX,  /* inbox in whose team one is */
	VALUE_COLLEAGUE,  /* account in that team */
	VALUE_TEAM,       /* another inbox, by name or link; after the case */
	VALUE_URGENCY,
	VALUE_OUTCOME,
	VALUE_DATE,     /* as VALUE_SINCE, to the millisecond */
	VALUE_SETTINGS, /* a file with JSON */
};

struct command_param {
	const char *name; /* as help shows it */
	const char *field;
	enum value_kind kind;
	bool is_optional;
	const char *question; /* asked on a terminal when a needed word is missing */
};

struct command_option {
	const char *name;
	const char *value; /* as help shows it; NULL for a flag */
	const char *field; /* NULL: for the command's own code */
	enum value_kind kind;
	bool is_repeatable;
	const char *help;
};

/* What the request is about, taken from --community and --group. */
enum command_scope {
	SCOPE_NONE = 0,
	SCOPE_COMMUNITY, /* the only one, if none is named */
	SCOPE_GROUP,     /* the community's own, if none is named; field group alone */
	SCOPE_BOTH,      /* fields community and group */
	SCOPE_NAMES,     /* no field: names of members and circles are looked up there */
};

enum command_topic {
	TOPIC_BEGIN,
	TOPIC_REPORT,
	TOPIC_MESSAGES,
	TOPIC_COMMUNITY,
	TOPIC_COORDINATOR,
	TOPIC_CIRCLES,
	TOPIC_PROFESSIONAL,
	TOPIC_DEVICES,
	TOPIC_WATCH,
	TOPIC_PROGRAM,
	TOPICS,
};

struct command {
	const char *name; /* one or two words: "members", "circle add" */
	enum command_topic topic;
	enum command_scope scope;
	struct command_param params[COMMAND_PARAMS_MAX];
	struct command_option options[COMMAND_OPTIONS_MAX];

	const char *summary;  /* one line */
	const char *details;  /* more lines, or NULL */
	const char *examples; /* lines, as typed */

	/* The request to the core, COMMANDS.md: {"do":…} or {"ask":…}, to which the
	 * words and options are added. NULL if run makes its own. */
	const char *request;
	bool is_without_account; /* works before there is an account */
	/* Adds to the request what is neither word nor option. */
	enum cli_exit (*add)(struct cli *cli, cJSON *request);
	const char *confirm;     /* asked before; --yes answers it */
	const char *done;        /* said afterwards if there is no render */
	const struct list *list; /* how an answer that is a list is shown, or NULL */
	enum cli_exit (*render)(struct cli *cli, const cJSON *answer);
	/* The files that options ask for; also with --json. */
	enum cli_exit (*write)(struct cli *cli, const cJSON *answer);
	enum cli_exit (*run)(struct cli *cli);
};

/* A part of the table, commands.h. */
struct command_list {
	const struct command *commands;
	size_t num;
};

/* The i-th of all commands, NULL beyond the last one. */
const struct command *command_at(size_t i);

/* The command that words begin with, and how many words its name takes. NULL. */
const struct command *command_find(int num_words, char *const *words, int *num_taken);

/* What is said of a topic's commands in the list. */
const char *command_topic_title(enum command_topic topic);

size_t command_num_params(const struct command *command);
size_t command_num_options(const struct command *command);

/* Does it take all words that are left? */
bool command_is_many(const struct command_param *param);

#endif
