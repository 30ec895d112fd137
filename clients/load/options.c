#include "clients/load/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage_text[] =
	"usage: kring-load --port N --grant CODE [options]\n"
	"\n"
	"Founds a community on a relay, fills groups with sessions, and measures posts, "
	"their\n"
	"acknowledgements and their deliveries, while it checks that nothing is lost, "
	"doubled\n"
	"or out of order. The exit code is 0 only if all of that holds.\n"
	"\n"
	"  --address A     numeric address of the relay (127.0.0.1); plain WebSocket\n"
	"  --port N        its port\n"
	"  --grant CODE    from: kringctl grant community\n"
	"  --groups N      (1)\n"
	"  --members N     of each group, each a session of its own (50)\n"
	"  --stalled N     of each group's members: they read nothing until posting has\n"
	"                  ended, and then must still see everything in order (0)\n"
	"  --idle N        further sessions that only stay connected (0)\n"
	"  --window N      posts outstanding in each group (20)\n"
	"  --rate N        posts a second, all groups together; latency counts from when "
	"a\n"
	"                  post was due, whether or not it could be sent then (as fast "
	"as the\n"
	"                  window allows)\n"
	"  --body N        bytes of a post (600)\n"
	"  --seconds N     to measure (10), after --warm-up N (1)\n"
	"  --give-up N     end after this many seconds, whatever happens (300)\n"
	"  --relay-pid N   also report the memory and processor time of this process\n"
	"  --record FILE   write every acknowledgement and delivery there, a line each\n"
	"  --json          one JSON object instead of a table\n"
	"  --quiet         no progress on standard error\n";

enum option_code {
	OPTION_ADDRESS = 256,
	OPTION_PORT,
	OPTION_GRANT,
	OPTION_GROUPS,
	OPTION_MEMBERS,
	OPTION_STALLED,
	OPTION_IDLE,
	OPTION_WINDOW,
	OPTION_RATE,
	OPTION_BODY,
	OPTION_SECONDS,
	OPTION_WARM_UP,
	OPTION_GIVE_UP,
	OPTION_RELAY_PID,
	OPTION_RECORD,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_HELP,
};

static const struct option option_names[] = {
	{"address", required_argument, NULL, OPTION_ADDRESS},
	{"port", required_argument, NULL, OPTION_PORT},
	{"grant", required_argument, NULL, OPTION_GRANT},
	{"groups", required_argument, NULL, OPTION_GROUPS},
	{"members", required_argument, NULL, OPTION_MEMBERS},
	{"stalled", required_argument, NULL, OPTION_STALLED},
	{"idle", required_argument, NULL, OPTION_IDLE},
	{"window", required_argument, NULL, OPTION_WINDOW},
	{"rate", required_argument, NULL, OPTION_RATE},
	{"body", required_argument, NULL, OPTION_BODY},
	{"seconds", required_argument, NULL, OPTION_SECONDS},
	{"warm-up", required_argument, NULL, OPTION_WARM_UP},
	{"give-up", required_argument, NULL, OPTION_GIVE_UP},
	{"relay-pid", required_argument, NULL, OPTION_RELAY_PID},
	{"record", required_argument, NULL, OPTION_RECORD},
	{"json", no_argument, NULL, OPTION_JSON},
	{"quiet", no_argument, NULL, OPTION_QUIET},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static const struct number_bounds {
	enum option_code code;
	unsigned long min, max;
} bounds[] = {
	{OPTION_PORT, 1, 65535},
	{OPTION_GROUPS, 0, 10000},
	{OPTION_MEMBERS, 1, 5000},
	{OPTION_STALLED, 0, 4999},
	{OPTION_IDLE, 0, 1000000},
	{OPTION_WINDOW, 1, 10000},
	{OPTION_RATE, 0, 10000000},
	{OPTION_BODY, 200, 60000},
	{OPTION_SECONDS, 1, 3600},
	{OPTION_WARM_UP, 0, 600},
	{OPTION_GIVE_UP, 1, 86400},
	{OPTION_RELAY_PID, 1, 4194304},
};

static bool read_number(int code, const char *text, uint32_t *out)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		unsigned long value;
		char *end;

		if ((int)bounds[i].code != code) {
			continue;
		}
		errno = 0;
		value = strtoul(text, &end, 10);
		if (errno || end == text || *end || value < bounds[i].min ||
			value > bounds[i].max) {
			(void)fprintf(stderr,
				"kring-load: %s: give a number from %lu to %lu\n", text,
				bounds[i].min, bounds[i].max);
			return false;
		}
		*out = (uint32_t)value;
		return true;
	}
	return false;
}

/* Where a number of the command line goes. */
static uint32_t *number_of(struct options *o, int code)
{
	switch (code) {
	case OPTION_GROUPS:
		return &o->num_groups;
	case OPTION_MEMBERS:
		return &o->members;
	case OPTION_STALLED:
		return &o->stalled;
	case OPTION_IDLE:
		return &o->num_idle;
	case OPTION_WINDOW:
		return &o->window;
	case OPTION_RATE:
		return &o->rate;
	case OPTION_BODY:
		return &o->body_bytes;
	case OPTION_SECONDS:
		return &o->seconds;
	case OPTION_WARM_UP:
		return &o->warm_up_seconds;
	case OPTION_GIVE_UP:
		return &o->give_up_seconds;
	default:
		return NULL;
	}
}

static enum options_outcome take(struct options *o, int code, const char *value)
{
	uint32_t number;

	switch (code) {
	case OPTION_ADDRESS:
		o->address = value;
		return OPTIONS_RUN;
	case OPTION_GRANT:
		o->grant = value;
		return OPTIONS_RUN;
	case OPTION_RECORD:
		o->record = value;
		return OPTIONS_RUN;
	case OPTION_JSON:
		o->json = true;
		return OPTIONS_RUN;
	case OPTION_QUIET:
		o->quiet = true;
		return OPTIONS_RUN;
	case OPTION_HELP:
		return OPTIONS_HELP;
	default:
		break;
	}
	if (!value || !read_number(code, value, &number)) {
		return OPTIONS_WRONG;
	}
	if (code == OPTION_PORT) {
		o->port = (uint16_t)number;
	} else if (code == OPTION_RELAY_PID) {
		o->relay_pid = (int)number;
	} else {
		*number_of(o, code) = number;
	}
	return OPTIONS_RUN;
}

enum options_outcome options_parse(struct options *options, int argc, char **argv)
{
	enum options_outcome outcome = OPTIONS_RUN;
	int code;

	*options = (struct options){
		.address = "127.0.0.1",
		.num_groups = 1,
		.members = 50,
		.window = 20,
		.body_bytes = 600,
		.seconds = 10,
		.warm_up_seconds = 1,
		.give_up_seconds = 300,
	};
	while (outcome == OPTIONS_RUN &&
		(code = getopt_long(argc, argv, "", option_names, NULL)) != -1) {
		outcome = take(options, code, optarg);
	}
	if (outcome == OPTIONS_RUN &&
		(optind != argc || !options->port ||
			(!options->grant && options->num_groups) ||
			options->stalled >= options->members)) {
		outcome = OPTIONS_WRONG;
	}
	if (outcome != OPTIONS_RUN) {
		(void)fputs(usage_text, outcome == OPTIONS_HELP ? stdout : stderr);
	}
	return outcome;
}
