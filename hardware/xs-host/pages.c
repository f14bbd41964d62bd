/* Memory from the operating system, and its protection. */
#include "xsAll.h"
#include "border.h"
#include "memory.h"

#include <signal.h>
#include <sys/mman.h>

char* memoryPages(const Region* region, size_t bytes)
{
	void* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)region;
	if (memory == MAP_FAILED) {
		fprintf(stderr, "xs-host: cannot map %lu bytes\n", (unsigned long)bytes);
		exit(EXIT_BAD_USE);
	}
	return memory;
}

/* On the device, ROM is flash: a write to it is a fault there as here. */
static void onBadAccess(int signal)
{
	(void)signal;
	borderAbort(EXIT_ROM_WRITTEN, "fatal check: bad memory access; most likely a write to what was preloaded, which lies in ROM");
}

void romProtect(void)
{
	signal(SIGSEGV, onBadAccess);
	signal(SIGBUS, onBadAccess);
	mprotect(rom.start, (size_t)(rom.end - rom.start), PROT_READ);
}
