/* The two memories of the emulated device: ROM (built-ins and bytecode, read-only once sealed) and RAM (the arena). */
#ifndef EDGEBEAT_MEMORY_H
#define EDGEBEAT_MEMORY_H

#include <stddef.h>

/* A slot of the device: with 32-bit pointers. */
#define DEVICE_SLOT_BYTES 16

/* One block of memory shared by chunks, which grow up from `start`, and slots, which grow down from `end`.
   This is the layout of Moddable's `static` creation on ESP32: whichever kind needs room takes it from the middle.

   Sizes are counted in bytes of the device. In a 64-bit build a slot has 32 bytes; it is charged as the 16 it has on the
   device. Chunks are charged as they are, so what holds pointers in a chunk (an array's items, a chunk's header) costs up
   to twice its price on the device: a 64-bit build errs on the safe side. */
typedef struct Region {
	size_t budgetBytes;
	size_t usedPeakBytes;
	char* start;
	char* end;
	char* chunkEnd;
	char* slotStart;
} Region;

extern Region rom;
extern Region ram;

/* The region that the next machine to be created will live in. */
extern Region* regionOfNextMachine;

/* Set when the machine is lost anyway: allocation then falls back to malloc, so that the reason can still be described. */
extern int memoryUnlimited;

/* What did not fit, in words; empty while all is well. */
extern char memoryFullText[160];

/* Maps a region that may be filled up to its budget. */
void regionCreate(Region* region, size_t budgetBytes);
size_t regionUsedBytes(const Region* region);

/* Of the platform (pages.c): memory of the right kind for `rom` or `ram`, all of it zero. */
char* memoryPages(const Region* region, size_t bytes);

/* Of the platform: stops writes to ROM. From now on the host ends with an abort frame when there is one. */
void romProtect(void);

/* Fills [low, high) with a pattern, so that one can later see how deep a stack that grows down from `high` has been. */
void paintBytes(char* low, char* high);

/* Depth to the lowest byte that was overwritten. */
size_t paintedDepthBytes(const char* low, const char* high);

/* Depth to the first `gapBytes` together that were never overwritten: for a stack whose unused end serves others. */
size_t paintedDepthToGapBytes(const char* low, const char* high, size_t gapBytes);

#endif
