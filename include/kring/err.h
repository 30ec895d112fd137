/* What can go wrong, as one list for the whole of Kring.
 *
 * Every function that can fail returns enum kr_err; KR_OK is zero, so calls chain:
 *
 *	if ((err = kr_read_u16(&r, &version)) || (err = kr_read_vec(&r, &id))) {
 *		return err;
 *	}
 *
 * The codes are grouped by whose fault it is. A code's number is not stable between
 * versions; its name (kr_err_name) is, and is what goes into logs and onto the wire. */
#ifndef KRING_ERR_H
#define KRING_ERR_H

/* X(symbol, name, sentence) for every error; the one place where they are defined. */
#define KR_ERR_LIST(X)                                                                   \
	/* Ours: the caller or the machine. */                                           \
	X(MEMORY, "memory", "Out of memory.")                                            \
	X(RANDOM, "random", "The source of randomness failed.")                          \
	X(ARGUMENT, "argument", "A parameter is outside what the function takes.")       \
	X(STATE, "state", "Not possible in the present state.")                          \
	X(NOT_STORED, "not_stored", "The state that covers this is not stored yet.")     \
	X(LIMIT, "limit", "A bound that the caller set is reached.")                     \
	X(NOT_FOUND, "not_found", "There is no such thing.")                             \
	X(BAD_STATE_RECORD, "bad_state_record",                                          \
		"A stored state is damaged or mismatched.")                              \
	X(STORE_FULL, "store_full", "There is no room left on the disk.")                \
	X(STORE_IO, "store_io", "The disk failed to read or write.")                     \
	X(STORE_LOCKED, "store_locked", "Another process uses this store.")              \
	X(STORE_VERSION, "store_version", "The store is of a newer version.")            \
	X(STORE_DAMAGED, "store_damaged", "The store contradicts itself.")               \
	X(PASSPHRASE, "passphrase", "This is not the passphrase.")                       \
	X(FILE_MODE, "file_mode", "Others may read or change this file or directory.")   \
	/* The peer's bytes: encoding. */                                                \
	X(TRUNCATED, "truncated", "The input ends too early.")                           \
	X(TRAILING, "trailing", "Bytes are left after the end.")                         \
	X(VARINT, "varint", "A length is not minimal or is eight bytes long.")           \
	X(ENCODING, "encoding", "A value is not one that the format allows.")            \
	X(TOO_LARGE, "too_large", "The input is larger than the limit.")                 \
	/* The peer's bytes: cryptography. */                                            \
	X(KEY, "key", "A public key or group element is not valid.")                     \
	X(DECRYPT, "decrypt", "Decryption failed.")                                      \
	X(SIGNATURE, "signature", "A signature does not verify.")                        \
	X(MAC, "mac", "A tag does not match.")                                           \
	X(PROOF, "proof", "A zero-knowledge proof does not verify.")                     \
	X(HASH, "hash", "A hash does not match.")                                        \
	/* Timing: another epoch, another generation. */                                 \
	X(EPOCH_PAST, "epoch_past", "The epoch is gone and its keys are deleted.")       \
	X(EPOCH_FUTURE, "epoch_future", "The epoch has not begun here yet.")             \
	X(GENERATION_USED, "generation_used",                                            \
		"The message's key is used up or dropped.")                              \
	X(GENERATION_FAR, "generation_far", "The message's key is too far ahead.")       \
	X(OWN_MESSAGE, "own_message", "The message is this member's own.")               \
	X(CURSOR_INCARNATION, "cursor_incarnation",                                      \
		"The cursor is from before a restore.")                                  \
	X(CURSOR_TRIMMED, "cursor_trimmed", "What follows the cursor was deleted.")      \
	X(CURSOR_AHEAD, "cursor_ahead", "The cursor lies beyond the end of the topic.")  \
	/* The wire: frames and requests, PROTOCOL.md. */                                \
	X(FRAME, "frame", "The object's length does not fit the message.")               \
	X(JSON, "json", "Not one JSON object in the strict profile.")                    \
	X(VERB, "verb", "There is no such verb.")                                        \
	X(FIELD, "field",                                                                \
		"A field is unknown, missing, of another type or out of bounds.")        \
	X(BODY, "body", "A body where none belongs, or none where one does.")            \
	X(MLS_MESSAGE, "mls", "Not an MLS message of the kind that belongs here.")       \
	X(ROUTING, "routing", "The commit's routing does not fit the group.")            \
	/* The relay: what a request runs into. */                                       \
	X(AUTH_REQUIRED, "auth_required", "This needs an authenticated connection.")     \
	X(AUTH_FAILED, "auth_failed", "The proof of the device's key does not hold.")    \
	X(AUTH_TWICE, "auth_twice", "This connection is authenticated already.")         \
	X(FORBIDDEN, "forbidden", "Not permitted, or there is no such topic.")           \
	X(BLOCKED, "blocked", "The operator has blocked this account.")                  \
	X(MUTED, "muted", "This account may not post here for now.")                     \
	X(SLOW_MODE, "slow_mode", "Too soon after the last post in this group.")         \
	X(EXCLUDED, "excluded", "The reporter does not want this inbox to know.")        \
	X(WORD_UNREAD, "word_unread", "The reporter has not read the closing word.")     \
	X(GRANT, "grant", "The code is unknown, used or expired.")                       \
	X(INVITE, "invite", "The invitation is not good, or not any more.")              \
	X(EXISTS, "exists", "It is there already.")                                      \
	X(LAST_COORDINATOR, "last_coordinator", "A community keeps a coordinator.")      \
	X(EPOCH_TAKEN, "epoch_taken", "Another commit was accepted for this epoch.")     \
	X(EPOCH_WRONG, "epoch_wrong", "The message is for another epoch.")               \
	X(REV_PAST, "rev_past", "The topic's state has changed since.")                  \
	X(VOID_LATE, "void_late",                                                        \
		"The commit can no longer be voided, or is not the latest.")             \
	X(ID_REUSED, "id_reused", "This event id was used for something else.")          \
	X(CURSOR_EARLY, "cursor_early", "The account was routed in later than this.")    \
	X(NAMED, "named",                                                                \
		"This connection has an identity that must not be tied to the case.")    \
	X(RECORD, "record", "The signed record does not hold or does not fit.")          \
	X(RECIPIENTS, "recipients", "Who must be able to read is not among the wraps.")  \
	X(QUOTA, "quota", "Too much in too short a time.")                               \
	X(BUSY, "busy", "Too many requests wait.")                                       \
	/* Authority. */                                                                 \
	X(POLICY, "policy", "The application's policy refuses this.")                    \
	X(WRONG_GROUP, "wrong_group", "The message is for another group.")               \
	X(REMOVED, "removed", "This member is no longer in the group.")                  \
	/* Trust: records, TRUST.md; content of groups, CONTENT.md. */                   \
	X(RECORD_VERSION, "record_version",                                              \
		"The record is of a version that is not known.")                         \
	X(CONTENT_VERSION, "content_version",                                            \
		"The content is of a newer major version.")                              \
	X(TEXT, "text",                                                                  \
		"Not text as people write it: UTF-8 without control characters.")        \
	X(COMMITMENT, "commitment", "This is not what was committed to.")                \
	X(NOT_RECIPIENT, "not_recipient", "It was not sealed for this key.")             \
	X(GENESIS, "genesis", "The founders are too few, repeated or not who they say.") \
	X(COMMUNITY, "community", "The record is of another community.")                 \
	X(CHAIN_PREVIOUS, "chain_previous",                                              \
		"The record does not follow the last one of the chain.")                 \
	X(CHAIN_SIGNER, "chain_signer", "Who signed was no coordinator at that point.")  \
	X(CHAIN_KEY_REUSED, "chain_key_reused", "A key stands in the chain already.")    \
	X(CHAIN_SUBJECT, "chain_subject", "Who is withdrawn is no coordinator.")         \
	X(CERT_ISSUER, "cert_issuer",                                                    \
		"The certificate is not by a coordinator who counts.")                   \
	X(CERT_KEY, "cert_key", "The certificate is for another key.")                   \
	X(CERT_VALIDITY, "cert_validity", "The certificate is outside its validity.")    \
	X(CERT_REVOKED, "cert_revoked", "The certificate is revoked.")                   \
	X(DEVICE_ACCOUNT, "device_account",                                              \
		"The key is not the first device of this account.")                      \
	X(DEVICE_SIGNER, "device_signer", "Who signed is no device of this account.")    \
	X(DEVICE_KEY_REUSED, "device_key_reused", "This device was added before.")       \
	X(DEVICE_UNKNOWN, "device_unknown", "There is no such device to remove.")        \
	X(POLICY_CHAIN, "policy_chain",                                                  \
		"The policy contradicts the chain of coordinators.")                     \
	X(INBOX_EXPIRED, "inbox_expired",                                                \
		"The inbox has moved, or its record has run out.")                       \
	X(RECOVERY, "recovery", "This is not the recovery key of this inbox.")           \
	X(INBOX_REPLACED, "inbox_replaced",                                              \
		"The name is another inbox's: say it as an announcement first.")         \
	X(LINK, "link", "Not an invitation as a link.")                                  \
	X(CHECK_DIGIT, "check_digit", "A check digit is wrong.")                         \
	/* MLS: what RFC 9420 allows but this library leaves out. */                     \
	X(MLS_VERSION, "mls_version", "Not MLS 1.0.")                                    \
	X(MLS_CIPHER_SUITE, "mls_cipher_suite", "Not cipher suite 0x0003.")              \
	X(MLS_REINIT, "mls_reinit", "ReInit is not supported.")                          \
	X(MLS_BRANCH, "mls_branch",                                                      \
		"Branching and reinitialised groups are not supported.")                 \
	X(MLS_X509, "mls_x509", "X.509 credentials are not supported.")                  \
	X(MLS_CREDENTIAL_TYPE, "mls_credential_type",                                    \
		"The credential's type is unknown.")                                     \
	X(MLS_PROPOSAL_TYPE, "mls_proposal_type", "The proposal's type is unknown.")     \
	/* MLS: leaf nodes, RFC 9420 7.2 and 7.3. */                                     \
	X(LEAF_SOURCE, "leaf_source", "A leaf's source does not fit where it stands.")   \
	X(LEAF_LIFETIME, "leaf_lifetime", "A leaf is outside its lifetime.")             \
	X(LEAF_CAPABILITIES, "leaf_capabilities", "A leaf lacks a capability it needs.") \
	X(LEAF_KEY_REUSED, "leaf_key_reused", "A leaf repeats a key of the group.")      \
	X(LEAF_CREDENTIAL, "leaf_credential",                                            \
		"A leaf's credential is not supported by all.")                          \
	X(LEAF_EXTENSION, "leaf_extension",                                              \
		"A leaf's extension is repeated or not listed.")                         \
	X(REQUIRED_CAPABILITIES, "required_capabilities",                                \
		"A member lacks what is required.")                                      \
	/* MLS: key packages, 10. */                                                     \
	X(KEY_PACKAGE_KEYS, "key_package_keys", "Init and encryption key are the same.") \
	/* MLS: the tree, 7.4, 7.8, 7.9 and 12.4.3.3. */                                 \
	X(TREE_SHAPE, "tree_shape", "The tree's array is not a tree.")                   \
	X(TREE_HASH, "tree_hash", "The tree hash does not match.")                       \
	X(TREE_PARENT_HASH, "tree_parent_hash", "A parent hash does not match.")         \
	X(TREE_UNMERGED, "tree_unmerged", "Unmerged leaves are wrong.")                  \
	X(TREE_KEY_REUSED, "tree_key_reused", "A key stands twice in the tree.")         \
	X(LEAF_INDEX, "leaf_index", "A leaf index names no member.")                     \
	/* MLS: proposals, 12.1 and 12.2. */                                             \
	X(PROPOSAL_SENDER, "proposal_sender", "This sender may not make that proposal.") \
	X(PROPOSAL_REF, "proposal_ref", "A commit names an unknown proposal.")           \
	X(PROPOSAL_OWN_UPDATE, "proposal_own_update",                                    \
		"A commit updates its own committer.")                                   \
	X(PROPOSAL_SELF_REMOVE, "proposal_self_remove",                                  \
		"A commit removes its committer.")                                       \
	X(PROPOSAL_DUPLICATE, "proposal_duplicate", "Two proposals touch one leaf.")     \
	X(PROPOSAL_PSK, "proposal_psk", "A pre-shared key proposal is malformed.")       \
	X(PROPOSAL_PSK_DUPLICATE, "proposal_psk_duplicate", "A pre-shared key twice.")   \
	X(PROPOSAL_PSK_UNKNOWN, "proposal_psk_unknown",                                  \
		"The pre-shared key is not known.")                                      \
	X(PROPOSAL_GCE_DUPLICATE, "proposal_gce_duplicate",                              \
		"Two GroupContextExtensions.")                                           \
	X(PROPOSAL_EXTENSION, "proposal_extension", "A group extension is wrong.")       \
	X(PROPOSAL_ADD_MEMBER, "proposal_add_member",                                    \
		"Who is added is already a member.")                                     \
	X(PROPOSAL_EXTERNAL_INIT, "proposal_external_init",                              \
		"ExternalInit is out of place.")                                         \
	X(PROPOSAL_NOT_IN_EXTERNAL, "proposal_not_in_external",                          \
		"An external commit holds a proposal that it may not.")                  \
	/* MLS: commits, 12.4. */                                                        \
	X(COMMIT_PATH_MISSING, "commit_path_missing", "The commit needs a path.")        \
	X(COMMIT_PATH, "commit_path", "The path does not fit the tree.")                 \
	X(COMMIT_PATH_KEY, "commit_path_key",                                            \
		"A path's key is not what its secret gives.")                            \
	X(COMMIT_CONFIRMATION, "commit_confirmation", "The confirmation tag is wrong.")  \
	X(COMMIT_PENDING, "commit_pending", "An own commit is waiting for its fate.")    \
	/* MLS: framing, 6. */                                                           \
	X(SENDER, "sender", "The sender does not fit the content.")                      \
	X(MEMBERSHIP_TAG, "membership_tag", "The membership tag is wrong or missing.")   \
	X(PADDING, "padding", "The padding is not all zero.")                            \
	X(NOT_ENCRYPTED, "not_encrypted", "Application data must be a PrivateMessage.")  \
	/* MLS: Welcome and GroupInfo, 12.4.3. */                                        \
	X(WELCOME_NOT_FOR_US, "welcome_not_for_us",                                      \
		"The Welcome holds no secret for us.")                                   \
	X(RATCHET_TREE_MISSING, "ratchet_tree_missing",                                  \
		"The ratchet tree was not given.")                                       \
	X(EXTERNAL_PUB_MISSING, "external_pub_missing",                                  \
		"No external_pub in the GroupInfo.")

enum kr_err {
	KR_OK = 0,
#define KR_ERR_SYMBOL(symbol, name, sentence) KR_ERR_##symbol,
	KR_ERR_LIST(KR_ERR_SYMBOL)
#undef KR_ERR_SYMBOL
		KR_ERR_END /* one past the last; not an error */
};

/* The stable name, e.g. "truncated"; "ok" for KR_OK; "unknown" outside the enum. */
const char *kr_err_name(enum kr_err err);

/* One English sentence for people who read logs. */
const char *kr_err_sentence(enum kr_err err);

#endif
