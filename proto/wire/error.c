#include <kring/wire.h>

/* Every error that a request can run into by the peer's doing or the moment's, with
 * what the peer is told. PROTOCOL.md §7 lists the same. All others are the relay's own
 * trouble. */
static const struct {
	enum kr_err err;
	struct kr_wire_error wire;
} table[] = {
	{KR_ERR_JSON,
		{"json", "Not one JSON object in the strict profile.", KR_RETRY_NEVER,
			0}},
	{KR_ERR_FRAME,
		{"frame", "The object's length does not fit the message.", KR_RETRY_NEVER,
			0}},
	{KR_ERR_VERB, {"verb", "There is no such verb.", KR_RETRY_NEVER, 0}},
	{KR_ERR_FIELD,
		{"field",
			"A field is unknown, missing, of another type or out of bounds.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_BODY,
		{"body", "A body where none belongs, or none where one does.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_TOO_LARGE,
		{"too_large", "Object or body beyond its limit.", KR_RETRY_NEVER, 0}},
	{KR_ERR_MLS_MESSAGE,
		{"mls", "Not an MLS message of the kind that belongs here.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_WRONG_GROUP,
		{"mls", "The message is for another group.", KR_RETRY_NEVER, 0}},
	{KR_ERR_ROUTING,
		{"routing", "The commit's routing does not fit the group.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_AUTH_REQUIRED,
		{"auth_required", "This needs an authenticated connection.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_AUTH_FAILED,
		{"auth_failed", "The proof of the device's key does not hold.",
			KR_RETRY_NEVER, KR_CLOSE_AUTH}},
	{KR_ERR_AUTH_TWICE,
		{"auth_twice", "This connection is authenticated already.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_FORBIDDEN,
		{"forbidden", "Not permitted, or there is no such topic.", KR_RETRY_NEVER,
			0}},
	{KR_ERR_BLOCKED,
		{"blocked", "The operator has blocked this account.", KR_RETRY_NEVER,
			KR_CLOSE_AUTH}},
	{KR_ERR_MUTED,
		{"muted", "This account may not post here for now.", KR_RETRY_LATER, 0}},
	{KR_ERR_GRANT,
		{"grant", "The code is unknown, used or expired.", KR_RETRY_NEVER, 0}},
	{KR_ERR_INVITE,
		{"invite",
			"The invitation is unknown, used up, revoked or expired, or "
			"its signature does not hold.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_EXISTS, {"exists", "It is there already.", KR_RETRY_NEVER, 0}},
	{KR_ERR_NOT_FOUND, {"not_found", "There is no such thing.", KR_RETRY_NEVER, 0}},
	{KR_ERR_STATE,
		{"state", "Not possible in the present state.", KR_RETRY_REBASE, 0}},
	{KR_ERR_LAST_COORDINATOR,
		{"last_coordinator", "A community keeps a coordinator.", KR_RETRY_NEVER,
			0}},
	{KR_ERR_EPOCH_TAKEN,
		{"epoch_taken", "Another commit was accepted for this epoch.",
			KR_RETRY_REBASE, 0}},
	{KR_ERR_EPOCH_WRONG,
		{"epoch_wrong", "The message is for another epoch.", KR_RETRY_REBASE, 0}},
	{KR_ERR_REV_PAST,
		{"rev_past", "The topic's state has changed since.", KR_RETRY_REBASE, 0}},
	{KR_ERR_VOID_LATE,
		{"void_late",
			"The commit can no longer be voided, or is not the "
			"latest.",
			KR_RETRY_REBASE, 0}},
	{KR_ERR_ID_REUSED,
		{"id_reused", "This event id was used for something else.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_CURSOR_INCARNATION,
		{"incarnation",
			"The cursor is from another life of the "
			"store.",
			KR_RETRY_REBASE, 0}},
	{KR_ERR_CURSOR_TRIMMED,
		{"trimmed", "What follows the cursor is not kept any more.",
			KR_RETRY_REBASE, 0}},
	{KR_ERR_CURSOR_AHEAD,
		{"cursor_ahead", "The cursor is beyond the end of the topic.",
			KR_RETRY_REBASE, 0}},
	{KR_ERR_CURSOR_EARLY,
		{"cursor_early", "The account was routed in later than this.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_NAMED,
		{"named",
			"This connection has an identity that must not be tied to the "
			"case.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_RECORD,
		{"record", "The signed record does not hold or does not fit.",
			KR_RETRY_NEVER, 0}},
	{KR_ERR_RECIPIENTS,
		{"recipients", "Who must be able to read is not among the wraps.",
			KR_RETRY_REBASE, 0}},
	{KR_ERR_LIMIT, {"limit", "A fixed bound is reached.", KR_RETRY_NEVER, 0}},
	{KR_ERR_QUOTA, {"quota", "Too much in too short a time.", KR_RETRY_LATER, 0}},
	{KR_ERR_BUSY, {"busy", "Too many requests wait.", KR_RETRY_LATER, 0}},
	{KR_ERR_STORE_FULL,
		{"full", "The store is full. Nothing was kept.", KR_RETRY_LATER, 0}},
};

static const struct kr_wire_error internal = {"internal",
	"The relay failed. The same request again tells whether it was kept.",
	KR_RETRY_LATER, 0};

const struct kr_wire_error *kr_wire_error(enum kr_err err)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].err == err) {
			return &table[i].wire;
		}
	}
	return &internal;
}

const char *kr_retry_name(enum kr_retry retry)
{
	return retry == KR_RETRY_NEVER    ? "never"
		: retry == KR_RETRY_LATER ? "later"
					  : "rebase";
}
