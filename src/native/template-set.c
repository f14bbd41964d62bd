/* Templates; constants have their reasons in src/beats/template-set.ts. */
#include "template-set.h"
#include "integers.h"

enum {
	COMPARE_BEFORE_STEPS = 10,
	SHIFT_STEPS_MAX = 3,
	PATCH_FIRST = WINDOW_BEFORE_STEPS - COMPARE_BEFORE_STEPS - SHIFT_STEPS_MAX,
	PATCH_BITS = 11,
	JOIN_LIKENESS = 3604,
	SIZE_PENALTY = 614,
	SIZE_LOG_MAX = 868,
	SIZE_LOG_MIN = -883,
	DOMINANT_LIKENESS = 3809,
	DOMINANT_LIKENESS_LESS = 25,
	MERGE_LIKENESS = 4035,
	MERGE_SIZE_LOG_MAX = 421,
	MERGE_EARLY_LOG_MAX = 118,
	MERGE_BEATS_MIN = 3,
	RECENT_BITS = 7,
	RECENT_ONE = 4096,
	SHARE_BITS = 6,
	SHARE_ONE = 65536,
	REGULAR_BITS = 10,
	SWITCH_Q8 = 333,
	IRREGULAR_WEIGHT_Q8 = 77,
	DOMINANT_USUAL_LIKENESS = 2867,
	DOMINANT_REGULAR_Q8 = 102,
	REGULAR_WEIGHT_BITS = 3,
	EARLY_LOG = -192,
	ON_TIME_LOG = 177,
	LATE_NEXT_LOG = 118,
	RATE_ONE = 32767,
	FOLLOW_BITS = 12,
	FOLLOW_ONE = 1 << FOLLOW_BITS,
	FOLLOW_BEATS_MAX = 16
};

void templatesInit(TemplateSet* set)
{
	set->dominant = set->lifetime = set->matched = set->reference = set->previous = set->previous2 = NO_TEMPLATE;
}

/* Copies the compared part of a window, scaled to PATCH_BITS, and takes the norm of it at each displacement. */
static void loadPatch(TemplateSet* set, const int16_t* window)
{
	int16_t* patch = set->patch;
	int32_t sum = 0, largest = 1, total = 0, squares = 0, mean, down, i;
	for (i = 0; i < TEMPLATE_PATCH_STEPS; i++)
		sum += window[PATCH_FIRST + i];
	mean = sum / TEMPLATE_PATCH_STEPS;
	for (i = 0; i < TEMPLATE_PATCH_STEPS; i++) {
		int32_t size = absolute(window[PATCH_FIRST + i] - mean);
		if (size > largest)
			largest = size;
	}
	down = highestBit((uint32_t)largest) + 1 - PATCH_BITS;
	for (i = 0; i < TEMPLATE_PATCH_STEPS; i++) {
		int32_t value = window[PATCH_FIRST + i] - mean;
		patch[i] = (int16_t)(down < 0 ? value * (1 << -down) : value >> down);
	}
	for (i = 0; i < TEMPLATE_COMPARE_STEPS; i++) {
		total += patch[i];
		squares += patch[i] * patch[i];
	}
	for (i = 0;; i++) {
		int32_t leaves = patch[i], comes;
		/* The whole part of 16 (squares - total^2 / 40). */
		uint64_t twice = (uint64_t)((int64_t)total * total) * 2;
		set->shiftNorm[i] = (int32_t)rootOf((uint64_t)squares * 16 - (twice + 4) / 5);
		if (i == TEMPLATE_SHIFTS - 1)
			break;
		comes = patch[i + TEMPLATE_COMPARE_STEPS];
		total += comes - leaves;
		squares += comes * comes - leaves * leaves;
	}
	set->patchSizeLog = log2Q10(set->shiftNorm[SHIFT_STEPS_MAX]) + down * 1024;
}

static int32_t compareAt(const TemplateSet* set, const BeatTemplate* template_, int32_t shift)
{
	const int16_t* patch = set->patch + shift;
	int64_t norms = (int64_t)set->shiftNorm[shift] * template_->patchNorm;
	int32_t sum = 0, i;
	if (norms == 0)
		return 0;
	for (i = 0; i < TEMPLATE_COMPARE_STEPS; i++)
		sum += template_->patch[i] * patch[i];
	return (int32_t)((int64_t)sum * (16 * LIKENESS_ONE) / norms);
}

/* Likeness of the patch to a template at the best displacement, looked for uphill from none. Q12 */
static int32_t compare(const TemplateSet* set, BeatTemplate* template_)
{
	int32_t best = compareAt(set, template_, SHIFT_STEPS_MAX), bestShift = SHIFT_STEPS_MAX, direction, shift;
	for (direction = 1; direction >= -1 && bestShift == SHIFT_STEPS_MAX; direction -= 2)
		for (shift = SHIFT_STEPS_MAX + direction; shift >= 0 && shift < TEMPLATE_SHIFTS; shift += direction) {
			int32_t likeness = compareAt(set, template_, shift);
			if (likeness <= best)
				break;
			best = likeness;
			bestShift = shift;
		}
	template_->shift = bestShift - SHIFT_STEPS_MAX;
	return best;
}

