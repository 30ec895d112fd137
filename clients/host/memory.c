#include "clients/host/memory.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <kring/bytes.h>

void memory_protect_process(void)
{
	const struct rlimit none = {0};

	/* Either may be refused in a sandbox; there is nothing that could be done
	 * then. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void *memory_secret_alloc(size_t len)
{
	void *memory = mmap(
		NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		return NULL;
	}
	(void)mlock(memory, len);
	(void)madvise(memory, len, MADV_DONTDUMP);
	(void)madvise(memory, len, MADV_WIPEONFORK);
	return memory;
}

void memory_secret_free(void *memory, size_t len)
{
	if (memory) {
		kr_wipe(memory, len);
		(void)munmap(memory, len);
	}
}
