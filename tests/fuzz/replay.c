/* Runs a fuzz target on every file of its corpus, once whole and once for every length
 * that it can be cut to: an ordinary test, without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>

/* So long inputs are cut at every length, longer ones at every hundredth of it. */
#define CUT_EVERYWHERE 2000

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
		return NULL;
	}
	rewind(file);
	*len = (size_t)size;
	data = malloc(*len + 1);
	if (data != NULL && fread(data, 1, *len, file) != *len) {
		free(data);
		data = NULL;
	}
	fclose(file);
	return data;
}

/* A copy of exactly this size, so that the address sanitizer sees a read past the end. */
static void run_prefix(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	if (exact == NULL) {
		abort();
	}
	memcpy(exact, data, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static bool replay(const char *path)
{
	size_t len;
	uint8_t *data = read_file(path, &len);
	size_t step;

	if (data == NULL) {
		return false;
	}
	/* The last comment names the input that a crash is about. */
	printf("# %s\n", path);
	fflush(stdout);
	step = len <= CUT_EVERYWHERE ? 1 : len / 100;
	for (size_t cut = 0; cut < len; cut += step) {
		run_prefix(data, cut);
	}
	run_prefix(data, len);
	free(data);
	return true;
}

int main(int argc, char **argv)
{
	unsigned num_replayed = 0;
	bool good = true;
	struct dirent *entry;
	DIR *corpus;

	if (argc != 2 || (corpus = opendir(argv[1])) == NULL) {
		fprintf(stderr, "usage: replay CORPUS\n");
		return 1;
	}
	printf("1..1\n");
	while ((entry = readdir(corpus)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.') {
			continue;
		}
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		good = replay(path) && good;
		num_replayed++;
	}
	closedir(corpus);
	good = good && num_replayed > 0;
	printf("%s 1 - %u inputs\n", good ? "ok" : "not ok", num_replayed);
	return good ? 0 : 1;
}
