/* QRS detector: src/beats/qrs-detector.ts in C, which says what all of it is. Sample and step numbers are modulo 2^32. */
#ifndef EDGEBEAT_QRS_DETECTOR_H
#define EDGEBEAT_QRS_DETECTOR_H

#include <stdint.h>

/* One more than can be: 32 candidates that wait, and what comes no closer than 62 samples in a block of 250. */
#define QRS_BEAT_COUNT_MAX 38

typedef struct {
	uint32_t step;
	int32_t heightUv;
	int32_t slope;
	int16_t likeness;
	/* From the middle of the complex. [samples] */
	int8_t peak;
	int8_t shift;
} QrsCandidate;

typedef struct {
	int32_t beatCount;
	uint32_t sampleCount;
	uint32_t stepCount;
	uint32_t stepOrigin;
	int32_t started;
	int32_t odd;
	int32_t x[5];
	int32_t fiveSum;
	int32_t five1;
	int32_t pair[2];
	int32_t smooth[3];
	int32_t energy;
	int32_t energy1;
	int32_t rising;
	int32_t peakEnergy;
	int32_t hasPeak;
	uint32_t peakStep;

	int32_t candidateCount;
	int32_t decidedCount;

	uint32_t signalCount;
	uint32_t noiseCount;
	uint32_t intervalCount;
	int32_t signalLevel;
	int32_t noiseLevel;
	int32_t intervalSteps;
	int32_t threshold;
	int32_t noiseQ8;
	int32_t learning;
	int32_t beatsSinceLearned;
	int32_t hasLast;
	uint32_t lastStep;
	int32_t lastSlope;
	int32_t lastCertaintyQ8;
	uint32_t quietFromStep;
	uint32_t dueStep;

	int32_t templateCount;

	/* What the last call decided. */
	struct {
		uint32_t sample;
		int32_t confidence;
	} beats[QRS_BEAT_COUNT_MAX];

	int32_t signalHistory[8];
	int32_t noiseHistory[8];
	int32_t intervalHistory[8];
	int16_t template_[13];
	QrsCandidate candidates[32];
	int32_t five[128];
	int32_t band[64];
	int32_t slope[64];
} QrsDetector;

/* On zeroed memory. */
void qrsInit(QrsDetector* detector);
void qrsProcess(QrsDetector* detector, const int32_t* samplesUv, int32_t count);
void qrsGap(QrsDetector* detector, uint32_t lostCount);
int32_t qrsNoisePercent(const QrsDetector* detector);

#endif
