/* The native machine, held against what the WebAssembly one did.
 *
 * Reads a trace from standard input, one line for each thing that crossed the edge of the
 * machine, bytes in hex ("-" for none), and does the same:
 *	new                                    another machine in place of the last one
 *	load KEY VALUE                         kr_core_load
 *	rng BYTES                              what the next input draws; in its order
 *	in KIND ID IS_TEXT CODE NOW ERR BYTES  kr_core_input, which returned ERR
 *	out KIND ID IS_TEXT TIME BYTES [KEY=VALUE | KEY!]...   kr_core_output gave this,
 *	none                                   or nothing
 *	ask NOW QUESTION ANSWER                kr_core_query
 * Ends with status 1 at the first difference, and says where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/core.h>

struct replay {
	struct kr_core *core;
	struct kr_bytes entropy; /* of the next input, */
	size_t drawn;            /* and how much of it is used */
	unsigned line;
	unsigned num_inputs;
	unsigned num_outputs;
};

static void fail(const struct replay *r, const char *what)
{
	printf("line %u: %s\n", r->line, what);
	exit(1);
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The bytes of the next word of the line; they take its place. */
static struct kr_view next_bytes(char **line)
{
	char *word = strsep(line, " ");
	uint8_t *out = (uint8_t *)word;
	size_t len = word && strcmp(word, "-") != 0 ? strlen(word) / 2 : 0;

	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)(digit(word[2 * i]) << 4 | digit(word[2 * i + 1]));
	}
	return kr_view(out, len);
}

static uint64_t next_number(struct replay *r, char **line)
{
	char *word = strsep(line, " ");

	if (!word) {
		fail(r, "a number is missing");
	}
	return strtoull(word, NULL, 10);
}

static void same(struct replay *r, const char *what, struct kr_view got, char **line)
{
	struct kr_view expected = next_bytes(line);
	size_t at = 0;

	if (kr_view_equal(got, expected)) {
		return;
	}
	while (at < got.len && at < expected.len && got.data[at] == expected.data[at]) {
		at++;
	}
	printf("%s: %zu bytes, expected %zu, differs from byte %zu:\n", what, got.len,
		expected.len, at);
	for (size_t i = 0; i < 32; i++) {
		printf(" %02x/%02x", at + i < got.len ? got.data[at + i] : 0,
			at + i < expected.len ? expected.data[at + i] : 0);
	}
	printf("\n");
	fail(r, what);
}

static void same_number(struct replay *r, const char *what, uint64_t got, char **line)
{
	if (got != next_number(r, line)) {
		fail(r, what);
	}
}

static enum kr_err draw(void *ctx, uint8_t *out, size_t len)
{
	struct replay *r = ctx;

	if (len > r->entropy.len - r->drawn) {
		return KR_ERR_RANDOM;
	}
	if (len) {
		memcpy(out, r->entropy.data + r->drawn, len);
	}
	r->drawn += len;
	return KR_OK;
}

static void add_entropy(struct replay *r, struct kr_view more)
{
	struct kr_bytes joined = {0};

	if (kr_bytes_alloc(&joined, r->entropy.len + more.len)) {
		fail(r, "no memory");
	}
	if (r->entropy.len) {
		memcpy(joined.data, r->entropy.data, r->entropy.len);
	}
	memcpy(joined.data + r->entropy.len, more.data, more.len);
	kr_bytes_free(&r->entropy);
	r->entropy = joined;
}

static void on_new(struct replay *r)
{
	kr_core_free(r->core);
	if (kr_core_new(&r->core)) {
		fail(r, "no machine");
	}
}

static void on_load(struct replay *r, char **line)
{
	struct kr_view key = next_bytes(line), value = next_bytes(line);

	if (kr_core_load(r->core, key, value)) {
		fail(r, "a record is refused");
	}
}

static void on_input(struct replay *r, char **line)
{
	struct kr_core_input input = {
		.kind = (enum kr_core_input_kind)next_number(r, line)};
	struct kr_random rng = {.fill = draw, .ctx = r};
	uint64_t now_ms, err;

	input.id = next_number(r, line);
	input.is_text = next_number(r, line) != 0;
	input.code = (uint16_t)next_number(r, line);
	now_ms = next_number(r, line);
	err = next_number(r, line);
	input.bytes = next_bytes(line);
	if ((uint64_t)kr_core_input(r->core, &input, now_ms, &rng) != err) {
		fail(r, "the input has another result");
	}
	if (r->drawn != r->entropy.len) {
		fail(r, "less entropy was drawn");
	}
	kr_bytes_free(&r->entropy);
	r->drawn = 0;
	r->num_inputs++;
}

static void same_record(
	struct replay *r, const struct kr_core_record *record, char **line)
{
	char *word = strsep(line, " ");
	char *mark = word ? strpbrk(word, "=!") : NULL;
	char *value;

	if (!mark || record->is_deleted != (*mark == '!')) {
		fail(r, "another record, or deleted");
	}
	value = mark + 1;
	*mark = '\0';
	same(r, "a record's key", record->key, &word);
	if (!record->is_deleted) {
		same(r, "a record's value", record->value, &value);
	}
}

static void on_output(struct replay *r, char **line)
{
	struct kr_core_output out;

	if (!kr_core_output(r->core, &out)) {
		fail(r, "an output is missing");
	}
	same_number(r, "an output's kind", out.kind, line);
	same_number(r, "an output's id", out.id, line);
	same_number(r, "an output's type of message", out.is_text, line);
	same_number(r, "an output's time", out.time_ms, line);
	same(r, "an output's bytes", out.bytes, line);
	for (size_t i = 0; i < out.num_records; i++) {
		same_record(r, &out.records[i], line);
	}
	if (*line) {
		fail(r, "a record is missing");
	}
	r->num_outputs++;
}

static void on_none(struct replay *r)
{
	struct kr_core_output out;

	if (kr_core_output(r->core, &out)) {
		fail(r, "one output too many");
	}
}

static void on_ask(struct replay *r, char **line)
{
	uint64_t now_ms = next_number(r, line);
	struct kr_view question = next_bytes(line);
	KR_AUTO_FREE struct kr_bytes answer = {0};

	if (kr_core_query(r->core, question, now_ms, &answer)) {
		fail(r, "a question is refused");
	}
	same(r, "an answer", kr_view_bytes(&answer), line);
}

static void take_line(struct replay *r, char *line)
{
	const char *what = strsep(&line, " ");

	if (strcmp(what, "new") == 0) {
		on_new(r);
	} else if (strcmp(what, "load") == 0) {
		on_load(r, &line);
	} else if (strcmp(what, "rng") == 0) {
		add_entropy(r, next_bytes(&line));
	} else if (strcmp(what, "in") == 0) {
		on_input(r, &line);
	} else if (strcmp(what, "out") == 0) {
		on_output(r, &line);
	} else if (strcmp(what, "none") == 0) {
		on_none(r);
	} else if (strcmp(what, "ask") == 0) {
		on_ask(r, &line);
	} else {
		fail(r, "an unknown word");
	}
}

int main(void)
{
	struct replay r = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		r.line++;
		line[strcspn(line, "\n")] = '\0';
		take_line(&r, line);
	}
	free(line);
	kr_core_free(r.core);
	kr_bytes_free(&r.entropy);
	if (r.num_outputs == 0) {
		fail(&r, "nothing was compared");
	}
	printf("%u inputs, %u outputs\n", r.num_inputs, r.num_outputs);
	return 0;
}
