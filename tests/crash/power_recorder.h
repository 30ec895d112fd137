/* What power_recorder writes down. */
#ifndef KRING_TESTS_POWER_RECORDER_H
#define KRING_TESTS_POWER_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum power_what {
	POWER_WRITE, /* len bytes at offset follow */
	POWER_SYNC,  /* what was written before is on the disk */
	POWER_ACK,   /* len bytes follow: what the writer reported */
};

struct power_record {
	uint32_t what;   /* enum power_what */
	uint32_t synced; /* a write that is on the disk when it returns */
	uint64_t offset;
	uint64_t len;
};

#endif
