/* The signal, and what a case begins with. CASES.md §4. */
#include <kring/signal.h>

#include "proto/wire/address.h"
#include "proto/wire/growing.h"

/* ---- Reading ----------------------------------------------------------------------- */

static enum kr_err read_what(struct kr_signal *s, struct kr_reader *r)
{
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_read_u8(r, &kind)) || (err = kr_read_u8(r, &s->urgency)) ||
		(err = kr_read_u8(r, &s->category)) ||
		(err = kr_read_u8(r, &s->at_risk)) || (err = kr_read_vec(r, &s->ages)) ||
		(err = kr_read_u8(r, &s->since_precision)) ||
		(err = kr_read_u64(r, &s->since_ms)) ||
		(err = kr_read_u8(r, &s->how_often)) ||
		(err = kr_read_u8(r, &s->danger_now)) ||
		(err = kr_read_u8(r, &s->weapons)) ||
		(err = kr_read_u8(r, &s->family_knows))) {
		return err;
	}
	s->kind = (enum kr_signal_kind)kind;
	return s->ages.len > KR_SIGNAL_AGES_MAX ? KR_ERR_TOO_LARGE : KR_OK;
}

static enum kr_err check_what(const struct kr_signal *s)
{
	bool known = s->kind >= KR_SIGNAL_ADVICE && s->kind <= KR_SIGNAL_NAMED &&
		s->urgency >= KR_URGENCY_DANGER_NOW &&
		s->urgency <= KR_URGENCY_NO_HURRY && s->danger_now <= KR_ANSWER_YES &&
		s->weapons <= KR_ANSWER_YES && s->family_knows <= KR_ANSWER_YES;
	bool timed = s->since_precision != KR_SINCE_NOT_SAID || s->since_ms == 0;
	bool urgent =
		s->danger_now != KR_ANSWER_YES || s->urgency == KR_URGENCY_DANGER_NOW;

	return known && s->category != 0 && timed && urgent ? KR_OK : KR_ERR_ENCODING;
}

static enum kr_err read_address(struct kr_address *a, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_vec(r, &a->street)) || (err = kr_read_u32(r, &a->number)) ||
		(err = kr_read_vec(r, &a->addition)) ||
		(err = kr_read_copy(r, a->postcode, sizeof(a->postcode))) ||
		(err = kr_read_vec(r, &a->town))) {
		return err;
	}
	return kr_address_check(a);
}

static enum kr_err read_texts(struct kr_signal *s, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_text(r, &s->seen, KR_SIGNAL_TEXT_MAX)) ||
		(err = kr_read_text(r, &s->who, KR_SIGNAL_SHORT_MAX)) ||
		(err = kr_read_text(r, &s->tried, KR_SIGNAL_SHORT_MAX)) ||
		(err = kr_read_u8(r, &s->reach)) ||
		(err = kr_read_text(r, &s->reach_when, KR_CONTACT_MAX))) {
		return err;
	}
	return s->seen.len == 0 ? KR_ERR_TEXT : KR_OK;
}

static enum kr_err read_rest(struct kr_signal *s, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_u8(r, &s->origin)) || (err = kr_read_vec(r, &s->excluded)) ||
		(err = kr_read_line(r, &s->language, KR_SIGNAL_LANGUAGE_MAX))) {
		return err;
	}
	return s->excluded.len % KR_ID_BYTES != 0 ? KR_ERR_ENCODING
		: s->excluded.len > (size_t)KR_SIGNAL_EXCLUDED_MAX * KR_ID_BYTES
		? KR_ERR_TOO_LARGE
		: KR_OK;
}

static enum kr_err read_signal(struct kr_signal *s, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	enum kr_err err;

	if ((err = kr_growing_begin(&r, &s->minor)) || (err = read_what(s, &r)) ||
		(err = check_what(s)) || (err = read_address(&s->address, &r)) ||
		(err = read_texts(s, &r)) || (err = read_rest(s, &r))) {
		return err;
	}
	return kr_growing_end(&r, s->minor, &s->later);
}

enum kr_err kr_signal_read(struct kr_signal *out, struct kr_view bytes)
{
	struct kr_signal signal = {0};
	enum kr_err err = read_signal(&signal, bytes);

	*out = err == KR_OK ? signal : (struct kr_signal){0};
	return err;
}

/* ---- Writing ----------------------------------------------------------------------- */

static void write_fields(struct kr_writer *w, const struct kr_signal *s)
{
	const struct kr_address *a = &s->address;

	kr_write_u8(w, KR_SIGNAL_MAJOR);
	kr_write_u8(w, s->minor);
	kr_write_u8(w, (uint8_t)s->kind);
	kr_write_u8(w, s->urgency);
	kr_write_u8(w, s->category);
	kr_write_u8(w, s->at_risk);
	kr_write_vec(w, s->ages);
	kr_write_u8(w, s->since_precision);
	kr_write_u64(w, s->since_ms);
	kr_write_u8(w, s->how_often);
	kr_write_u8(w, s->danger_now);
	kr_write_u8(w, s->weapons);
	kr_write_u8(w, s->family_knows);
	kr_write_vec(w, a->street);
	kr_write_u32(w, a->number);
	kr_write_vec(w, a->addition);
	kr_write_fixed(w, kr_view(a->postcode, sizeof(a->postcode)));
	kr_write_vec(w, a->town);
	kr_write_vec(w, s->seen);
	kr_write_vec(w, s->who);
	kr_write_vec(w, s->tried);
	kr_write_u8(w, s->reach);
	kr_write_vec(w, s->reach_when);
	kr_write_u8(w, s->origin);
	kr_write_vec(w, s->excluded);
	kr_write_vec(w, s->language);
	kr_write_fixed(w, s->later);
}

void kr_signal_write(struct kr_writer *w, const struct kr_signal *signal)
{
	struct kr_signal again;
	size_t begin = w->len;

	write_fields(w, signal);
	/* One set of rules, the reader's, for what comes and for what goes. */
	if (w->err == KR_OK) {
		kr_writer_fail(w,
			kr_signal_read(&again, kr_view(w->data + begin, w->len - begin)));
	}
}

/* ---- The words of `submitted` ------------------------------------------------------ */

static enum kr_err read_submission(
	struct kr_submission *s, struct kr_view bytes, uint8_t urgency)
{
	struct kr_reader r = kr_reader(bytes);
	struct kr_view signal;
	enum kr_err err;

	if ((err = kr_read_vec(&r, &signal)) ||
		(err = kr_read_copy(&r, s->reporter_key, sizeof(s->reporter_key))) ||
		(err = kr_read_end(&r)) || (err = kr_signal_read(&s->signal, signal))) {
		return err;
	}
	return s->signal.urgency == urgency ? KR_OK : KR_ERR_ENCODING;
}

enum kr_err kr_submission_read(
	struct kr_submission *out, struct kr_view bytes, uint8_t urgency)
{
	struct kr_submission submission = {0};
	enum kr_err err = read_submission(&submission, bytes, urgency);

	*out = err == KR_OK ? submission : (struct kr_submission){0};
	return err;
}

void kr_submission_write(struct kr_writer *w, const struct kr_submission *submission)
{
	size_t begin = kr_write_vec_begin(w);

	kr_signal_write(w, &submission->signal);
	kr_write_vec_end(w, begin);
	kr_write_fixed(
		w, kr_view(submission->reporter_key, sizeof(submission->reporter_key)));
}
