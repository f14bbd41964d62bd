/* Fibrillation detector; constants have their reasons in src/rhythm/vf-detector.ts. */
#include "vf-detector.h"
#include "integers.h"

#include <string.h>

enum {
	DECIMATION = 4,
	GAIN = 8,
	HIGH_PASS_SHIFT = 3,
	SLICE_LENGTH = 32,
	RING_MASK = VF_RING_LENGTH - 1,
	AMPLITUDE_UV_MIN = 70,
	LEAKAGE_Q8_MAX = 140,
	PEAK_SLOPE_Q2_MAX = 23,
	FLAT_SHIFT = 2,
	FLAT_SAMPLES_MAX = 48,
	SWINGS_MIN = 15,
	SWINGS_MAX = 55,
	WANING_EIGHTHS = 5,
	HALF_PERIOD_MIN = 3,
	HALF_PERIOD_MAX = 20,
	VOTES_ONSET = 4,
	VOTES_MAX = 8,
	CONFIRM_SAMPLES = (VOTES_ONSET - 1) * SLICE_LENGTH * DECIMATION,
	WINDOW_LENGTH = VF_WINDOW_SLICES * SLICE_LENGTH,
	WINDOW_SAMPLES = WINDOW_LENGTH * DECIMATION
};

/* As if the first sample had stood there for ever. */
static void start(VfDetector* d, int32_t firstUv)
{
	d->started = 1;
	memset(d->ring, 0, sizeof d->ring);
	d->lastPair = 2 * firstUv;
	d->phase = 0;
	d->base1 = firstUv * GAIN * (1 << HIGH_PASS_SHIFT);
	d->base2 = 0;
	d->head = 0;
	d->sliceSize = 0;
	d->sliceSlope = 0;
	d->sliceSlopeMax = 0;
	d->sliceFill = 0;
	d->sliceIndex = 0;
	d->sliceCount = 0;
	d->side = 0;
}

/* Second look at the newest slice, with the window's mean size and mean slope for measures. */
static void inspectSlice(VfDetector* d, int32_t slice, int32_t meanSize, int32_t meanSlope)
{
	/* 201 / 32 is 2 pi. */
	int32_t halfPeriod = meanSlope > 0 ? meanSize * 201 / (meanSlope * 32) : HALF_PERIOD_MAX;
	int32_t flatSlope = meanSlope >> FLAT_SHIFT;
	int32_t swings = 0, flat = 0, leak = 0, i;
	uint32_t index = d->head - SLICE_LENGTH;
	if (halfPeriod < HALF_PERIOD_MIN)
		halfPeriod = HALF_PERIOD_MIN;
	if (halfPeriod > HALF_PERIOD_MAX)
		halfPeriod = HALF_PERIOD_MAX;
	for (i = 0; i < SLICE_LENGTH; i++, index++) {
		int32_t z = d->ring[index & RING_MASK];
		int32_t slope = z - d->ring[(index - 2) & RING_MASK];
		leak += absolute(z + d->ring[(index - (uint32_t)halfPeriod) & RING_MASK]);
		if (slope < flatSlope && slope > -flatSlope)
			flat++;
		if (z > meanSize) {
			if (d->side < 0)
				swings++;
			d->side = 1;
		}
		else if (z < -meanSize) {
			if (d->side > 0)
				swings++;
			d->side = -1;
		}
	}
	d->leakSum[slice] = leak;
	d->flatCount[slice] = flat;
	d->swingCount[slice] = swings;
}

static int windowFibrillates(const VfDetector* d, int32_t windowSize, int32_t windowSlope)
{
	int32_t steepest = 0, leak = 0, flat = 0, swings = 0, strongest = 0, weakest = windowSize, i;
	for (i = 0; i < VF_WINDOW_SLICES; i++) {
		if (d->slopeMax[i] > steepest)
			steepest = d->slopeMax[i];
		leak += d->leakSum[i];
		flat += d->flatCount[i];
		swings += d->swingCount[i];
		if (d->sizeSum[i] > strongest)
			strongest = d->sizeSum[i];
		if (d->sizeSum[i] < weakest)
			weakest = d->sizeSum[i];
	}
	return windowSize >= AMPLITUDE_UV_MIN * GAIN * WINDOW_LENGTH && (leak >> 8) * 128 <= (windowSize >> 8) * LEAKAGE_Q8_MAX
		&& steepest * 4 <= windowSlope / WINDOW_LENGTH * PEAK_SLOPE_Q2_MAX && flat <= FLAT_SAMPLES_MAX && swings <= SWINGS_MAX
		&& (swings >= SWINGS_MIN || weakest * 8 < strongest * WANING_EIGHTHS);
}

