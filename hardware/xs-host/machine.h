/* The emulated device's machine: made from the ROM image, living in the arena. */
#ifndef EDGEBEAT_MACHINE_H
#define EDGEBEAT_MACHINE_H

#include <stddef.h>

/* XS has two names for its machine: one in xsAll.h for its own parts, one in xs.h for hosts. Include either first. */
#ifdef __XSALL__
typedef txMachine Machine;
#else
typedef xsMachine Machine;
#endif

typedef struct {
	const char* bundlePath;
	/* Chunks, slots and JavaScript stack together, in bytes of the device. */
	size_t arenaBytes;
	int stackSlots;
	/* What C may use of its stack below the point where the firmware is started. */
	size_t cStackBytes;
	/* How far below that XS may still reach between two checks. */
	size_t cStackMarginBytes;
	/* Run the bundle's modules at link time, so that their functions, classes and constants lie in ROM. */
	int preload;
} Profile;

/* The fields of a REPORT frame, each an f64, in this order. Bytes of the device where the name does not say otherwise
   (memory.h says how a 64-bit build counts). */
typedef enum {
	REPORT_ARENA,
	REPORT_ARENA_USED,            /* taken now by blocks of chunks, blocks of slots and the stack */
	REPORT_ARENA_PEAK,            /* the most ever taken: what the firmware needs to run */
	REPORT_CHUNKS,                /* in use now, garbage included unless collected first */
	REPORT_CHUNKS_PEAK,
	REPORT_SLOT_COUNT,            /* in use now, garbage included unless collected first */
	REPORT_SLOT_COUNT_PEAK,
	REPORT_STACK_SLOT_COUNT,
	REPORT_STACK_SLOT_COUNT_PEAK,
	REPORT_C_STACK,               /* allowed; bytes of this machine */
	REPORT_C_STACK_PEAK,          /* bytes of this machine */
	REPORT_OUTSIDE,               /* tables XS takes from the C heap (keys, names, symbols, aliases); of this machine */
	REPORT_ROM,                   /* chunks and slots of the root machine after linking */
	REPORT_CODE,                  /* bytecode of the bundle, also in ROM */
	REPORT_COLLECTION_COUNT,
	REPORT_BYTECODE_COUNT,        /* executed since start, and steps that built-ins count like bytecodes */
	REPORT_FLOAT_COUNT,           /* operations on doubles since start: done in software on a core without an FPU */
	REPORT_FIELD_COUNT
} ReportField;

/* Makes ROM and machine. Ends with an abort frame when the bundle is no good. */
Machine* machineCreate(const Profile* profile);

/* Desktop: writes the bundle as an image for the microcontroller. @returns the exit status */
int machineWriteImage(const Profile* profile, const char* path, int hasLines);

/* Loads the bundle into the machine. Exceptions end with an abort frame. */
void machineLoadBundle(Machine* the);

/* What follows each call into the firmware: runs queued promise jobs until none is left, and keeps the counters. */
void machineEndTurn(Machine* the);

void machineReport(Machine* the, double fields[REPORT_FIELD_COUNT]);

/* Ends the process with the pending exception as the reason. */
void machineAbortWithException(Machine* the) __attribute__((noreturn));

#endif
