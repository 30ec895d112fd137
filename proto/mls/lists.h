/* Lists of numbers and of extensions, RFC 9420 §7.2, §11.1 and §13. Encoded, without
 * their lengths. */
#ifndef KR_MLS_LISTS_H
#define KR_MLS_LISTS_H

#include <kring/codec.h>
#include <kring/mls.h>

/* Whether a list of uint16 has the value; the list has an even length. */
bool kr_u16_list_has(struct kr_view list, uint16_t value);

/* Whether all values of need stand in have, but for those that is_default covers (NULL:
 * none). */
bool kr_u16_list_covers(
	struct kr_view have, struct kr_view need, bool (*is_default)(uint16_t));

/* Write Extension extensions<V>; KR_ERR_ARGUMENT sticks in w if a type repeats. */
void kr_write_extensions(struct kr_writer *w, struct kr_mls_extensions extensions);

/* Read the next Extension of a list. */
enum kr_err kr_read_extension(struct kr_reader *r, struct kr_mls_extension *extension);

/* Well-formed, and no type twice (§13.4): KR_ERR_ENCODING. */
enum kr_err kr_extensions_check(struct kr_view extensions);

/* Whether a list of types has those of all extensions that are not default ones. The
 * extensions must be well-formed. */
bool kr_extensions_are_listed(struct kr_view extensions, struct kr_view types);

/* Types that every client understands and no list names, §7.2 and §13.1. */
bool kr_extension_is_default(uint16_t type);
bool kr_proposal_type_is_default(uint16_t type);

/* The group's RequiredCapabilities, §11.1. */
struct kr_required_capabilities {
	struct kr_view extension_types;
	struct kr_view proposal_types;
	struct kr_view credential_types;
};

/* All empty if the extension is not there. */
enum kr_err kr_required_capabilities_read(
	struct kr_view group_extensions, struct kr_required_capabilities *required);

#endif
