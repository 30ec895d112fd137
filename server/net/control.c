#include "server/net/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/journal/journal.h"
#include "server/net/state.h"

#define SOCKET_MODE 0660

struct control {
	uv_pipe_t pipe;
	control_fn *on_request;
	void *ctx;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct control_request *open;
	unsigned int num_open;
};

/* Lives until it is answered and its connection is closed. */
struct control_request {
	uv_pipe_t pipe;
	uv_write_t write;
	struct control *control; /* NULL once the socket is closed */
	struct control_request *next;
	struct kr_bytes answer;
	char line[CONTROL_LINE_BYTES];
	size_t line_len;
	bool asked;
	bool answered;
	bool closing;
	bool closed;
};

static void free_if_done(struct control_request *request)
{
	if (!request->closed || (request->asked && !request->answered)) {
		return;
	}
	kr_bytes_free(&request->answer);
	free(request);
}

static void on_closed(uv_handle_t *handle)
{
	struct control_request *request = handle->data;

	request->closed = true;
	free_if_done(request);
}

static void close_request(struct control_request *request)
{
	struct control_request **link;

	if (request->closing) {
		return;
	}
	request->closing = true;
	if (request->control) {
		for (link = &request->control->open; *link != request;
			link = &(*link)->next) {}
		*link = request->next;
		request->control->num_open--;
		request->control = NULL;
	}
	uv_close((uv_handle_t *)&request->pipe, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
	(void)status;
	close_request(write->data);
}

void control_answer(struct control_request *request, struct kr_view text)
{
	uv_buf_t buf;

	request->answered = true;
	if (request->closing || kr_bytes_copy(&request->answer, text)) {
		close_request(request);
		free_if_done(request);
		return;
	}
	buf = uv_buf_init(
		(char *)request->answer.data, (unsigned int)request->answer.len);
	request->write.data = request;
	if (uv_write(&request->write, (uv_stream_t *)&request->pipe, &buf, 1,
		    on_written)) {
		close_request(request);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct control_request *request = handle->data;

	(void)suggested;
	/* One byte stays for the NUL. */
	*buf = uv_buf_init(request->line + request->line_len,
		(unsigned int)(sizeof(request->line) - 1 - request->line_len));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct control_request *request = stream->data;
	char *newline;

	(void)buf;
	if (len < 0) {
		close_request(request);
		return;
	}
	request->line_len += (size_t)len;
	request->line[request->line_len] = '\0';
	newline = strchr(request->line, '\n');
	if (newline && !request->asked) {
		*newline = '\0';
		request->asked = true;
		(void)uv_read_stop(stream);
		request->control->on_request(
			request->control->ctx, request, request->line);
	} else if (request->line_len == sizeof(request->line) - 1) {
		close_request(request);
	}
}

static void on_connection(uv_stream_t *server, int status)
{
	struct control *control = server->data;
	struct control_request *request;

	if (status || !(request = calloc(1, sizeof(*request)))) {
		return;
	}
	if (uv_pipe_init(server->loop, &request->pipe, 0)) {
		free(request);
		return;
	}
	request->pipe.data = request;
	request->control = control;
	request->next = control->open;
	control->open = request;
	control->num_open++;
	if (uv_accept(server, (uv_stream_t *)&request->pipe) ||
		control->num_open > CONTROL_MAX_OPEN ||
		uv_read_start((uv_stream_t *)&request->pipe, on_alloc, on_read)) {
		close_request(request);
	}
}

static void on_control_closed(uv_handle_t *handle)
{
	free(handle->data);
}

enum kr_err control_open(struct control **out, struct net *net, const char *path,
	control_fn *on_request, void *ctx)
{
	struct control *control = calloc(1, sizeof(*control));
	mode_t mask;
	int failed;

	*out = NULL;
	if (!control) {
		return KR_ERR_MEMORY;
	}
	if (strlen(path) >= sizeof(control->path)) {
		free(control);
		errno = ENAMETOOLONG;
		return KR_ERR_ARGUMENT;
	}
	(void)snprintf(control->path, sizeof(control->path), "%s", path);
	control->on_request = on_request;
	control->ctx = ctx;
	if (uv_pipe_init(&net->loop, &control->pipe, 0)) {
		free(control);
		return KR_ERR_STATE;
	}
	control->pipe.data = control;
	(void)unlink(path);
	/* The mask gives the socket its mode from its first instant. */
	mask = umask(0777 & ~(mode_t)SOCKET_MODE);
	failed = uv_pipe_bind(&control->pipe, path);
	(void)umask(mask);
	if (!failed) {
		failed = uv_listen(
			(uv_stream_t *)&control->pipe, CONTROL_MAX_OPEN, on_connection);
	}
	if (failed) {
		journal(JOURNAL_ERROR, "control_failed", "path=\"%s\" text=\"%s\"", path,
			uv_strerror(failed));
		uv_close((uv_handle_t *)&control->pipe, on_control_closed);
		return KR_ERR_STATE;
	}
	*out = control;
	return KR_OK;
}

void control_close(struct control *control)
{
	if (!control) {
		return;
	}
	while (control->open) {
		struct control_request *request = control->open;

		request->answered = true;
		close_request(request);
	}
	(void)unlink(control->path);
	uv_close((uv_handle_t *)&control->pipe, on_control_closed);
}
