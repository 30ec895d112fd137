#include "clients/host/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <kring/crypto.h>

/* ---- One line ---------------------------------------------------------------------- */

/* A line into out, which holds PASSPHRASE_MAX + 1 bytes for its CR; byte by byte, so that
 * what follows it stays unread.
 *   waiting  the signals to block while there is nothing to read; NULL: as they are */
static enum kr_err read_line(
	int fd, const sigset_t *waiting, uint8_t *out, size_t *len, bool *is_ended)
{
	*len = 0;
	*is_ended = false;
	for (;;) {
		struct pollfd input = {.fd = fd, .events = POLLIN};
		uint8_t byte;
		ssize_t got;

		if (waiting && ppoll(&input, 1, NULL, waiting) < 0) {
			return KR_ERR_STATE;
		}
		got = read(fd, &byte, 1);
		if (got < 0) {
			return KR_ERR_STATE;
		}
		if (got == 0) {
			return KR_OK;
		}
		if (byte == '\n') {
			*is_ended = true;
			return KR_OK;
		}
		if (*len > PASSPHRASE_MAX) {
			return KR_ERR_TOO_LARGE;
		}
		out[(*len)++] = byte;
	}
}

static enum kr_err line_of(
	struct kr_bytes *out, int fd, const sigset_t *waiting, bool *is_ended)
{
	uint8_t line[PASSPHRASE_MAX + 1];
	size_t len;
	enum kr_err err = read_line(fd, waiting, line, &len, is_ended);

	*out = (struct kr_bytes){0};
	if (!err && len > 0 && line[len - 1] == '\r') {
		len--;
	}
	if (!err && len > PASSPHRASE_MAX) {
		err = KR_ERR_TOO_LARGE;
	}
	if (!err && (len == 0 || memchr(line, 0, len))) {
		err = KR_ERR_TEXT;
	}
	if (!err) {
		err = kr_bytes_copy(out, kr_view(line, len));
	}
	kr_wipe(line, sizeof(line));
	return err;
}

enum kr_err passphrase_from_fd(struct kr_bytes *out, int fd)
{
	bool is_ended;

	return line_of(out, fd, NULL, &is_ended);
}

enum kr_err passphrase_from_file(struct kr_bytes *out, const char *path)
{
	/* Not to wait for the other end of a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	enum kr_err err;

	*out = (struct kr_bytes){0};
	if (fd < 0) {
		return KR_ERR_NOT_FOUND;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		(st.st_uid != geteuid() && st.st_uid != 0) ||
		(st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		err = KR_ERR_FILE_MODE;
	} else {
		err = passphrase_from_fd(out, fd);
	}
	(void)close(fd);
	return err;
}

/* ---- The terminal ------------------------------------------------------------------ */

/* Signals that end or stop the process while the echo is off. */
static const int watched[] = {
	SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
#define NUM_WATCHED (sizeof(watched) / sizeof(watched[0]))

/* What a handler can reach is global by nature: the signal that came. */
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static void put_text(int tty, const char *text)
{
	/* A terminal that takes no text is about to fail the read that follows. */
	if (write(tty, text, strlen(text)) < 0) {
		return;
	}
}

/* Ask once with the echo off; caught says whether a signal broke in. */
static enum kr_err ask_quietly(
	struct kr_bytes *out, int tty, const char *prompt, const sigset_t *waiting)
{
	struct termios before, quiet;
	bool is_ended = false;
	enum kr_err err;

	*out = (struct kr_bytes){0};
	if (tcgetattr(tty, &before) != 0) {
		return KR_ERR_NOT_FOUND;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0) {
		return KR_ERR_STATE;
	}
	put_text(tty, prompt);
	err = line_of(out, tty, waiting, &is_ended);
	if ((!err || err == KR_ERR_TEXT) && !is_ended) {
		kr_bytes_free(out);
		err = KR_ERR_STATE;
	}
	put_text(tty, "\n");
	/* What was typed too much does not become the next command. */
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	return err;
}

static bool is_job_control(int number)
{
	return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* Ask with the signals watched, then let one that came take its course. */
static enum kr_err ask_watched(struct kr_bytes *out, int tty, const char *prompt)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction before[NUM_WATCHED];
	sigset_t blocked, waiting;
	enum kr_err err;

	/* Blocked but while it waits: one that comes just before would be lost on it.
	 * Those that a process in the background gets have to reach it at once. */
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < NUM_WATCHED; i++) {
		if (watched[i] != SIGTTIN && watched[i] != SIGTTOU) {
			(void)sigaddset(&blocked, watched[i]);
		}
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, &waiting);
	caught = 0;
	for (size_t i = 0; i < NUM_WATCHED; i++) {
		(void)sigaction(watched[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) {
			(void)sigaction(watched[i], &action, NULL);
		}
	}
	err = ask_quietly(out, tty, prompt, &waiting);
	(void)sigprocmask(SIG_SETMASK, &waiting, NULL);
	for (size_t i = 0; i < NUM_WATCHED; i++) {
		(void)sigaction(watched[i], &before[i], NULL);
	}
	if (caught != 0) {
		kr_bytes_free(out);
		err = KR_ERR_STATE;
		(void)raise((int)caught);
	}
	return err;
}

enum kr_err passphrase_ask(struct kr_bytes *out, const char *prompt)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	enum kr_err err;

	*out = (struct kr_bytes){0};
	if (tty < 0) {
		return KR_ERR_NOT_FOUND;
	}
	do { /* who was stopped is asked again when it goes on */
		err = ask_watched(out, tty, prompt);
	} while (err == KR_ERR_STATE && is_job_control((int)caught));
	(void)close(tty);
	return err;
}

enum kr_err passphrase_ask_new(
	struct kr_bytes *out, const char *prompt, const char *prompt_again)
{
	KR_AUTO_FREE struct kr_bytes again = {0};
	enum kr_err err = passphrase_ask(out, prompt);

	if (err) {
		return err;
	}
	err = passphrase_ask(&again, prompt_again);
	if (!err &&
		(again.len != out->len ||
			!kr_equal_ct(again.data, out->data, out->len))) {
		err = KR_ERR_PASSPHRASE;
	}
	if (err) {
		kr_bytes_free(out);
	}
	return err;
}
