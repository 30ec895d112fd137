#include "clients/cli/hook.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clients/cli/text.h"

extern char **environ;

#define TURN_NS 20000000L

/* The object in a file in memory, never on a disk. A pipe could fill up, and then both
 * would wait. */
static FILE *input_of(const cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);
	int fd = text ? memfd_create("kring-hook", MFD_CLOEXEC) : -1;
	FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;

	if (file && (fprintf(file, "%s\n", text) < 0 || fflush(file) != 0)) {
		(void)fclose(file);
		file = NULL;
	}
	if (file) {
		rewind(file);
	}
	text_free_secret(text);
	return file;
}

static bool spawn(const char *program, int input, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char *arguments[2] = {strdup(program), NULL};
	bool spawned = false;

	if (arguments[0] && posix_spawn_file_actions_init(&actions) == 0) {
		spawned = posix_spawn_file_actions_adddup2(
				  &actions, input, STDIN_FILENO) == 0 &&
			posix_spawn_file_actions_adddup2(
				&actions, STDERR_FILENO, STDOUT_FILENO) == 0 &&
			posix_spawnp(pid, program, &actions, NULL, arguments, environ) ==
				0;
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	free(arguments[0]);
	return spawned;
}

static bool wait_for(pid_t pid)
{
	struct timespec turn = {.tv_nsec = TURN_NS};
	time_t until = time(NULL) + HOOK_SECONDS;
	int status;

	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid) {
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
		if (ended < 0 && errno != EINTR) {
			return false;
		}
		if (time(NULL) > until) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return false;
		}
		(void)nanosleep(&turn, NULL);
	}
}

bool hook_run(const char *program, const cJSON *object)
{
	FILE *input = input_of(object);
	pid_t pid;
	bool done;

	if (!input) {
		return false;
	}
	done = spawn(program, fileno(input), &pid) && wait_for(pid);
	(void)fclose(input);
	return done;
}
