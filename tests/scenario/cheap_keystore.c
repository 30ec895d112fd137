/* Makes an empty keystore whose passphrase costs next to nothing, so that a test can run
 * kring a hundred times.
 *
 * cheap_keystore DIRECTORY PASSPHRASE-FILE */
#include <stdio.h>

#include "clients/host/keystore.h"
#include "clients/host/passphrase.h"

int main(int argc, char **argv)
{
	static const struct keystore_cost cost = {
		.passes = 1, .memory_kib = KEYSTORE_MEMORY_KIB_MIN};
	KR_AUTO_FREE struct kr_bytes passphrase = {0};
	struct keystore *keystore = NULL;
	enum kr_err err;

	if (argc != 3) {
		(void)fputs("usage: cheap_keystore DIRECTORY PASSPHRASE-FILE\n", stderr);
		return 2;
	}
	err = kr_crypto_init();
	if (err == KR_OK) {
		err = passphrase_from_file(&passphrase, argv[2]);
	}
	if (err == KR_OK) {
		err = keystore_create(&keystore, argv[1], kr_view_bytes(&passphrase),
			&cost, &kr_random_system);
	}
	keystore_close(keystore);
	if (err != KR_OK) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], kr_err_name(err));
	}
	return err != KR_OK;
}
