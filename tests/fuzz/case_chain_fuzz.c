/* A case as a reader follows it. The input is a history, five bytes a step: type, who
 * acts, about whom, fallback and urgency, and what is wrong with it. Each event is made
 * and signed as it should be but for that. What is refused changes nothing, what is taken
 * leaves one owner and a running clock; a step with something wrong is never taken. */
#include "fuzz.h"

#include <string.h>

#include <kring/cases.h>

#define NUM_INBOXES 4
#define STEPS_MAX   64
#define RELAY       "kring.example"
#define BODY_MAX    ((size_t)32768)

enum actor { THE_REPORTER = NUM_INBOXES, THE_RELAY, NUM_ACTORS };

enum wrong {
	NOTHING_WRONG,
	WRONG_SEQ,
	WRONG_HASH,
	WRONG_SEEN,
	WRONG_SIGNER,
	WRONG_HEAD,
	WRONG_CLOCK,
	WRONG_RECIPIENT,
	NUM_WRONG,
};

static struct kr_ed25519_keypair relay;
static struct kr_ed25519_keypair reporter;
static struct kr_ed25519_keypair device[NUM_INBOXES];
static struct kr_inbox_record record[NUM_INBOXES];
static uint8_t ids[NUM_INBOXES + 1][KR_ID_BYTES]; /* the last is none */

static struct kr_case_chain chain;
static struct kr_case_event e;
static struct kr_event event;
static uint8_t body[BODY_MAX];
static uint8_t head_bytes[KR_EVENT_HEAD_MAX];
static uint8_t hash[KR_SHA256_BYTES];

static void make_inbox(size_t i)
{
	struct kr_secret seed = {{(uint8_t)(i + 1)}};

	kr_ed25519_from_seed(&device[i], &seed);
	memset(&record[i], 0, sizeof(record[i]));
	record[i].identity_key[0] = (uint8_t)i;
	record[i].number = 1;
	memcpy(record[i].relay_key, relay.public_key, sizeof(relay.public_key));
	record[i].promise_s = record[i].retention_s = record[i].retention_unread_s = 100;
	record[i].promises = 2;
	for (size_t k = 0; k < KR_NUM_URGENCIES; k++) {
		record[i].deadlines[k] = (struct kr_inbox_deadline){10, 20, true};
	}
	record[i].num_team = 1;
	memcpy(record[i].team[0].device_key, device[i].public_key, KR_ID_BYTES);
	kr_inbox_id(ids[i], record[i].identity_key);
}

static void begin(void)
{
	static const uint8_t case_id[KR_ID_BYTES] = {0xca};
	const struct kr_secret seeds[] = {{{100}}, {{101}}};

	kr_ed25519_from_seed(&relay, &seeds[0]);
	kr_ed25519_from_seed(&reporter, &seeds[1]);
	for (size_t i = 0; i < NUM_INBOXES; i++) {
		make_inbox(i);
	}
	kr_case_chain_begin(&chain, case_id);
}

/* Envelopes as long as they should be; nobody opens them here. */
static void add_envelope(enum kr_envelope_kind kind, size_t size)
{
	static const uint8_t zeroes[KR_ENVELOPE_STORAGE];
	struct kr_envelope *envelope = &e.envelopes[e.num_envelopes++];

	envelope->kind = kind;
	envelope->ciphertext = kr_view(zeroes, size + KR_AEAD_TAG_BYTES);
}

static void add_recipient(
	enum kr_wrap_purpose purpose, const uint8_t party[KR_ID_BYTES], uint8_t envelope)
{
	struct kr_recipient *to = &e.recipients[e.num_recipients++];

	*to = (struct kr_recipient){.envelope = envelope, .purpose = purpose};
	to->sealing_number = purpose == KR_WRAP_REPORTER ? 0 : 1;
	memcpy(to->party, party, KR_ID_BYTES);
}

