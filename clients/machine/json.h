/* Commands and questions as JSON, read with checks and answered. COMMANDS.md. */
#ifndef CLIENTS_MACHINE_JSON_H
#define CLIENTS_MACHINE_JSON_H

#include <cjson/cJSON.h>

#include <kring/wire.h>

/* From now on everything that cJSON frees is wiped before, in all of the program: for
 * those whose JSON holds what must not be found in memory. Again is harmless. */
void json_wipe_what_is_freed(void);

/* The text as one object: within COMMANDS.md's bounds, no key twice. KR_ERR_JSON,
 * KR_ERR_TOO_LARGE, KR_ERR_MEMORY. The caller deletes it (cJSON_Delete). */
enum kr_err json_parse(cJSON **out, struct kr_view text);

/* Are all members of object among these names (NULL ends them)? "do" and "ask" always
 * are. KR_ERR_FIELD. */
enum kr_err json_only(const cJSON *object, const char *const *names);

/* Members by name; views point into the object. KR_ERR_FIELD if it is missing or of
 * another form, with the exception of …_optional: what is missing leaves out as it
 * was. */
enum kr_err json_text(const cJSON *object, const char *name, struct kr_view *out);
enum kr_err json_text_optional(
	const cJSON *object, const char *name, struct kr_view *out);
enum kr_err json_bytes(const cJSON *object, const char *name, uint8_t *out, size_t len);
enum kr_err json_bytes_optional(
	const cJSON *object, const char *name, uint8_t *out, size_t len, bool *present);
/* Base64url of any length, decoded onto the heap. */
enum kr_err json_blob(const cJSON *object, const char *name, struct kr_bytes *out);
/* Likewise a value by itself: an element of an array. */
enum kr_err json_decode(const cJSON *value, struct kr_bytes *out);
enum kr_err json_number(const cJSON *object, const char *name, uint64_t least,
	uint64_t greatest, uint64_t *out);
enum kr_err json_number_optional(const cJSON *object, const char *name, uint64_t least,
	uint64_t greatest, uint64_t *out);
enum kr_err json_flag(const cJSON *object, const char *name, bool *out);
enum kr_err json_flag_optional(const cJSON *object, const char *name, bool *out);

/* Adding members. False if memory ran out: then the object lacks it, and whoever gives it
 * out (output_answer …) need not have noticed; so these are chained with && and end in
 * KR_ERR_MEMORY. */
bool json_add_text(cJSON *object, const char *name, struct kr_view text);
bool json_add_str(cJSON *object, const char *name, const char *text);
bool json_add_bytes(cJSON *object, const char *name, struct kr_view bytes);
bool json_add_id(cJSON *object, const char *name, const uint8_t id[KR_ID_BYTES]);
bool json_add_number(cJSON *object, const char *name, uint64_t number);
bool json_add_flag(cJSON *object, const char *name, bool flag);
/* "error" and "text"; code NULL: the error's own name. */
bool json_add_error(cJSON *object, enum kr_err err, const char *code);
/* A new object or array that is a member; NULL. */
cJSON *json_add_object(cJSON *object, const char *name);
cJSON *json_add_array(cJSON *object, const char *name);
/* A new object at the end of an array; NULL. */
cJSON *json_append_object(cJSON *array);

/* The object printed; it is consumed, also on an error. KR_ERR_MEMORY, also for NULL. */
enum kr_err json_print(struct kr_bytes *out, cJSON *object);
/* The answer to a question: the object, or if err is not KR_OK that error in its place.
 * The object is consumed. KR_ERR_MEMORY, also if err is. */
enum kr_err json_print_answer(struct kr_bytes *out, cJSON *object, enum kr_err err);

#endif
