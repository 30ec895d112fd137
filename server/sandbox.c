#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- The user ---------------------------------------------------------------------- */

enum kr_err sandbox_drop_root(const char *name)
{
	const struct passwd *user;

	if (!name[0] || geteuid() != 0) {
		return KR_OK;
	}
	errno = 0;
	user = getpwnam(name);
	if (!user) {
		return KR_ERR_NOT_FOUND;
	}
	if (initgroups(user->pw_name, user->pw_gid) ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid)) {
		return KR_ERR_STATE;
	}
	/* Nothing may lead back. */
	if (user->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) {
		return KR_ERR_STATE;
	}
	return KR_OK;
}

enum kr_err sandbox_prepare_dir(const char *path, const char *name, unsigned int mode)
{
	const struct passwd *user = NULL;

	if (name[0] && geteuid() == 0) {
		user = getpwnam(name);
		if (!user) {
			return KR_ERR_NOT_FOUND;
		}
	}
	if (mkdir(path, (mode_t)mode) && errno != EEXIST) {
		return KR_ERR_STATE;
	}
	if (user && chown(path, user->pw_uid, user->pw_gid)) {
		return KR_ERR_STATE;
	}
	return KR_OK;
}

void sandbox_hide_memory(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* ---- Landlock ---------------------------------------------------------------------- */

/* What the first version of Landlock knows; later versions would only forbid more. */
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS                                                                     \
	(READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |             \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define ALL_RIGHTS                                                                       \
	(WRITE_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |      \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |           \
		LANDLOCK_ACCESS_FS_MAKE_SYM)
/* Of those, what makes sense for a path that is a file. */
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

static int allow_path(int ruleset, const struct sandbox_path *allowed)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = allowed->writable ? WRITE_RIGHTS : READ_RIGHTS,
	};
	struct stat status;
	int failed;

	rule.parent_fd = open(allowed->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0) {
		return errno == ENOENT ? 0 : -1;
	}
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
		rule.allowed_access &= FILE_RIGHTS;
	}
	failed = (int)syscall(
		SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return failed;
}

enum sandbox_outcome sandbox_files(const struct sandbox_path *paths, size_t num)
{
	const struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_RIGHTS};
	enum sandbox_outcome outcome = SANDBOX_FAILED;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (ruleset < 0) {
		return errno == ENOSYS || errno == EOPNOTSUPP ? SANDBOX_UNSUPPORTED
							      : SANDBOX_FAILED;
	}
	for (size_t i = 0; i < num; i++) {
		if (paths[i].path && allow_path(ruleset, &paths[i])) {
			goto out;
		}
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		syscall(SYS_landlock_restrict_self, ruleset, 0) == 0) {
		outcome = SANDBOX_ON;
	}
out:
	(void)close(ruleset);
	return outcome;
}

/* ---- seccomp ----------------------------------------------------------------------- */

/* Memory, threads, time, files below the allowed paths, sockets that exist, and the
 * loop. */
static const char *const allowed_calls[] = {
	"accept4",
	"access",
	"arch_prctl",
	"bind",
	"brk",
	"chmod",
	"clock_getres",
	"clock_gettime",
	"clock_nanosleep",
	"clone",
	"close",
	"copy_file_range",
	"dup",
	"dup2",
	"dup3",
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"eventfd2",
	"exit",
	"exit_group",
	"faccessat",
	"faccessat2",
	"fadvise64",
	"fallocate",
	"fchmod",
	"fchmodat",
	"fcntl",
	"fdatasync",
	"flock",
	"fstat",
	"fstatfs",
	"fsync",
	"ftruncate",
	"futex",
	"getcwd",
	"getdents64",
	"getegid",
	"geteuid",
	"getgid",
	"getpeername",
	"getpid",
	"getppid",
	"getrandom",
	"getrlimit",
	"getrusage",
	"getsockname",
	"getsockopt",
	"gettid",
	"gettimeofday",
	"getuid",
	"ioctl",
	"kill",
	"link",
	"linkat",
	"listen",
	"lseek",
	"lstat",
	"madvise",
	"membarrier",
	"mkdir",
	"mkdirat",
	"mmap",
	"mprotect",
	"mremap",
	"msync",
	"munlock",
	"munmap",
	"nanosleep",
	"newfstatat",
	"open",
	"openat",
	"pipe",
	"pipe2",
	"poll",
	"ppoll",
	"prctl",
	"pread64",
	"preadv",
	"prlimit64",
	"pwrite64",
	"pwritev",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"recvfrom",
	"recvmsg",
	"rename",
	"renameat",
	"renameat2",
	"restart_syscall",
	"rmdir",
	"rseq",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigtimedwait",
	"sched_getaffinity",
	"sched_yield",
	"select",
	"sendfile",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"set_robust_list",
	"set_tid_address",
	"setitimer",
	"setsockopt",
	"shutdown",
	"sigaltstack",
	"socket",
	"stat",
	"statfs",
	"statx",
	"sync_file_range",
	"sysinfo",
	"tgkill",
	"timer_create",
	"timer_settime",
	"timerfd_create",
	"timerfd_settime",
	"umask",
	"uname",
	"unlink",
	"unlinkat",
	"utimensat",
	"wait4",
	"write",
	"writev",
};

/* No relay ever does this; whoever tries is an attacker. */
static const char *const fatal_calls[] = {
	"execve",
	"execveat",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"init_module",
	"finit_module",
	"kexec_load",
	"mount",
	"pivot_root",
	"setns",
	"unshare",
};

static int add_rules(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(allowed_calls) / sizeof(allowed_calls[0]); i++) {
		int call = seccomp_syscall_resolve_name(allowed_calls[i]);

		/* A name that this machine's architecture has not is no loss. */
		if (call != __NR_SCMP_ERROR && call >= 0 &&
			seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0)) {
			return -1;
		}
	}
	for (size_t i = 0; i < sizeof(fatal_calls) / sizeof(fatal_calls[0]); i++) {
		int call = seccomp_syscall_resolve_name(fatal_calls[i]);

		if (call != __NR_SCMP_ERROR && call >= 0 &&
			seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0)) {
			return -1;
		}
	}
	/* The C library falls back to clone() when clone3() is not there, but not when it
	 * is forbidden. */
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

enum sandbox_outcome sandbox_syscalls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	enum sandbox_outcome outcome = SANDBOX_FAILED;
	int failed;

	if (!filter) {
		return SANDBOX_FAILED;
	}
	/* All threads, those that libraries have started already among them. */
	if (add_rules(filter) == 0 &&
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0) {
		failed = seccomp_load(filter);
		outcome = failed == 0                            ? SANDBOX_ON
			: failed == -EINVAL || failed == -ENOSYS ? SANDBOX_UNSUPPORTED
								 : SANDBOX_FAILED;
	}
	seccomp_release(filter);
	return outcome;
}
