/* Ventricular fibrillation, from the waveform alone: src/rhythm/vf-detector.ts in C. Sample numbers are modulo 2^32. */
#ifndef EDGEBEAT_VF_DETECTOR_H
#define EDGEBEAT_VF_DETECTOR_H

#include <stdint.h>

#define VF_WINDOW_SLICES 6
#define VF_RING_LENGTH 64

typedef struct {
	uint32_t sampleCount;
	int32_t started;
	int32_t sum;
	int32_t pair;
	int32_t lastPair;
	int32_t phase;
	int32_t base1;
	int32_t base2;
	uint32_t head;
	int32_t sliceSize;
	int32_t sliceSlope;
	int32_t sliceSlopeMax;
	int32_t sliceFill;
	int32_t sliceIndex;
	int32_t sliceCount;
	int32_t side;
	int32_t votes;
	int32_t active;
	uint32_t onsetSample;
	/* An episode ended so short a time ago that it bounds the next one's onset. */
	int32_t hasEnded;
	uint32_t endedSample;
	int32_t ring[VF_RING_LENGTH];
	int32_t sizeSum[VF_WINDOW_SLICES];
	int32_t slopeSum[VF_WINDOW_SLICES];
	int32_t slopeMax[VF_WINDOW_SLICES];
	int32_t leakSum[VF_WINDOW_SLICES];
	int32_t flatCount[VF_WINDOW_SLICES];
	int32_t swingCount[VF_WINDOW_SLICES];
} VfDetector;

void vfProcess(VfDetector* detector, const int32_t* samplesUv, int32_t count);
void vfGap(VfDetector* detector, uint32_t lostCount);

#endif
