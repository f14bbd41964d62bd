/* The board: memory, its protection, traps, the way out. */
#include "xsAll.h"
#include "board.h"
#include "border.h"
#include "memory.h"
#include "meter.h"

#include <errno.h>

/* From the linker script. */
extern char __flash_start[], __rom_start[], __rom_end[], __heap_start[], __heap_end[];

/* SiFive's test device, which QEMU's virt machine has: a word of exit code and 0x3333 ends the emulator. */
#define TEST_DEVICE (*(volatile uint32_t*)0x100000)

/* RISC-V privileged architecture, 3.1.15: machine timer interrupt. */
#define CAUSE_TIMER 0x80000007u
/* 3.1.15: store access fault. */
#define CAUSE_STORE_FAULT 7u

/* Is the ROM image being made? Not yet when XS sets up what all its machines share, which it writes to for ever. */
static int isLinking;
static char* romFree = __rom_start;
static char* heapEnd = __heap_start;

void boardExit(int exitCode)
{
	TEST_DEVICE = ((uint32_t)exitCode << 16) | 0x3333;
	for (;;)
		;
}

void _exit(int exitCode)
{
	boardExit(exitCode);
}

void boardTrap(uint32_t cause, uint32_t address, uint32_t value)
{
	static char text[120];
	meterPause();
	if (cause == CAUSE_TIMER) {
		meterTear();
		borderAbort(EXIT_POWER_CUT, "power cut");
	}
	snprintf(text, sizeof text, "fatal check: %s (cause %lu, at %08lx, address %08lx)",
		cause == CAUSE_STORE_FAULT ? "write to what lies in ROM" : "trap", (unsigned long)cause, (unsigned long)address,
		(unsigned long)value);
	borderAbort(EXIT_ROM_WRITTEN, text);
}

/* ---- memory ---- */

static int isInRom(const void* block)
{
	return (const char*)block >= __rom_start && (const char*)block < __rom_end;
}

static char* takeRom(size_t bytes)
{
	char* taken = romFree;
	bytes = (bytes + 15) & ~(size_t)15;
	if ((size_t)(__rom_end - romFree) < bytes)
		borderAbort(EXIT_BAD_BUNDLE, "the ROM image does not fit into flash");
	romFree += bytes;
	return taken;
}

char* memoryPages(const Region* region, size_t bytes)
{
	char* pages;
	if (region == &rom)
		isLinking = 1;
	pages = isLinking ? takeRom(bytes) : boardAllocate(bytes);
	if (!pages)
		borderAbort(10 + XS_NOT_ENOUGH_MEMORY_EXIT, "memory full: no room for the arena");
	memset(pages, 0, bytes);
	return pages;
}

void* boardAllocate(size_t bytes)
{
	size_t* block;
	if (!isLinking)
		return malloc(bytes);
	/* Its size stands before it, for boardReallocate. */
	block = (size_t*)takeRom(bytes + 16);
	block[3] = bytes;
	return block + 4;
}

void* boardAllocateCleared(size_t count, size_t bytes)
{
	void* block = boardAllocate(count * bytes);
	if (block)
		memset(block, 0, count * bytes);
	return block;
}

void* boardReallocate(void* block, size_t bytes)
{
	void* larger;
	size_t known;
	if (!isLinking && !isInRom(block))
		return realloc(block, bytes);
	larger = boardAllocate(bytes);
	if (larger && block) {
		known = ((size_t*)block)[-1];
		memcpy(larger, block, known < bytes ? known : bytes);
	}
	return larger;
}

void boardFree(void* block)
{
	if (block && !isInRom(block))
		free(block);
}

/* For malloc: what is left of RAM. */
void* sbrk(ptrdiff_t bytes)
{
	char* start = heapEnd;
	if (bytes > __heap_end - heapEnd) {
		errno = ENOMEM;
		return (void*)-1;
	}
	heapEnd += bytes;
	return start;
}

/* Flash and ROM image: read and execute only, for machine mode too, until reset. RISC-V privileged architecture, 3.7.1: one
   naturally aligned region, A = NAPOT, L, X, R. */
void romProtect(void)
{
	size_t bytes = (size_t)(__rom_end - __flash_start);
	uint32_t address = ((uint32_t)__flash_start >> 2) | (((uint32_t)bytes >> 3) - 1);
	isLinking = 0;
	__asm__ volatile("csrw pmpaddr0, %0\n csrw pmpcfg0, %1" : : "r"(address), "r"(0x9d));
}

/* ---- what XS asks of a clock ---- */

/* The firmware has its own clock beyond the border; XS asks only to seed Math.random. */
int gettimeofday(struct timeval* restrict time, void* restrict zone)
{
	(void)zone;
	time->tv_sec = 0;
	time->tv_usec = 0;
	return 0;
}
