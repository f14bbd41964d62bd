/* Filtered ECG; constants have their reasons in src/beats/ecg-history.ts. */
#include "ecg-history.h"
#include "integers.h"

enum {
	HISTORY_MASK = HISTORY_SAMPLES - 1,
	STRETCH_MAX = 2 * HISTORY_SAMPLES,
	LEAD_IN_SAMPLES = 128,
	BASELINE_SHIFT = 6,
	BASELINE_GAIN = 1 << BASELINE_SHIFT,
	Q12_BITS = 12,
	Q12_ONE = 1 << Q12_BITS,
	Q12_HALF = Q12_ONE / 2,
	ZERO_50 = 2531,
	POLE_50 = 2405,
	ZERO_60 = 514,
	POLE_60 = 489,
	POLE_SQUARE = 3697,
	PAIR_GAIN_Q4 = 29,
	CENTRE_WINDOW_SAMPLES = 24,
	SLOPE_COUNT = 2 * CENTRE_SEARCH_SAMPLES + CENTRE_WINDOW_SAMPLES,
	LOCATE_SAMPLES = CENTRE_SEARCH_SAMPLES + (CENTRE_WINDOW_SAMPLES >> 1) + 1
};

/* What a notch makes of a steady signal. */
static int32_t settled(int32_t value, int32_t zero, int32_t pole)
{
	return value * (2 * Q12_ONE - zero) / (Q12_ONE - pole + POLE_SQUARE);
}

static void start(EcgHistory* h, int32_t sampleUv)
{
	int32_t v = settled(sampleUv, ZERO_50, POLE_50);
	int32_t w = settled(v, ZERO_60, POLE_60);
	uint32_t i;
	h->started = 1;
	h->odd = 0;
	h->x1 = h->x2 = sampleUv;
	h->v1 = h->v2 = v;
	h->w1 = h->w2 = w;
	h->baseline1 = (PAIR_GAIN_Q4 * 2 * w >> 4) * BASELINE_GAIN;
	h->baseline2 = 0;
	h->stretch = 0;
	for (i = 0; i < LEAD_IN_SAMPLES; i++)
		h->ring[(h->sampleCount + h->ringOffset + i) & HISTORY_MASK] = 0;
	h->ringOffset += LEAD_IN_SAMPLES;
}

void historyProcess(EcgHistory* h, const int32_t* samplesUv, int32_t count)
{
	int32_t i, baseline;
	if (count == 0)
		return;
	if (!h->started)
		start(h, samplesUv[0]);
	baseline = (h->baseline1 + h->baseline2) >> BASELINE_SHIFT;
	for (i = 0; i < count; i++) {
		int32_t x = samplesUv[i];
		int32_t v = x + h->x2 + ((POLE_50 * h->v1 - ZERO_50 * h->x1 - POLE_SQUARE * h->v2 + Q12_HALF) >> Q12_BITS);
		int32_t w = v + h->v2 + ((POLE_60 * h->w1 - ZERO_60 * h->v1 - POLE_SQUARE * h->w2 + Q12_HALF) >> Q12_BITS);
		int32_t pair = PAIR_GAIN_Q4 * (w + h->w1) >> 4;
		if (h->odd) {
			int32_t high1 = pair - (h->baseline1 >> BASELINE_SHIFT);
			h->baseline1 += high1;
			h->baseline2 += high1 - (h->baseline2 >> BASELINE_SHIFT);
			baseline = (h->baseline1 + h->baseline2) >> BASELINE_SHIFT;
		}
		h->odd = !h->odd;
		h->ring[(h->sampleCount++ + h->ringOffset) & HISTORY_MASK] = saturated(pair - baseline);
		h->x2 = h->x1;
		h->x1 = x;
		h->v2 = h->v1;
		h->v1 = v;
		h->w2 = h->w1;
		h->w1 = w;
	}
	h->stretch = h->stretch < STRETCH_MAX ? h->stretch + count : STRETCH_MAX;
}

void historyGap(EcgHistory* h, uint32_t lostCount)
{
	h->sampleCount += lostCount;
	h->started = 0;
}

/* Samples since one, itself included. */
static int32_t ageOf(const EcgHistory* h, uint32_t sample)
{
	return (int32_t)(h->sampleCount - sample);
}

int historyLocate(const EcgHistory* h, uint32_t sample, uint32_t* centre)
{
	int32_t age = ageOf(h, sample);
	int32_t slopes[SLOPE_COUNT];
	int32_t sum = 0, steepest = 0, before, i;
	uint32_t first = sample - CENTRE_SEARCH_SAMPLES - (CENTRE_WINDOW_SAMPLES >> 1);
	if (!h->started || age > h->stretch || age < LOCATE_SAMPLES || age + LOCATE_SAMPLES > HISTORY_SAMPLES)
		return 0;
	*centre = sample - CENTRE_SEARCH_SAMPLES;
	before = h->ring[(first + h->ringOffset - 1) & HISTORY_MASK];
	for (i = 0; i < SLOPE_COUNT; i++) {
		int32_t here = h->ring[(first + h->ringOffset + (uint32_t)i) & HISTORY_MASK];
		slopes[i] = absolute(here - before);
		sum += slopes[i];
		if (i >= CENTRE_WINDOW_SAMPLES)
			sum -= slopes[i - CENTRE_WINDOW_SAMPLES];
		if (i >= CENTRE_WINDOW_SAMPLES - 1 && sum > steepest) {
			steepest = sum;
			*centre = first + (uint32_t)i - (CENTRE_WINDOW_SAMPLES >> 1);
		}
		before = here;
	}
	return 1;
}

int historyRead(const EcgHistory* h, uint32_t sample, int32_t before, int32_t after, int16_t* window)
{
	int32_t age = ageOf(h, sample);
	int32_t i;
	uint32_t at = sample + h->ringOffset - (uint32_t)(STEP_SAMPLES * before);
	if (!h->started || age - CENTRE_SEARCH_SAMPLES > h->stretch || age <= STEP_SAMPLES * after || age + STEP_SAMPLES * before > HISTORY_SAMPLES)
		return 0;
	for (i = 0; i < before + 1 + after; i++, at += STEP_SAMPLES)
		window[i] = h->ring[at & HISTORY_MASK];
	return 1;
}
