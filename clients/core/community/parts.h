/* What the files of the community share among themselves. community.h is what others
 * use. */
#ifndef CLIENTS_CORE_COMMUNITY_PARTS_H
#define CLIENTS_CORE_COMMUNITY_PARTS_H

#include <kring/request.h>

#include "clients/core/state.h"

/* ---- Lists, community.c ---------------------------------------------------------- */

enum kr_err bytes_append(struct kr_bytes *bytes, struct kr_view more);
/* Room for one more in an array that doubles. NULL: no memory, the array is as it was. */
void *array_grow(void *array, size_t num, size_t item_len);
/* The i-th certificate that a member was given. */
enum kr_err member_certificate(
	const struct community_member *member, size_t i, struct kr_certificate *out);
size_t member_num_certificates(const struct community_member *member);
/* Has one of them this device's key? */
bool member_has_device(const struct community_member *member,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
/* Their serials, as a statement wants them: ascending, 8 bytes each; the latest if there
 * are more than it takes. */
enum kr_err member_serials(const struct community_member *member, struct kr_bytes *out);

/* ---- State, community.c ---------------------------------------------------------- */

struct kr_topic community_topic(const struct community *community);
enum kr_err community_store(struct kr_core *core, const struct community *community);
/* All that events say, as if none had come. */
void community_reset(struct community *community);
/* As if it had never been heard of. */
enum kr_err community_forget(struct kr_core *core, struct community *community);
enum kr_err community_set_state(
	struct kr_core *core, struct community *community, enum community_state state);
/* The member with this account; a new one, all zero, if there is none. Valid until the
 * next one is added. KR_ERR_MEMORY. */
enum kr_err community_member_get(struct community *community,
	const uint8_t account[KR_ID_BYTES], struct community_member **out);
struct community_member *community_member_find(
	struct community *community, const uint8_t account[KR_ID_BYTES]);
struct community_invitation *community_invitation_find(
	struct community *community, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
const struct community_invitation *community_invitation_look(
	const struct community *community, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
/* The own main group; NULL. */
const struct group *community_group_look(
	const struct kr_core *core, const struct community *community);
/* {"tell":what,"community":…} and more, for the caller to add. NULL. */
cJSON *community_tell(const struct community *community, const char *what);

/* ---- Events, apply.c ------------------------------------------------------------- */

/* Take in what an event says. is_replay: at START, from what was kept. */
enum kr_err community_take(struct kr_core *core, struct community *community,
	const struct kr_event *event, bool is_replay);

/* ---- Doing something, acts.c ----------------------------------------------------- */

/* The field "community", of which this account is a member, or a coordinator:
 * KR_ERR_FORBIDDEN otherwise. */
enum kr_err community_for_member(
	struct kr_core *core, const cJSON *args, struct community **out);
enum kr_err community_for_coordinator(
	struct kr_core *core, const cJSON *args, struct community **out);
/* A member: KR_ERR_NOT_FOUND. */
enum kr_err member_of(struct community *community, const cJSON *args, const char *name,
	struct community_member **out);

/* A request of this verb about this community; the fields that the verb has to have are
 * marked. */
struct kr_request community_request(const struct community *community, enum kr_verb verb);
/* Into the outbox, done at the relay's answer: the topic is not (any more) readable here.
 * answer is consumed. */
enum kr_err outbox_add_unseen(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer);
/* Sign a statement and put it into the outbox as the request's body. */
struct statement_act {
	enum kr_verb verb;
	const char *what;
	uint64_t command;
	uint64_t until_ms; /* of the head */
	bool done_at_answer;
	uint8_t *hash; /* of the statement, when it is wanted */
};
enum kr_err community_state_it(struct kr_core *core, const struct community *community,
	const struct kr_statement *statement, const struct statement_act *act);
/* Withdraw the account's role, if it has one: it goes or is removed after this. */
enum kr_err community_withdraw_first(struct kr_core *core,
	const struct community *community, const uint8_t account[KR_ID_BYTES]);
/* The next record of the chain into the outbox, signed by this key pair, or this
 * device's. What kr_chain_append would say of it. */
enum kr_err community_role_by(struct kr_core *core, const struct community *community,
	struct kr_role *role, const struct kr_ed25519_keypair *signer, const char *what,
	uint64_t command);
enum kr_err community_role(struct kr_core *core, const struct community *community,
	struct kr_role *role, const char *what, uint64_t command);
/* A certificate for this device of an account, and the request that carries it. */
enum kr_err community_certify(struct kr_core *core, const struct community *community,
	const uint8_t account[KR_ID_BYTES], const uint8_t key[KR_ED25519_PUBLIC_BYTES],
	uint64_t command);

/* A coordinator's keys as a text that people carry; signed by its device. */
void card_write(struct kr_writer *w, const struct identity *identity);
/* KR_ERR_FIELD, KR_ERR_SIGNATURE. */
enum kr_err card_of(const cJSON *args, const char *name, struct kr_coordinator *out);
enum kr_err card_read(struct kr_coordinator *out, struct kr_view bytes);

/* ---- Joining, join.c ------------------------------------------------------------- */

enum kr_err community_ask_on(struct kr_core *core, struct community *community);

#endif
