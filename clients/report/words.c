#include "clients/report/words.h"

#include "clients/report/state.h"

static bool is_waiting_for_words(const struct follow *follow, const struct entry *entry)
{
	return entry->event.seq <= follow->chain.seq && entry->has_words &&
		entry->words.data == NULL && !entry->is_unreadable;
}

bool words_are_missing(const struct follow *follow)
{
	for (const struct entry *e = follow->first; e != NULL; e = e->next) {
		if (is_waiting_for_words(follow, e)) {
			return true;
		}
	}
	return false;
}

static enum kr_err open_words(struct kr_report *report, struct entry *entry,
	const uint8_t wrap[KR_WRAP_BYTES], struct kr_case_event *e, uint8_t *storage)
{
	struct follow *follow = &report->follow;
	struct kr_envelope_secret secret;
	struct kr_words words;
	struct kr_view text;
	enum kr_err err;

	if ((err = kr_case_event_read(e, entry->event.body)) ||
		(err = kr_envelope_unwrap(&secret, e, entry->recipient, wrap,
			 &follow->chain.state, &follow->keys.sealing))) {
		return err;
	}
	err = kr_envelope_open(
		&text, storage, e, e->recipients[entry->recipient].envelope, &secret);
	kr_wipe(&secret, sizeof(secret));
	if (err != KR_OK || (err = kr_words_read(&words, text))) {
		return err;
	}
	return words.type == entry->event.type ? kr_bytes_copy(&entry->words, text)
					       : KR_ERR_ENCODING;
}

static enum kr_err take_wrap(
	struct kr_report *report, struct entry *entry, const uint8_t wrap[KR_WRAP_BYTES])
{
	struct kr_bytes space;
	enum kr_err err = kr_bytes_alloc(
		&space, sizeof(struct kr_case_event) + KR_ENVELOPE_STORAGE);

	if (err != KR_OK) {
		return err;
	}
	err = open_words(report, entry, wrap, (struct kr_case_event *)(void *)space.data,
		space.data + sizeof(struct kr_case_event));
	kr_bytes_free(&space);
	if (err == KR_OK || err == KR_ERR_MEMORY) {
		return err;
	}
	entry->is_unreadable = true;
	return report_alarm_raise(
		report, err == KR_ERR_HASH ? "hash" : "unreadable", entry->event.seq);
}

static enum kr_err take_wraps(struct kr_report *report, struct kr_view body)
{
	struct follow *follow = &report->follow;
	struct kr_reader r = kr_reader(body);
	enum kr_err err = KR_OK;

	while (err == KR_OK && r.rest.len > 0) {
		struct kr_view wrap;
		struct entry *entry;
		uint64_t seq;
		uint16_t recipient;

		if (kr_read_u64(&r, &seq) != KR_OK ||
			kr_read_u16(&r, &recipient) != KR_OK ||
			kr_read_fixed(&r, KR_WRAP_BYTES, &wrap) != KR_OK) {
			return KR_OK; /* what is missing is noticed */
		}
		entry = follow_entry(follow, seq);
		if (entry != NULL && is_waiting_for_words(follow, entry) &&
			entry->recipient == recipient) {
			err = take_wrap(report, entry, wrap.data);
		}
	}
	return err;
}

/* Whatever was checked when the wraps were asked for has its wrap among them. */
static enum kr_err miss_wraps(struct kr_report *report, uint64_t up_to)
{
	struct follow *follow = &report->follow;
	enum kr_err err = KR_OK;

	for (struct entry *e = follow->first; err == KR_OK && e != NULL; e = e->next) {
		if (e->event.seq <= up_to && is_waiting_for_words(follow, e)) {
			e->is_unreadable = true;
			err = report_alarm_raise(report, "withheld", e->event.seq);
		}
	}
	return err;
}

static enum kr_err keys_came(struct kr_report *report, const struct answer *answer)
{
	struct follow *follow = &report->follow;
	uint64_t next = 0;
	bool more = false;
	enum kr_err err;

	if (!answer->ok) {
		return answer->retry == KR_RETRY_LATER ? KR_OK : link_give_up(report);
	}
	if ((err = take_wraps(report, answer->body))) {
		return err;
	}
	(void)kr_json_get_u64(answer->doc, "next", &next);
	(void)kr_json_get_bool(answer->doc, "more", &more);
	if (more && next > follow->keys_after) {
		follow->keys_after = next;
		return miss_wraps(report, next);
	}
	follow->keys_after = next > follow->keys_after ? next : follow->keys_after;
	return miss_wraps(report, follow->chain.seq);
}

enum kr_err words_ask(struct kr_report *report)
{
	const struct follow *follow = &report->follow;
	struct kr_request request = {
		.verb = KR_VERB_CASE_KEYS,
		.fields = KR_R(TOPIC) | KR_R(AFTER),
		.topic = follow->chain.topic,
		.after = follow->keys_after,
	};

	return report_link_request(report, &request, keys_came);
}
