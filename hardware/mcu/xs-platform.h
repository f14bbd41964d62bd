/* How XS is configured for the emulated microcontroller: as Moddable's ESP32-C3 build, without parser, instruments and console.
   xsPlatform.h includes this file through -DXSPLATFORM; the -D flags that choose XS features are in scripts/build-mcu.js. */
#ifndef EDGEBEAT_XS_PLATFORM_H
#define EDGEBEAT_XS_PLATFORM_H

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))
#define C_PATH_MAX 64

static inline uint32_t htonl(uint32_t value) { return __builtin_bswap32(value); }
static inline uint32_t ntohl(uint32_t value) { return __builtin_bswap32(value); }

/* What XS takes while the ROM image is made belongs to that image (board.c). */
extern void* boardAllocate(size_t bytes);
extern void* boardAllocateCleared(size_t count, size_t bytes);
extern void* boardReallocate(void* block, size_t bytes);
extern void boardFree(void* block);
#define c_malloc boardAllocate
#define c_calloc boardAllocateCleared
#define c_realloc boardReallocate
#define c_free boardFree
#define c_malloc_uint32 boardAllocate
#define c_free_uint32 boardFree

/* Moddable SDK 8.2.3, xs/platforms/esp/xsPlatform.h, RISC-V. */
#define mxUnalignedAccess 0
#define mxMisalignedSettersCrash 1

typedef int txSocket;

/* Fields every machine carries for us (and three that XS's shared buffers ask for). */
#define mxMachinePlatform \
	struct Region* region; \
	int jobsQueued; \
	void* waiterCondition; \
	void* waiterData; \
	void* waiterLink;

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultParseScript 0
#define mxUseDefaultCStackLimit 0

/* Room for built-ins and preloaded modules. [bytes] */
#define ROM_REGION_BYTES (2u << 20)

/* XS prints nothing of its own: why it gave up is said by the abort frame. */
#define mxNoConsole 1

#endif
