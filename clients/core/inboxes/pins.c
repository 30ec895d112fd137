#include "clients/core/inboxes/pins.h"

#include <string.h>

#include "clients/core/inboxes/notices.h"
#include "clients/core/state.h"

#define NOTICE_MS  (UINT64_C(72) * 3600 * 1000)
#define ANNOUNCERS 2
/* Twice what a policy can hold: there is always one that is gone, to make room. */
#define PINS_MAX (2 * (size_t)KR_POLICY_INBOXES_MAX)

/* ---- What is kept ----------------------------------------------------------------- */

struct pin {
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];
	struct kr_view name;
	uint64_t since_ms;
	bool is_gone; /* from the policy, under this name */
};

/* In the order in which they came. Stored as RECORD_PINS:
 *	struct { uint8 version = 1; struct { opaque identity_key[32]; opaque name<V>;
 *	         uint64 since_ms; uint8 is_gone; } pins[]; } */
struct pins {
	struct pin list[PINS_MAX];
	size_t num;
};

static bool read_pin(struct kr_reader *r, struct pin *pin)
{
	return kr_read_copy(r, pin->identity_key, sizeof(pin->identity_key)) == KR_OK &&
		kr_read_vec(r, &pin->name) == KR_OK &&
		kr_read_u64(r, &pin->since_ms) == KR_OK &&
		kr_read_optional(r, &pin->is_gone) == KR_OK;
}

/* Views into the record. */
static void pins_read(
	const struct kr_core *core, const struct group *group, struct pins *pins)
{
	struct record_key key = record_key_id(RECORD_PINS, group->id);
	const struct record *record = records_get(&core->records, record_key_view(&key));
	struct kr_reader r;
	uint8_t version;

	pins->num = 0;
	if (record == NULL) {
		return;
	}
	r = kr_reader(kr_view_bytes(&record->value));
	if (kr_read_u8(&r, &version) != KR_OK || version != 1) {
		return;
	}
	while (r.rest.len > 0 && pins->num < PINS_MAX &&
		read_pin(&r, &pins->list[pins->num])) {
		pins->num++;
	}
}

static enum kr_err pins_put(
	struct kr_core *core, const struct group *group, const struct pins *pins)
{
	struct record_key key = record_key_id(RECORD_PINS, group->id);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	for (size_t i = 0; i < pins->num; i++) {
		const struct pin *pin = &pins->list[i];

		kr_write_fixed(&w, kr_view(pin->identity_key, KR_ED25519_PUBLIC_BYTES));
		kr_write_vec(&w, pin->name);
		kr_write_u64(&w, pin->since_ms);
		kr_write_optional(&w, pin->is_gone);
	}
	return records_put_writer(&core->records, &key, &w);
}

static bool is_key(const struct pin *pin, const uint8_t *identity_key)
{
	return memcmp(pin->identity_key, identity_key, KR_ED25519_PUBLIC_BYTES) == 0;
}

/* The last one of this name and another identity; one that stands before those that are
 * gone. */
static const struct pin *other_of(
	const struct pins *pins, struct kr_view name, const uint8_t *identity_key)
{
	const struct pin *found = NULL;

	for (size_t i = 0; i < pins->num; i++) {
		const struct pin *pin = &pins->list[i];

		if (kr_view_equal(pin->name, name) && !is_key(pin, identity_key) &&
			(found == NULL || found->is_gone || !pin->is_gone)) {
			found = pin;
		}
	}
	return found;
}

/* Does this identity stand under this name? */
static bool is_known(
	const struct pins *pins, struct kr_view name, const uint8_t *identity_key)
{
	for (size_t i = 0; i < pins->num; i++) {
		const struct pin *pin = &pins->list[i];

		if (!pin->is_gone && is_key(pin, identity_key) &&
			kr_view_equal(pin->name, name)) {
			return true;
		}
	}
	return false;
}

bool pin_other(const struct kr_core *core, const struct group *group, struct kr_view name,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES],
	uint8_t other[KR_ED25519_PUBLIC_BYTES])
{
	const struct pin *pin;
	struct pins pins;

	pins_read(core, group, &pins);
	pin = other_of(&pins, name, identity_key);
	if (pin == NULL || is_known(&pins, name, identity_key)) {
		return false;
	}
	memcpy(other, pin->identity_key, KR_ED25519_PUBLIC_BYTES);
	return true;
}

uint64_t pin_since(const struct kr_core *core, const struct group *group,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES])
{
	uint64_t since_ms = UINT64_MAX;
	struct pins pins;

	pins_read(core, group, &pins);
	for (size_t i = 0; i < pins.num; i++) {
		if (is_key(&pins.list[i], identity_key) &&
			pins.list[i].since_ms < since_ms) {
			since_ms = pins.list[i].since_ms;
		}
	}
	return since_ms;
}

/* ---- May it be another? ----------------------------------------------------------- */

static bool has_text(struct kr_view text, const char *part)
{
	size_t len = strlen(part);

	for (size_t at = 0; at + len <= text.len; at++) {
		if (memcmp(text.data + at, part, len) == 0) {
			return true;
		}
	}
	return false;
}

/* An announcement that stands, by a coordinator, with this fingerprint in it. What an
 * edit made of it later does not count. */
