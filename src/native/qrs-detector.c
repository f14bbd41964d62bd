/* QRS detector; constants have their reasons in src/beats/qrs-detector.ts. */
#include "qrs-detector.h"
#include "integers.h"

#include <string.h>

enum {
	QRS_AMPLITUDE_UV_MIN = 150,
	ENERGY_STEPS = 7,
	CANDIDATE_STEPS = 10,
	MEASURABLE_STEPS = 7,
	REFRACTORY_STEPS = 31,
	DECISION_STEPS = 38,
	COMPLEX_STEPS = 14,
	T_WAVE_STEPS = 45,
	LEARN_STEPS = 375,
	SILENCE_STEPS = 1000,
	LEARN_AGAIN_STEPS = 125,
	CENTRE_SAMPLES = 12,
	CENTRE_TO_BAND_STEPS = 3,
	CENTRE_TO_SLOPE_STEPS = 5,
	SLOPE_SEARCH_STEPS = 8,
	PEAK_SEARCH_SAMPLES = 11,
	BASE_SAMPLES = 23,
	TEMPLATE_STEPS = 13,
	TEMPLATE_HALF_STEPS = 6,
	TEMPLATE_SHIFT_STEPS = 3,
	WINDOW_STEPS = TEMPLATE_STEPS + 2 * TEMPLATE_SHIFT_STEPS,
	TEMPLATE_RATE_BITS = 5,
	TEMPLATE_LIKENESS_Q8_MIN = 180,
	NOISY_Q8 = 51,
	HISTORY_COUNT = 8,
	CANDIDATE_COUNT_MAX = 32,
	FIVE_MASK = 127,
	STEP_MASK = 63,
	WINDOW_AGE_STEPS_MAX = STEP_MASK - CENTRE_TO_BAND_STEPS - TEMPLATE_HALF_STEPS - TEMPLATE_SHIFT_STEPS,
	THRESHOLD_Q8 = 90,
	SEARCH_BACK_SCORE_Q8 = -189,
	SEARCH_BACK_INTERVAL_HALVES = 3,
	FLAT_SHARE = 3,
	NOISE_FREE_SLOPE = 500,
	NOISE_FULL = 1024,
	LIKENESS_Q8_LOW = 179,
	LIKENESS_Q8_EVEN = 218,
	LIKENESS_HALVES = 9,
	EARLY_INTERVAL_Q8 = 205,
	EARLY_WEIGHT = 4,
	CERTAIN_SCORE_Q8 = 256,
	FIVE_GAIN = 5
};

