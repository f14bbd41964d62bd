/* Shape of one beat; constants have their reasons in src/beats/beat-shape.ts. */
#include "beat-shape.h"
#include "integers.h"

enum {
	COMPLEX_FIRST = WINDOW_BEFORE_STEPS - 13,
	COMPLEX_STEPS = 30,
	BASE_FIRST = WINDOW_BEFORE_STEPS - 14,
	BASE_STEPS = 5,
	HEIGHT_MIN = 80,
	AMPLITUDE_MIN = 40,
	STEEP_SHARE_Q8 = 38,
	STEEP_FIRST = WINDOW_BEFORE_STEPS - 10,
	STEEP_END = WINDOW_BEFORE_STEPS + 12,
	FLAT_STEPS = 3,
	WIDTH_BEFORE_STEPS = 22,
	WIDTH_AFTER_STEPS = 30
};

/* How far the window goes around its middle in one direction before it is flat. */
static int32_t reachOf(const int16_t* middle, int32_t limit, int32_t direction, int32_t steps)
{
	int32_t reach = 0, flat = 0, i;
	for (i = 0; i < steps && flat < FLAT_STEPS; i++) {
		if (absolute(middle[direction * i + 1] - middle[direction * i - 1]) > limit) {
			reach = i;
			flat = 0;
		}
		else
			flat++;
	}
	return reach;
}

static int32_t widthOf(const int16_t* window)
{
	const int16_t* middle = window + WINDOW_BEFORE_STEPS;
	int32_t steepest = 0, limit, i;
	for (i = STEEP_FIRST; i < STEEP_END; i++) {
		int32_t slope = absolute(window[i + 1] - window[i - 1]);
		if (slope > steepest)
			steepest = slope;
	}
	limit = steepest * STEEP_SHARE_Q8 >> 8;
	return reachOf(middle, limit, 1, WIDTH_AFTER_STEPS) + reachOf(middle, limit, -1, WIDTH_BEFORE_STEPS) + 1;
}

/* Variance of the slopes in time, Q8. In doubles, step by step as in TypeScript: no multiplication may melt into the subtraction. */
static int32_t varianceQ8(int32_t way, int32_t moment1, int32_t moment2)
{
	double mean = (double)moment1 / way;
	volatile double square = mean * mean;
	return (int32_t)(((double)moment2 / way - square) * 256);
}

void measureShape(const int16_t* window, BeatShape* shape)
{
	const int16_t* complex = window + COMPLEX_FIRST;
	int32_t base = 0, area = 0, way = 0, steepest = 0, moment1 = 0, moment2 = 0;
	int32_t high = complex[0], low = complex[0], amplitude, i;
	for (i = 0; i < BASE_STEPS; i++)
		base += window[BASE_FIRST + i];
	base /= BASE_STEPS;
	for (i = 0; i < COMPLEX_STEPS; i++) {
		int32_t slope = absolute(complex[i + 1] - complex[i]);
		if (complex[i] > high)
			high = complex[i];
		else if (complex[i] < low)
			low = complex[i];
		area += absolute(complex[i] - base);
		if (slope > steepest)
			steepest = slope;
		way += slope;
		moment1 += slope * i;
		moment2 += slope * i * i;
	}
	shape->height = high - low > HEIGHT_MIN ? high - low : HEIGHT_MIN;
	shape->high = high - base;
	shape->low = low - base;
	shape->base = base;
	amplitude = shape->high > -shape->low ? shape->high : -shape->low;
	shape->logHeight = log2Q10(shape->height);
	shape->logArea = log2Q10(area);
	shape->logAreaWidth = shape->logArea - log2Q10(amplitude < AMPLITUDE_MIN ? AMPLITUDE_MIN : amplitude);
	shape->logSlopeWidth = (log2Q10(way > 0 ? varianceQ8(way, moment1, moment2) : 0) - 8192) >> 1;
	shape->logWidth = log2Q10(widthOf(window));
	shape->logSteepness = log2Q10(steepest) - shape->logHeight;
	shape->way = way * 1024 / shape->height;
}
