/* Requests: a message as it comes from a client, the first byte saying whether it is
 * text. What is accepted is written again and read again, and is the same request; what
 * is refused has a code that a peer can be told, never "internal". */
#include "fuzz.h"

#include <string.h>

#include <kring/request.h>

static void check_refusal(enum kr_err err)
{
	FUZZ_ASSERT(strcmp(kr_wire_error(err)->code, "internal") != 0);
	FUZZ_ASSERT(kr_wire_error(err)->close == 0);
}

static void check_accepted(const struct kr_request *request)
{
	KR_AUTO_WRITER struct kr_writer first = {0};
	KR_AUTO_WRITER struct kr_writer second = {0};
	struct kr_request again;
	const char *fault;
	bool is_text;

	kr_writer_init(&first);
	kr_writer_init(&second);
	FUZZ_ASSERT(request->id > 0 && kr_verb_info(request->verb) != NULL);
	kr_request_write(&first, &is_text, request);
	FUZZ_ASSERT(first.err == KR_OK);
	FUZZ_ASSERT(kr_request_read(&again, &fault, kr_writer_view(&first), is_text) ==
		KR_OK);
	FUZZ_ASSERT(again.verb == request->verb && again.fields == request->fields);
	kr_request_write(&second, &is_text, &again);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&first), kr_writer_view(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_request request;
	const char *fault;
	enum kr_err err;

	if (size == 0) {
		return -1;
	}
	err = kr_request_read(
		&request, &fault, kr_view(data + 1, size - 1), (data[0] & 1) != 0);
	if (err != KR_OK) {
		check_refusal(err);
	} else {
		check_accepted(&request);
	}
	return 0;
}
