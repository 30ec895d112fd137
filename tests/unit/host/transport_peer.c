/* A connection by hand: commands are lines on standard input, what happens are lines on
 * standard output.
 *
 *	transport_peer [ca_file]
 *
 *	check URL      takes it: "check ok", or the error's name
 *	open URL       "open ok", or the error's name; later "opened" or "ended …"
 *	send TEXT      "send ok", or the error's name
 *	binary NUMBER  a binary message of that many bytes, each 0x2a
 *	close          as connection_close
 *	renew          frees the connection and makes another
 *	idle PING HANGUP
 *	echo           from here on each message is sent back
 *	once           frees the connection from within its next callback
 *	quit           (so does the end of the input)
 *
 * What comes: "opened", "message text|binary LENGTH SHA256", "ended NAME CODE". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include <kring/crypto.h>

#include "clients/host/transport_state.h"

static uv_loop_t loop;
static struct transport *transport;
static struct connection *connection;
static bool is_echoing;
static bool is_freeing;
static bool is_over;

static void say(const char *what, enum kr_err err)
{
	printf("%s %s\n", what, kr_err_name(err));
}

static void free_if_asked(void)
{
	if (is_freeing) {
		is_freeing = false;
		connection_free(connection);
		connection = NULL;
		printf("freed\n");
	}
}

static void on_opened(void *ctx)
{
	(void)ctx;
	printf("opened\n");
	free_if_asked();
}

static void on_message(void *ctx, struct kr_view bytes, bool is_text)
{
	uint8_t hash[KR_SHA256_BYTES];

	(void)ctx;
	kr_sha256(hash, bytes);
	printf("message %s %zu ", is_text ? "text" : "binary", bytes.len);
	for (size_t i = 0; i < sizeof(hash); i++) {
		printf("%02x", hash[i]);
	}
	printf("\n");
	if (is_echoing) {
		say("send", connection_send(connection, bytes, is_text));
	}
	free_if_asked();
}

static void on_ended(void *ctx, enum connection_end end, uint16_t code)
{
	(void)ctx;
	printf("ended %s %u\n", connection_end_name(end), code);
	free_if_asked();
}

static void renew(void)
{
	const struct connection_callbacks callbacks = {on_opened, on_message, on_ended};

	connection_free(connection);
	if (connection_new(&connection, transport, &callbacks, NULL)) {
		exit(1);
	}
}

static void send_binary(const char *number)
{
	size_t len = strtoul(number, NULL, 10);
	KR_AUTO_FREE struct kr_bytes bytes = {0};

	if (kr_bytes_alloc(&bytes, len)) {
		exit(1);
	}
	memset(bytes.data, 0x2a, len);
	say("send", connection_send(connection, kr_view_bytes(&bytes), false));
}

static void take_command(char *line)
{
	char *rest = strchr(line, ' ');
	unsigned ping, hangup;

	if (rest) {
		*rest++ = 0;
	}
	if (strcmp(line, "check") == 0) {
		say("check", transport_check_url(kr_view_str(rest ? rest : "")));
	} else if (strcmp(line, "open") == 0) {
		say("open", connection_open(connection, kr_view_str(rest ? rest : "")));
	} else if (strcmp(line, "send") == 0) {
		say("send",
			connection_send(connection, kr_view_str(rest ? rest : ""), true));
	} else if (strcmp(line, "binary") == 0) {
		send_binary(rest ? rest : "0");
	} else if (strcmp(line, "close") == 0) {
		connection_close(connection);
	} else if (strcmp(line, "renew") == 0) {
		renew();
	} else if (strcmp(line, "idle") == 0 && rest &&
		sscanf(rest, "%u %u", &ping, &hangup) == 2) {
		transport_set_idle(transport, ping, hangup);
	} else if (strcmp(line, "echo") == 0) {
		is_echoing = true;
	} else if (strcmp(line, "once") == 0) {
		is_freeing = true;
	} else {
		is_over = true;
	}
}

/* ---- Standard input ---------------------------------------------------------------- */

static char input[1 << 16];
static size_t input_len;

static void on_readable(uv_poll_t *poll, int status, int events)
{
	ssize_t len =
		read(STDIN_FILENO, input + input_len, sizeof(input) - 1 - input_len);
	char *end;

	(void)poll;
	(void)status;
	(void)events;
	if (len <= 0) {
		is_over = true;
		return;
	}
	input_len += (size_t)len;
	input[input_len] = 0;
	while ((end = memchr(input, '\n', input_len))) {
		*end++ = 0;
		take_command(input);
		input_len -= (size_t)(end - input);
		memmove(input, end, input_len);
	}
}

int main(int argc, char **argv)
{
	uv_poll_t poll;
	enum kr_err err;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (kr_crypto_init() || uv_loop_init(&loop)) {
		return 1;
	}
	err = transport_new(&transport, &loop, argc > 1 ? argv[1] : NULL);
	if (err) {
		say("transport", err);
		(void)uv_loop_close(&loop);
		return 1;
	}
	renew();
	if (uv_poll_init(&loop, &poll, STDIN_FILENO) ||
		uv_poll_start(&poll, UV_READABLE, on_readable)) {
		return 1;
	}
	while (!is_over) {
		(void)uv_run(&loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)&poll, NULL);
	connection_free(connection);
	transport_free(transport);
	printf("loop %d\n", uv_loop_close(&loop));
	return 0;
}