/* Steps from one to the other, negative if `to` came first. */
static int32_t between(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

/* Base-2 logarithm by straight lines. Q8; 1 to 2^23 */
static int32_t log2Q8(int32_t value)
{
	int32_t exponent;
	if (value < 1)
		return 0;
	exponent = highestBit((uint32_t)value);
	return exponent * 256 + (value * 256 >> exponent) - 256;
}

static int32_t medianOfHistory(const int32_t* history, uint32_t total)
{
	int32_t sorted[HISTORY_COUNT];
	return medianOf(history, total < HISTORY_COUNT ? (int32_t)total : HISTORY_COUNT, sorted);
}

void qrsInit(QrsDetector* d)
{
	d->learning = 1;
}

static void start(QrsDetector* d, int32_t sampleUv)
{
	int32_t i;
	d->started = 1;
	d->odd = 0;
	for (i = 0; i < 5; i++)
		d->x[i] = sampleUv;
	d->fiveSum = 5 * sampleUv;
	for (i = 0; i <= FIVE_MASK; i++)
		d->five[i] = 5 * sampleUv;
	d->pair[0] = d->pair[1] = 10 * sampleUv;
	d->smooth[0] = d->smooth[1] = d->smooth[2] = 20 * sampleUv;
	memset(d->band, 0, sizeof d->band);
	memset(d->slope, 0, sizeof d->slope);
	d->energy = 0;
	d->energy1 = 0;
	d->rising = 0;
	d->peakEnergy = 0;
	d->hasPeak = 0;
	d->stepOrigin = d->sampleCount - 2 * d->stepCount;
	d->beatsSinceLearned = 0;
	d->quietFromStep = d->stepCount;
	d->learning = d->signalLevel == 0;
	d->dueStep = d->stepCount + LEARN_STEPS;
}

static void dropCandidates(QrsDetector* d, int32_t count)
{
	d->candidateCount -= count;
	memmove(d->candidates, d->candidates + count, (size_t)d->candidateCount * sizeof d->candidates[0]);
	d->decidedCount = d->decidedCount > count ? d->decidedCount - count : 0;
}

/* Sample in the middle of the complex whose energy peaks at a step. */
static uint32_t centreOf(const QrsDetector* d, uint32_t step)
{
	return d->stepOrigin + 2 * step + 1 - CENTRE_SAMPLES;
}

static void locatePeak(const QrsDetector* d, QrsCandidate* candidate)
{
	/* five[k] is the mean of the five samples around k - 2. */
	uint32_t middle = centreOf(d, candidate->step) + 2;
	int32_t left = d->five[(middle - BASE_SAMPLES) & FIVE_MASK];
	int32_t right = d->five[(middle + BASE_SAMPLES) & FIVE_MASK];
	int32_t baseRiseQ8 = (right - left) * 256 / (2 * BASE_SAMPLES);
	int32_t highest = 0, lowest = 0, highestAt = 0, lowestAt = 0, k;
	for (k = -PEAK_SEARCH_SAMPLES; k <= PEAK_SEARCH_SAMPLES; k++) {
		int32_t height = d->five[(middle + (uint32_t)k) & FIVE_MASK] - left - (baseRiseQ8 * (k + BASE_SAMPLES) >> 8);
		if (height > highest) {
			highest = height;
			highestAt = k;
		}
		else if (height < lowest) {
			lowest = height;
			lowestAt = k;
		}
	}
	if (highest - lowest < FIVE_GAIN * QRS_AMPLITUDE_UV_MIN)
		return;
	candidate->peak = (int8_t)(highest >= -lowest ? highestAt : lowestAt);
	candidate->heightUv = (highest >= -lowest ? highest : lowest) / FIVE_GAIN;
}

static void loadWindow(const QrsDetector* d, uint32_t step, int32_t* window)
{
	uint32_t first = step - CENTRE_TO_BAND_STEPS - TEMPLATE_HALF_STEPS - TEMPLATE_SHIFT_STEPS;
	int32_t largest = 1, k;
	for (k = 0; k < WINDOW_STEPS; k++) {
		int32_t value = d->band[(first + (uint32_t)k) & STEP_MASK];
		window[k] = value;
		if (absolute(value) > largest)
			largest = absolute(value);
	}
	for (k = 0; k < WINDOW_STEPS; k++)
		window[k] = window[k] * 256 / largest;
}

static void compareWithTemplate(const QrsDetector* d, QrsCandidate* candidate)
{
	int32_t window[WINDOW_STEPS];
	int32_t templateSquares = 0, squares = 0, best = -256, bestShift = 0, shift, k;
	loadWindow(d, candidate->step, window);
	for (k = 0; k < TEMPLATE_STEPS; k++) {
		templateSquares += d->template_[k] * d->template_[k];
		squares += window[k] * window[k];
	}
	for (shift = 0; shift <= 2 * TEMPLATE_SHIFT_STEPS; shift++) {
		int32_t product = 0, norm, likeness;
		for (k = 0; k < TEMPLATE_STEPS; k++)
			product += d->template_[k] * window[k + shift];
		/* What is not alike at all needs no root. */
		if (product <= 0 && best >= 0)
			norm = 0;
		else
			norm = (int32_t)rootOf((uint64_t)(uint32_t)squares * (uint32_t)templateSquares);
		likeness = norm > 0 ? (int32_t)((int64_t)product * 256 / norm) : 0;
		if (likeness > best) {
			best = likeness;
			bestShift = shift;
		}
		if (shift < 2 * TEMPLATE_SHIFT_STEPS)
			squares += window[shift + TEMPLATE_STEPS] * window[shift + TEMPLATE_STEPS] - window[shift] * window[shift];
	}
	candidate->likeness = (int16_t)best;
	candidate->shift = (int8_t)(bestShift - TEMPLATE_SHIFT_STEPS);
}

/* Measures the complex around an energy peak and queues it. */
static void addCandidate(QrsDetector* d, uint32_t step)
{
	QrsCandidate* candidate;
	int32_t steepest = 0, k;
	if (d->candidateCount == CANDIDATE_COUNT_MAX)
		dropCandidates(d, 1);
	for (k = -SLOPE_SEARCH_STEPS; k <= SLOPE_SEARCH_STEPS; k++) {
		int32_t value = d->slope[(step - CENTRE_TO_SLOPE_STEPS + (uint32_t)k) & STEP_MASK];
		if (value > steepest)
			steepest = value;
	}
	candidate = &d->candidates[d->candidateCount++];
	if (!d->learning && between(step + DECISION_STEPS, d->dueStep) > 0)
		d->dueStep = step + DECISION_STEPS;
	candidate->step = step;
	candidate->slope = steepest;
	candidate->likeness = 0;
	candidate->shift = 0;
	candidate->heightUv = 0;
	candidate->peak = 0;
	if (!d->learning && FLAT_SHARE * steepest < d->threshold)
		return;
	locatePeak(d, candidate);
	if (d->templateCount > 0 && d->noiseQ8 > 0)
		compareWithTemplate(d, candidate);
	else
		candidate->likeness = LIKENESS_Q8_EVEN;
}

static void setThreshold(QrsDetector* d)
{
	int32_t signal = d->signalLevel;
	int32_t noise = d->noiseLevel < signal ? d->noiseLevel : signal;
	int32_t above = noise - NOISE_FREE_SLOPE;
	d->threshold = noise + (THRESHOLD_Q8 * (signal - noise) >> 8);
	d->noiseQ8 = above <= 0 ? 0 : above * NOISE_FULL / signal;
	if (d->noiseQ8 > 256)
		d->noiseQ8 = 256;
}

static void updateTemplate(QrsDetector* d, const QrsCandidate* candidate)
{
	int32_t loaded[WINDOW_STEPS];
	const int32_t* window = loaded + TEMPLATE_SHIFT_STEPS + candidate->shift;
	int32_t squares = 0, norm, shift, k;
	if (d->templateCount > 0 && candidate->likeness < TEMPLATE_LIKENESS_Q8_MIN && d->noiseQ8 > NOISY_Q8)
		return;
	loadWindow(d, candidate->step, loaded);
	for (k = 0; k < TEMPLATE_STEPS; k++)
		squares += window[k] * window[k];
	norm = (int32_t)rootOf((uint64_t)squares);
	if (norm == 0)
		return;
	shift = d->templateCount < TEMPLATE_RATE_BITS ? d->templateCount : TEMPLATE_RATE_BITS;
	d->templateCount++;
	for (k = 0; k < TEMPLATE_STEPS; k++)
		d->template_[k] = (int16_t)(d->template_[k] + ((window[k] * 4096 / norm - d->template_[k]) >> shift));
}

static void accept(QrsDetector* d, int32_t slot, int32_t score)
{
	QrsCandidate candidate = d->candidates[slot];
	int32_t confidence = 50 + (score * 50 >> 8);
	int32_t peak = candidate.peak;
	int32_t kept;
	if (d->hasLast) {
		d->intervalHistory[d->intervalCount++ % HISTORY_COUNT] = between(d->lastStep, candidate.step);
		d->intervalSteps = medianOfHistory(d->intervalHistory, d->intervalCount);
	}
	d->hasLast = 1;
	d->lastStep = candidate.step;
	d->quietFromStep = candidate.step;
	d->beatsSinceLearned++;
	d->lastCertaintyQ8 = score > CERTAIN_SCORE_Q8 ? CERTAIN_SCORE_Q8 : score < 0 ? 0 : score;
	d->lastSlope = candidate.slope;
	d->signalHistory[d->signalCount++ % HISTORY_COUNT] = d->lastSlope;
	d->signalLevel = medianOfHistory(d->signalHistory, d->signalCount);
	setThreshold(d);
	if (between(candidate.step, d->stepCount) < WINDOW_AGE_STEPS_MAX)
		updateTemplate(d, &candidate);
	/* More cannot be: the caller sees a full list as a fault. */
	if (d->beatCount < QRS_BEAT_COUNT_MAX) {
		d->beats[d->beatCount].sample = centreOf(d, candidate.step) + (uint32_t)peak;
		d->beats[d->beatCount++].confidence = confidence > 100 ? 100 : confidence < 0 ? 0 : confidence;
	}
	kept = d->decidedCount > slot ? d->decidedCount - slot - 1 : 0;
	dropCandidates(d, slot + 1);
	d->decidedCount = kept;
}

static int isTWave(const QrsDetector* d, const QrsCandidate* candidate)
{
	return d->hasLast && between(d->lastStep, candidate->step) < T_WAVE_STEPS && 2 * candidate->slope < d->lastSlope;
}

/* How far a candidate passes, in octaves of amplitude, Q8. */
static int32_t scoreOf(const QrsDetector* d, const QrsCandidate* candidate)
{
	int32_t level = log2Q8(candidate->slope);
	int32_t score = level - log2Q8(d->threshold);
	int32_t likeness, bonus, excess, sinceSteps;
	if (d->noiseQ8 == 0)
		return score;
	likeness = candidate->likeness < LIKENESS_Q8_LOW ? LIKENESS_Q8_LOW : candidate->likeness;
	bonus = (likeness - LIKENESS_Q8_EVEN) * LIKENESS_HALVES >> 1;
	excess = level - log2Q8(d->signalLevel);
	if (excess > 0)
		bonus -= excess;
	sinceSteps = between(d->lastStep, candidate->step);
	if (d->hasLast && d->intervalCount >= 2 && sinceSteps < d->intervalSteps) {
		int32_t earlyQ8 = EARLY_INTERVAL_Q8 - sinceSteps * 256 / d->intervalSteps;
		if (earlyQ8 > 0)
			bonus -= earlyQ8 * EARLY_WEIGHT * d->lastCertaintyQ8 >> 8;
	}
	return score + (d->noiseQ8 * bonus >> 8);
}

/* The first candidate within the refractory period that passes by more, or null. */
static const QrsCandidate* betterAfter(const QrsDetector* d, int32_t slot, int32_t score)
{
	const QrsCandidate* candidate = &d->candidates[slot];
	const QrsCandidate* end = d->candidates + d->candidateCount;
	const QrsCandidate* other;
	for (other = candidate + 1; other < end && between(candidate->step, other->step) < REFRACTORY_STEPS; other++)
		if (other->heightUv != 0 && scoreOf(d, other) > score)
			return other;
	return 0;
}

static void searchBack(QrsDetector* d, uint32_t step)
{
	int32_t round;
	for (round = 0; round < CANDIDATE_COUNT_MAX; round++) {
		int32_t best = -1, bestScore = SEARCH_BACK_SCORE_Q8, i;
		if (2 * between(d->lastStep, step) < SEARCH_BACK_INTERVAL_HALVES * d->intervalSteps)
			return;
		for (i = 0; i < d->decidedCount; i++) {
			const QrsCandidate* candidate = &d->candidates[i];
			int32_t score;
			if (between(d->lastStep, candidate->step) < REFRACTORY_STEPS || between(candidate->step, step) < REFRACTORY_STEPS || candidate->heightUv == 0
				|| isTWave(d, candidate))
				continue;
			score = scoreOf(d, candidate);
			if (score > bestScore) {
				bestScore = score;
				best = i;
			}
		}
		if (best < 0)
			return;
		accept(d, best, bestScore);
	}
}

static void decide(QrsDetector* d)
{
	const QrsCandidate* candidate;
	uint32_t step = d->candidates[d->decidedCount].step;
	int32_t at, score;
	if (d->hasLast && d->intervalCount >= 2)
		searchBack(d, step);
	at = d->decidedCount;
	candidate = &d->candidates[at];
	if ((d->hasLast && between(d->lastStep, step) < REFRACTORY_STEPS) || isTWave(d, candidate)) {
		d->decidedCount++;
		return;
	}
	score = scoreOf(d, candidate);
	if (score > 0 && candidate->heightUv != 0) {
		const QrsCandidate* better = betterAfter(d, at, score);
		if (!better) {
			accept(d, at, score);
			return;
		}
		if (d->noiseQ8 <= NOISY_Q8 && between(step, better->step) <= COMPLEX_STEPS) {
			d->decidedCount++;
			return;
		}
	}
	d->noiseHistory[d->noiseCount++ % HISTORY_COUNT] = candidate->slope;
	d->noiseLevel = medianOfHistory(d->noiseHistory, d->noiseCount);
	setThreshold(d);
	d->decidedCount++;
}

/* Sets the levels from the waiting candidates. */
static void learn(QrsDetector* d, uint32_t step)
{
	int32_t first = 0, second = 0, i;
	for (i = 0; i < d->candidateCount; i++) {
		int32_t value = d->candidates[i].slope;
		if (d->candidates[i].heightUv == 0)
			continue;
		if (value > first) {
			second = first;
			first = value;
		}
		else if (value > second)
			second = value;
	}
	d->quietFromStep = step;
	if (second == 0 || (d->beatsSinceLearned >= HISTORY_COUNT && second < d->signalLevel >> 3)) {
		d->dueStep = step + LEARN_AGAIN_STEPS;
		return;
	}
	d->learning = 0;
	d->beatsSinceLearned = 0;
	d->signalHistory[0] = d->signalLevel = second;
	d->noiseHistory[0] = d->noiseLevel = second >> 3;
	d->signalCount = d->noiseCount = 1;
	d->templateCount = 0;
	setThreshold(d);
	d->decidedCount = 0;
	d->dueStep = step + 1;
}

static void decideDue(QrsDetector* d, uint32_t step)
{
	int32_t patienceSteps;
	if (d->learning) {
		learn(d, step);
		if (d->learning)
			return;
	}
	while (d->decidedCount < d->candidateCount && between(d->candidates[d->decidedCount].step, step) >= DECISION_STEPS)
		decide(d);
	patienceSteps = d->beatsSinceLearned < HISTORY_COUNT ? LEARN_STEPS : SILENCE_STEPS;
	if (between(d->quietFromStep, step) >= patienceSteps) {
		learn(d, step);
		return;
	}
	d->dueStep = d->quietFromStep + (uint32_t)patienceSteps;
	if (d->decidedCount < d->candidateCount) {
		uint32_t candidateDueStep = d->candidates[d->decidedCount].step + DECISION_STEPS;
		if (between(candidateDueStep, d->dueStep) > 0)
			d->dueStep = candidateDueStep;
	}
}

/* Every second sample. */
static void takeStep(QrsDetector* d, int32_t pair)
{
	uint32_t step = d->stepCount;
	int32_t smooth = pair + d->pair[0];
	int32_t difference = (smooth - d->smooth[2]) >> 4;
	int32_t energy = d->energy + absolute(difference) - absolute(d->band[(step - ENERGY_STEPS) & STEP_MASK]);
	d->band[step & STEP_MASK] = difference;
	d->slope[step & STEP_MASK] = absolute(pair - d->pair[1]);
	d->smooth[2] = d->smooth[1];
	d->smooth[1] = d->smooth[0];
	d->smooth[0] = smooth;
	d->pair[1] = d->pair[0];
	d->pair[0] = pair;
	if (energy > d->energy1)
		d->rising = 1;
	else if (d->rising) {
		d->rising = 0;
		if (d->energy1 > d->peakEnergy) {
			d->peakEnergy = d->energy1;
			d->peakStep = step - 1;
			d->hasPeak = 1;
		}
	}
	d->energy = d->energy1 = energy;
	if (d->hasPeak) {
		int32_t age = between(d->peakStep, step);
		if (age >= CANDIDATE_STEPS || (step == d->dueStep && age >= MEASURABLE_STEPS)) {
			addCandidate(d, d->peakStep);
			d->hasPeak = 0;
			d->peakEnergy = 0;
		}
	}
	if (between(d->dueStep, step) >= 0)
		decideDue(d, step);
	d->stepCount = step + 1;
}

void qrsProcess(QrsDetector* d, const int32_t* samplesUv, int32_t count)
{
	int32_t i;
	d->beatCount = 0;
	if (count == 0)
		return;
	if (!d->started)
		start(d, samplesUv[0]);
	for (i = 0; i < count; i++) {
		int32_t sum = d->fiveSum + samplesUv[i] - d->x[4];
		d->x[4] = d->x[3];
		d->x[3] = d->x[2];
		d->x[2] = d->x[1];
		d->x[1] = d->x[0];
		d->x[0] = samplesUv[i];
		d->fiveSum = sum;
		d->five[d->sampleCount++ & FIVE_MASK] = sum;
		d->odd = !d->odd;
		if (d->odd)
			d->five1 = sum;
		else
			takeStep(d, d->five1 + sum);
	}
}

void qrsGap(QrsDetector* d, uint32_t lostCount)
{
	d->beatCount = 0;
	if (d->started) {
		if (d->hasPeak && between(d->peakStep, d->stepCount - 1) >= MEASURABLE_STEPS)
			addCandidate(d, d->peakStep);
		if (!d->learning)
			while (d->decidedCount < d->candidateCount)
				decide(d);
	}
	d->sampleCount += lostCount;
	d->started = 0;
	d->candidateCount = 0;
	d->decidedCount = 0;
	d->hasLast = 0;
}

int32_t qrsNoisePercent(const QrsDetector* d)
{
	return d->noiseQ8 * 100 >> 8;
}
