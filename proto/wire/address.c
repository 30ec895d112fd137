/* Dutch addresses, in one form so that two signals on one household meet. CASES.md §4. */
#include "proto/wire/address.h"

#include <string.h>

#define NUMBER_MAX 99999
#define LABEL      "kring address v1"
/* label, town, street, number, addition. */
#define KEY_MAX (1 + sizeof(LABEL) + 2 * (2 + KR_STREET_MAX) + 4 + 1 + KR_ADDITION_MAX)

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_capital(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static uint8_t to_lower(uint8_t c)
{
	return is_capital(c) ? (uint8_t)(c - 'A' + 'a') : c;
}

static uint8_t to_capital(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* What people put between number and addition, and what nobody compares. */
static bool is_separator(uint8_t c)
{
	return c == ' ' || c == '-' || c == '.' || c == '/';
}

/* ---- Is it in the form? ------------------------------------------------------------ */

static const uint8_t no_postcode[KR_POSTCODE_BYTES];

static bool has_postcode(const struct kr_address *a)
{
	return memcmp(a->postcode, no_postcode, sizeof(no_postcode)) != 0;
}

/* The post never used SA, SD and SS. */
static bool postcode_is_good(const uint8_t p[KR_POSTCODE_BYTES])
{
	return p[0] >= '1' && p[0] <= '9' && is_digit(p[1]) && is_digit(p[2]) &&
		is_digit(p[3]) && is_capital(p[4]) && is_capital(p[5]) &&
		!(p[4] == 'S' && (p[5] == 'A' || p[5] == 'D' || p[5] == 'S'));
}

static enum kr_err check_line(struct kr_view text)
{
	enum kr_err err = text.len > 0 ? kr_line_check(text, KR_STREET_MAX) : KR_OK;

	for (size_t i = 1; err == KR_OK && i < text.len; i++) {
		if (text.data[i - 1] == ' ' && text.data[i] == ' ') {
			err = KR_ERR_ENCODING;
		}
	}
	return err;
}

static enum kr_err check_addition(struct kr_view text)
{
	enum kr_err err = text.len > 0 ? kr_line_check(text, KR_ADDITION_MAX) : KR_OK;

	for (size_t i = 0; err == KR_OK && i < text.len; i++) {
		if (is_separator(text.data[i]) || is_capital(text.data[i])) {
			err = KR_ERR_ENCODING;
		}
	}
	return err;
}

enum kr_err kr_address_check(const struct kr_address *a)
{
	enum kr_err err;

	if ((err = check_line(a->street)) || (err = check_line(a->town)) ||
		(err = check_addition(a->addition))) {
		return err;
	}
	return a->number <= NUMBER_MAX &&
			(!has_postcode(a) || postcode_is_good(a->postcode))
		? KR_OK
		: KR_ERR_ENCODING;
}

/* ---- Into the form ----------------------------------------------------------------- */

/* Runs of spaces as one, none at the ends. */
static struct kr_view squeeze(struct kr_writer *w, struct kr_view text)
{
	size_t begin = w->len;
	bool space = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == ' ') {
			space = w->len > begin;
			continue;
		}
		if (space) {
			kr_write_u8(w, ' ');
			space = false;
		}
		kr_write_u8(w, text.data[i]);
	}
	return w->err == KR_OK ? kr_view(w->data + begin, w->len - begin)
			       : kr_view(NULL, 0);
}

static void write_addition(struct kr_writer *w, struct kr_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_separator(text.data[i])) {
			kr_write_u8(w, to_lower(text.data[i]));
		}
	}
}

/* The digits in front; rest is what follows them. */
static enum kr_err split_number(uint32_t *number, struct kr_view *rest)
{
	*number = 0;
	while (rest->len > 0 && rest->data[0] == ' ') {
		*rest = kr_view(rest->data + 1, rest->len - 1);
	}
	if (rest->len == 0) {
		return KR_OK;
	}
	while (rest->len > 0 && is_digit(rest->data[0]) && *number <= NUMBER_MAX) {
		*number = *number * 10 + (uint32_t)(rest->data[0] - '0');
		*rest = kr_view(rest->data + 1, rest->len - 1);
	}
	return *number >= 1 && *number <= NUMBER_MAX ? KR_OK : KR_ERR_ENCODING;
}

static enum kr_err normalise_postcode(uint8_t out[KR_POSTCODE_BYTES], struct kr_view text)
{
	size_t num = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == ' ') {
			continue;
		}
		if (num == KR_POSTCODE_BYTES) {
			return KR_ERR_ENCODING;
		}
		out[num++] = to_capital(text.data[i]);
	}
	return num == 0 || postcode_is_good(out) ? KR_OK : KR_ERR_ENCODING;
}

enum kr_err kr_address_normalise(struct kr_address *out,
	uint8_t storage[KR_ADDRESS_STORAGE], struct kr_view street, struct kr_view number,
	struct kr_view addition, struct kr_view postcode, struct kr_view town)
{
	struct kr_address a = {0};
	struct kr_writer w;
	size_t begin;
	enum kr_err err;

	*out = a;
	kr_writer_init_fixed(&w, storage, KR_ADDRESS_STORAGE);
	a.street = squeeze(&w, street);
	a.town = squeeze(&w, town);
	if ((err = split_number(&a.number, &number)) ||
		(err = normalise_postcode(a.postcode, postcode))) {
		return err;
	}
	begin = w.len;
	write_addition(&w, number);
	write_addition(&w, addition);
	if (w.err != KR_OK) {
		return w.err;
	}
	a.addition = kr_view(storage + begin, w.len - begin);
	if ((err = kr_address_check(&a)) == KR_OK) {
		*out = a;
	}
	return err;
}

/* ---- Keys -------------------------------------------------------------------------- */

static void write_lower(struct kr_writer *w, struct kr_view text)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < text.len; i++) {
		kr_write_u8(w, to_lower(text.data[i]));
	}
	kr_write_vec_end(w, begin);
}

static void hash_key(
	uint8_t out[KR_SHA256_BYTES], const struct kr_address *a, bool by_postcode)
{
	uint8_t space[KEY_MAX];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_write_vec(&w, kr_view_str(LABEL));
	if (by_postcode) {
		kr_write_fixed(&w, kr_view(a->postcode, sizeof(a->postcode)));
	} else {
		write_lower(&w, a->town);
		write_lower(&w, a->street);
	}
	kr_write_u32(&w, a->number);
	kr_write_vec(&w, a->addition);
	kr_sha256(out, kr_writer_view(&w));
	kr_wipe(space, sizeof(space));
}

unsigned kr_address_keys(uint8_t keys[2][KR_SHA256_BYTES], const struct kr_address *a)
{
	unsigned num = 0;

	memset(keys, 0, (size_t)2 * KR_SHA256_BYTES);
	if (a->number == 0 || kr_address_check(a) != KR_OK) {
		return 0;
	}
	if (has_postcode(a)) {
		hash_key(keys[0], a, true);
		num++;
	}
	if (a->town.len > 0 && a->street.len > 0) {
		hash_key(keys[1], a, false);
		num++;
	}
	return num;
}
