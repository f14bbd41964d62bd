/* The functions that `ffi` calls. The front end is QRS detector, beat classifier, fibrillation detector and signal quality, in the order of the TypeScript. */
#include "entry.h"
#include "beat-features.h"
#include "ecg-history.h"
#include "qrs-detector.h"
#include "quality.h"
#include "vf-detector.h"

/* The model: beat-mlp.c. int8_t features[], int32_t scores[2] */
void edgebeat_beat_mlp(void* features, void* scores);

enum {
	BEAT_N = 0,
	BEAT_S = 1,
	BEAT_V = 2,
	BEAT_Q = 4,
	FEATURE_COUNT_MAX = 128,
	/* The rest as in src/beats/beat-classifier.ts. */
	PENDING_COUNT = 64,
	PENDING_MASK = PENDING_COUNT - 1,
	AFTER_STEPS = WINDOW_STEPS - WINDOW_BEFORE_STEPS - 1,
	READY_SAMPLES = CENTRE_SEARCH_SAMPLES + STEP_SAMPLES * AFTER_STEPS + 1,
	WAIT_SAMPLES_MAX = 375,
	WAIT_SAMPLES_MAX_IN_RUN = 175,
	RUN_BEATS = 4
};

/* Samples are relative to the one that comes next; src/native/front-end.ts reads at these places. */
typedef struct {
	int32_t vfOnset;
	int32_t vfEnded;
	int32_t nextSample;
	int32_t lastUv;
	int32_t continuous;
	struct {
		int32_t sample;
		int32_t confidence;
	} beats[QRS_BEAT_COUNT_MAX];
	struct {
		int32_t sample;
		int32_t beatClass;
		int32_t pWave;
		int32_t vScore;
		int32_t sScore;
	} classes[PENDING_COUNT];
} Report;

typedef struct {
	Report report;
	QrsDetector qrs;
	EcgHistory history;
	BeatFeatures features;
	VfDetector vf;
	SignalQuality quality;
	/* Beats that wait for their class, a ring, and the interval before each, 0 if unknown. */
	uint32_t pendingSample[PENDING_COUNT];
	int32_t pendingRr[PENDING_COUNT];
	uint32_t firstPending;
	int32_t pendingCount;
	int32_t hasLast;
	uint32_t lastSample;
	int32_t vRow;
	int32_t classCount;
	int32_t fault;
} FrontEnd;

int32_t edgebeat_front_end_bytes(void)
{
	return (int32_t)sizeof(FrontEnd);
}

void edgebeat_front_end_start(void* state)
{
	FrontEnd* f = state;
	qrsInit(&f->qrs);
	featuresInit(&f->features);
}

static void addBeat(FrontEnd* f, uint32_t sample)
{
	uint32_t at = (f->firstPending + (uint32_t)f->pendingCount) & PENDING_MASK;
	if (f->pendingCount == PENDING_COUNT) {
		f->fault = 1;
		return;
	}
	f->pendingSample[at] = sample;
	f->pendingRr[at] = f->hasLast ? (int32_t)(sample - f->lastSample) : 0;
	f->pendingCount++;
	f->hasLast = 1;
	f->lastSample = sample;
}

/* Judges the beat that has waited longest. nextRr: interval to the next beat, 0 if unknown */
static void decide(FrontEnd* f, int32_t nextRr, uint32_t nextSample)
{
	uint32_t sample = f->pendingSample[f->firstPending], centre;
	int32_t scores[2] = { 0, 0 };
	int32_t rr = f->pendingRr[f->firstPending], beatClass = BEAT_Q, pWave = 0;
	int16_t window[WINDOW_STEPS];
	int8_t features[FEATURE_COUNT_MAX];
	f->firstPending = (f->firstPending + 1) & PENDING_MASK;
	f->pendingCount--;
	if (historyLocate(&f->history, sample, &centre) && historyRead(&f->history, centre, WINDOW_BEFORE_STEPS, AFTER_STEPS, window)) {
		featuresNext(&f->features, window, rr, nextRr, features);
		pWave = f->features.pWave;
		edgebeat_beat_mlp(features, scores);
		beatClass = scores[0] > 0 ? BEAT_V : scores[1] > 0 ? BEAT_S : BEAT_N;
	}
	f->vRow = beatClass == BEAT_V ? f->vRow + 1 : 0;
	f->report.classes[f->classCount].sample = (int32_t)(sample - nextSample);
	f->report.classes[f->classCount].beatClass = beatClass;
	f->report.classes[f->classCount].pWave = pWave;
	f->report.classes[f->classCount].vScore = scores[0];
	f->report.classes[f->classCount].sScore = scores[1];
	f->classCount++;
}

/* Interval from the beat that has waited longest to the next. */
static int32_t pendingInterval(const FrontEnd* f)
{
	return (int32_t)(f->pendingSample[(f->firstPending + 1) & PENDING_MASK] - f->pendingSample[f->firstPending]);
}

static void classify(FrontEnd* f, uint32_t nextSample)
{
	while (f->pendingCount > 0) {
		int32_t age = (int32_t)(f->history.sampleCount - f->pendingSample[f->firstPending]);
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
	f->classCount = 0;
	for (i = 0; i < f->qrs.beatCount; i++) {
		f->report.beats[i].sample = (int32_t)(f->qrs.beatSample[i] - nextSample);
		f->report.beats[i].confidence = f->qrs.beatConfidence[i];
		addBeat(f, f->qrs.beatSample[i]);
	}
}

static int32_t finish(FrontEnd* f, uint32_t nextSample, int32_t second)
{
	f->report.vfOnset = (int32_t)(f->vf.onsetSample - nextSample);
	f->report.vfEnded = (int32_t)(f->vf.endedSample - nextSample);
	f->report.nextSample = (int32_t)nextSample;
	f->report.lastUv = f->qrs.x[0];
	f->report.continuous = f->qrs.started;
	if (second)
		second = FRONT_END_SECOND | f->quality.flags << FRONT_END_QUALITY_SHIFT | (qrsNoisePercent(&f->qrs) > 0 ? FRONT_END_NOISE_GOVERNS : 0);
	return second | f->qrs.beatCount | f->classCount << FRONT_END_CLASSES_SHIFT | (f->vf.active ? FRONT_END_VF_ACTIVE : 0)
		| (f->vf.votes > 0 ? FRONT_END_VF_SUSPECTED : 0) | (f->fault || f->qrs.beatCount == QRS_BEAT_COUNT_MAX ? FRONT_END_FAULT : 0);
}

int32_t edgebeat_front_end_process(void* state, void* samplesUv, int32_t count)
{
	FrontEnd* f = state;
	uint32_t nextSample = f->history.sampleCount + (uint32_t)count;
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
