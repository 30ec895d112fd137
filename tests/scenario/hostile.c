/* kring whose commits only the first of the other leaves can process. */
#include "tests/unit/core/spoil.h"

static bool all_but_first(const uint8_t pk[KR_X25519_BYTES])
{
	static unsigned num;

	(void)pk;
	return num++ > 0;
}

__attribute__((constructor)) static void turn_hostile(void)
{
	spoil_path_secret = all_but_first;
}
