/* Measures of a QRS complex: src/beats/beat-shape.ts in C. */
#ifndef EDGEBEAT_BEAT_SHAPE_H
#define EDGEBEAT_BEAT_SHAPE_H

#include <stdint.h>

#define WINDOW_BEFORE_STEPS 44
#define WINDOW_STEPS 100

typedef struct {
	int32_t height;
	int32_t logHeight;
	int32_t high;
	int32_t low;
	int32_t base;
	int32_t logArea;
	int32_t logAreaWidth;
	int32_t logSlopeWidth;
	int32_t logWidth;
	int32_t logSteepness;
	int32_t way;
} BeatShape;

/* @param window WINDOW_STEPS of 1/4 uV */
void measureShape(const int16_t* window, BeatShape* shape);

#endif