static void vote(VfDetector* d, int inFavour, uint32_t nextSample)
{
	if (inFavour) {
		if (d->votes < VOTES_MAX)
			d->votes++;
	}
	else if (d->votes > 0)
		d->votes--;
	if (!d->active) {
		if (d->votes < VOTES_ONSET)
			return;
		d->active = 1;
		d->onsetSample = nextSample - WINDOW_SAMPLES - CONFIRM_SAMPLES;
		if (d->hasEnded && (int32_t)(d->onsetSample - d->endedSample) < 0)
			d->onsetSample = d->endedSample;
	}
	else if (d->votes == 0) {
		d->active = 0;
		d->endedSample = nextSample - WINDOW_SAMPLES;
		if ((int32_t)(d->endedSample - d->onsetSample) < 0)
			d->endedSample = d->onsetSample;
		d->hasEnded = 1;
	}
}

static void closeSlice(VfDetector* d)
{
	int32_t index = d->sliceIndex;
	int32_t windowSize = 0, windowSlope = 0, i;
	d->sizeSum[index] = d->sliceSize;
	d->slopeSum[index] = d->sliceSlope;
	d->slopeMax[index] = d->sliceSlopeMax;
	if (d->sliceCount < VF_WINDOW_SLICES)
		d->sliceCount++;
	for (i = 0; i < d->sliceCount; i++) {
		windowSize += d->sizeSum[i];
		windowSlope += d->slopeSum[i];
	}
	inspectSlice(d, index, windowSize / (d->sliceCount * SLICE_LENGTH), windowSlope / (d->sliceCount * SLICE_LENGTH));
	d->sliceIndex = index + 1 == VF_WINDOW_SLICES ? 0 : index + 1;
	if (d->sliceCount == VF_WINDOW_SLICES)
		vote(d, windowFibrillates(d, windowSize, windowSlope), d->sampleCount);
	d->sliceSize = 0;
	d->sliceSlope = 0;
	d->sliceSlopeMax = 0;
	d->sliceFill = 0;
}

/* Every fourth sample. */
static void takeSum(VfDetector* d)
{
	int32_t y, z, steepness;
	d->base1 += d->sum - (d->base1 >> HIGH_PASS_SHIFT);
	y = d->sum - (d->base1 >> HIGH_PASS_SHIFT);
	d->base2 += y - (d->base2 >> HIGH_PASS_SHIFT);
	z = y - (d->base2 >> HIGH_PASS_SHIFT);
	steepness = absolute(z - d->ring[(d->head - 2) & RING_MASK]);
	d->ring[d->head++ & RING_MASK] = z;
	d->sliceSize += absolute(z);
	d->sliceSlope += steepness;
	if (steepness > d->sliceSlopeMax)
		d->sliceSlopeMax = steepness;
	if (++d->sliceFill == SLICE_LENGTH)
		closeSlice(d);
}

void vfProcess(VfDetector* d, const int32_t* samplesUv, int32_t count)
{
	int32_t i;
	if (count == 0)
		return;
	if (!d->started)
		start(d, samplesUv[0]);
	for (i = 0; i < count; i++) {
		int32_t x = samplesUv[i];
		d->sampleCount++;
		if (d->phase == 0) {
			d->sum = d->lastPair;
			d->pair = 0;
		}
		d->sum += d->phase < 2 ? 2 * x : x;
		if (d->phase >= 2)
			d->pair += x;
		if (++d->phase < DECIMATION)
			continue;
		d->phase = 0;
		d->lastPair = d->pair;
		takeSum(d);
	}
	/* Far from any onset that could reach back to it, and from where the numbers come round again. */
	if (d->hasEnded && d->sampleCount - d->endedSample > (uint32_t)1 << 30)
		d->hasEnded = 0;
}

void vfGap(VfDetector* d, uint32_t lostCount)
{
	if (d->active) {
		d->endedSample = d->sampleCount;
		d->hasEnded = 1;
	}
	d->sampleCount += lostCount;
	d->started = 0;
	d->active = 0;
	d->votes = 0;
	/* The numbers may come round in a gap. */
	if (lostCount > (uint32_t)1 << 30)
		d->hasEnded = 0;
}
