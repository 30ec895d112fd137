/* The operator's socket: a Unix socket whose file permissions are the authorisation.
 *
 * One request a connection: a line of words, separated by spaces. The answer is lines:
 * `ok` or `error <code> <sentence>` first, then rows of `<name> <value>`, then the end of
 * the stream. What the words mean is the business of whoever gets them. */
#ifndef KRING_NET_CONTROL_H
#define KRING_NET_CONTROL_H

#include <kring/bytes.h>

#define CONTROL_LINE_BYTES 1024
#define CONTROL_MAX_OPEN   16

struct net;
struct control;
struct control_request;

/* A request came. The line has no newline; it is gone when this returns. The request must
 * be answered once, now or later, also when the asker has hung up meanwhile. */
typedef void control_fn(void *ctx, struct control_request *request, const char *line);

/* Make the socket (mode 0660; what lies there from an earlier run is replaced) and serve
 * it on the net's loop. KR_ERR_STATE with the reason in the journal, KR_ERR_MEMORY. */
enum kr_err control_open(struct control **out, struct net *net, const char *path,
	control_fn *on_request, void *ctx);

/* Send the answer and forget the request. On the loop's thread. */
void control_answer(struct control_request *request, struct kr_view text);

/* Close the socket and remove its file. Open requests are forgotten. Happy with NULL.
 * Call it before net_free. */
void control_close(struct control *control);

#endif
