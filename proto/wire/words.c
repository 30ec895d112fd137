/* What somebody says in a case, and who a reporter is. CASES.md §4 and §6. */
#include <kring/signal.h>

#include "proto/wire/growing.h"

/* ---- Words ------------------------------------------------------------------------- */

static bool has_words(unsigned type)
{
	switch (type) {
	case KR_EVENT_SUBMITTED: /* a signal */
	case KR_EVENT_OVERDUE:
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_CONSENTED:
	case KR_EVENT_IDENTITY_SHARED:
	case KR_EVENT_ERASED:
	case KR_EVENT_EXPIRED:
		return false;
	case KR_EVENT_NOTE:
		return true;
	default:
		return kr_event_info(type) != NULL &&
			kr_event_info(type)->kind == KR_TOPIC_CASE;
	}
}

bool kr_words_need_text(unsigned type)
{
	switch (type) {
	case KR_EVENT_URGENCY_CHANGED:
	case KR_EVENT_JOINED:
	case KR_EVENT_PARTED:
	case KR_EVENT_REOPENED:
	case KR_EVENT_WITHDRAWN:
		return false;
	default:
		return has_words(type);
	}
}

/* Somebody is asked who knows nothing of the case yet. */
static bool has_reporter_key(unsigned type)
{
	return type == KR_EVENT_HANDOVER_OFFERED || type == KR_EVENT_JOIN_INVITED ||
		type == KR_EVENT_CONSULTED;
}

static enum kr_err check_words(const struct kr_words *words)
{
	bool assigns = words->assigned.len > 0;
	bool closes = words->type == KR_EVENT_CLOSED;

	if (!has_words(words->type) || closes != (words->outcome != KR_OUTCOME_NONE) ||
		(assigns &&
			(words->type != KR_EVENT_NOTE ||
				words->assigned.len != KR_ID_BYTES)) ||
		words->reporter_key.len !=
			(has_reporter_key(words->type) ? KR_X25519_BYTES : 0)) {
		return KR_ERR_ENCODING;
	}
	return words->text.len == 0 && kr_words_need_text(words->type) && !assigns
		? KR_ERR_TEXT
		: KR_OK;
}

static enum kr_err read_words(struct kr_words *words, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	enum kr_err err;

	if ((err = kr_growing_begin(&r, &words->minor)) ||
		(err = kr_read_u16(&r, &words->type)) ||
		(err = kr_read_line(&r, &words->inbox, KR_NAME_MAX)) ||
		(err = kr_read_line(&r, &words->author, KR_NAME_MAX)) ||
		(err = kr_read_u8(&r, &words->outcome)) ||
		(err = kr_read_vec(&r, &words->assigned)) ||
		(err = kr_read_vec(&r, &words->reporter_key)) ||
		(err = kr_read_text(&r, &words->text, KR_SIGNAL_TEXT_MAX)) ||
		(err = check_words(words))) {
		return err;
	}
	return kr_growing_end(&r, words->minor, &words->later);
}

enum kr_err kr_words_read(struct kr_words *out, struct kr_view bytes)
{
	struct kr_words words = {0};
	enum kr_err err = read_words(&words, bytes);

	*out = err == KR_OK ? words : (struct kr_words){0};
	return err;
}

void kr_words_write(struct kr_writer *w, const struct kr_words *words)
{
	struct kr_words again;
	size_t begin = w->len;

	kr_write_u8(w, KR_SIGNAL_MAJOR);
	kr_write_u8(w, words->minor);
	kr_write_u16(w, words->type);
	kr_write_vec(w, words->inbox);
	kr_write_vec(w, words->author);
	kr_write_u8(w, words->outcome);
	kr_write_vec(w, words->assigned);
	kr_write_vec(w, words->reporter_key);
	kr_write_vec(w, words->text);
	kr_write_fixed(w, words->later);
	if (w->err == KR_OK) {
		kr_writer_fail(w,
			kr_words_read(&again, kr_view(w->data + begin, w->len - begin)));
	}
}

/* ---- Identity ---------------------------------------------------------------------- */

static enum kr_err read_identity(struct kr_identity *i, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	bool certified;
	enum kr_err err;

	if ((err = kr_growing_begin(&r, &i->minor)) ||
		(err = kr_read_line(&r, &i->name, KR_NAME_MAX)) ||
		(err = kr_read_text(&r, &i->contact, KR_CONTACT_MAX)) ||
		(err = kr_read_vec(&r, &i->certificate)) ||
		(err = kr_read_vec(&r, &i->proof))) {
		return err;
	}
	certified = i->certificate.len > 0;
	if (i->certificate.len != (certified ? KR_IDENTITY_CERTIFICATE_BYTES : 0) ||
		i->proof.len != (certified ? KR_ED25519_SIG_BYTES : 0)) {
		return KR_ERR_ENCODING;
	}
	return kr_growing_end(&r, i->minor, &i->later);
}

enum kr_err kr_identity_read(struct kr_identity *out, struct kr_view bytes)
{
	struct kr_identity identity = {0};
	enum kr_err err = read_identity(&identity, bytes);

	*out = err == KR_OK ? identity : (struct kr_identity){0};
	return err;
}

void kr_identity_write(struct kr_writer *w, const struct kr_identity *identity)
{
	struct kr_identity again;
	size_t begin = w->len;

	kr_write_u8(w, KR_SIGNAL_MAJOR);
	kr_write_u8(w, identity->minor);
	kr_write_vec(w, identity->name);
	kr_write_vec(w, identity->contact);
	kr_write_vec(w, identity->certificate);
	kr_write_vec(w, identity->proof);
	kr_write_fixed(w, identity->later);
	if (w->err == KR_OK) {
		kr_writer_fail(w,
			kr_identity_read(
				&again, kr_view(w->data + begin, w->len - begin)));
	}
}
