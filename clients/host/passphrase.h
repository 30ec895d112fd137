/* Where a passphrase may come from: a terminal, a file, a descriptor. Never from an
 * argument or the environment, which others on the machine can read. */
#ifndef KRING_HOST_PASSPHRASE_H
#define KRING_HOST_PASSPHRASE_H

#include <kring/bytes.h>

/* In bytes, without the end of the line. */
#define PASSPHRASE_MAX ((size_t)1024)

/* All of these: one line, without its end (LF or CRLF; the end of the file will do). The
 * caller frees it, which wipes it. KR_ERR_TOO_LARGE beyond PASSPHRASE_MAX, KR_ERR_TEXT
 * (empty, or with a NUL), KR_ERR_MEMORY. */

/* Ask on the controlling terminal (/dev/tty), not on standard input, which may be a pipe.
 * Nothing is echoed; the terminal is put back before this returns, and before a signal
 * that stops or ends the process takes its course. KR_ERR_NOT_FOUND if there is no
 * terminal, KR_ERR_STATE if reading was broken off (a signal that somebody handles, the
 * end of the terminal). */
enum kr_err passphrase_ask(struct kr_bytes *out, const char *prompt);

/* Ask twice, as for a new one. KR_ERR_PASSPHRASE if the two are not the same. */
enum kr_err passphrase_ask_new(
	struct kr_bytes *out, const char *prompt, const char *prompt_again);

/* Read from a descriptor up to the end of the line, not a byte further. KR_ERR_STATE if
 * it cannot be read. */
enum kr_err passphrase_from_fd(struct kr_bytes *out, int fd);

/* KR_ERR_NOT_FOUND, KR_ERR_FILE_MODE unless it is a regular file of this user (or of
 * root) that nobody else may read or write. */
enum kr_err passphrase_from_file(struct kr_bytes *out, const char *path);

#endif