static void seal(const struct kr_case_act *act)
{
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	size_t num = kr_case_readers(&chain.state, act, readers);

	if (num > 0) {
		add_envelope(KR_ENVELOPE_WORDS, KR_CASE_SIZE_MEDIUM);
	}
	for (size_t i = 0; i < num; i++) {
		add_recipient(readers[i].purpose, readers[i].party, 0);
	}
	switch (act->type) {
	case KR_EVENT_SUBMITTED:
		add_envelope(KR_ENVELOPE_IDENTITY, KR_CASE_SIZE_SMALL);
		for (size_t i = 0; i < num; i++) {
			add_recipient(readers[i].purpose, readers[i].party, 1);
		}
		break;
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_JOIN_INVITED:
		add_envelope(KR_ENVELOPE_KEYS, KR_CASE_SIZE_SMALL);
		add_recipient(KR_WRAP_WAITING, act->inbox, 1);
		break;
	case KR_EVENT_IDENTITY_SHARED:
		add_envelope(KR_ENVELOPE_KEYS, KR_CASE_SIZE_SMALL);
		add_recipient(KR_WRAP_PARTY, act->inbox, 0);
		break;
	default:
		break;
	}
}

static const struct kr_inbox_record *clock_record(const struct kr_case_act *act)
{
	const uint8_t *whose = kr_case_clock_inbox(&chain.state, act);

	for (size_t i = 0; whose != NULL && i < NUM_INBOXES; i++) {
		if (memcmp(whose, ids[i], KR_ID_BYTES) == 0) {
			return &record[i];
		}
	}
	return NULL;
}

static void write_head(const struct kr_case_act *act, uint64_t until_ms, bool wrong)
{
	unsigned fields = kr_event_info(event.type)->fields;
	struct kr_event_head head = {.urgency = e.urgency, .until_ms = until_ms};
	struct kr_writer w;

	head.by = kr_view(wrong ? act->inbox : e.by, KR_ID_BYTES);
	head.inbox = kr_view(act->inbox, fields & KR_F_INBOX ? KR_ID_BYTES : 0);
	head.fallback = kr_view(e.fallback, fields & KR_F_FALLBACK ? KR_ID_BYTES : 0);
	head.key = kr_view(reporter.public_key, fields & KR_F_KEY ? KR_ID_BYTES : 0);
	kr_writer_init_fixed(&w, head_bytes, sizeof(head_bytes));
	kr_event_head_write(&w, event.type, &head);
	FUZZ_ASSERT(w.err == KR_OK);
	event.head = kr_writer_view(&w);
}

static void write_body(size_t by, enum wrong wrong, uint64_t until_ms)
{
	const struct kr_ed25519_keypair *signer = by == THE_REPORTER ? &reporter
		: by == THE_RELAY                                    ? &relay
								     : &device[by];
	struct kr_relay_word word = {.relay = kr_view_str(RELAY), .seq = chain.seq};
	struct kr_writer w;

	if (wrong == WRONG_SIGNER) {
		signer = by == 0 ? &device[1] : &device[0];
	}
	kr_writer_init_fixed(&w, body, sizeof(body));
	if (by == THE_RELAY) {
		word.kind = event.type == KR_EVENT_EXPIRED ? KR_RELAY_EXPIRED
							   : KR_RELAY_OVERDUE;
		memcpy(word.case_id, chain.case_id, sizeof(word.case_id));
		memcpy(word.event, event.id, sizeof(word.event));
		memcpy(word.hash, chain.hash, sizeof(word.hash));
		memcpy(word.inbox, e.inbox, sizeof(word.inbox));
		word.hash[0] ^= wrong == WRONG_SEEN ? 1 : 0;
		word.time_ms = event.time_ms;
		word.until_ms = until_ms;
		kr_relay_word_write(&w, &word, signer);
	} else {
		kr_case_event_write(&w, &e, signer);
	}
	event.body = kr_writer_view(&w);
}

static void fill(const uint8_t step[5], size_t by)
{
	unsigned fields = kr_event_info(step[0])->fields;

	memset(&e, 0, sizeof(e));
	e.type = step[0];
	memcpy(e.case_id, chain.case_id, sizeof(e.case_id));
	e.event[0] = (uint8_t)(chain.seq + 1);
	e.seen_seq = chain.seq;
	memcpy(e.seen_hash, chain.hash, sizeof(e.seen_hash));
	if (by < NUM_INBOXES) {
		memcpy(e.by, ids[by], KR_ID_BYTES);
		e.by_number = 1;
	}
	if (fields & KR_F_INBOX) {
		memcpy(e.inbox, ids[step[2] % (NUM_INBOXES + 1)], KR_ID_BYTES);
	}
	if (fields & KR_F_FALLBACK) {
		memcpy(e.fallback, ids[(step[3] >> 2) % (NUM_INBOXES + 1)], KR_ID_BYTES);
	}
	if (fields & KR_F_URGENCY) {
		e.urgency = (uint8_t)(1 + step[3] % 4);
	}
}

