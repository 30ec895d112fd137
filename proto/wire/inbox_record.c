/* The record of an inbox: CASES.md §2. */
#include <kring/inbox.h>

#include <string.h>

#include <kring/content.h>

#include "proto/wire/signed_record.h"

#define MINUTES_PER_DAY 1440

/* ---- What must hold --------------------------------------------------------------- */

static enum kr_err check_day(const struct kr_office_span *spans, size_t num)
{
	uint16_t end = 0;

	for (size_t i = 0; i < num; i++) {
		if (spans[i].from >= spans[i].to || spans[i].to > MINUTES_PER_DAY ||
			(i > 0 && spans[i].from <= end)) {
			return KR_ERR_ENCODING;
		}
		end = spans[i].to;
	}
	return KR_OK;
}

static enum kr_err check_hours(const struct kr_office_hours *hours, bool needed)
{
	size_t num_spans = 0;
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < 7; i++) {
		err = check_day(hours->days[i].spans, hours->days[i].num);
		num_spans += hours->days[i].num;
	}
	if (err != KR_OK || hours->num_offsets == 0 || (needed && num_spans == 0)) {
		return KR_ERR_ENCODING;
	}
	for (size_t i = 0; i < hours->num_offsets; i++) {
		if (hours->offsets[i].minutes < -MINUTES_PER_DAY ||
			hours->offsets[i].minutes > MINUTES_PER_DAY ||
			(i > 0 &&
				hours->offsets[i].from_ms <=
					hours->offsets[i - 1].from_ms)) {
			return KR_ERR_ENCODING;
		}
	}
	for (size_t i = 1; i < hours->num_closed; i++) {
		if (hours->closed[i] <= hours->closed[i - 1]) {
			return KR_ERR_ENCODING;
		}
	}
	return KR_OK;
}

static enum kr_err check_clocks(const struct kr_inbox_record *record)
{
	bool needs_hours = false;

	for (size_t i = 0; i < KR_NUM_URGENCIES; i++) {
		const struct kr_inbox_deadline *d = &record->deadlines[i];

		if (d->acknowledge_s < 1 || d->acknowledge_s > KR_INBOX_DEADLINE_MAX_S ||
			d->follow_up_s < 1 || d->follow_up_s > KR_INBOX_DEADLINE_MAX_S) {
			return KR_ERR_ENCODING;
		}
		needs_hours |= !d->continuous;
	}
	if (record->promise_s < 1 || record->promise_s > KR_INBOX_DEADLINE_MAX_S ||
		record->promises < 1 || record->promises > KR_INBOX_PROMISES_MAX ||
		record->retention_s < 1 ||
		record->retention_unread_s < KR_INBOX_UNREAD_MIN_S ||
		record->retention_unread_s < record->retention_s ||
		record->retention_unread_s > KR_INBOX_RETENTION_MAX_S ||
		record->expires_ms <= record->made_ms ||
		record->expires_ms - record->made_ms > KR_INBOX_EXPIRES_MAX_MS) {
		return KR_ERR_ENCODING;
	}
	return check_hours(&record->hours, needs_hours);
}

static bool same_key(const uint8_t a[32], const uint8_t b[32])
{
	return memcmp(a, b, 32) == 0;
}

static enum kr_err check_team(const struct kr_inbox_record *record)
{
	bool has_administrator = false;

	for (size_t i = 0; i < record->num_team; i++) {
		const struct kr_inbox_member *m = &record->team[i];

		has_administrator |= m->administrator;
		for (size_t k = 0; k < i; k++) {
			if (same_key(m->device_key, record->team[k].device_key) ||
				same_key(m->sealing_key, record->team[k].sealing_key)) {
				return KR_ERR_ENCODING;
			}
		}
		if ((record->has_recovery &&
			    (same_key(m->sealing_key, record->recovery_key) ||
				    same_key(m->device_key, record->recovery_signer))) ||
			(record->has_former &&
				(same_key(m->sealing_key, record->former_key) ||
					same_key(
						m->device_key, record->former_signer)))) {
			return KR_ERR_ENCODING;
		}
	}
	return has_administrator ? KR_OK : KR_ERR_ENCODING;
}