int32_t templatesMatch(TemplateSet* set, const int16_t* window)
{
	int32_t best = NO_TEMPLATE, bestScore = JOIN_LIKENESS, lifetime = NO_TEMPLATE, i;
	int32_t highest = -LIKENESS_ONE - SIZE_PENALTY, dominantScore = highest;
	loadPatch(set, window);
	for (i = 0; i < TEMPLATE_COUNT_MAX; i++) {
		BeatTemplate* template_ = &set->templates[i];
		int32_t sizeLog, score;
		if (template_->beats == 0)
			continue;
		template_->likeness = compare(set, template_);
		sizeLog = set->patchSizeLog - template_->sizeLog;
		score = sizeLog > SIZE_LOG_MAX || sizeLog < SIZE_LOG_MIN ? template_->likeness - SIZE_PENALTY : template_->likeness;
		if (score > highest)
			highest = score;
		if (score > bestScore) {
			bestScore = score;
			best = i;
		}
		if (i == set->dominant)
			dominantScore = score;
		if (lifetime == NO_TEMPLATE || template_->regularBeats > set->templates[lifetime].regularBeats)
			lifetime = i;
	}
	if (dominantScore > DOMINANT_LIKENESS && dominantScore > highest - DOMINANT_LIKENESS_LESS)
		best = set->dominant;
	set->matched = best;
	set->lifetime = lifetime;
	set->reference = set->dominant;
	/* Where there is a template, one is dominant. */
	if (lifetime != NO_TEMPLATE && set->dominant != NO_TEMPLATE && set->templates[lifetime].likeness > set->templates[set->dominant].likeness)
		set->reference = lifetime;
	return best;
}

int32_t templatesLikeness(TemplateSet* set, int32_t one, int32_t other)
{
	BeatTemplate* template_ = &set->templates[other];
	int32_t shift = template_->shift, likeness;
	loadPatch(set, set->templates[one].window);
	likeness = compare(set, template_);
	template_->shift = shift;
	return likeness;
}

int32_t templatesSecondLikeness(const TemplateSet* set)
{
	int32_t highest = -LIKENESS_ONE, i;
	for (i = 0; i < TEMPLATE_COUNT_MAX; i++)
		if (set->templates[i].beats > 0 && i != set->matched && set->templates[i].likeness > highest)
			highest = set->templates[i].likeness;
	return highest;
}

static void clear(BeatTemplate* template_)
{
	template_->beats = 0;
	template_->regularBeats = 0;
	template_->recent = 0;
	template_->share = 0;
}

/* A free place, if need be that of the least used template. */
static int32_t makeRoom(TemplateSet* set)
{
	int32_t least = NO_TEMPLATE, leastScore = 0, i;
	for (i = 0; i < TEMPLATE_COUNT_MAX; i++) {
		const BeatTemplate* template_ = &set->templates[i];
		int32_t score = template_->recent + (template_->regularBeats >> REGULAR_WEIGHT_BITS);
		if (template_->beats == 0) {
			set->count++;
			clear(&set->templates[i]);
			return i;
		}
		if (i == set->dominant || i == set->lifetime)
			continue;
		if (least == NO_TEMPLATE || score < leastScore) {
			least = i;
			leastScore = score;
		}
	}
	clear(&set->templates[least]);
	if (set->previous == least)
		set->previous = NO_TEMPLATE;
	return least;
}

static void followWindow(BeatTemplate* template_, const int16_t* window, int32_t follow)
{
	int32_t i;
	for (i = 0; i < WINDOW_STEPS; i++) {
		int32_t from = i + template_->shift;
		int32_t value = window[from < 0 ? 0 : from >= WINDOW_STEPS ? WINDOW_STEPS - 1 : from];
		int32_t old = template_->window[i];
		template_->window[i] = (int16_t)(follow == FOLLOW_ONE ? value : old + (((value - old) * follow + FOLLOW_ONE / 2) >> FOLLOW_BITS));
	}
}

static void takePatch(TemplateSet* set, BeatTemplate* template_)
{
	const int16_t* patch = set->patch + SHIFT_STEPS_MAX;
	int32_t sum = 0, i;
	loadPatch(set, template_->window);
	for (i = 0; i < TEMPLATE_COMPARE_STEPS; i++)
		sum += patch[i];
	for (i = 0; i < TEMPLATE_COMPARE_STEPS; i++)
		template_->patch[i] = (int16_t)(patch[i] - sum / TEMPLATE_COMPARE_STEPS);
	template_->patchNorm = set->shiftNorm[SHIFT_STEPS_MAX];
	template_->sizeLog = set->patchSizeLog;
}

static void approach(int32_t* mean, int32_t value, int32_t follow)
{
	*mean += ((value - *mean) * follow) >> FOLLOW_BITS;
}

