/* Questions about cases: the list with its clocks, and one case whole. COMMANDS.md §9. */
#include "clients/core/cases/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/core/community/vouch.h"
#include "clients/core/state.h"
#include "clients/machine/names.h"
#include "clients/machine/signal_json.h"

/* Has it a clock that matters here? */
static bool runs(const struct followed_case *c)
{
	const struct kr_case_state *state = &c->chain.state;

	return !c->is_shut &&
		(state->phase == KR_CASE_NEW || state->phase == KR_CASE_OPEN);
}

/* ---- What the list shows -------------------------------------------------------- */

/* A case as the list needs it: with what its signal says, if that can be opened. */
struct listed {
	const struct followed_case *c;
	const struct inbox *own;
	uint8_t *storage; /* of the signal */
	bool has_signal;
	struct kr_signal signal;
	uint8_t keys[2][KR_SHA256_BYTES];
	uint64_t since_ms;
	uint64_t last_ms;
	uint16_t last_type;
	bool is_verified;
	bool has_assigned;
	uint8_t assigned[KR_ID_BYTES];
};

static void listed_free(struct listed *list, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		if (list[i].storage != NULL) {
			kr_wipe(list[i].storage, KR_ENVELOPE_STORAGE);
			free(list[i].storage);
		}
	}
	free(list);
}

static bool is_verified(const struct kr_core *core, const struct followed_case *c)
{
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	struct kr_identity identity;
	struct kr_case_event event;
	struct kept_event kept;
	struct kr_view text;
	bool verified = storage != NULL &&
		case_event_at(core, c, 1, &kept, &event) == KR_OK &&
		case_open_envelope(core, c, &event, 1, KR_ENVELOPE_IDENTITY, storage,
			&text) == KR_OK &&
		kr_identity_read(&identity, text) == KR_OK &&
		vouch_holds(core, &identity, c->id, event.event, kept.time_ms);

	free(storage);
	return verified;
}

static void find_assigned(const struct kr_core *core, struct listed *l)
{
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	struct kept_event kept;
	struct kr_words words;
	size_t at = 0;

	while (storage != NULL &&
		case_note_next(core, l->c, l->own, &at, &kept, storage, &words) ==
			KR_OK) {
		if (words.assigned.len == KR_ID_BYTES) {
			memcpy(l->assigned, words.assigned.data, sizeof(l->assigned));
			l->has_assigned = true;
		}
	}
	free(storage);
}

static enum kr_err list_one(
	const struct kr_core *core, const struct followed_case *c, struct listed *l)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, c->id);
	struct kept_event kept;

	l->c = c;
	l->own = case_own_inbox(core, c);
	l->storage = malloc(KR_ENVELOPE_STORAGE);
	if (l->storage == NULL) {
		return KR_ERR_MEMORY;
	}
	l->has_signal = case_signal(core, c, l->storage, &l->signal) == KR_OK;
	if (l->has_signal) {
		(void)kr_address_keys(l->keys, &l->signal.address);
	}
	l->since_ms = c->began_ms;
	l->last_ms = c->ended_ms;
	l->last_type = c->ended_type;
	if (event_kept(core, &topic, 1, &kept) == KR_OK) {
		l->since_ms = kept.time_ms;
	}
	if (event_kept(core, &topic, c->chain.seq, &kept) == KR_OK) {
		l->last_ms = kept.time_ms;
		l->last_type = kept.type;
	}
	if (l->own != NULL) {
		find_assigned(core, l);
	}
	l->is_verified = is_verified(core, c);
	return KR_OK;
}

/* Something of it was checked, or all of it was and has gone. */
static bool is_known(const struct followed_case *c)
{
	return c->chain.seq > 0 || c->ended_ms > 0;
}

static enum kr_err list_all(const struct kr_core *core, struct listed **out, size_t *num)
{
	size_t total = 0;
	enum kr_err err = KR_OK;

