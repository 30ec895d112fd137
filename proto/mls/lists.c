/* Lists of numbers and extensions, RFC 9420 §7.2, §11.1 and §13. */
#include "lists.h"

bool kr_u16_list_has(struct kr_view list, uint16_t value)
{
	for (size_t i = 0; i + 1 < list.len; i += 2) {
		if ((uint16_t)(list.data[i] << 8 | list.data[i + 1]) == value) {
			return true;
		}
	}
	return false;
}

void kr_write_extensions(struct kr_writer *w, struct kr_mls_extensions extensions)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < extensions.num; i++) {
		for (size_t j = 0; j < i; j++) {
			if (extensions.list[i].type == extensions.list[j].type) {
				kr_writer_fail(w, KR_ERR_ARGUMENT);
			}
		}
		kr_write_u16(w, extensions.list[i].type);
		kr_write_vec(w, extensions.list[i].data);
	}
	kr_write_vec_end(w, begin);
}

enum kr_err kr_read_extension(struct kr_reader *r, struct kr_mls_extension *extension)
{
	struct kr_reader probe = *r;
	enum kr_err err;

	*extension = (struct kr_mls_extension){0};
	if ((err = kr_read_u16(&probe, &extension->type)) ||
		(err = kr_read_vec(&probe, &extension->data))) {
		return err;
	}
	*r = probe;
	return KR_OK;
}

/* The values of a list, for lists that a peer may have made long: looking one up costs
 * the same however many there are. */
struct u16_set {
	uint8_t bits[(UINT16_MAX + 1) / 8];
};

/* Whether the value was not in the set before. */
static bool set_add(struct u16_set *set, uint16_t value)
{
	const uint8_t bit = (uint8_t)(1 << value % 8);
	const bool is_new = (set->bits[value / 8] & bit) == 0;

	set->bits[value / 8] |= bit;
	return is_new;
}

static bool set_has(const struct u16_set *set, uint16_t value)
{
	return (set->bits[value / 8] >> value % 8 & 1) != 0;
}

static void set_of_list(struct u16_set *set, struct kr_view list)
{
	struct kr_reader r = kr_reader(list);
	uint16_t value;

	*set = (struct u16_set){0};
	while (kr_read_u16(&r, &value) == KR_OK) {
		set_add(set, value);
	}
}

enum kr_err kr_extensions_check(struct kr_view extensions)
{
	struct kr_reader r = kr_reader(extensions);
	struct u16_set seen;

	if (extensions.len == 0) {
		return KR_OK;
	}
	seen = (struct u16_set){0};
	while (r.rest.len > 0) {
		struct kr_mls_extension extension;
		enum kr_err err = kr_read_extension(&r, &extension);

		if (err != KR_OK) {
			return err;
		}
		if (!set_add(&seen, extension.type)) {
			return KR_ERR_ENCODING;
		}
	}
	return KR_OK;
}

enum kr_err kr_mls_extension_find(
	struct kr_view extensions, uint16_t type, struct kr_view *data)
{
	struct kr_reader r = kr_reader(extensions);

	*data = kr_view(NULL, 0);
	while (r.rest.len > 0) {
		struct kr_mls_extension extension;
		enum kr_err err = kr_read_extension(&r, &extension);

		if (err != KR_OK) {
			return err;
		}
		if (extension.type == type) {
			*data = extension.data;
			return KR_OK;
		}
	}
	return KR_ERR_NOT_FOUND;
}

bool kr_extension_is_default(uint16_t type)
{
	return type >= KR_MLS_EXT_APPLICATION_ID && type <= KR_MLS_EXT_EXTERNAL_SENDERS;
}

bool kr_proposal_type_is_default(uint16_t type)
{
	return type >= KR_MLS_PROPOSAL_ADD &&
		type <= KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS;
}

enum kr_err kr_required_capabilities_read(
	struct kr_view group_extensions, struct kr_required_capabilities *required)
{
	struct kr_view data;
	struct kr_reader r;
	enum kr_err err = kr_mls_extension_find(
		group_extensions, KR_MLS_EXT_REQUIRED_CAPABILITIES, &data);

	*required = (struct kr_required_capabilities){0};
	if (err == KR_ERR_NOT_FOUND) {
		return KR_OK;
	}
	if (err != KR_OK) {
		return err;
	}
	r = kr_reader(data);
	if ((err = kr_read_vec(&r, &required->extension_types)) ||
		(err = kr_read_vec(&r, &required->proposal_types)) ||
		(err = kr_read_vec(&r, &required->credential_types)) ||
		(err = kr_read_end(&r))) {
		*required = (struct kr_required_capabilities){0};
		return err;
	}
	if ((required->extension_types.len | required->proposal_types.len |
		    required->credential_types.len) &
		1) {
		*required = (struct kr_required_capabilities){0};
		return KR_ERR_ENCODING;
	}
	return KR_OK;
}

bool kr_u16_list_covers(
	struct kr_view have, struct kr_view need, bool (*is_default)(uint16_t))
{
	struct kr_reader r = kr_reader(need);
	struct u16_set set;
	uint16_t value;

	if (need.len == 0) {
		return true;
	}
	set_of_list(&set, have);
	while (kr_read_u16(&r, &value) == KR_OK) {
		if (!(is_default != NULL && is_default(value)) && !set_has(&set, value)) {
			return false;
		}
	}
	return true;
}

bool kr_extensions_are_listed(struct kr_view extensions, struct kr_view types)
{
	struct kr_reader r = kr_reader(extensions);
	struct kr_mls_extension extension;
	struct u16_set set;

	if (extensions.len == 0) {
		return true;
	}
	set_of_list(&set, types);
	while (kr_read_extension(&r, &extension) == KR_OK) {
		if (!kr_extension_is_default(extension.type) &&
			!set_has(&set, extension.type)) {
			return false;
		}
	}
	return true;
}
