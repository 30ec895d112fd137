/* A group from the inside: what its files share. */
#ifndef KR_MLS_GROUP_H
#define KR_MLS_GROUP_H

#include "epoch.h"
#include "framing.h"

/* A proposal by reference, verified and waiting for a commit. */
struct kr_pending_proposal {
	uint8_t ref[KR_MLS_HASH_BYTES];
	struct kr_mls_sender sender;
	struct kr_bytes encoded; /* Proposal */
};

/* The keys of an own Update proposal, needed if somebody commits it. */
struct kr_own_update {
	struct kr_x25519_keypair leaf;
	struct kr_ed25519_keypair signer;
};

struct kr_resumption_psk {
	uint64_t epoch;
	struct kr_secret secret;
};

struct kr_mls_group {
	struct kr_mls_config config;
	struct kr_epoch *current;
	struct kr_epoch *pending; /* after the own commit that is on its way */
	bool removed;

	/* Newest first; the arrays have room for as many as config allows, so that
	 * entering an epoch cannot fail. */
	struct kr_epoch **past;
	size_t num_past;
	struct kr_resumption_psk *resumption_psks;
	size_t num_resumption_psks;

	/* Likewise room for config.max_pending_proposals. */
	struct kr_pending_proposal *proposals;
	size_t num_proposals;
	struct kr_own_update *own_updates;
	size_t num_own_updates;

	/* Every change of state is a revision; what leaves must be covered by a stored
	 * one. */
	uint64_t revision;
	uint64_t group_revision; /* of the last change to the group's record */
	uint64_t saved_revision; /* handed out by kr_mls_save */
	uint64_t stored_revision;
	uint8_t group_record_hash[KR_SHA256_BYTES];
};

/* A group around its first epoch, which it takes over (also on failure). */
enum kr_err kr_group_wrap(struct kr_mls_group **group, const struct kr_mls_config *config,
	struct kr_epoch *epoch);

/* Make next the present epoch (taking it over) and the present one a past one. Never
 * fails. */
void kr_group_enter_epoch(struct kr_mls_group *group, struct kr_epoch *next);

void kr_group_clear_proposals(struct kr_mls_group *group);
/* Wipe past epochs and resumption secrets. */
void kr_group_forget_past(struct kr_mls_group *group);

/* Note a change: in the ratchets alone, or in the group's record too. */
void kr_group_touch_ratchets(struct kr_mls_group *group);
void kr_group_touch(struct kr_mls_group *group);

/* The past or present epoch of this number; NULL if there is none. */
struct kr_epoch *kr_group_find_epoch(struct kr_mls_group *group, uint64_t number);

/* ---- Outgoing handles -------------------------------------------------------------- */

struct kr_mls_outgoing {
	const struct kr_mls_group *group; /* that made it: only compared */
	uint64_t revision;                /* of it, that must be stored first */
	struct kr_bytes message;
	struct kr_bytes welcome;
	struct kr_bytes tree;
};

/* An empty handle; NULL without memory. */
struct kr_mls_outgoing *kr_outgoing_new(void);

/* ---- Sending ----------------------------------------------------------------------- */

/* Content ready to be framed and, if public_message is not set, encrypted: an own
 * message. step is what the ratchet must do when all has gone well (NULL for a
 * PublicMessage). */
enum kr_err kr_group_frame(const struct kr_mls_group *group,
	const struct kr_authenticated_content *auth, const struct kr_random *rng,
	struct kr_bytes *message, struct kr_secret_tree_step **step);

/* The FramedContent of an own message. */
struct kr_framed_content kr_group_own_content(const struct kr_mls_group *group,
	enum kr_content_type type, struct kr_view authenticated_data,
	struct kr_view body);

#endif
