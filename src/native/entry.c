/* The functions that `ffi` calls. The front end is QRS detector, beat classifier, fibrillation detector and signal quality, in the order of the TypeScript. */
#include "entry.h"
#include "beat-features.h"
#include "ecg-history.h"
#include "qrs-detector.h"
#include "quality.h"
#include "vf-detector.h"

#include <stddef.h>

/* The model: beat-mlp.c. int8_t features[], int32_t scores[2] */
void edgebeat_beat_mlp(void* features, void* scores);

enum {
	BEAT_N = 0,
	BEAT_S = 1,
	BEAT_V = 2,
	BEAT_Q = 4,
	FEATURE_COUNT_MAX = 128,
	/* The rest as in src/beats/beat-classifier.ts. */
	PENDING_COUNT = FRONT_END_CLASSES,
	PENDING_MASK = PENDING_COUNT - 1,
	AFTER_STEPS = WINDOW_STEPS - WINDOW_BEFORE_STEPS - 1,
	READY_SAMPLES = CENTRE_SEARCH_SAMPLES + STEP_SAMPLES * AFTER_STEPS + 1,
	WAIT_SAMPLES_MAX = 375,
	WAIT_SAMPLES_MAX_IN_RUN = 175,
	RUN_BEATS = 4
};

/* A beat that waits for its class, with the interval before it, 0 if unknown; and what it becomes when it has been judged. */
typedef struct {
	int32_t sample;
	int32_t rr; /* or its class, and from bit 8 on the evidence for a P wave */
} Beat;

/* src/native/front-end.ts reads the first six words, the ring and the QRS detector's beats. Samples in them are relative to the one that comes next. */
typedef struct {
	int32_t vfOnset;
	int32_t vfEnded;
	int32_t nextSample;
	int32_t lastUv;
	int32_t continuous;
	/* Where in the ring the beats are whose class the last call decided; those that wait follow on them. */
	int32_t firstClass;
	int32_t classCount;
	int32_t pendingCount;
	int32_t hasLast;
	uint32_t lastSample;
	int32_t vRow;
	int32_t fault;
	int32_t begun;
	Beat ring[PENDING_COUNT];
	QrsDetector qrs;
	EcgHistory history;
	BeatFeatures features;
	VfDetector vf;
	SignalQuality quality;
} FrontEnd;

typedef char StateIsAsLarge[sizeof(FrontEnd) == FRONT_END_BYTES ? 1 : -1];
typedef char ClassesAreThere[offsetof(FrontEnd, ring) == 4 * FRONT_END_CLASSES_AT ? 1 : -1];
typedef char BeatsAreThere[offsetof(FrontEnd, qrs.beats) == 4 * FRONT_END_BEATS_AT ? 1 : -1];

static void begin(FrontEnd* f)
{
	f->begun = 1;
	qrsInit(&f->qrs);
	featuresInit(&f->features);
}

/* The one that has waited longest, or one of those behind it. */
static Beat* waiting(FrontEnd* f, int32_t behind)
{
	return &f->ring[(f->firstClass + f->classCount + behind) & PENDING_MASK];
}

static void addBeat(FrontEnd* f, uint32_t sample)
{
	Beat* beat = waiting(f, f->pendingCount);
	if (f->pendingCount == PENDING_COUNT) {
		f->fault = 1;
		return;
	}
	beat->sample = (int32_t)sample;
	beat->rr = f->hasLast ? (int32_t)(sample - f->lastSample) : 0;
	f->pendingCount++;
	f->hasLast = 1;
	f->lastSample = sample;
}

/* Judges the beat that has waited longest. nextRr: interval to the next beat, 0 if unknown */
static void decide(FrontEnd* f, int32_t nextRr, uint32_t nextSample)
{
	Beat* beat = waiting(f, 0);
	uint32_t sample = (uint32_t)beat->sample, centre;
	int32_t scores[2];
	int32_t beatClass = BEAT_Q, pWave = 0;
	int16_t window[WINDOW_STEPS];
	int8_t features[FEATURE_COUNT_MAX];
	if (historyLocate(&f->history, sample, &centre) && historyRead(&f->history, centre, WINDOW_BEFORE_STEPS, AFTER_STEPS, window)) {
		featuresNext(&f->features, window, beat->rr, nextRr, features);
		pWave = f->features.pWave;
		edgebeat_beat_mlp(features, scores);
		beatClass = scores[0] > 0 ? BEAT_V : scores[1] > 0 ? BEAT_S : BEAT_N;
	}
	f->vRow = beatClass == BEAT_V ? f->vRow + 1 : 0;
	beat->sample = (int32_t)(sample - nextSample);
	beat->rr = beatClass | pWave << 8;
	f->pendingCount--;
	f->classCount++;
}

