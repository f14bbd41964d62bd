/* Creates the ROM image and the machine in the arena, loads the bundle, reports on memory, and says why XS gave up. */
#include "xsAll.h"
#include "border.h"
#include "machine.h"
#include "memory.h"
#include "rom.h"

#include <alloca.h>

/* Names and symbols hash into tables of these sizes. A clone copies its root's tables, so both must use the same. */
#define NAME_MODULO 127
#define SYMBOL_MODULO 37

/* Seen by XS when it asks for its limit: none for the root machine and the parser. */
static char* cStackLimit;
static char* cStackBase;
static char* cStackPainted;
static size_t cStackBytes;

/* Is the bundle run at link time, and is that happening now? */
static int preloaded;
static int preloading;

/* Totals of counters that XS keeps in 16 and 32 bits. */
static double collectionCount;
static double bytecodeCount;
static double floatCount;

static double romBytes;

char* fxCStackLimit(void)
{
	return cStackLimit;
}

/* ---- giving up ---- */

static const char* exitReason(int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT: return "memory full";
	case XS_STACK_OVERFLOW_EXIT: return "stack overflow";
	case XS_FATAL_CHECK_EXIT: return "fatal check";
	case XS_DEAD_STRIP_EXIT: return "dead strip";
	case XS_UNHANDLED_EXCEPTION_EXIT: return "unhandled exception";
	case XS_NO_MORE_KEYS_EXIT: return "not enough keys";
	case XS_TOO_MUCH_COMPUTATION_EXIT: return "too much computation";
	case XS_UNHANDLED_REJECTION_EXIT: return "unhandled rejection";
	default: return "unknown reason";
	}
}

/* The stack of an error starts with its name and message. Other thrown values are shown as a string. The machine is
   lost, so its limits are lifted: what matters now is the message. */
static void describeException(txMachine* the, char* text, txSize textBytes)
{
	memoryUnlimited = 1;
	the->stackLimit = NULL;
	snprintf(text, (size_t)textBytes, "an exception that cannot be shown");
	mxTry(the) {
		mxPush(mxException);
		mxException = mxUndefined;
		if (the->stack->kind == XS_REFERENCE_KIND && the->stack->value.reference->next
			&& the->stack->value.reference->next->kind == XS_ERROR_KIND)
			mxGetID(mxID(_stack));
		fxToStringBuffer(the, the->stack, text, textBytes);
		mxPop();
	}
	mxCatch(the) {
	}
}

static void __attribute__((noreturn)) abortWith(txMachine* the, int status)
{
	static char reason[4096];
	int used = snprintf(reason, sizeof reason, "%s%s", exitReason(status), preloading ? " while preloading" : "");
	if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT) {
		used += snprintf(reason + used, sizeof reason - (size_t)used, ": ");
		describeException(the, reason + used, (txSize)sizeof reason - used);
	}
	else if (status == XS_NOT_ENOUGH_MEMORY_EXIT && memoryFullText[0])
		snprintf(reason + used, sizeof reason - (size_t)used, ": %s", memoryFullText);
	borderAbort(10 + status, reason);
}

void fxAbort(txMachine* the, int status)
{
	abortWith(the, status);
}

void machineAbortWithException(txMachine* the)
{
	abortWith(the, XS_UNHANDLED_EXCEPTION_EXIT);
}

/* ---- turns ---- */

/* A build without XS's instruments reports zeros, or what its own meter has counted. */
static void addCounters(txMachine* the)
{
	(void)the;
#ifdef mxInstrument
	collectionCount += the->garbageCollectionCount;
	the->garbageCollectionCount = 0;
	floatCount += the->floatingPointOps;
	the->floatingPointOps = 0;
#endif
#ifdef mxMetering
	bytecodeCount += the->meterIndex;
	the->meterIndex = 0;
#endif
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->jobsQueued = 1;
}

static void runQueuedJobs(txMachine* the)
{
	while (the->jobsQueued) {
		the->jobsQueued = 0;
		fxRunPromiseJobs(the);
	}
}

