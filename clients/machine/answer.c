#include "clients/machine/answer.h"

#include <string.h>

#define RETRY_MS ((uint64_t)1000)

bool answer_is(const struct answer *answer, const char *code)
{
	return !answer->ok && strcmp(answer->code, code) == 0;
}

/* The error of ours with this name on the wire; several may share one, then that which
 * has it as its own name. */
static enum kr_err err_of(const char *code)
{
	enum kr_err found = KR_ERR_ARGUMENT;

	for (int i = KR_OK + 1; i < KR_ERR_END; i++) {
		enum kr_err err = (enum kr_err)i;

		if (strcmp(kr_err_name(err), code) == 0) {
			return err;
		}
		if (found == KR_ERR_ARGUMENT &&
			strcmp(kr_wire_error(err)->code, code) == 0) {
			found = err;
		}
	}
	return found;
}

static void copy_text(char *out, size_t size, struct kr_view text)
{
	size_t len = text.len < size ? text.len : size - 1;

	memcpy(out, text.data, len);
	out[len] = '\0';
}

void answer_read(
	struct answer *answer, const struct kr_json_doc *doc, struct kr_view body)
{
	struct kr_view text;

	*answer = (struct answer){.doc = doc, .body = body, .retry = KR_RETRY_NEVER};
	if (kr_json_get_bool(doc, "ok", &answer->ok) == KR_OK && answer->ok) {
		return;
	}
	answer->ok = false;
	if (kr_json_get_str(doc, "error", &text) == KR_OK) {
		copy_text(answer->code, sizeof(answer->code), text);
	}
	answer->err = err_of(answer->code);
	if (kr_json_get_str(doc, "retry", &text) == KR_OK) {
		answer->retry = kr_view_equal(text, kr_view_str("later")) ? KR_RETRY_LATER
			: kr_view_equal(text, kr_view_str("rebase")) ? KR_RETRY_REBASE
								     : KR_RETRY_NEVER;
	}
	(void)kr_json_get_u64(doc, "retry_ms", &answer->retry_ms);
}

uint64_t answer_retry_time(const struct answer *answer, uint64_t now_ms)
{
	return now_ms + (answer->retry_ms > 0 ? answer->retry_ms : RETRY_MS);
}
