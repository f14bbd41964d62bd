/* Signal quality; constants have their reasons in src/samples/quality.ts. */
#include "quality.h"
#include "integers.h"

enum {
	SAMPLE_RATE_HZ = 250,
	SATURATED_SAMPLES_MIN = 5,
	FLAT_UV_MAX = 10,
	JUMP_UV_MIN = 300,
	NOISE_PERCENT_MIN = 15,
	MEAN_SAMPLES = 5,
	ACTIVITY_FLOOR = 100,
	PERCENT = 100,
	RAIL_UV = INT16_MAX
};

static void start(SignalQuality* q, int32_t sampleUv)
{
	q->started = 1;
	q->meanCount = 0;
	q->sampleInMean = 0;
	q->meanSum = 0;
	q->secondSum = 0;
	q->lastMean = MEAN_SAMPLES * sampleUv;
	q->step1 = 0;
	q->step2 = 0;
	q->highestUv = sampleUv;
	q->lowestUv = sampleUv;
	q->saturatedCount = 0;
	q->hasLastSecond = 0;
	q->lastActivityMax = 0;
}

static void addMean(SignalQuality* q)
{
	int32_t step = absolute(q->meanSum - q->lastMean);
	q->lastMean = q->meanSum;
	q->activity[q->meanCount++] = step + q->step1 + q->step2;
	q->step2 = q->step1;
	q->step1 = step;
	q->secondSum += q->meanSum;
	q->sampleInMean = 0;
	q->meanSum = 0;
}

/* Median activity as a share of the largest, found with a histogram of one bin a percent. */
static int32_t noiseIndex(SignalQuality* q)
{
	uint8_t histogram[PERCENT + 1] = { 0 };
	int32_t largest = 0, below = 0, percent = -1, reference, k;
	for (k = 0; k < QUALITY_MEANS_PER_SECOND; k++)
		if (q->activity[k] > largest)
			largest = q->activity[k];
	reference = (largest > q->lastActivityMax ? largest : q->lastActivityMax) + ACTIVITY_FLOOR;
	q->lastActivityMax = largest;
	for (k = 0; k < QUALITY_MEANS_PER_SECOND; k++)
		histogram[PERCENT * q->activity[k] / reference]++;
	while (2 * below < QUALITY_MEANS_PER_SECOND)
		below += histogram[++percent];
	return percent;
}

static void judge(SignalQuality* q)
{
	int32_t meanUv = q->secondSum / SAMPLE_RATE_HZ;
	int32_t jumpUv = q->hasLastSecond ? meanUv - q->lastSecondMeanUv : 0;
	q->flags = noiseIndex(q) >= NOISE_PERCENT_MIN ? QUALITY_NOISY : 0;
	if (q->saturatedCount >= SATURATED_SAMPLES_MIN)
		q->flags |= QUALITY_SATURATED;
	if (q->highestUv - q->lowestUv <= FLAT_UV_MAX)
		q->flags |= QUALITY_FLAT;
	if (absolute(jumpUv) > JUMP_UV_MIN)
		q->flags |= QUALITY_BASELINE_JUMP;
	q->lastSecondMeanUv = meanUv;
	q->hasLastSecond = 1;
	q->secondSum = 0;
	q->meanCount = 0;
}

int qualityProcess(SignalQuality* q, const int32_t* samplesUv, int32_t count)
{
	int completed = 0;
	int32_t i;
	if (count == 0)
		return 0;
	if (!q->started)
		start(q, samplesUv[0]);
	for (i = 0; i < count; i++) {
		int32_t x = samplesUv[i];
		if (x > q->highestUv)
			q->highestUv = x;
		if (x < q->lowestUv)
			q->lowestUv = x;
		if (x >= RAIL_UV || x <= -RAIL_UV)
			q->saturatedCount++;
		q->meanSum += x;
		if (++q->sampleInMean < MEAN_SAMPLES)
			continue;
		addMean(q);
		if (q->meanCount < QUALITY_MEANS_PER_SECOND)
			continue;
		judge(q);
		q->highestUv = x;
		q->lowestUv = x;
		q->saturatedCount = 0;
		completed = 1;
	}
	return completed;
}

void qualityReset(SignalQuality* q)
{
	q->started = 0;
}