void machineEndTurn(txMachine* the)
{
	runQueuedJobs(the);
	fxEndJob(the);
	addCounters(the);
}

/* ---- modules ---- */

/* Imports the bundle and leaves its namespace on the stack; throws what the bundle threw. */
static void importBundle(txMachine* the)
{
	txSlot* promise;
	mxPushStringC((txString)romModuleName());
	fxRunImport(the, mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm, XS_NO_ID);
	runQueuedJobs(the);
	promise = the->stack->value.reference;
	switch (mxPromiseStatus(promise)->value.integer) {
	case mxFulfilledStatus:
		the->stack->kind = mxPromiseResult(promise)->kind;
		the->stack->value = mxPromiseResult(promise)->value;
		break;
	case mxRejectedStatus:
		mxException.kind = mxPromiseResult(promise)->kind;
		mxException.value = mxPromiseResult(promise)->value;
		fxJump(the);
		break;
	default:
		mxTypeError("the bundle waits for something while it loads");
	}
}

static void preloadBundle(txMachine* the)
{
	preloading = 1;
	fxBeginHost(the);
	{
		mxTry(the) {
			importBundle(the);
			mxPop();
		}
		mxCatch(the) {
			machineAbortWithException(the);
		}
	}
	fxEndHost(the);
	preloading = 0;
}

/* A preloaded bundle was run without its world: its default export makes the device, given hostCall. */
static void createPreloadedDevice(txMachine* the)
{
	txSlot* device;
	mxGetID(mxID(_default));
	device = the->stack;
	if (!fxIsCallable(the, device))
		mxTypeError("a preloaded bundle must export by default a function (hostCall) => device");
	mxPushUndefined();
	mxPushSlot(device);
	mxCall();
	mxPush(mxGlobal);
	mxGetID(fxID(the, "hostCall"));
	mxRunCount(1);
	mxPush(mxGlobal);
	mxSetID(fxID(the, "edgebeatDevice"));
}

void machineLoadBundle(txMachine* the)
{
	fxBeginHost(the);
	{
		mxTry(the) {
			importBundle(the);
			if (preloaded)
				createPreloadedDevice(the);
			mxPop();
		}
		mxCatch(the) {
			machineAbortWithException(the);
		}
	}
	fxEndHost(the);
	machineEndTurn(the);
}

/* ---- creation ---- */

static txMachine* createRoot(void)
{
	txCreation creation = {
		.initialChunkSize = 64 << 10,
		.incrementalChunkSize = 64 << 10,
		.initialHeapCount = 5 << 10,
		.incrementalHeapCount = 1 << 10,
		.stackCount = 2048,
		.initialKeyCount = 2048,
		.incrementalKeyCount = 512,
		.nameModulo = NAME_MODULO,
		.symbolModulo = SYMBOL_MODULO,
		.parserBufferSize = 256 << 10,
		.parserTableModulo = 1993,
	};
	regionCreate(&rom, ROM_REGION_BYTES);
	regionOfNextMachine = &rom;
	return fxCreateMachine(&creation, "rom", NULL, XS_NO_ID);
}

/* Growth in small steps from one pool, as Moddable does on ESP32-C3 (effective defaults of its esp32/esp32c3 target,
   read from a generated makefile: chunks 1536 + 512 bytes, slots 512 + 64, stack 384). */
static txMachine* createInArena(txMachine* root, const Profile* profile)
{
	txCreation creation = {
		.initialChunkSize = 1536,
		.incrementalChunkSize = 512,
		.initialHeapCount = 512,
		.incrementalHeapCount = 64,
		.stackCount = profile->stackSlots,
		.initialKeyCount = 32,
		.incrementalKeyCount = 32,
		.nameModulo = NAME_MODULO,
		.symbolModulo = SYMBOL_MODULO,
		.parserBufferSize = 1024,
		.parserTableModulo = 127,
	};
	regionCreate(&ram, profile->arenaBytes);
	paintBytes(ram.start, ram.end);
	regionOfNextMachine = &ram;
	return fxCloneMachine(&creation, root, "device", NULL);
}

