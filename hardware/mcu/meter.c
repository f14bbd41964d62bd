/* The meter: counts the firmware's instructions and soft-float calls exactly, and lets the power go after a given number of them.

   QEMU is run with -icount shift=0: each instruction takes a nanosecond of the emulated machine, so `minstret` counts
   instructions, and the timer, which has a step of 100 ns, strikes after a multiple of 100 of them. */
#include "meter.h"
#include "border.h"

/* SiFive's core-local interruptor in QEMU's virt machine. */
#define MTIMECMP ((volatile uint32_t*)0x2004000)
#define MTIME ((volatile uint32_t*)0x200bff8)
#define INSTRUCTIONS_PER_STEP 100

/* Operations of the world that the power may go in the middle of; src/platform/desk/border.ts has the numbers. */
#define OP_FLASH_WRITE 3
#define OP_FLASH_ERASE 4
/* How long they take. Long enough for many cuts to fall into them, which is all that matters here. [instructions] */
#define WRITE_INSTRUCTIONS_PER_BYTE 3000
#define ERASE_INSTRUCTIONS 400000

int meterIsPaused = 1;
uint32_t meterFloatCalls;
static uint64_t resumedAt;
static uint64_t instructions;
static uint64_t instructionsTaken;
/* When the power goes, on the same count; 0 = never. */
static uint64_t cutAt;
/* What is under way while the world lets it take its time; read by the trap. */
static const Frame* volatile operation;
static const void* volatile operationBytes;

static uint64_t readInstret(void)
{
	uint32_t high, low, again;
	do
		__asm__ volatile("csrr %0, minstreth\n csrr %1, minstret\n csrr %2, minstreth" : "=r"(high), "=r"(low), "=r"(again));
	while (high != again);
	return (uint64_t)high << 32 | low;
}

static uint64_t readTime(void)
{
	uint32_t high, low;
	do {
		high = MTIME[1];
		low = MTIME[0];
	} while (high != MTIME[1]);
	return (uint64_t)high << 32 | low;
}

static void setAlarm(uint64_t at)
{
	MTIMECMP[1] = UINT32_MAX;
	MTIMECMP[0] = (uint32_t)at;
	MTIMECMP[1] = (uint32_t)(at >> 32);
}

void meterResume(void)
{
	if (cutAt) {
		uint64_t left = cutAt > instructions ? (cutAt - instructions) / INSTRUCTIONS_PER_STEP : 0;
		setAlarm(readTime() + left);
		/* Machine timer interrupt on; interrupts on. */
		__asm__ volatile("csrs mie, %0\n csrsi mstatus, 8" : : "r"(0x80));
	}
	meterIsPaused = 0;
	resumedAt = readInstret();
}

void meterPause(void)
{
	uint64_t now = readInstret();
	if (meterIsPaused)
		return;
	meterIsPaused = 1;
	instructions += now - resumedAt;
	if (cutAt) {
		__asm__ volatile("csrci mstatus, 8");
		setAlarm(UINT64_MAX);
	}
}

double meterTakeInstructions(void)
{
	uint64_t taken = instructions - instructionsTaken;
	instructionsTaken = instructions;
	return (double)taken;
}

uint64_t meterNow(void)
{
	return instructions;
}

/* Of a build with a profile alone. */
void __attribute__((weak)) profileSend(void);

uint16_t meterTakeFloatCalls(void)
{
	uint32_t taken = meterFloatCalls;
	if (profileSend)
		profileSend();
	meterFloatCalls = 0;
	return taken < UINT16_MAX ? (uint16_t)taken : UINT16_MAX;
}

void meterCutAfter(double count)
{
	cutAt = instructions + (uint64_t)count;
}

static void spend(uint32_t count)
{
	/* Two instructions a turn. */
	for (count /= 2; count > 0; count--)
		__asm__ volatile("");
}

void meterOperation(const Frame* call, const void* bytes)
{
	if (!cutAt || (call->op != OP_FLASH_WRITE && call->op != OP_FLASH_ERASE))
		return;
	operationBytes = bytes;
	operation = call;
	meterResume();
	spend(call->op == OP_FLASH_ERASE ? ERASE_INSTRUCTIONS : call->byteCount * WRITE_INSTRUCTIONS_PER_BYTE);
	meterPause();
	operation = NULL;
}

void meterTear(void)
{
	Frame torn;
	if (!operation)
		return;
	torn = *operation;
	torn.kind = FRAME_TORN;
	borderSend(&torn, operationBytes);
}