static bool former_fits(const struct kr_inbox_record *record)
{
	return !record->has_former ||
		(record->has_recovery &&
			!same_key(record->former_key, record->recovery_key) &&
			!same_key(record->former_signer, record->recovery_signer));
}

static enum kr_err check(const struct kr_inbox_record *record)
{
	enum kr_err err;

	if (record->number == 0 || record->sealing_number == 0 ||
		record->sealing_number > record->number ||
		(record->moved && same_key(record->successor, record->identity_key)) ||
		(record->has_fallback &&
			same_key(record->fallback, record->identity_key)) ||
		!former_fits(record) || record->card.len > KR_INBOX_CARD_MAX ||
		record->roster.len > KR_INBOX_SEALED_MAX ||
		record->sealing_secret.len > KR_INBOX_SEALED_MAX ||
		record->identity_secret.len > KR_INBOX_SEALED_MAX ||
		record->previous_secret.len > KR_INBOX_SEALED_MAX) {
		return KR_ERR_ENCODING;
	}
	if (kr_line_check(record->zone, KR_INBOX_ZONE_MAX) != KR_OK) {
		return KR_ERR_ENCODING;
	}
	if ((err = check_clocks(record))) {
		return err;
	}
	return check_team(record);
}

/* ---- Writing ---------------------------------------------------------------------- */

static void write_key(struct kr_writer *w, const uint8_t key[32])
{
	kr_write_fixed(w, kr_view(key, 32));
}

static void write_optional_key(struct kr_writer *w, bool present, const uint8_t key[32])
{
	kr_write_optional(w, present);
	if (present) {
		write_key(w, key);
	}
}

static void write_hours(struct kr_writer *w, const struct kr_office_hours *hours)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < hours->num_offsets; i++) {
		kr_write_u64(w, hours->offsets[i].from_ms);
		kr_write_u16(w, (uint16_t)(hours->offsets[i].minutes + MINUTES_PER_DAY));
	}
	kr_write_vec_end(w, begin);
	for (size_t i = 0; i < 7; i++) {
		begin = kr_write_vec_begin(w);
		for (size_t k = 0; k < hours->days[i].num; k++) {
			kr_write_u16(w, hours->days[i].spans[k].from);
			kr_write_u16(w, hours->days[i].spans[k].to);
		}
		kr_write_vec_end(w, begin);
	}
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < hours->num_closed; i++) {
		kr_write_u32(w, hours->closed[i]);
	}
	kr_write_vec_end(w, begin);
}

static void write_clocks(struct kr_writer *w, const struct kr_inbox_record *record)
{
	for (size_t i = 0; i < KR_NUM_URGENCIES; i++) {
		kr_write_u32(w, record->deadlines[i].acknowledge_s);
		kr_write_u32(w, record->deadlines[i].follow_up_s);
		kr_write_u8(w, record->deadlines[i].continuous ? 1 : 0);
	}
	kr_write_u32(w, record->promise_s);
	kr_write_u8(w, record->promises);
	kr_write_u32(w, record->retention_s);
	kr_write_u32(w, record->retention_unread_s);
}

static void write_team(struct kr_writer *w, const struct kr_inbox_record *record)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < record->num_team; i++) {
		write_key(w, record->team[i].account);
		write_key(w, record->team[i].device_key);
		write_key(w, record->team[i].sealing_key);
		kr_write_u8(w, record->team[i].administrator ? 1 : 0);
	}
	kr_write_vec_end(w, begin);
}

