/* What kringd gives up at the start: root, the file system but for its own directories,
 * and the system calls that a relay has no use for. */
#ifndef KRING_SERVER_SANDBOX_H
#define KRING_SERVER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include <kring/err.h>

/* Become this user for good, with its groups; nothing happens when not started as root or
 * when name is empty. KR_ERR_NOT_FOUND (no such user), KR_ERR_STATE. */
enum kr_err sandbox_drop_root(const char *name);

/* Give a directory to a user, as root; made with mode if it is missing. Parents are not
 * made. KR_ERR_NOT_FOUND (no such user), KR_ERR_STATE with errno. */
enum kr_err sandbox_prepare_dir(const char *path, const char *user, unsigned int mode);

struct sandbox_path {
	const char
		*path; /* a directory, or a file; NULL and what is missing is left out */
	bool writable; /* files below it may be made, written, renamed and removed */
};

enum sandbox_outcome {
	SANDBOX_ON,
	SANDBOX_UNSUPPORTED, /* the kernel has it not, or it is switched off there */
	SANDBOX_FAILED,
};

/* Landlock: from here on only what lies below these paths can be opened. */
enum sandbox_outcome sandbox_files(const struct sandbox_path *paths, size_t num);

/* seccomp: from here on only the system calls that kringd needs; others fail with EPERM,
 * and to start another program ends the process. */
enum sandbox_outcome sandbox_syscalls(void);

/* No core dump, no ptrace by others of the same user: memory holds sessions and
 * addresses. */
void sandbox_hide_memory(void);

#endif
