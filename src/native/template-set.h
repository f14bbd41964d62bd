/* Shapes of beats that a patient has shown: src/beats/template-set.ts in C. */
#ifndef EDGEBEAT_TEMPLATE_SET_H
#define EDGEBEAT_TEMPLATE_SET_H

#include <stdint.h>

#include "beat-shape.h"

#define TEMPLATE_COUNT_MAX 8
#define NO_TEMPLATE (-1)
#define LIKENESS_ONE 4096
#define TEMPLATE_COMPARE_STEPS 40
#define TEMPLATE_SHIFTS 7
#define TEMPLATE_PATCH_STEPS 46

typedef struct {
	int32_t patchNorm;
	int32_t sizeLog;
	int32_t recent;
	int32_t shift;
	int32_t irregular;
	int32_t usualLikeness;
	int32_t beats;
	int32_t regularBeats;
	int32_t lastBeat;
	int32_t share;
	int32_t earlyLog;
	int32_t nextLog;
	int32_t early;
	int32_t onTime;
	int32_t compensated;
	int32_t likeness;
	BeatShape shape;
	int16_t window[WINDOW_STEPS];
	int16_t patch[TEMPLATE_COMPARE_STEPS];
} BeatTemplate;

typedef struct {
	int32_t patchSizeLog;
	int32_t count;
	int32_t dominant;
	int32_t lifetime;
	int32_t matched;
	int32_t reference;
	int32_t previous;
	int32_t previous2;
	int32_t shiftNorm[TEMPLATE_SHIFTS];
	int16_t patch[TEMPLATE_PATCH_STEPS];
	BeatTemplate templates[TEMPLATE_COUNT_MAX];
} TemplateSet;

/* On zeroed memory. */
void templatesInit(TemplateSet* set);
int32_t templatesMatch(TemplateSet* set, const int16_t* window);
int32_t templatesLikeness(TemplateSet* set, int32_t one, int32_t other);
int32_t templatesSecondLikeness(const TemplateSet* set);
int32_t templatesLearn(TemplateSet* set, const int16_t* window, int32_t beat, int32_t earlyLog, int32_t nextLog, int regular);

#endif
