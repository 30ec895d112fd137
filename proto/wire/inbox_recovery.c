/* The recovery keys of an inbox, from one record to the next: CASES.md §2. */
#include <kring/inbox.h>

#include <string.h>

static bool same_key(const uint8_t a[32], const uint8_t b[32])
{
	return memcmp(a, b, 32) == 0;
}

static bool same_recovery(
	const struct kr_inbox_record *a, const struct kr_inbox_record *b)
{
	return a->has_recovery == b->has_recovery &&
		same_key(a->recovery_key, b->recovery_key) &&
		same_key(a->recovery_signer, b->recovery_signer);
}

static bool same_former(const struct kr_inbox_record *a, const struct kr_inbox_record *b)
{
	return a->has_former == b->has_former && same_key(a->former_key, b->former_key) &&
		same_key(a->former_signer, b->former_signer) &&
		a->former_until_ms == b->former_until_ms;
}

static bool former_is_good(const struct kr_inbox_record *record, uint64_t now_ms)
{
	return record->has_former && now_ms < record->former_until_ms;
}

/* The keys of before, and for as long as it has to be. */
static bool keeps_former(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before, uint64_t now_ms)
{
	return next->has_former && same_key(next->former_key, before->recovery_key) &&
		same_key(next->former_signer, before->recovery_signer) &&
		next->former_until_ms >= now_ms + KR_INBOX_FORMER_MS &&
		next->former_until_ms <= now_ms + 2 * KR_INBOX_FORMER_MS;
}

bool kr_inbox_recovery_kept(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before, uint64_t now_ms)
{
	if (same_recovery(next, before)) {
		return same_former(next, before) ||
			(!next->has_former && !former_is_good(before, now_ms));
	}
	if (!before->has_recovery) {
		return !next->has_former;
	}
	return !former_is_good(before, now_ms) && keeps_former(next, before, now_ms);
}

size_t kr_inbox_recovery_signers(
	const struct kr_inbox_record *record, uint64_t now_ms, const uint8_t *signers[2])
{
	size_t num = 0;

	if (record->has_recovery) {
		signers[num++] = record->recovery_signer;
	}
	if (former_is_good(record, now_ms)) {
		signers[num++] = record->former_signer;
	}
	return num;
}

bool kr_inbox_recovery_used(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before,
	const uint8_t signer[KR_ED25519_PUBLIC_BYTES], uint64_t now_ms)
{
	const uint8_t *signers[2];
	size_t num = kr_inbox_recovery_signers(before, now_ms, signers);
	bool is_one = false;

	for (size_t i = 0; i < num; i++) {
		is_one |= same_key(signer, signers[i]);
	}
	return is_one && next->has_recovery && !next->has_former &&
		!same_key(next->recovery_signer, before->recovery_signer) &&
		!same_key(next->recovery_key, before->recovery_key) &&
		!(before->has_former &&
			(same_key(next->recovery_signer, before->former_signer) ||
				same_key(next->recovery_key, before->former_key)));
}