static void __attribute__((noinline)) paintCStack(size_t bytes)
{
	cStackPainted = alloca(bytes);
	paintBytes(cStackPainted, cStackPainted + bytes);
	/* Keeps the compiler from dropping a write to memory that nobody reads. */
	__asm__ volatile("" : : "r"(cStackPainted) : "memory");
}

static void limitCStack(size_t bytes, size_t marginBytes)
{
	cStackBytes = bytes;
	cStackBase = __builtin_frame_address(0);
	cStackLimit = cStackBase - bytes;
	paintCStack(bytes + marginBytes);
}

int machineWriteImage(const Profile* profile, const char* path, int hasLines)
{
	static char error[1024];
	txMachine* root;
	int isWritten;

	fxInitializeSharedCluster();
	root = createRoot();
	isWritten = romWriteImage(root, profile->bundlePath, path, hasLines, error, sizeof error);
	if (!isWritten)
		fprintf(stderr, "xs-host: %s\n", error);
	return isWritten ? 0 : EXIT_BAD_BUNDLE;
}

txMachine* machineCreate(const Profile* profile)
{
	static char error[1024];
	txMachine* root;
	txMachine* the;

	fxInitializeSharedCluster();
	root = createRoot();
	if (!romLoad(root, profile->bundlePath, error, sizeof error))
		borderAbort(EXIT_BAD_BUNDLE, error);
	/* Names the host itself uses belong to ROM, too. */
	fxNewNameC(root, "hostCall");
	fxNewNameC(root, "trace");
	fxNewNameC(root, "bindNatives");
	fxNewNameC(root, "edgebeatDevice");
	fxNewNameC(root, "mailbox");
	preloaded = profile->preload;
	if (preloaded)
		preloadBundle(root);
	romSeal(root);
	romBytes = (double)root->currentChunksSize + (double)root->currentHeapCount * sizeof(txSlot);
	limitCStack(profile->cStackBytes, profile->cStackMarginBytes);
	the = createInArena(root, profile);
	if (!the)
		borderAbort(10 + XS_NOT_ENOUGH_MEMORY_EXIT, "memory full: the arena cannot hold an empty machine");
	return the;
}

/* ---- report ---- */

void machineReport(txMachine* the, double fields[REPORT_FIELD_COUNT])
{
	addCounters(the);
	fields[REPORT_ARENA] = (double)ram.budgetBytes;
	fields[REPORT_ARENA_USED] = (double)regionUsedBytes(&ram);
	fields[REPORT_ARENA_PEAK] = (double)ram.usedPeakBytes;
	fields[REPORT_CHUNKS] = the->currentChunksSize;
	fields[REPORT_CHUNKS_PEAK] = the->peakChunksSize;
	fields[REPORT_SLOT_COUNT] = the->currentHeapCount;
	fields[REPORT_SLOT_COUNT_PEAK] = the->peakHeapCount;
	fields[REPORT_STACK_SLOT_COUNT] = (double)(the->stackTop - the->stackBottom);
	/* XS converts numbers to text, and matches regular expressions, in the unused end of the stack. */
	fields[REPORT_STACK_SLOT_COUNT_PEAK] = (double)(paintedDepthToGapBytes((char*)the->stackBottom, (char*)the->stackTop,
		8 * sizeof(txSlot)) / sizeof(txSlot));
	fields[REPORT_C_STACK] = (double)cStackBytes;
	fields[REPORT_C_STACK_PEAK] = (double)paintedDepthBytes(cStackPainted, cStackBase);
	fields[REPORT_OUTSIDE] = (double)(the->keyCount - the->keyOffset + the->nameModulo + the->symbolModulo + the->aliasCount)
		* sizeof(txSlot*);
	fields[REPORT_ROM] = romBytes;
	fields[REPORT_CODE] = romCodeBytes;
	fields[REPORT_COLLECTION_COUNT] = collectionCount;
	fields[REPORT_BYTECODE_COUNT] = bytecodeCount;
	fields[REPORT_FLOAT_COUNT] = floatCount;
}