/* Joins the template with another that has become the same. */
static int32_t merge(TemplateSet* set, int32_t place)
{
	BeatTemplate* template_ = &set->templates[place];
	int loaded = 0;
	int32_t i;
	if (template_->beats < MERGE_BEATS_MIN)
		return place;
	for (i = 0; i < TEMPLATE_COUNT_MAX; i++) {
		BeatTemplate* other = &set->templates[i];
		BeatTemplate* kept;
		BeatTemplate* gone;
		int32_t keptPlace, gonePlace;
		if (i == place || other->beats < MERGE_BEATS_MIN)
			continue;
		if (absolute(template_->sizeLog - other->sizeLog) > MERGE_SIZE_LOG_MAX || absolute(template_->earlyLog - other->earlyLog) > MERGE_EARLY_LOG_MAX)
			continue;
		if (!loaded)
			loadPatch(set, template_->window);
		loaded = 1;
		if (compare(set, other) <= MERGE_LIKENESS)
			continue;
		keptPlace = other->recent > template_->recent ? i : place;
		gonePlace = keptPlace == i ? place : i;
		kept = &set->templates[keptPlace];
		gone = &set->templates[gonePlace];
		kept->recent += gone->recent;
		kept->share += gone->share;
		kept->beats += gone->beats;
		kept->regularBeats += gone->regularBeats;
		kept->lastBeat = template_->lastBeat;
		clear(gone);
		set->count--;
		if (set->dominant == gonePlace)
			set->dominant = keptPlace;
		if (set->lifetime == gonePlace)
			set->lifetime = keptPlace;
		if (set->previous == gonePlace)
			set->previous = keptPlace;
		return keptPlace;
	}
	return place;
}

static int32_t weightOf(const BeatTemplate* template_)
{
	return template_->irregular > RATE_ONE >> 1 ? template_->recent * IRREGULAR_WEIGHT_Q8 >> 8 : template_->recent;
}

static void chooseDominant(TemplateSet* set)
{
	int32_t most = NO_TEMPLATE, mostWeight = -1, i;
	int32_t regularLeast = set->lifetime == NO_TEMPLATE ? 0 : (set->templates[set->lifetime].regularBeats >> 8) * DOMINANT_REGULAR_Q8;
	for (i = 0; i < TEMPLATE_COUNT_MAX; i++) {
		const BeatTemplate* template_ = &set->templates[i];
		if (template_->beats == 0)
			continue;
		if (template_->usualLikeness < DOMINANT_USUAL_LIKENESS && i != set->lifetime && template_->regularBeats < regularLeast)
			continue;
		if (weightOf(template_) > mostWeight) {
			mostWeight = weightOf(template_);
			most = i;
		}
	}
	if (set->dominant == NO_TEMPLATE || mostWeight * 256 > weightOf(&set->templates[set->dominant]) * SWITCH_Q8)
		set->dominant = most;
}

int32_t templatesLearn(TemplateSet* set, const int16_t* window, int32_t beat, int32_t earlyLog, int32_t nextLog, int regular)
{
	int32_t place = set->matched, beats, follow, i;
	BeatTemplate* template_;
	int isEarly = earlyLog < EARLY_LOG;
	if (place == NO_TEMPLATE) {
		place = makeRoom(set);
		set->templates[place].shift = 0;
	}
	template_ = &set->templates[place];
	beats = ++template_->beats;
	follow = FOLLOW_ONE / (beats < FOLLOW_BEATS_MAX ? beats : FOLLOW_BEATS_MAX);
	followWindow(template_, window, follow);
	takePatch(set, template_);
	measureShape(template_->window, &template_->shape);
	if (regular)
		template_->regularBeats += RECENT_ONE;
	approach(&template_->irregular, regular ? 0 : RATE_ONE, follow);
	approach(&template_->earlyLog, earlyLog, follow);
	approach(&template_->nextLog, nextLog, follow);
	approach(&template_->early, isEarly ? RATE_ONE : 0, follow);
	approach(&template_->onTime, absolute(earlyLog) < ON_TIME_LOG ? RATE_ONE : 0, follow);
	approach(&template_->compensated, isEarly && nextLog > LATE_NEXT_LOG ? RATE_ONE : 0, follow);
	template_->lastBeat = beat;
	template_->usualLikeness = set->lifetime == NO_TEMPLATE || set->lifetime == place ? LIKENESS_ONE : templatesLikeness(set, place, set->lifetime);
	for (i = 0; i < TEMPLATE_COUNT_MAX; i++) {
		BeatTemplate* other = &set->templates[i];
		other->recent -= other->recent >> RECENT_BITS;
		other->regularBeats -= other->regularBeats >> REGULAR_BITS;
		other->share -= other->share >> SHARE_BITS;
	}
	template_->recent += RECENT_ONE;
	template_->share += SHARE_ONE >> SHARE_BITS;
	if (set->matched != NO_TEMPLATE)
		place = merge(set, place);
	set->previous2 = set->previous;
	set->previous = place;
	chooseDominant(set);
	return place;
}