static bool announces(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, const char *fingerprint, uint64_t until_ms)
{
	struct feed_message message;
	struct kr_view reason;

	return entry->kind == KR_CONTENT_ANNOUNCEMENT && entry->retraction == 0 &&
		group_is_administrator(group, entry->id.author) &&
		feed_taken_down(core, group, entry, &reason) != KR_OK &&
		feed_message(core, group, entry->seq, &message) == KR_OK &&
		message.is_readable && message.event.time_ms <= until_ms &&
		has_text(message.content.text, fingerprint);
}

static bool was_announced(const struct kr_core *core, const struct group *group,
	const uint8_t *identity_key, uint64_t until_ms)
{
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	const uint8_t *first = NULL;

	kr_fingerprint(fingerprint, identity_key);
	for (size_t i = 0; i < group->feed->num; i++) {
		const struct feed_entry *entry = &group->feed->entries[i];

		if (!announces(core, group, entry, fingerprint, until_ms)) {
			continue;
		}
		if (first != NULL && memcmp(first, entry->id.author, KR_ID_BYTES) != 0) {
			return true;
		}
		first = entry->id.author;
	}
	return false;
}

bool pin_was_announced(const struct kr_core *core, const struct group *group,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES], uint64_t time_ms)
{
	return time_ms >= NOTICE_MS &&
		was_announced(core, group, identity_key, time_ms - NOTICE_MS);
}

bool pin_may_change(const struct kr_core *core, const struct group *group,
	const uint8_t from[KR_ED25519_PUBLIC_BYTES],
	const uint8_t to[KR_ED25519_PUBLIC_BYTES], uint64_t time_ms)
{
	uint8_t inbox[KR_ID_BYTES];
	const uint8_t *successor;

	kr_inbox_id(inbox, from);
	successor = notices_successor(group->feed, inbox);
	return (successor != NULL &&
		       memcmp(successor, to, KR_ED25519_PUBLIC_BYTES) == 0) ||
		pin_was_announced(core, group, to, time_ms);
}

/* ---- A policy --------------------------------------------------------------------- */

static bool stands(const struct pin *pin, const struct kr_policy *policy)
{
	struct kr_policy_inbox inbox;

	for (size_t i = 0; kr_policy_inbox_at(policy, i, &inbox) == KR_OK; i++) {
		if (is_key(pin, inbox.identity_key) &&
			kr_view_equal(pin->name, inbox.name)) {
			return true;
		}
	}
	return false;
}

/* The same under the same name, gone by now; else, if there is no room, the oldest that
 * is gone. pins->num: none. */
static size_t place_of(const struct pins *pins, const struct kr_policy_inbox *inbox)
{
	size_t oldest = pins->num;

	for (size_t i = pins->num; i > 0; i--) {
		const struct pin *pin = &pins->list[i - 1];

		if (is_key(pin, inbox->identity_key) &&
			kr_view_equal(pin->name, inbox->name)) {
			return i - 1;
		}
		oldest = pin->is_gone ? i - 1 : oldest;
	}
	return pins->num < PINS_MAX ? pins->num : oldest;
}

/* At the end, in place of one that is gone. */
static void add(struct pins *pins, const struct kr_policy_inbox *inbox, uint64_t since_ms)
{
	struct pin pin = {.name = inbox->name, .since_ms = since_ms};
	size_t place = place_of(pins, inbox);

	memcpy(pin.identity_key, inbox->identity_key, sizeof(pin.identity_key));
	if (place < pins->num) {
		memmove(&pins->list[place], &pins->list[place + 1],
			(pins->num - place - 1) * sizeof(pin));
		pins->num--;
	}
	pins->list[pins->num++] = pin;
}

/* Under a name that another had: was it said before? */
static enum kr_err judge(struct kr_core *core, const struct group *group,
	const struct kr_event *event, const struct pins *pins,
	const struct kr_policy_inbox *inbox)
{
	const struct pin *other = other_of(pins, inbox->name, inbox->identity_key);
	const struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, group->id);

	/* Nor is a name forgotten in silence, when there were too many. */
	if (other == NULL ? pins->num < PINS_MAX
			  : pin_may_change(core, group, other->identity_key,
				    inbox->identity_key, event->time_ms)) {
		return KR_OK;
	}
	return alarm_raise(core, ALARM_INBOX_REPLACED,
		&(struct alarm_about){.topic = &topic,
			.seq = event->seq,
			.account = event->author.len == KR_ID_BYTES ? event->author.data
								    : NULL});
}

enum kr_err pins_follow(struct kr_core *core, struct group *group,
	const struct kr_event *event, enum pins_change change)
{
	struct kr_policy_inbox inbox;
	struct kr_policy policy;
	struct pins pins;
	bool is_first;
	enum kr_err err = KR_OK;

	if (!group->is_main || group_policy(group, &policy) != KR_OK) {
		return KR_OK;
	}
	pins_read(core, group, &pins);
	is_first = pins.num == 0 && change == PINS_ENTRY;
	for (size_t i = 0;
		err == KR_OK && kr_policy_inbox_at(&policy, i, &inbox) == KR_OK; i++) {
		if (is_known(&pins, inbox.name, inbox.identity_key)) {
			continue;
		}
		if (change != PINS_UNDONE && !is_first) {
			err = judge(core, group, event, &pins, &inbox);
		}
		add(&pins, &inbox, is_first ? event->time_ms : 0);
	}
	for (size_t i = 0; i < pins.num; i++) {
		pins.list[i].is_gone = !stands(&pins.list[i], &policy);
	}
	core->notices.read_ms = 0; /* the policy says which inboxes are read */
	return err != KR_OK ? err : pins_put(core, group, &pins);
}