	for (const struct followed_case *c = core->cases; c != NULL; c = c->next) {
		total += is_known(c);
	}
	*num = 0;
	*out = calloc(total == 0 ? 1 : total, sizeof(**out));
	if (*out == NULL) {
		return KR_ERR_MEMORY;
	}
	for (const struct followed_case *c = core->cases; c != NULL && err == KR_OK;
		c = c->next) {
		if (is_known(c)) {
			err = list_one(core, c, &(*out)[(*num)++]);
		}
	}
	if (err != KR_OK) {
		listed_free(*out, *num);
		*out = NULL;
		*num = 0;
	}
	return err;
}

/* One household, as far as the addresses say. */
static bool is_same_address(const struct listed *a, const struct listed *b)
{
	for (size_t i = 0; i < 2; i++) {
		if (a->has_signal && b->has_signal &&
			!kr_is_zero(a->keys[i], sizeof(a->keys[i])) &&
			memcmp(a->keys[i], b->keys[i], sizeof(a->keys[i])) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_earlier(const struct listed *than, const struct listed *l)
{
	return l->c != than->c && l->since_ms <= than->since_ms &&
		is_same_address(than, l);
}

static size_t num_earlier(
	const struct listed *list, size_t num, const struct listed *than)
{
	size_t found = 0;

	for (size_t i = 0; i < num; i++) {
		found += is_earlier(than, &list[i]);
	}
	return found;
}

/* ---- As JSON -------------------------------------------------------------------- */

static void add_part(struct kr_writer *w, const char *between, struct kr_view part)
{
	if (part.len > 0) {
		kr_write_fixed(w, kr_view_str(w->len > 0 ? between : ""));
		kr_write_fixed(w, part);
	}
}

/* "Dorpsstraat 12a, 1234AB Ons Dorp". */
static bool add_place(cJSON *object, const struct kr_address *a)
{
	char number[16] = "";
	uint8_t bytes[256];
	struct kr_writer w;

	if (a->number > 0) {
		(void)snprintf(number, sizeof(number), "%u", a->number);
	}
	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	add_part(&w, "", a->street);
	add_part(&w, " ", kr_view_str(number));
	add_part(&w, "", a->addition);
	add_part(&w, ", ", kr_view(a->postcode, a->postcode[0] == 0 ? 0 : 6));
	add_part(&w, " ", a->town);
	return w.len == 0 || json_add_text(object, "place", kr_writer_view(&w));
}

static bool add_signal_summary(cJSON *object, const struct listed *l)
{
	cJSON *whole;
	bool added = true;

	if (!l->has_signal) {
		return true;
	}
	whole = cJSON_CreateObject();
	if (whole == NULL || signal_to_json(whole, &l->signal) != KR_OK) {
		cJSON_Delete(whole);
		return false;
	}
	for (size_t i = 0; added && i < 2; i++) {
		static const char *const names[] = {"kind", "category"};
		cJSON *value = cJSON_DetachItemFromObject(whole, names[i]);

		added = value == NULL || cJSON_AddItemToObject(object, names[i], value);
	}
	cJSON_Delete(whole);
	return added && add_place(object, &l->signal.address);
}

/* Until when a closed one is kept, and whether its owner may erase it sooner. */
static bool add_kept(cJSON *object, const struct followed_case *c)
{
	const struct kr_case_state *state = &c->chain.state;

	return c->is_shut || state->phase != KR_CASE_CLOSED ||
		(json_add_number(object, "kept_until", state->until_ms) &&
			json_add_flag(object, "word_unread", kr_case_word_unread(state)));
}

static bool add_state(cJSON *object, const struct followed_case *c)
{
	const struct kr_case_state *state = &c->chain.state;
	enum kr_case_phase phase = c->ended_ms > 0 ? KR_CASE_ERASED : state->phase;

	return json_add_str(
		       object, "state", names_of(names_phase, (uint8_t)phase, "none")) &&
		json_add_str(object, "urgency",
			names_of(names_urgency, state->urgency, "no_hurry")) &&
		(!runs(c) || json_add_number(object, "until", state->until_ms)) &&
		add_kept(object, c) && json_add_flag(object, "overdue", state->overdue) &&
		json_add_flag(object, "opened", state->opened);
}

static bool add_summary(
	cJSON *object, const struct listed *list, size_t num, const struct listed *l)
{
	const struct kr_case_party *party =
		l->own == NULL ? NULL : kr_case_party(&l->c->chain.state, l->own->id);
	const struct kr_event_info *last = kr_event_info(l->last_type);
	enum kr_party_role role = l->c->is_shut ? KR_PARTY_FORMER
		: party == NULL                 ? KR_PARTY_NONE
						: party->role;

	return json_add_id(object, "case", l->c->id) &&
		(l->own == NULL || json_add_id(object, "inbox", l->own->id)) &&
		json_add_str(
			object, "role", names_of(names_party, (uint8_t)role, "none")) &&
		add_state(object, l->c) &&
		json_add_number(object, "since", l->since_ms) &&
		add_signal_summary(object, l) &&
		json_add_flag(object, "verified", l->is_verified) &&
		(!l->has_assigned || json_add_id(object, "assigned", l->assigned)) &&
		json_add_number(object, "earlier", num_earlier(list, num, l)) &&
		(last == NULL || json_add_str(object, "last", last->name)) &&
		json_add_number(object, "last_time", l->last_ms) &&
		json_add_number(object, "unread",
			l->c->chain.seq > l->c->read_seq
				? l->c->chain.seq - l->c->read_seq
				: 0) &&
		json_add_flag(object, "distrusted", l->c->lie != KR_CASE_TRUE);
}

/* ---- The list ------------------------------------------------------------------- */

/* The soonest clock first; what has none after it, the newest first. */
static int by_clock(const void *a, const void *b)
{
	const struct listed *x = a;
	const struct listed *y = b;
	const struct kr_case_state *s = &x->c->chain.state;
	const struct kr_case_state *t = &y->c->chain.state;

	if (runs(x->c) != runs(y->c)) {
		return runs(x->c) ? -1 : 1;
	}
	if (runs(x->c)) {
		return (s->until_ms > t->until_ms) - (s->until_ms < t->until_ms);
	}
	return (x->last_ms < y->last_ms) - (x->last_ms > y->last_ms);
}

/* Does anything of it contain these words, whatever the case of ASCII letters? */
static bool contains(const cJSON *value, const char *words)
{
	if (cJSON_IsString(value) && strcasestr(value->valuestring, words) != NULL) {
		return true;
	}
	for (const cJSON *child = value->child; child != NULL; child = child->next) {
		if (contains(child, words)) {
			return true;
		}
	}
	return false;
}

static bool has_words(const struct listed *l, struct kr_view find)
{
	cJSON *whole;
	bool found;

	if (find.len == 0 || !l->has_signal) {
		return find.len == 0;
	}
	whole = cJSON_CreateObject();
	found = whole != NULL && signal_to_json(whole, &l->signal) == KR_OK &&
		contains(whole, (const char *)find.data);
	cJSON_Delete(whole);
	return found;
}

static bool is_shown(
	const struct kr_core *core, const struct listed *l, struct kr_view show)
{
	const struct kr_case_state *state = &l->c->chain.state;
	bool is_open = case_is_open(core, l->c);

	if (kr_view_equal(show, kr_view_str("all"))) {
		return true;
	}
	if (kr_view_equal(show, kr_view_str("closed"))) {
		return !is_open;
	}
	if (kr_view_equal(show, kr_view_str("overdue"))) {
		return is_open && (state->overdue || state->until_ms < core->now_ms);
	}
	if (kr_view_equal(show, kr_view_str("mine"))) {
		return is_open && l->has_assigned &&
			memcmp(l->assigned, core->identity.account, KR_ID_BYTES) == 0;
	}
	return is_open;
}

static bool is_show(struct kr_view show)
{
	static const char *const names[] = {"open", "mine", "overdue", "closed", "all"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (kr_view_equal(show, kr_view_str(names[i]))) {
			return true;
		}
	}
	return false;
}

enum kr_err ask_cases(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"inbox", "show", "find", NULL};
	cJSON *array = json_add_array(answer, "cases");
	struct kr_view show = kr_view_str("open");
	struct kr_view find = {0};
	uint8_t inbox[KR_ID_BYTES];
	struct listed *list;
	bool one_inbox;
	size_t num;
	enum kr_err err;

	if ((err = json_only(question, names)) ||
		(err = json_bytes_optional(
			 question, "inbox", inbox, sizeof(inbox), &one_inbox)) ||
		(err = json_text_optional(question, "show", &show)) ||
		(err = json_text_optional(question, "find", &find)) ||
		(err = is_show(show) ? KR_OK : KR_ERR_FIELD) ||
		(err = list_all(core, &list, &num))) {
		return err;
	}
	qsort(list, num, sizeof(*list), by_clock);
	for (size_t i = 0; i < num && err == KR_OK; i++) {
		const struct listed *l = &list[i];

		if (is_shown(core, l, show) && has_words(l, find) &&
			(!one_inbox ||
				(l->own != NULL &&
					memcmp(l->own->id, inbox, sizeof(inbox)) == 0)) &&
			!add_summary(json_append_object(array), list, num, l)) {
			err = KR_ERR_MEMORY;
		}
	}
	listed_free(list, num);
	return err;
}

/* ---- One case ------------------------------------------------------------------- */

/* What an inbox calls itself in its words, in storage; empty if none of them can be read.
 */
static struct kr_view said_name(const struct kr_core *core, const struct followed_case *c,
	const uint8_t id[KR_ID_BYTES], uint8_t *storage)
{
	struct kr_case_event *event = malloc(sizeof(*event));
	struct kr_view name = {0};

	for (uint64_t seq = 2; event != NULL && name.len == 0 && seq <= c->chain.seq;
		seq++) {
		struct kept_event kept;
		struct kr_words words;
		struct kr_view text;

		if (case_event_at(core, c, seq, &kept, event) == KR_OK &&
			memcmp(event->by, id, sizeof(event->by)) == 0 &&
			case_open_envelope(core, c, event, seq, KR_ENVELOPE_WORDS,
				storage, &text) == KR_OK &&
			kr_words_read(&words, text) == KR_OK) {
			name = words.inbox;
		}
	}
	free(event);
	return name;
}

/* The name by which an inbox is known here: by its card, else its words; or its
 * fingerprint. */
static bool add_inbox_name(const struct kr_core *core, const struct followed_case *c,
	cJSON *object, const char *member, const uint8_t *id)
{
	const struct inbox *inbox = inbox_look(core, id);
	const struct kr_inbox_record *record = inbox == NULL ? NULL : inbox_record(inbox);
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES] = "";
	uint8_t *card = malloc(KR_INBOX_CARD_MAX);
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	struct kr_view name = {0};
	bool added = card != NULL && storage != NULL;

	if (added && inbox != NULL) {
		name = inbox_name(inbox, card);
	}
	if (added && name.len == 0) {
		name = said_name(core, c, id, storage);
	}
	if (name.len == 0 && record != NULL) {
		kr_fingerprint(fingerprint, record->identity_key);
	}
	added = added &&
		(name.len > 0 ? json_add_text(object, member, name)
			      : json_add_str(object, member, fingerprint));
	free(card);
	free(storage);
	return added;
}

static enum kr_err add_parties(
	const struct kr_core *core, const struct followed_case *c, cJSON *array)
{
	const struct kr_case_state *state = &c->chain.state;

	for (size_t i = 0; i < state->num_parties; i++) {
		const struct kr_case_party *p = &state->parties[i];
		cJSON *object;

		if (p->role == KR_PARTY_NONE) {
			continue;
		}
		object = json_append_object(array);
		if (!json_add_id(object, "inbox", p->inbox) ||
			!add_inbox_name(core, c, object, "name", p->inbox) ||
			!json_add_str(object, "role",
				names_of(names_party, (uint8_t)p->role, "none")) ||
			!json_add_flag(object, "consented", p->consented)) {
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}

/* Words, as their author gives the names of inbox and professional. */
static bool add_words(const struct kr_core *core, const struct followed_case *c,
	const struct kr_case_event *event, uint64_t seq, uint8_t *storage, cJSON *object)
{
	struct kr_words words;
	struct kr_view text;

	if (event->type == KR_EVENT_SUBMITTED ||
		case_open_envelope(core, c, event, seq, KR_ENVELOPE_WORDS, storage,
			&text) != KR_OK ||
		kr_words_read(&words, text) != KR_OK) {
		return true;
	}
	return (words.author.len == 0 || json_add_text(object, "author", words.author)) &&
		(words.text.len == 0 || json_add_text(object, "text", words.text)) &&
		(words.outcome == KR_OUTCOME_NONE ||
			json_add_str(object, "outcome",
				names_of(names_outcome, words.outcome, "other")));
}

static bool add_event(const struct kr_core *core, const struct followed_case *c,
	const struct kept_event *kept, uint8_t *storage, cJSON *object)
{
	const struct kr_event_info *info = kr_event_info(kept->type);
	struct kr_case_event *event = malloc(sizeof(*event));
	struct kr_event_head head;
	bool by_relay = kept->type == KR_EVENT_OVERDUE || kept->type == KR_EVENT_EXPIRED;
	bool added = event != NULL &&
		kr_event_head_read(&head, kept->type, kept->head) == KR_OK &&
		json_add_number(object, "seq", kept->seq) &&
		json_add_number(object, "time", kept->time_ms) &&
		json_add_str(object, "type", info->name);

	if (added && by_relay) {
		added = json_add_str(object, "by", "relay");
	} else if (added) {
		added = kr_case_event_read(event, kept->content) == KR_OK &&
			(kr_is_zero(event->by, KR_ID_BYTES)
					? json_add_str(object, "by", "reporter")
					: add_inbox_name(
						  core, c, object, "by", event->by)) &&
			json_add_flag(object, "me", is_own_account(core, kept->author)) &&
			add_words(core, c, event, kept->seq, storage, object) &&
			(event->date_ms == 0 ||
				json_add_number(object, "date", event->date_ms));
	}
	added = added &&
		(head.inbox.len == 0 || kr_is_zero(head.inbox.data, KR_ID_BYTES) ||
			add_inbox_name(core, c, object, "inbox", head.inbox.data)) &&
		(head.urgency == 0 ||
			json_add_str(object, "urgency",
				names_of(names_urgency, head.urgency, "no_hurry"))) &&
		(head.until_ms == 0 || json_add_number(object, "until", head.until_ms));
	free(event);
	return added;
}

static enum kr_err add_timeline(const struct kr_core *core, const struct followed_case *c,
	uint8_t *storage, cJSON *array)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, c->id);

	for (uint64_t seq = 1; seq <= c->chain.seq; seq++) {
		struct kept_event kept;

		if (event_kept(core, &topic, seq, &kept) == KR_OK &&
			!add_event(core, c, &kept, storage, json_append_object(array))) {
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}

static enum kr_err add_notes(const struct kr_core *core, const struct followed_case *c,
	const struct inbox *own, uint8_t *storage, cJSON *array)
{
	struct kept_event kept;
	struct kr_words words;
	size_t at = 0;
	enum kr_err err = own == NULL ? KR_ERR_NOT_FOUND : KR_OK;

	while (err == KR_OK &&
		(err = case_note_next(core, c, own, &at, &kept, storage, &words)) ==
			KR_OK) {
		cJSON *object = json_append_object(array);

		if (!json_add_number(object, "time", kept.time_ms) ||
			!json_add_text(object, "author", words.author) ||
			(words.text.len > 0 &&
				!json_add_text(object, "text", words.text)) ||
			(words.assigned.len == KR_ID_BYTES &&
				!json_add_id(object, "assigned", words.assigned.data))) {
			return KR_ERR_MEMORY;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* The earlier ones on the same address, oldest first. */
static enum kr_err add_earlier(
	const struct listed *list, size_t num, const struct listed *than, cJSON *array)
{
	for (size_t i = 0; i < num; i++) {
		const struct kr_case_state *state = &list[i].c->chain.state;
		cJSON *object;

		if (!is_earlier(than, &list[i])) {
			continue;
		}
		object = json_append_object(array);
		if (!json_add_id(object, "case", list[i].c->id) ||
			!json_add_number(object, "since", list[i].since_ms) ||
			!add_signal_summary(object, &list[i]) ||
			!json_add_str(object, "state",
				names_of(names_phase, (uint8_t)state->phase, "none")) ||
			!json_add_flag(object, "opened", state->opened)) {
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}

static enum kr_err add_identity(const struct kr_core *core, const struct followed_case *c,
	uint8_t *storage, cJSON *answer)
{
	struct kr_case_event *event = malloc(sizeof(*event));
	struct kr_identity identity;
	struct kept_event kept;
	struct kr_view text;
	enum kr_err err = event == NULL ? KR_ERR_MEMORY : KR_OK;

	if (err == KR_OK && case_event_at(core, c, 1, &kept, event) == KR_OK &&
		case_open_envelope(core, c, event, 1, KR_ENVELOPE_IDENTITY, storage,
			&text) == KR_OK &&
		kr_identity_read(&identity, text) == KR_OK &&
		(identity.name.len > 0 || identity.contact.len > 0)) {
		cJSON *object = json_add_object(answer, "identity");

		if (!json_add_text(object, "name", identity.name) ||
			!json_add_text(object, "contact", identity.contact)) {
			err = KR_ERR_MEMORY;
		}
	}
	free(event);
	return err;
}

static enum kr_err describe_case(const struct kr_core *core, const struct listed *list,
	size_t num, const struct listed *l, cJSON *answer)
{
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	enum kr_err err = KR_ERR_MEMORY;

	if (storage != NULL && add_summary(answer, list, num, l)) {
		err = l->has_signal
			? signal_to_json(json_add_object(answer, "signal"), &l->signal)
			: KR_OK;
	}
	if (err != KR_OK || (err = add_identity(core, l->c, storage, answer)) ||
		(err = add_parties(core, l->c, json_add_array(answer, "parties"))) ||
		(err = add_timeline(
			 core, l->c, storage, json_add_array(answer, "timeline"))) ||
		(err = add_notes(
			 core, l->c, l->own, storage, json_add_array(answer, "notes"))) ||
		(err = add_earlier(
			 list, num, l, json_add_array(answer, "earlier_signals")))) {
		free(storage);
		return err;
	}
	free(storage);
	return case_list_acts(core, l->c, json_add_array(answer, "acts"));
}

enum kr_err ask_case(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"case", NULL};
	uint8_t id[KR_ID_BYTES];
	struct listed *list;
	size_t num;
	enum kr_err err;

	if ((err = json_only(question, names)) ||
		(err = json_bytes(question, "case", id, sizeof(id))) ||
		(err = list_all(core, &list, &num))) {
		return err;
	}
	err = KR_ERR_NOT_FOUND;
	for (size_t i = 0; i < num; i++) {
		if (memcmp(list[i].c->id, id, sizeof(id)) == 0) {
			err = describe_case(core, list, num, &list[i], answer);
		}
	}
	listed_free(list, num);
	return err;
}
