/* What is signed of a case. The first byte says what the rest is: 'r' an event as it
 * comes, 'e' one that is signed here, 'w' what the relay says, signed here, 's' a stored
 * state. What is accepted is encoded to the same bytes again. */
#include "fuzz.h"

#include <string.h>

#include <kring/case.h>

#include "proto/wire/signed_record.h"

#define SPACE 65536

static struct kr_ed25519_keypair signer;
static uint8_t bytes[SPACE];
static uint8_t again[SPACE];

static struct kr_writer over(uint8_t *space)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, SPACE);
	return w;
}

static void assert_same(const struct kr_writer *w, struct kr_view expected)
{
	FUZZ_ASSERT(w->err == KR_OK);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(w), expected));
}

static void run_event(struct kr_view content)
{
	static struct kr_case_event e;
	struct kr_writer w = over(bytes);
	struct kr_writer copy = over(again);

	kr_write_fixed(&w, content);
	kr_write_fixed(&w, kr_view(signer.public_key, sizeof(signer.public_key)));
	kr_signed_record_end(&w, 0, KR_LABEL_CASE, &signer);
	if (kr_case_event_read(&e, kr_writer_view(&w)) == KR_OK) {
		kr_case_event_write(&copy, &e, &signer);
		assert_same(&copy, kr_writer_view(&w));
		FUZZ_ASSERT(e.num_recipients > 0 ||
			kr_case_wraps_check(&e, kr_view(NULL, 0)) == KR_OK);
	}
}

static void run_word(struct kr_view content)
{
	struct kr_relay_word word;
	struct kr_writer w = over(bytes);
	struct kr_writer copy = over(again);

	kr_write_fixed(&w, content);
	kr_signed_record_end(&w, 0, KR_LABEL_RELAY, &signer);
	if (kr_relay_word_read(&word, kr_writer_view(&w), signer.public_key) == KR_OK) {
		kr_relay_word_write(&copy, &word, &signer);
		assert_same(&copy, kr_writer_view(&w));
	}
}

/* One of an older version is shorter, and says the same once it is written anew. */
static void run_state(struct kr_view stored)
{
	struct kr_case_state state;
	struct kr_case_state same;
	struct kr_writer copy = over(again);
	struct kr_writer anew = over(bytes);

	if (kr_case_state_read(&state, stored) == KR_OK) {
		kr_case_state_write(&copy, &state);
		FUZZ_ASSERT(kr_case_state_read(&same, kr_writer_view(&copy)) == KR_OK);
		kr_case_state_write(&anew, &same);
		assert_same(&anew, kr_writer_view(&copy));
		if (stored.len >= kr_writer_view(&copy).len) {
			assert_same(&copy, stored);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kr_secret seed = {{1}};
	static struct kr_case_event e;
	struct kr_view rest;

	if (size == 0 || size > SPACE / 2 || kr_crypto_init() != KR_OK) {
		return -1;
	}
	kr_ed25519_from_seed(&signer, &seed);
	rest = kr_view(data + 1, size - 1);
	switch (data[0]) {
	case 'r':
		kr_case_event_read(&e, rest);
		break;
	case 'e':
		run_event(rest);
		break;
	case 'w':
		run_word(rest);
		break;
	case 's':
		run_state(rest);
		break;
	default:
		return -1;
	}
	return 0;
}
