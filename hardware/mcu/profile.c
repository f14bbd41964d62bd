/* The profile: instructions, calls and soft-float calls of each function of JavaScript and each built-in, told after each call into the firmware.
   Linked in its build alone (scripts/build-mcu.js), in which XS tells it where functions begin and end. */
#include "xsAll.h"
#include "border.h"
#include "image.h"
#include "meter.h"
#include "profile.h"

#define ROWS 2048
#define DEPTH_MAX 256
/* Soft-float callers told of one call into the firmware; those beyond are only counted. A power of two. */
#define CALLERS_MAX 1024
#define TEXT_BYTES 65536

typedef struct {
	/* Of bytecode, or of a built-in's C; 0 = free. */
	uint32_t address;
	uint32_t calls;
	uint32_t instructions;
	/* With those of the functions that it calls; of one that calls itself, the outermost counts. */
	uint32_t allInstructions;
	uint32_t floatCalls;
} Row;

typedef struct {
	/* Its place on the JavaScript stack, which grows down. */
	const txSlot* function;
	Row* row;
	uint64_t beganAt;
} Level;

/* What is between functions: the call itself, promise jobs. */
static Row outside;
static Row rows[ROWS];
static Level levels[DEPTH_MAX];
static int depth;
static uint64_t countedTo;
static uint32_t floatsCountedTo;

uint32_t profileFloatCount;
uint32_t profileFloatCallers[CALLERS_MAX];

static Row* rowOf(uint32_t address)
{
	uint32_t i = (address * 2654435761u) >> 21;
	while (rows[i].address && rows[i].address != address)
		i = (i + 1) % ROWS;
	rows[i].address = address;
	return &rows[i];
}

/* What has passed goes to the function on top. @returns the time now */
static uint64_t count(void)
{
	uint64_t now = meterNow();
	Row* row = depth > 0 ? levels[depth - 1].row : &outside;
	row->instructions += (uint32_t)(now - countedTo);
	row->floatCalls += meterFloatCalls - floatsCountedTo;
	countedTo = now;
	floatsCountedTo = meterFloatCalls;
	return now;
}

static int isUnderWay(const Row* row)
{
	int i;
	for (i = 0; i < depth; i++)
		if (levels[i].row == row)
			return 1;
	return 0;
}

/* Functions whose place on the stack is free again are over, whether they returned, threw, or called another as their last act. */
static void leave(const txSlot* function, uint64_t now)
{
	while (depth > 0 && levels[depth - 1].function <= function) {
		Level* level = &levels[--depth];
		if (!isUnderWay(level->row))
			level->row->allInstructions += (uint32_t)(now - level->beganAt);
	}
}

static uint32_t addressOf(const txSlot* function)
{
	const txSlot* slot;
	if (function->kind == XS_HOST_FUNCTION_KIND)
		return (uint32_t)function->value.hostFunction.builder->callback;
	if (function->kind != XS_REFERENCE_KIND)
		return 1;
	slot = function->value.reference->next;
	if (slot && (slot->kind == XS_CODE_KIND || slot->kind == XS_CODE_X_KIND))
		return (uint32_t)slot->value.code.address;
	if (slot && (slot->kind == XS_CALLBACK_KIND || slot->kind == XS_CALLBACK_X_KIND))
		return (uint32_t)slot->value.callback.address;
	return 1;
}

void profileBegin(const txSlot* function)
{
	uint64_t now;
	if (meterIsPaused)
		return;
	meterPause();
	now = count();
	leave(function, now);
	if (depth < DEPTH_MAX) {
		Level* level = &levels[depth++];
		level->function = function;
		level->row = rowOf(addressOf(function));
		level->row->calls++;
		level->beganAt = now;
	}
	meterResume();
}

void profileEnd(const txSlot* function)
{
	if (meterIsPaused)
		return;
	meterPause();
	leave(function, count());
	meterResume();
}

static void tell(char** at, const Row* row)
{
	*at += snprintf(*at, 64, "%lx,%lu,%lu,%lu,%lu;", (unsigned long)row->address, (unsigned long)row->calls, (unsigned long)row->instructions,
		(unsigned long)row->allInstructions, (unsigned long)row->floatCalls);
}

void profileSend(void)
{
	static char text[TEXT_BYTES];
	char* at = text;
	uint32_t i;
	uint64_t now = count();
	leave((const txSlot*)UINTPTR_MAX, now);
	at += snprintf(at, 32, "profile %lx ", (unsigned long)imageCode);
	tell(&at, &outside);
	outside = (Row){ 0 };
	for (i = 0; i < ROWS; i++) {
		if (at > text + TEXT_BYTES - CALLERS_MAX * 10 - 64)
			break;
		if (rows[i].calls)
			tell(&at, &rows[i]);
		rows[i] = (Row){ 0 };
	}
	*at++ = ' ';
	for (i = 0; i < profileFloatCount && i < CALLERS_MAX; i++)
		at += snprintf(at, 10, "%lx,", (unsigned long)profileFloatCallers[i]);
	*at = 0;
	profileFloatCount = 0;
	floatsCountedTo = 0;
	borderTrace(text);
}