static bool fits_arrays(const struct kr_inbox_record *record)
{
	bool fits = record->num_team <= KR_INBOX_TEAM_MAX &&
		record->hours.num_offsets <= KR_INBOX_OFFSETS_MAX &&
		record->hours.num_closed <= KR_INBOX_CLOSED_MAX;

	for (size_t i = 0; i < 7; i++) {
		fits = fits && record->hours.days[i].num <= KR_INBOX_HOURS_MAX;
	}
	return fits;
}

static void write_recovery(struct kr_writer *w, const struct kr_inbox_record *record)
{
	kr_write_u8(w, (uint8_t)(record->has_recovery + record->has_former));
	if (record->has_recovery) {
		write_key(w, record->recovery_key);
		write_key(w, record->recovery_signer);
	}
	if (record->has_former) {
		write_key(w, record->former_key);
		write_key(w, record->former_signer);
		kr_write_u64(w, record->former_until_ms);
	}
}

void kr_inbox_record_write(struct kr_writer *w, const struct kr_inbox_record *record,
	const struct kr_ed25519_keypair *identity)
{
	size_t begin = w->len;
	enum kr_err err = fits_arrays(record) ? check(record) : KR_ERR_ENCODING;

	if (err != KR_OK) {
		kr_writer_fail(w, err);
		return;
	}
	kr_write_u8(w, KR_INBOX_VERSION);
	write_key(w, identity->public_key);
	kr_write_u64(w, record->number);
	write_key(w, record->previous);
	write_key(w, record->relay_key);
	kr_write_u64(w, record->made_ms);
	kr_write_u64(w, record->expires_ms);
	write_optional_key(w, record->moved, record->successor);
	kr_write_vec(w, record->zone);
	write_hours(w, &record->hours);
	write_clocks(w, record);
	write_optional_key(w, record->has_fallback, record->fallback);
	write_team(w, record);
	write_recovery(w, record);
	kr_write_u64(w, record->sealing_number);
	write_key(w, record->sealing_key);
	kr_write_vec(w, record->card);
	kr_write_vec(w, record->roster);
	kr_write_vec(w, record->sealing_secret);
	kr_write_vec(w, record->identity_secret);
	kr_write_vec(w, record->previous_secret);
	kr_signed_record_end(w, begin, KR_LABEL_INBOX_RECORD, identity);
	if (w->err == KR_OK && w->len - begin > KR_INBOX_RECORD_MAX) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
	}
}

/* ---- Reading ---------------------------------------------------------------------- */

static enum kr_err read_optional_key(struct kr_reader *r, bool *present, uint8_t key[32])
{
	enum kr_err err = kr_read_optional(r, present);

	return err == KR_OK && *present ? kr_read_copy(r, key, 32) : err;
}

static enum kr_err read_offsets(struct kr_office_hours *hours, struct kr_reader *r)
{
	struct kr_reader list = {0};
	uint16_t minutes;
	enum kr_err err = kr_read_vec(r, &list.rest);

	while (err == KR_OK && list.rest.len > 0) {
		size_t i = hours->num_offsets;

		if (i == KR_INBOX_OFFSETS_MAX) {
			return KR_ERR_ENCODING;
		}
		if ((err = kr_read_u64(&list, &hours->offsets[i].from_ms)) ||
			(err = kr_read_u16(&list, &minutes))) {
			return err;
		}
		hours->offsets[i].minutes = (int32_t)minutes - MINUTES_PER_DAY;
		hours->num_offsets++;
	}
	return err;
}

static enum kr_err read_day(
	struct kr_office_hours *hours, size_t day, struct kr_reader *r)
{
	struct kr_reader list = {0};
	enum kr_err err = kr_read_vec(r, &list.rest);

	while (err == KR_OK && list.rest.len > 0) {
		struct kr_office_span *span =
			&hours->days[day].spans[hours->days[day].num];

		if (hours->days[day].num == KR_INBOX_HOURS_MAX) {
			return KR_ERR_ENCODING;
		}
		if ((err = kr_read_u16(&list, &span->from)) ||
			(err = kr_read_u16(&list, &span->to))) {
			return err;
		}
		hours->days[day].num++;
	}
	return err;
}

