/* How XS is configured for the desktop host. xsPlatform.h includes this file through -DXSPLATFORM; the -D flags that
   choose XS features are in scripts/build-xs-host.js. Nothing here is specific to one operating system beyond POSIX. */
#ifndef EDGEBEAT_XS_PLATFORM_H
#define EDGEBEAT_XS_PLATFORM_H

#include <arpa/inet.h>
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
#include <time.h>

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

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
#define mxUseDefaultParseScript 1
#define mxUseDefaultCStackLimit 0

/* Address space for the ROM image. Only what is used is ever backed by memory. */
#define ROM_REGION_BYTES (64u << 20)

/* XS prints nothing of its own: why it gave up is said by the abort frame. */
#define mxNoConsole 1

#endif
