/* A member that commits garbage: its client is the true one, but path secrets are spoilt
 * as they are sealed, so that some leaves can process its commits and others cannot. */
#ifndef TESTS_UNIT_CORE_SPOIL_H
#define TESTS_UNIT_CORE_SPOIL_H

#include <stdbool.h>
#include <stdint.h>

#include <kring/crypto.h>

/* Is the secret for this key to be spoilt? NULL: none is. */
extern bool (*spoil_path_secret)(const uint8_t pk[KR_X25519_BYTES]);

#endif
