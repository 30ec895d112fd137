/* Events of cases as clients make them: no byte may be missing or changed, and each type
 * has the envelopes that CASES.md §7 gives it and no others. */
#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

static struct stored s;

static enum kr_err read(struct kr_view bytes)
{
	static struct kr_case_event e;

	return kr_case_event_read(&e, bytes);
}

static void events_bear_no_damage(void **state)
{
	struct world *w = world_new();

	(void)state;
	happen(&s, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	codec_props_whole("submitted", read, s.event.body);
	happen(&s, w, KR_EVENT_HANDOVER_OFFERED, OWNER, OTHER);
	codec_props_whole("handover_offered", read, s.event.body);
	happen(&s, w, KR_EVENT_CONSENTED, REPORTER, FALLBACK);
	codec_props_whole("consented", read, s.event.body);
	codec_props_signed("consented", read, s.event.body);
}

/* ---- Shapes -------------------------------------------------------------------- */

enum shape {
	EMPTY = 1 << 0,
	WORDS = 1 << 1,
	WORDS_IDENTITY = 1 << 2,
	WORDS_KEYS = 1 << 3,
	KEYS = 1 << 4,
	KEYS_WORDS = 1 << 5,
	SMALL_WORDS = 1 << 6,
	LARGE_IDENTITY = 1 << 7,
	NUM_SHAPES = 8,
};

#define SPOKEN (WORDS | SMALL_WORDS)

static const struct {
	enum kr_event_type type;
	unsigned shapes;
} types[] = {
	{KR_EVENT_SUBMITTED, WORDS_IDENTITY},
	{KR_EVENT_ACKNOWLEDGED, SPOKEN | WORDS_KEYS},
	{KR_EVENT_FOLLOW_UP, SPOKEN | WORDS_KEYS},
	{KR_EVENT_QUESTION, SPOKEN},
	{KR_EVENT_ANSWER, SPOKEN},
	{KR_EVENT_PROMISE, SPOKEN | WORDS_KEYS},
	{KR_EVENT_URGENCY_CHANGED, SPOKEN},
	{KR_EVENT_HANDOVER_OFFERED, WORDS_KEYS},
	{KR_EVENT_HANDOVER_ACCEPTED, SPOKEN},
	{KR_EVENT_HANDOVER_DECLINED, SPOKEN},
	{KR_EVENT_CONSULTED, SPOKEN | WORDS_KEYS},
	{KR_EVENT_ADVISED, SPOKEN},
	{KR_EVENT_JOIN_INVITED, WORDS_KEYS},
	{KR_EVENT_JOINED, SPOKEN},
	{KR_EVENT_PARTED, SPOKEN},
	{KR_EVENT_OVERDUE, 0},
	{KR_EVENT_CLOSED, SPOKEN},
	{KR_EVENT_CLOSE_READ, EMPTY},
	{KR_EVENT_REOPENED, SPOKEN},
	{KR_EVENT_WITHDRAWN, SPOKEN},
	{KR_EVENT_CONSENTED, EMPTY},
	{KR_EVENT_IDENTITY_SHARED, KEYS},
	{KR_EVENT_ERASED, EMPTY},
	{KR_EVENT_EXPIRED, 0},
	{KR_EVENT_NOTE, SPOKEN},
	{KR_EVENT_POST, 0},
};

static void add(struct kr_case_event *e, enum kr_envelope_kind kind, size_t size)
{
	static const uint8_t ciphertext[KR_ENVELOPE_STORAGE];
	struct kr_envelope *envelope = &e->envelopes[e->num_envelopes++];

	envelope->kind = kind;
	envelope->ciphertext = kr_view(ciphertext, size + KR_AEAD_TAG_BYTES);
}

static void give_shape(struct kr_case_event *e, enum shape shape)
{
	size_t identity =
		shape == LARGE_IDENTITY ? KR_CASE_SIZE_MEDIUM : KR_CASE_SIZE_SMALL;

	if (shape == KEYS || shape == KEYS_WORDS) {
		add(e, KR_ENVELOPE_KEYS, KR_CASE_SIZE_SMALL);
	}
	if (shape != EMPTY && shape != KEYS) {
		add(e, KR_ENVELOPE_WORDS,
			shape == SMALL_WORDS ? KR_CASE_SIZE_SMALL : KR_CASE_SIZE_LARGE);
	}
	if (shape == WORDS_KEYS) {
		add(e, KR_ENVELOPE_KEYS, KR_CASE_SIZE_LARGE);
	}
	if (shape == WORDS_IDENTITY || shape == LARGE_IDENTITY) {
		add(e, KR_ENVELOPE_IDENTITY, identity);
	}
}

/* The fields that the type must have. */
static void give_fields(struct kr_case_event *e)
{
	const struct kr_event_info *info = kr_event_info(e->type);
	bool is_note = e->type == KR_EVENT_NOTE;

	e->inbox[0] = !is_note && info->fields & KR_F_INBOX ? 1 : 0;
	e->urgency = info->fields & KR_F_URGENCY ? 1 : 0;
	e->date_ms = e->type == KR_EVENT_PROMISE ? 1 : 0;
}

static void each_type_has_its_envelopes(void **state)
{
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < NUM(types); i++) {
		for (unsigned k = 0; k < NUM_SHAPES; k++) {
			static uint8_t bytes[BODY_MAX];
			struct kr_case_event e = {.type = (uint16_t)types[i].type};
			bool good = (types[i].shapes & 1U << k) != 0;
			struct kr_writer writer;

			give_fields(&e);
			give_shape(&e, (enum shape)(1U << k));
			kr_writer_init_fixed(&writer, bytes, sizeof(bytes));
			kr_case_event_write(&writer, &e, &w->receipt.signing);
			if (writer.err != (good ? KR_OK : KR_ERR_ENCODING)) {
				fail_msg("%s, shape %u: %s",
					kr_event_info(types[i].type)->name, k,
					kr_err_name(writer.err));
			}
			assert_int_equal(read(kr_writer_view(&writer)) == KR_OK, good);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_bear_no_damage),
		cmocka_unit_test(each_type_has_its_envelopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