static void put_event(uint8_t type, uint64_t now_ms, size_t by, enum wrong wrong)
{
	static const uint8_t account[KR_ID_BYTES];

	event = (struct kr_event){.topic = chain.topic, .type = type, .time_ms = now_ms};
	event.seq = event.rev = chain.seq + (wrong == WRONG_SEQ ? 2 : 1);
	event.author = kr_view(account, by < NUM_INBOXES ? sizeof(account) : 0);
	memcpy(event.id, e.event, sizeof(event.id));
}

/* Returns what kr_case_chain_take says, KR_ERR_ARGUMENT for what nobody could sign. */
static enum kr_err run_step(const uint8_t step[5], uint64_t *now_ms, enum wrong *wrong)
{
	bool by_relay = step[0] == KR_EVENT_OVERDUE || step[0] == KR_EVENT_EXPIRED;
	size_t by = by_relay ? THE_RELAY : step[1] % THE_RELAY;
	const struct kr_inbox_record *clock;
	struct kr_case_act act;
	enum kr_case_lie lie;
	uint64_t until_ms = 0;

	*wrong = (enum wrong)(step[4] % NUM_WRONG);
	*now_ms = by_relay ? chain.state.until_ms : *now_ms + step[4];
	fill(step, by);
	e.date_ms = step[0] == KR_EVENT_PROMISE ? *now_ms + 1000 : 0;
	act = (struct kr_case_act){.type = (enum kr_event_type)step[0],
		.actor = by == THE_RELAY     ? KR_ACTOR_RELAY
			: by == THE_REPORTER ? KR_ACTOR_REPORTER
					     : KR_ACTOR_INBOX,
		.by = e.by,
		.inbox = e.inbox,
		.fallback = e.fallback,
		.key = reporter.public_key,
		.urgency = e.urgency};
	if (!by_relay) {
		seal(&act);
	}
	clock = clock_record(&act);
	if (clock != NULL && act.type != KR_EVENT_NOTE) {
		kr_case_clock(&until_ms, &chain.state, &act, clock, e.date_ms, *now_ms);
	}
	until_ms += *wrong == WRONG_CLOCK ? 1 : 0;
	e.seen_hash[0] ^= *wrong == WRONG_SEEN ? 1 : 0;
	if (*wrong == WRONG_RECIPIENT && e.num_recipients > 0) {
		e.num_recipients--;
	} else if (*wrong == WRONG_RECIPIENT) {
		*wrong = NOTHING_WRONG;
	}
	put_event(step[0], *now_ms, by, *wrong);
	write_body(by, *wrong, until_ms);
	if (*wrong == WRONG_HEAD && memcmp(e.inbox, e.by, KR_ID_BYTES) == 0) {
		*wrong = NOTHING_WRONG;
	}
	write_head(&act, until_ms, *wrong == WRONG_HEAD);
	kr_event_hash(hash, chain.hash, &event);
	hash[0] ^= *wrong == WRONG_HASH ? 1 : 0;
	if (!by_relay && kr_case_event_read(&e, event.body) != KR_OK) {
		return KR_ERR_ARGUMENT;
	}
	return kr_case_chain_take(&chain, &lie, &event, hash, by_relay ? NULL : &e,
		by < NUM_INBOXES ? &record[by] : NULL, clock, kr_view_str(RELAY));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kr_case_chain before;
	uint64_t now_ms = 1000;

	if (size % 5 != 0 || size / 5 > STEPS_MAX || kr_crypto_init() != KR_OK) {
		return -1;
	}
	begin();
	for (size_t i = 0; i < size; i += 5) {
		const struct kr_event_info *info = kr_event_info(data[i]);
		enum wrong wrong;

		if (info == NULL || info->kind != KR_TOPIC_CASE) {
			return -1;
		}
		before = chain;
		if (run_step(data + i, &now_ms, &wrong) != KR_OK) {
			FUZZ_ASSERT(memcmp(&before, &chain, sizeof(chain)) == 0);
			continue;
		}
		FUZZ_ASSERT(wrong == NOTHING_WRONG);
		FUZZ_ASSERT(chain.seq == before.seq + 1);
		FUZZ_ASSERT(kr_case_owner(&chain.state) != NULL);
		FUZZ_ASSERT((chain.state.until_ms != 0) ==
			(chain.state.phase != KR_CASE_ERASED));
	}
	return 0;
}