static enum kr_err read_closed(struct kr_office_hours *hours, struct kr_reader *r)
{
	struct kr_reader list = {0};
	enum kr_err err = kr_read_vec(r, &list.rest);

	while (err == KR_OK && list.rest.len > 0) {
		if (hours->num_closed == KR_INBOX_CLOSED_MAX) {
			return KR_ERR_ENCODING;
		}
		err = kr_read_u32(&list, &hours->closed[hours->num_closed++]);
	}
	return err;
}

static enum kr_err read_hours(struct kr_office_hours *hours, struct kr_reader *r)
{
	enum kr_err err = read_offsets(hours, r);

	for (size_t i = 0; err == KR_OK && i < 7; i++) {
		err = read_day(hours, i, r);
	}
	return err == KR_OK ? read_closed(hours, r) : err;
}

static enum kr_err read_clocks(struct kr_inbox_record *out, struct kr_reader *r)
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < KR_NUM_URGENCIES; i++) {
		if ((err = kr_read_u32(r, &out->deadlines[i].acknowledge_s)) ||
			(err = kr_read_u32(r, &out->deadlines[i].follow_up_s)) ||
			(err = kr_read_optional(r, &out->deadlines[i].continuous))) {
			return err;
		}
	}
	if ((err = kr_read_u32(r, &out->promise_s)) ||
		(err = kr_read_u8(r, &out->promises)) ||
		(err = kr_read_u32(r, &out->retention_s)) ||
		(err = kr_read_u32(r, &out->retention_unread_s))) {
		return err;
	}
	return KR_OK;
}

static enum kr_err read_team(struct kr_inbox_record *out, struct kr_reader *r)
{
	struct kr_reader list = {0};
	enum kr_err err = kr_read_vec(r, &list.rest);

	while (err == KR_OK && list.rest.len > 0) {
		struct kr_inbox_member *m = &out->team[out->num_team];

		if (out->num_team == KR_INBOX_TEAM_MAX) {
			return KR_ERR_ENCODING;
		}
		if ((err = kr_read_copy(&list, m->account, sizeof(m->account))) ||
			(err = kr_read_copy(
				 &list, m->device_key, sizeof(m->device_key))) ||
			(err = kr_read_copy(
				 &list, m->sealing_key, sizeof(m->sealing_key))) ||
			(err = kr_read_optional(&list, &m->administrator))) {
			return err;
		}
		out->num_team++;
	}
	return err;
}

static enum kr_err read_begin(struct kr_inbox_record *out, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_signed_record_open(r, KR_INBOX_VERSION)) ||
		(err = kr_read_copy(r, out->identity_key, sizeof(out->identity_key))) ||
		(err = kr_read_u64(r, &out->number)) ||
		(err = kr_read_copy(r, out->previous, sizeof(out->previous))) ||
		(err = kr_read_copy(r, out->relay_key, sizeof(out->relay_key))) ||
		(err = kr_read_u64(r, &out->made_ms)) ||
		(err = kr_read_u64(r, &out->expires_ms)) ||
		(err = read_optional_key(r, &out->moved, out->successor)) ||
		(err = kr_read_vec(r, &out->zone))) {
		return err;
	}
	return KR_OK;
}

static enum kr_err read_recovery(struct kr_inbox_record *out, struct kr_reader *r)
{
	uint8_t num;
	enum kr_err err = kr_read_u8(r, &num);

