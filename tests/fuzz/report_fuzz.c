/* What a relay says to the reporter's machine: hello as it should be, and then messages
 * of any kind. Input: messages, each after a two-byte length whose highest bit says that
 * it is text. Whatever comes, the machine goes on, keeps nothing, and can forget. */
#include "fuzz.h"

#include <string.h>

#include <kring/report.h>
#include <kring/wire.h>

#define NOW_MS UINT64_C(1763784000000)

static struct kr_random_seeded seeded;

static void input(struct kr_report *report, struct kr_core_input in)
{
	struct kr_random rng = kr_random_seeded(&seeded);
	enum kr_err err = kr_report_input(report, &in, NOW_MS, &rng);
	struct kr_core_output out;

	FUZZ_ASSERT(err == KR_OK);
	while (kr_report_output(report, &out)) {
		FUZZ_ASSERT(out.kind != KR_CORE_STORE);
	}
}

static void command(struct kr_report *report, const char *text)
{
	input(report,
		(struct kr_core_input){
			.kind = KR_CORE_COMMAND, .id = 1, .bytes = kr_view_str(text)});
}

static void hello(struct kr_report *report)
{
	static const uint8_t zeroes[32];
	struct kr_writer w;
	struct kr_json j;

	kr_writer_init(&w);
	kr_json_begin(&j, &w);
	kr_json_str(&j, "verb", "hello");
	kr_json_str(&j, "relay", "r");
	kr_json_bytes(&j, "incarnation", kr_view(zeroes, 16));
	kr_json_bytes(&j, "challenge", kr_view(zeroes, 32));
	kr_json_bytes(&j, "relay_key", kr_view(zeroes, 32));
	kr_json_u64(&j, "time", NOW_MS);
	kr_json_end(&j);
	input(report, (struct kr_core_input){.kind = KR_CORE_CONNECTED});
	input(report,
		(struct kr_core_input){.kind = KR_CORE_MESSAGE,
			.is_text = true,
			.bytes = kr_writer_view(&w)});
	kr_writer_free(&w);
}

static void say_all(struct kr_report *report, struct kr_reader r)
{
	uint16_t len;

	while (kr_read_u16(&r, &len) == KR_OK) {
		size_t want = len & 0x7fff;
		struct kr_view bytes = r.rest;

		bytes.len = want < bytes.len ? want : bytes.len;
		(void)kr_read_fixed(&r, bytes.len, &bytes);
		input(report,
			(struct kr_core_input){.kind = KR_CORE_MESSAGE,
				.is_text = (len & 0x8000) != 0,
				.bytes = bytes});
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kr_secret seed = {.bytes = {1}};
	struct kr_report *report;
	struct kr_bytes answer;

	kr_random_seeded_init(&seeded, &seed);
	FUZZ_ASSERT(kr_report_new(&report) == KR_OK);
	command(report,
		"{\"do\":\"open\",\"url\":\"wss://r/"
		"kring\",\"relay\":\"r\",\"pinned\":true,"
		"\"identity_key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}");
	hello(report);
	say_all(report, kr_reader(kr_view(data, size)));
	FUZZ_ASSERT(kr_report_query(report, kr_view_str("{\"ask\":\"inbox\"}"), NOW_MS,
			    &answer) == KR_OK);
	kr_bytes_free(&answer);
	command(report, "{\"do\":\"forget\"}");
	kr_report_free(report);
	return 0;
}
