/* Writes batch after batch into a keystore and reports each that is stored, until it is
 * killed or has written them all.
 *
 *	keystore_writer dir last
 *
 * It makes the keystore if there is none, and goes on where it stands. A report is the
 * batch's number as 4 bytes on standard output; 0: it is open. Now and then it compacts,
 * and changes the passphrase. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "keystore_load.h"

static void check(enum kr_err err, const char *what)
{
	if (err) {
		(void)fprintf(
			stderr, "keystore_writer: %s: %s\n", what, kr_err_name(err));
		exit(1);
	}
}

static void report(uint32_t n)
{
	if (write(STDOUT_FILENO, &n, sizeof(n)) != (ssize_t)sizeof(n)) {
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static struct keystore_load_batch batch;
	struct keystore *keystore;
	uint32_t n = 0, last;

	if (argc != 3) {
		return 2;
	}
	last = (uint32_t)strtoul(argv[2], NULL, 10);
	if (keystore_exists(argv[1])) {
		check(keystore_load_open(&keystore, argv[1]), "open");
		if (!keystore_load_read(keystore, &n)) {
			return 1;
		}
	} else {
		check(keystore_create(&keystore, argv[1],
			      kr_view_str(keystore_load_passphrases[0]),
			      &keystore_load_cost, &kr_random_system),
			"create");
	}
	report(0);
	while (n < last) {
		keystore_load_make(&batch, ++n);
		check(keystore_write(keystore, batch.records, batch.num), "write");
		report(n);
		if (n % 9 == 0) {
			check(keystore_compact(keystore), "compact");
		}
		if (n % 13 == 0) {
			check(keystore_change_passphrase(keystore,
				      kr_view_str(keystore_load_passphrases[n % 2]),
				      &keystore_load_cost),
				"change the passphrase");
		}
	}
	keystore_close(keystore);
	return 0;
}