	if (err != KR_OK || num > 2) {
		return err != KR_OK ? err : KR_ERR_ENCODING;
	}
	out->has_recovery = num > 0;
	out->has_former = num > 1;
	if ((num > 0 &&
		    ((err = kr_read_copy(
			      r, out->recovery_key, sizeof(out->recovery_key))) ||
			    (err = kr_read_copy(r, out->recovery_signer,
				     sizeof(out->recovery_signer))))) ||
		(num > 1 &&
			((err = kr_read_copy(
				  r, out->former_key, sizeof(out->former_key))) ||
				(err = kr_read_copy(r, out->former_signer,
					 sizeof(out->former_signer))) ||
				(err = kr_read_u64(r, &out->former_until_ms))))) {
		return err;
	}
	return KR_OK;
}

static enum kr_err read_keys(struct kr_inbox_record *out, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = read_optional_key(r, &out->has_fallback, out->fallback)) ||
		(err = read_team(out, r)) || (err = read_recovery(out, r)) ||
		(err = kr_read_u64(r, &out->sealing_number)) ||
		(err = kr_read_copy(r, out->sealing_key, sizeof(out->sealing_key))) ||
		(err = kr_read_vec(r, &out->card)) ||
		(err = kr_read_vec(r, &out->roster)) ||
		(err = kr_read_vec(r, &out->sealing_secret)) ||
		(err = kr_read_vec(r, &out->identity_secret)) ||
		(err = kr_read_vec(r, &out->previous_secret))) {
		return err;
	}
	return KR_OK;
}

enum kr_err kr_inbox_record_read(struct kr_inbox_record *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	err = bytes.len > KR_INBOX_RECORD_MAX ? KR_ERR_TOO_LARGE : KR_OK;
	if (err != KR_OK || (err = read_begin(out, &r)) ||
		(err = read_hours(&out->hours, &r)) || (err = read_clocks(out, &r)) ||
		(err = read_keys(out, &r)) || (err = check(out)) ||
		(err = kr_signed_record_close(
			 &r, bytes, KR_LABEL_INBOX_RECORD, out->identity_key))) {
		memset(out, 0, sizeof(*out));
	}
	return err;
}

/* ---- Chains and teams ------------------------------------------------------------- */

enum kr_err kr_inbox_record_follows(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before, struct kr_view bytes)
{
	uint8_t hash[KR_SHA256_BYTES] = {0};
	bool same_sealing;

	if (before != NULL) {
		kr_sha256(hash, bytes);
	}
	if (memcmp(hash, next->previous, sizeof(hash)) != 0) {
		return KR_ERR_HASH;
	}
	if (before == NULL) {
		return next->number == 1 && !next->has_former ? KR_OK : KR_ERR_RECORD;
	}
	same_sealing = same_key(next->sealing_key, before->sealing_key);
	if (before->has_recovery && !next->has_recovery) {
		return KR_ERR_RECORD;
	}
	if (!same_key(next->identity_key, before->identity_key) || before->moved ||
		next->number != before->number + 1 ||
		next->sealing_number !=
			(same_sealing ? before->sealing_number : next->number)) {
		return KR_ERR_RECORD;
	}
	return KR_OK;
}

const struct kr_inbox_member *kr_inbox_member(const struct kr_inbox_record *record,
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES])
{
	for (size_t i = 0; i < record->num_team; i++) {
		if (same_key(record->team[i].device_key, device_key)) {
			return &record->team[i];
		}
	}
	return NULL;
}

size_t kr_inbox_accounts(const struct kr_inbox_record *record, bool administrators,
	uint8_t out[KR_INBOX_TEAM_MAX][KR_ID_BYTES])
{
	size_t num = 0;

	for (size_t i = 0; i < record->num_team; i++) {
		const uint8_t *account = record->team[i].account;
		size_t at = 0;

		while (at < num && memcmp(out[at], account, KR_ID_BYTES) < 0) {
			at++;
		}
		if ((administrators && !record->team[i].administrator) ||
			(at < num && same_key(out[at], account))) {
			continue;
		}
		memmove(out[at + 1], out[at], (num - at) * KR_ID_BYTES);
		memcpy(out[at], account, KR_ID_BYTES);
		num++;
	}
	return num;
}
