/* The file of a keystore. The first byte says what the rest is: changes of a good file's
 * bytes (where it is cut off, then triples of an offset and what is XORed in there),
 * after which it has to open as something that it once was, or be refused; or the content
 * of a batch, which is then sealed with the right key. What is accepted of that is
 * encoded to the same bytes again. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clients/host/keystore_log.h"

#define NUM_BATCHES 3
#define FILE_MAX    (KEYSTORE_BATCHES_OFFSET + 4096)
#define PASSPHRASE  kr_view("x", 1)

static uint8_t good[FILE_MAX];
static size_t good_len;
static struct kr_random_seeded rng_state;
static struct kr_random rng;
static struct keystore_passphrase_key passphrase_key;
static uint8_t instance[KEYSTORE_INSTANCE_BYTES];

static int memory_file(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("keystore", MFD_CLOEXEC);

	FUZZ_ASSERT(fd >= 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len);
	return fd;
}

/* Batch n puts n under "n", and under a key of its own. */
static void append_batch(struct keystore_log *log, uint8_t n)
{
	struct kr_core_record first = {.key = kr_view("n", 1), .value = kr_view(&n, 1)};
	struct kr_core_record second = {
		.key = kr_view(&n, 1), .value = kr_view("abc", 3)};
	KR_AUTO_WRITER struct kr_writer w = {0};

	keystore_batch_begin(&w);
	keystore_batch_add(&w, &first);
	keystore_batch_add(&w, &second);
	FUZZ_ASSERT(keystore_log_append(log, &w, &rng) == KR_OK);
	FUZZ_ASSERT(keystore_log_commit(log) == KR_OK);
}

static void make_good(void)
{
	const struct keystore_cost cost = {1, KEYSTORE_MEMORY_KIB_MIN};
	const struct kr_secret seed = {{7}};
	struct keystore_log log;
	ssize_t len;

	if (good_len > 0) {
		return;
	}
	FUZZ_ASSERT(kr_crypto_init() == KR_OK);
	kr_random_seeded_init(&rng_state, &seed);
	rng = kr_random_seeded(&rng_state);
	FUZZ_ASSERT(keystore_passphrase_key_make(
			    &passphrase_key, PASSPHRASE, &cost, &rng) == KR_OK);
	FUZZ_ASSERT(keystore_log_create(&log, memory_file(good, 0), &passphrase_key,
			    instance, 0, &rng) == KR_OK);
	for (uint8_t n = 1; n <= NUM_BATCHES; n++) {
		append_batch(&log, n);
	}
	len = pread(log.fd, good, sizeof(good), 0);
	FUZZ_ASSERT(len > KEYSTORE_BATCHES_OFFSET && (size_t)len < sizeof(good));
	good_len = (size_t)len;
	keystore_log_close(&log);
}

static enum kr_err open_bytes(struct keystore_log *log, const uint8_t *bytes, size_t len)
{
	struct keystore_passphrase_key key;
	uint8_t got_instance[KEYSTORE_INSTANCE_BYTES];

	return keystore_log_open(
		log, memory_file(bytes, len), PASSPHRASE, &key, got_instance);
}

struct seen {
	uint8_t n;
	unsigned num;
};

static enum kr_err visit(void *ctx, struct kr_view key, struct kr_view value)
{
	struct seen *seen = ctx;

	seen->num++;
	if (kr_view_equal(key, kr_view("n", 1))) {
		FUZZ_ASSERT(value.len == 1);
		seen->n = value.data[0];
	} else {
		FUZZ_ASSERT(key.len == 1 && kr_view_equal(value, kr_view("abc", 3)));
	}
	return KR_OK;
}

/* ---- A file that was changed ------------------------------------------------------ */

static void try_changed(struct kr_reader r)
{
	static uint8_t bytes[FILE_MAX];
	struct keystore_log log;
	struct seen seen = {0};
	uint16_t len, offset;
	uint8_t mask;
	enum kr_err err;

	memcpy(bytes, good, sizeof(bytes));
	if (kr_read_u16(&r, &len) || len > good_len) {
		len = (uint16_t)good_len;
	}
	while (!kr_read_u16(&r, &offset) && !kr_read_u8(&r, &mask)) {
		bytes[offset % sizeof(bytes)] ^= mask;
	}
	err = open_bytes(&log, bytes, len);
	if (err == KR_OK) {
		FUZZ_ASSERT(keystore_log_each(&log, visit, &seen) == KR_OK);
		FUZZ_ASSERT(seen.n <= NUM_BATCHES);
		FUZZ_ASSERT(seen.num == (seen.n == 0 ? 0U : seen.n + 1U));
		FUZZ_ASSERT(log.progress.num == seen.n);
		append_batch(&log, (uint8_t)(seen.n + 1));
	} else {
		FUZZ_ASSERT(err == KR_ERR_BAD_STATE_RECORD ||
			err == KR_ERR_STORE_VERSION || err == KR_ERR_PASSPHRASE);
	}
	keystore_log_close(&log);
}

/* ---- A batch that is sealed rightly ----------------------------------------------- */

static void try_content(struct kr_view content)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer again = {0};
	struct kr_reader r = kr_reader(content);
	struct keystore_log log, reopened;
	struct kr_core_record change;
	static uint8_t bytes[FILE_MAX + (1 << 16)];
	ssize_t len;
	enum kr_err err = KR_OK;

	if (content.len > 1 << 15) {
		return;
	}
	FUZZ_ASSERT(open_bytes(&log, good, good_len) == KR_OK);
	keystore_batch_begin(&w);
	kr_write_fixed(&w, content);
	FUZZ_ASSERT(keystore_log_append(&log, &w, &rng) == KR_OK);
	FUZZ_ASSERT(keystore_log_commit(&log) == KR_OK);
	len = pread(log.fd, bytes, sizeof(bytes), 0);
	FUZZ_ASSERT(len > 0);
	keystore_log_close(&log);

	keystore_batch_begin(&again);
	while (err == KR_OK && r.rest.len > 0) {
		err = keystore_change_read(&r, &change);
		if (err == KR_OK) {
			keystore_batch_add(&again, &change);
		}
	}
	FUZZ_ASSERT(open_bytes(&reopened, bytes, (size_t)len) == err);
	if (err == KR_OK) {
		struct kr_view encoded = kr_writer_view(&again);

		FUZZ_ASSERT(kr_view_equal(content,
			kr_view(encoded.data + KEYSTORE_BATCH_PREFIX_BYTES,
				encoded.len - KEYSTORE_BATCH_PREFIX_BYTES)));
	}
	keystore_log_close(&reopened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	make_good();
	if (size == 0) {
		return -1;
	}
	if (data[0] & 1) {
		try_content(kr_view(data + 1, size - 1));
	} else {
		try_changed(kr_reader(kr_view(data + 1, size - 1)));
	}
	return 0;
}
