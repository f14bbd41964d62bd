/* The meter: what the firmware itself takes of the processor, border and host excluded. The desktop cannot count; see
   hardware/mcu/meter.c for the microcontroller that can. */
#ifndef EDGEBEAT_METER_H
#define EDGEBEAT_METER_H

#include "border.h"

#ifdef EDGEBEAT_MCU

/* From here on the firmware runs, or no longer does. */
void meterResume(void);
void meterPause(void);

/* Instructions since the last call of this. */
double meterTakeInstructions(void);

/* Calls of soft-float routines since the last call of this, at most 65535. */
uint16_t meterTakeFloatCalls(void);

/* For the profile: all instructions of the firmware until it was paused, and soft-float calls since they were taken. */
uint64_t meterNow(void);
extern int meterIsPaused;
extern uint32_t meterFloatCalls;

/* Called before an operation of the world, while paused: lets it take its time if the power may go meanwhile. */
void meterOperation(const Frame* call, const void* bytes);

/* The power goes: tells the world which operation is left half done, if one is. */
void meterTear(void);

/* Lets the power go after so many more instructions of the firmware. */
void meterCutAfter(double instructions);

#else

static inline void meterResume(void) {}
static inline void meterPause(void) {}
static inline double meterTakeInstructions(void) { return 0; }
static inline uint16_t meterTakeFloatCalls(void) { return 0; }
static inline void meterOperation(const Frame* call, const void* bytes) { (void)call; (void)bytes; }
static inline void meterCutAfter(double instructions) { (void)instructions; }

#endif
#endif
