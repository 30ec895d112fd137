/* What people say inside envelopes: the first byte says what the rest is, a signal, the
 * beginning of a case, words, an identity, or an address as it is typed (five vectors).
 * What is accepted is encoded to the same bytes again, also with fields of a newer
 * version; an address that was normalised stays as it is. */
#include "fuzz.h"

#include <string.h>

#include <kring/signal.h>

#define SPACE 65536

static uint8_t out[SPACE];

static struct kr_writer start(void)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, out, sizeof(out));
	return w;
}

static void assert_same(const struct kr_writer *w, struct kr_view bytes)
{
	FUZZ_ASSERT(w->err == KR_OK);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(w), bytes));
}

static void run_signal(struct kr_view bytes)
{
	struct kr_signal signal;
	uint8_t keys[2][KR_SHA256_BYTES];
	struct kr_writer w = start();

	if (kr_signal_read(&signal, bytes) == KR_OK) {
		kr_signal_write(&w, &signal);
		assert_same(&w, bytes);
		FUZZ_ASSERT(signal.seen.len > 0);
		FUZZ_ASSERT(kr_address_keys(keys, &signal.address) <= 2);
	}
}

static void run_submission(struct kr_view bytes)
{
	struct kr_submission submission;
	struct kr_writer w = start();

	if (kr_submission_read(&submission, bytes, KR_URGENCY_TODAY) == KR_OK) {
		kr_submission_write(&w, &submission);
		assert_same(&w, bytes);
	}
}

static void run_words(struct kr_view bytes)
{
	struct kr_words words;
	struct kr_writer w = start();

	if (kr_words_read(&words, bytes) == KR_OK) {
		kr_words_write(&w, &words);
		assert_same(&w, bytes);
		FUZZ_ASSERT(words.type != KR_EVENT_CLOSED ||
			(words.outcome != KR_OUTCOME_NONE && words.text.len > 0));
	}
}

static void run_identity(struct kr_view bytes)
{
	struct kr_identity identity;
	struct kr_writer w = start();

	if (kr_identity_read(&identity, bytes) == KR_OK) {
		kr_identity_write(&w, &identity);
		assert_same(&w, bytes);
	}
}

static void run_address(struct kr_view bytes)
{
	static uint8_t storage[KR_ADDRESS_STORAGE];
	static uint8_t again_storage[KR_ADDRESS_STORAGE];
	struct kr_reader r = kr_reader(bytes);
	struct kr_view parts[5];
	struct kr_address a;
	struct kr_address again;
	char number[16];
	int len;

	for (size_t i = 0; i < 5; i++) {
		if (kr_read_vec(&r, &parts[i]) != KR_OK) {
			return;
		}
	}
	if (kr_address_normalise(&a, storage, parts[0], parts[1], parts[2], parts[3],
		    parts[4]) != KR_OK) {
		return;
	}
	len = a.number == 0 ? 0
			    : snprintf(number, sizeof(number), "%u", (unsigned)a.number);
	FUZZ_ASSERT(kr_address_normalise(&again, again_storage, a.street,
			    kr_view(number, (size_t)len), a.addition,
			    kr_view(a.postcode, a.postcode[0] ? KR_POSTCODE_BYTES : 0),
			    a.town) == KR_OK);
	FUZZ_ASSERT(again.number == a.number);
	FUZZ_ASSERT(memcmp(again.postcode, a.postcode, sizeof(a.postcode)) == 0);
	FUZZ_ASSERT(kr_view_equal(again.street, a.street));
	FUZZ_ASSERT(kr_view_equal(again.addition, a.addition));
	FUZZ_ASSERT(kr_view_equal(again.town, a.town));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_view rest;

	if (size == 0 || size > SPACE / 2) {
		return -1;
	}
	rest = kr_view(data + 1, size - 1);
	switch (data[0]) {
	case 's':
		run_signal(rest);
		break;
	case 'b':
		run_submission(rest);
		break;
	case 'w':
		run_words(rest);
		break;
	case 'i':
		run_identity(rest);
		break;
	case 'a':
		run_address(rest);
		break;
	default:
		return -1;
	}
	return 0;
}
