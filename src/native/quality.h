/* Quality of each second of signal: src/samples/quality.ts in C. */
#ifndef EDGEBEAT_QUALITY_H
#define EDGEBEAT_QUALITY_H

#include <stdint.h>

#define QUALITY_MEANS_PER_SECOND 50

/* Faults of a second, as in TypeScript. */
enum { QUALITY_SATURATED = 2, QUALITY_FLAT = 4, QUALITY_BASELINE_JUMP = 8, QUALITY_NOISY = 16 };

/* In this and the other states arrays come last: what lies within 124 bytes of the beginning takes shorter instructions. */
typedef struct {
	int32_t meanCount;
	int32_t sampleInMean;
	int32_t meanSum;
	int32_t secondSum;
	int32_t lastMean;
	int32_t step1;
	int32_t step2;
	int32_t highestUv;
	int32_t lowestUv;
	int32_t saturatedCount;
	int32_t started;
	int32_t hasLastSecond;
	int32_t lastSecondMeanUv;
	int32_t lastActivityMax;
	/* Of the last whole second. */
	int32_t flags;
	int32_t activity[QUALITY_MEANS_PER_SECOND];
} SignalQuality;

/* @returns whether a second was completed: the flags are new */
int qualityProcess(SignalQuality* quality, const int32_t* samplesUv, int32_t count);
void qualityReset(SignalQuality* quality);

#endif
