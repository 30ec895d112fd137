/* Asks for a passphrase and says what came of it.
 *
 *	passphrase_peer ask | new | fd NUMBER | file PATH
 *
 * Prints the error's name and, for a passphrase, its bytes between brackets. With fd,
 * what follows the line is printed as well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/host/passphrase.h"

int main(int argc, char **argv)
{
	struct kr_bytes passphrase = {0};
	enum kr_err err = KR_ERR_ARGUMENT;
	char rest[64];
	ssize_t len = 0;

	if (argc == 2 && strcmp(argv[1], "ask") == 0) {
		err = passphrase_ask(&passphrase, "Passphrase: ");
	} else if (argc == 2 && strcmp(argv[1], "new") == 0) {
		err = passphrase_ask_new(&passphrase, "New: ", "Again: ");
	} else if (argc == 3 && strcmp(argv[1], "fd") == 0) {
		err = passphrase_from_fd(&passphrase, atoi(argv[2]));
		len = read(atoi(argv[2]), rest, sizeof(rest));
	} else if (argc == 3 && strcmp(argv[1], "file") == 0) {
		err = passphrase_from_file(&passphrase, argv[2]);
	}
	printf("%s [%.*s]", kr_err_name(err), (int)passphrase.len,
		passphrase.data ? (const char *)passphrase.data : "");
	printf("%.*s\n", len > 0 ? (int)len : 0, rest);
	kr_bytes_free(&passphrase);
	return 0;
}
