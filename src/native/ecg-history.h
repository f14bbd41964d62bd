/* The last seconds of the ECG, filtered: src/beats/ecg-history.ts in C. Sample numbers are modulo 2^32. */
#ifndef EDGEBEAT_ECG_HISTORY_H
#define EDGEBEAT_ECG_HISTORY_H

#include <stdint.h>

#define HISTORY_SAMPLES 1024
#define STEP_SAMPLES 2
#define CENTRE_SEARCH_SAMPLES 20

typedef struct {
	uint32_t sampleCount;
	/* Samples of this stretch of ECG; stays at its limit, far beyond the ring. */
	int32_t stretch;
	uint32_t ringOffset;
	int32_t started;
	int32_t odd;
	int32_t x1, x2, v1, v2, w1, w2;
	int32_t baseline1, baseline2;
	int16_t ring[HISTORY_SAMPLES];
} EcgHistory;

void historyProcess(EcgHistory* history, const int32_t* samplesUv, int32_t count);
void historyGap(EcgHistory* history, uint32_t lostCount);

/* @returns false if the ECG is not there */
int historyLocate(const EcgHistory* history, uint32_t sample, uint32_t* centre);
int historyRead(const EcgHistory* history, uint32_t sample, int32_t before, int32_t after, int16_t* window);

#endif
