/* What keystore_recorder writes down: every call by which a keystore's writer changes its
 * files or directory. */
#ifndef KRING_TESTS_KEYSTORE_RECORDER_H
#define KRING_TESTS_KEYSTORE_RECORDER_H

#include <stdint.h>

/* A file is known by the number of its creation, from 1; the directory is 0. */
enum tape_what {
	TAPE_CREATE,   /* file, under the name "keystore.new" */
	TAPE_WRITE,    /* file, offset; len bytes follow */
	TAPE_TRUNCATE, /* file, to offset */
	TAPE_SYNC,     /* file, or the directory */
	TAPE_RENAME,   /* "keystore.new" to "keystore" */
	TAPE_UNLINK,   /* "keystore.new" */
	TAPE_ACK,      /* offset: the batch that was reported */
};

struct tape_record {
	uint32_t what; /* enum tape_what */
	uint32_t file;
	uint64_t offset;
	uint64_t len;
};

#endif
