/* What is known of a beat when the next one has come: src/beats/beat-features.ts in C. */
#ifndef EDGEBEAT_BEAT_FEATURES_H
#define EDGEBEAT_BEAT_FEATURES_H

#include <stdint.h>

#include "rr-history.h"
#include "template-set.h"

typedef struct {
	int32_t beats;
	int32_t lastLikeness;
	int32_t lastEarlyLog;
	int32_t run;
	int32_t newBeats;
	int32_t noise;
	/* Evidence for a P wave before the last beat, 0 .. 100. */
	int32_t pWave;
	RrHistory rr;
	TemplateSet templates;
} BeatFeatures;

/* On zeroed memory. */
void featuresInit(BeatFeatures* features);

/*
 * Takes the next beat.
 * window: WINDOW_STEPS of 1/4 uV; rrSamples, nextRrSamples: intervals before and after, 0 if unknown
 * into: takes one number for each feature
 */
void featuresNext(BeatFeatures* features, const int16_t* window, int32_t rrSamples, int32_t nextRrSamples, int8_t* into);

#endif
