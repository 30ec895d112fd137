/* A client of Kring as a machine without I/O: one device of one account at one relay.
 *
 * The host owns transport, clock, entropy and storage. It tells the machine what happened
 * (kr_core_input) and does what the machine asks for (kr_core_output), one after the
 * other, until nothing is left:
 *
 *	kr_core_new(&core);
 *	for each record in the keystore: kr_core_load(core, key, value);
 *	kr_core_input(core, &(struct kr_core_input){.kind = KR_CORE_START}, now_ms, rng);
 *	while (kr_core_output(core, &out)) { do it; }
 *	… then the same loop after every input.
 *
 * The same inputs with the same times and the same random bytes give the same outputs, in
 * every build: natively and as WebAssembly.
 *
 * Storing before telling. An output that rests on records which are not stored yet is
 * held back until the host says KR_CORE_STORED for them. So a ratchet's position is on
 * disk before its ciphertext leaves, and the user is never told of something that a crash
 * could undo. Records are written with all their changes of one output atomically, and in
 * the order of the outputs.
 *
 * Commands and questions are JSON, in UTF-8: clients/core/COMMANDS.md lists them with
 * every field. Questions (kr_core_query) change nothing.
 *
 * One thread at a time. Everything secret stays inside; records hold secrets, so the host
 * encrypts them. */
#ifndef KRING_CORE_H
#define KRING_CORE_H

#include <kring/bytes.h>
#include <kring/crypto.h>

struct kr_core;

/* KR_ERR_MEMORY, KR_ERR_RANDOM (libsodium could not start). */
enum kr_err kr_core_new(struct kr_core **core);

/* Wipes everything. NULL is fine. */
void kr_core_free(struct kr_core *core);

/* ---- Records -------------------------------------------------------------------- */

/* Keys are at most this long, values at most KR_CORE_VALUE_MAX. What they hold is the
 * machine's business. */
#define KR_CORE_KEY_MAX   ((size_t)64)
#define KR_CORE_VALUE_MAX ((size_t)8 << 20)

/* Give back one record, before KR_CORE_START; in any order. KR_ERR_STATE after it,
 * KR_ERR_EXISTS for a key that was given before, KR_ERR_TOO_LARGE. */
enum kr_err kr_core_load(struct kr_core *core, struct kr_view key, struct kr_view value);

/* One change. A record that is deleted has no value. */
struct kr_core_record {
	struct kr_view key;
	struct kr_view value;
	bool is_deleted;
};

/* ---- What happened -------------------------------------------------------------- */

enum kr_core_input_kind {
	KR_CORE_START = 1,    /* all records are loaded; once, first */
	KR_CORE_COMMAND,      /* bytes: JSON; id: the host's, repeated in the answer */
	KR_CORE_STORED,       /* id: of the KR_CORE_STORE, which is on disk now */
	KR_CORE_STORE_FAILED, /* id: of it; the disk is full, say. See below */
	KR_CORE_CONNECTED,    /* the WebSocket that KR_CORE_CONNECT asked for is open */
	KR_CORE_MESSAGE,      /* bytes, is_text: a whole WebSocket message came */
	KR_CORE_DISCONNECTED, /* code: close code, 0 if there was none; also: no luck */
	KR_CORE_TIMER,        /* the time of the last KR_CORE_TIMER_AT has come */
	KR_CORE_ONLINE,       /* the network is back: no need to wait any longer */
};

struct kr_core_input {
	enum kr_core_input_kind kind;
	uint64_t id;
	struct kr_view bytes;
	bool is_text;
	uint16_t code;
};

/* Take in what happened. now_ms: milliseconds since 1970; may jump, nothing breaks that
 * cannot be undone. A command that is refused is answered like any other (its answer has
 * an "error"), so what is returned is only
 * - KR_ERR_MEMORY, KR_ERR_RANDOM, KR_ERR_STATE (input that does not fit: STORED of what
 *   was not given out, or anything before START or after a failed store);
 * - at START: KR_ERR_BAD_STATE_RECORD, KR_ERR_STORE_VERSION (written by a newer version).
 * After any of these but KR_ERR_STATE the machine is stopped: free it and load what is
 * stored. The same goes for KR_CORE_STORE_FAILED: what was held back is never let out, so
 * nothing is lost but what had not been promised. */
enum kr_err kr_core_input(struct kr_core *core, const struct kr_core_input *input,
	uint64_t now_ms, const struct kr_random *rng);

/* ---- What to do ----------------------------------------------------------------- */

enum kr_core_output_kind {
	KR_CORE_STORE = 1,  /* id, records: write all or none, then KR_CORE_STORED */
	KR_CORE_CONNECT,    /* bytes: the relay's URL, "wss://…" or "ws://…" */
	KR_CORE_SEND,       /* bytes, is_text: one WebSocket message */
	KR_CORE_DISCONNECT, /* close the connection, or stop trying */
	KR_CORE_TIMER_AT,   /* time_ms; takes the place of the earlier one; 0: none */
	KR_CORE_ANSWER,     /* id of a command, bytes: JSON */
	KR_CORE_TELL,       /* bytes: JSON: something happened that users may want to see */
};

struct kr_core_output {
	enum kr_core_output_kind kind;
	uint64_t id;
	struct kr_view bytes;
	bool is_text;
	uint64_t time_ms;
	const struct kr_core_record *records;
	size_t num_records;
};

/* Take the next thing to do; false if there is none (now). Views are valid until the next
 * call of any function with this machine. */
bool kr_core_output(struct kr_core *core, struct kr_core_output *out);

/* ---- Questions ------------------------------------------------------------------ */

/* The answer to a question, as JSON; wiped and freed by the caller. A question that is
 * refused is answered with an "error". KR_ERR_MEMORY, KR_ERR_STATE before START and once
 * the machine is stopped. */
enum kr_err kr_core_query(struct kr_core *core, struct kr_view question,
	uint64_t now_ms, struct kr_bytes *answer);

#endif
