/* What kring-load is asked to do. */
#ifndef KRING_LOAD_OPTIONS_H
#define KRING_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
	const char *address; /* numeric */
	uint16_t port;
	const char *grant; /* code to found the community with */
	uint32_t num_groups;
	uint32_t members; /* of each group, one session each */
	uint32_t stalled; /* of each group's members: read nothing until posting ends */
	uint32_t num_idle;
	uint32_t window; /* posts outstanding in each group */
	uint32_t rate;   /* posts a second over all groups; 0: as the window allows */
	uint32_t body_bytes;
	uint32_t seconds;
	uint32_t warm_up_seconds;
	uint32_t give_up_seconds; /* for everything together */
	const char *record; /* file for what the relay has said is stored; NULL: none */
	int relay_pid;      /* 0: do not look at the relay's memory and processor time */
	bool json;
	bool quiet;
};

enum options_outcome {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_WRONG,
};

/* Says what is wrong on standard error. */
enum options_outcome options_parse(struct options *options, int argc, char **argv);

#endif
