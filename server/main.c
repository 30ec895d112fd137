/* kringd(8): the relay. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "server/daemon.h"

#define DEFAULT_CONFIG "/etc/kring/kringd.conf"

static const char usage_text[] =
	"usage: kringd [--config FILE] [--check-config | --restore BACKUP | --version]\n"
	"\n"
	"  --config FILE     read FILE (" DEFAULT_CONFIG ")\n"
	"  --check-config    read the configuration, say what is wrong with it, write "
	"nothing\n"
	"  --restore BACKUP  make the store of a backup; kringd must not be running\n"
	"  --version         print the version\n"
	"\n"
	"Without one of the last three kringd serves until SIGTERM. See kringd(8).\n";

static int report_fault(const char *path, const struct config_fault *fault)
{
	if (fault->line) {
		(void)fprintf(stderr, "%s:%u: %s\n", path, fault->line, fault->text);
	} else {
		(void)fprintf(stderr, "%s: %s\n", path, fault->text);
	}
	return EX_CONFIG;
}

static int check_config(const char *path)
{
	struct config_fault fault;
	struct config *config;
	enum kr_err err = config_load(&config, path, &fault);

	if (err) {
		return report_fault(path, &fault);
	}
	err = config_check(config, &fault);
	config_free(config);
	if (err) {
		return report_fault(path, &fault);
	}
	(void)printf("%s: ok\n", path);
	return EX_OK;
}

static int restore(const char *path, const char *backup)
{
	struct config_fault fault;
	struct config *config;
	struct store_config store = {.rng = &kr_random_system};
	struct timespec now;
	enum kr_err err = config_load(&config, path, &fault);

	if (err) {
		return report_fault(path, &fault);
	}
	store.dir = config->state_dir;
	store.map_bytes_max = config->store_max_bytes;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	err = kr_crypto_init();
	if (!err) {
		err = store_restore(backup, &store, (uint64_t)now.tv_sec * 1000);
	}
	if (err) {
		(void)fprintf(stderr, "restore failed: %s: %s\n", kr_err_name(err),
			kr_err_sentence(err));
	} else {
		(void)printf("restored into %s\n", store.dir);
	}
	config_free(config);
	return err ? EX_UNAVAILABLE : EX_OK;
}

/* What is opened in the place of a closed stream would have the journal in it. */
static bool fill_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return close(fd) == 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, 'k'},
		{"restore", required_argument, NULL, 'r'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *config = DEFAULT_CONFIG;
	const char *backup = NULL;
	bool check = false;
	int option;

	if (!fill_standard_streams()) {
		return EX_OSERR;
	}
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			config = optarg;
			break;
		case 'k':
			check = true;
			break;
		case 'r':
			backup = optarg;
			break;
		case 'v':
			(void)printf("kringd %s\n", KRING_VERSION);
			return EX_OK;
		default:
			(void)fputs(usage_text, option == 'h' ? stdout : stderr);
			return option == 'h' ? EX_OK : EX_USAGE;
		}
	}
	if (optind != argc || (check && backup)) {
		(void)fputs(usage_text, stderr);
		return EX_USAGE;
	}
	if (check) {
		return check_config(config);
	}
	return backup ? restore(config, backup) : daemon_run(config);
}