/* Interval from the beat that has waited longest to the next. */
static int32_t pendingInterval(FrontEnd* f)
{
	return waiting(f, 1)->sample - waiting(f, 0)->sample;
}

static void classify(FrontEnd* f, uint32_t nextSample)
{
	while (f->pendingCount > 0) {
		int32_t age = (int32_t)(f->history.sampleCount - (uint32_t)waiting(f, 0)->sample);
		if (age < READY_SAMPLES)
			return;
		if (f->pendingCount > 1)
			decide(f, pendingInterval(f), nextSample);
		else if (age >= (f->vRow >= RUN_BEATS ? WAIT_SAMPLES_MAX_IN_RUN : WAIT_SAMPLES_MAX))
			decide(f, age, nextSample);
		else
			return;
	}
}

static void takeBeats(FrontEnd* f, uint32_t nextSample)
{
	int32_t i;
	f->firstClass = (f->firstClass + f->classCount) & PENDING_MASK;
	f->classCount = 0;
	for (i = 0; i < f->qrs.beatCount; i++) {
		addBeat(f, f->qrs.beats[i].sample);
		f->qrs.beats[i].sample -= nextSample;
	}
}

static int32_t finish(FrontEnd* f, uint32_t nextSample, int32_t second)
{
	f->vfOnset = (int32_t)(f->vf.onsetSample - nextSample);
	f->vfEnded = (int32_t)(f->vf.endedSample - nextSample);
	f->nextSample = (int32_t)nextSample;
	f->lastUv = f->qrs.x[0];
	f->continuous = f->qrs.started;
	if (second)
		second = FRONT_END_SECOND | f->quality.flags << FRONT_END_QUALITY_SHIFT | (qrsNoisePercent(&f->qrs) > 0 ? FRONT_END_NOISE_GOVERNS : 0);
	return second | f->qrs.beatCount | f->classCount << FRONT_END_CLASSES_SHIFT | (f->vf.active ? FRONT_END_VF_ACTIVE : 0)
		| (f->vf.votes > 0 ? FRONT_END_VF_SUSPECTED : 0) | (f->fault || f->qrs.beatCount == QRS_BEAT_COUNT_MAX ? FRONT_END_FAULT : 0);
}

int32_t edgebeat_front_end_process(void* state, void* samplesUv, int32_t count)
{
	FrontEnd* f = state;
	uint32_t nextSample = f->history.sampleCount + (uint32_t)count;
	if (!f->begun)
		begin(f);
	qrsProcess(&f->qrs, samplesUv, count);
	takeBeats(f, nextSample);
	historyProcess(&f->history, samplesUv, count);
	classify(f, nextSample);
	vfProcess(&f->vf, samplesUv, count);
	return finish(f, nextSample, qualityProcess(&f->quality, samplesUv, count));
}

int32_t edgebeat_front_end_gap(void* state, int32_t lostSamples)
{
	FrontEnd* f = state;
	uint32_t nextSample = f->history.sampleCount + (uint32_t)lostSamples;
	if (!f->begun)
		begin(f);
	qrsGap(&f->qrs, (uint32_t)lostSamples);
	takeBeats(f, nextSample);
	while (f->pendingCount > 0)
		decide(f, f->pendingCount == 1 ? 0 : pendingInterval(f), nextSample);
	historyGap(&f->history, (uint32_t)lostSamples);
	f->hasLast = 0;
	f->vRow = 0;
	vfGap(&f->vf, (uint32_t)lostSamples);
	qualityReset(&f->quality);
	return finish(f, nextSample, 0);
}
