/* Features of a beat; constants have their reasons in src/beats/beat-features.ts, and so has the order of the features. */
#include "beat-features.h"
#include "integers.h"

#include <math.h>
#include <stddef.h>

enum {
	RR_SAMPLES_MAX = 500,
	COMPLEX_FIRST = WINDOW_BEFORE_STEPS - 10,
	COMPLEX_STEPS = 24,
	T_FIRST = WINDOW_BEFORE_STEPS + 14,
	T_STEPS = 36,
	P_FIRST = WINDOW_BEFORE_STEPS - 30,
	P_STEPS = 22,
	QUIET_END = WINDOW_BEFORE_STEPS - 14,
	QUIET_BEGIN = WINDOW_BEFORE_STEPS + 19,
	QUIET_STEPS = 63,
	P_DEVIATION_MAX = 8191,
	P_WAVE_SHARE = 24,
	SPREAD_LEAST_LOG = 22,
	PAUSE_LOG = -123,
	EARLY_LOG = -485,
	DEVIATION_MAX = 8192,
	RUN_MAX = 8,
	FLAG = 64,
	COUNT_STEP = 16,
	BEATS_MAX = 100,
	NEW_EARLY_Q10 = 307,
	NEW_ON_TIME_Q10 = 307,
	NEW_COMPENSATED_Q10 = 205,
	NEW_LIKENESS = 3277,
	RECENT_BITS = 5,
	LOG2_OCTAVE = 1024
};

/* Offset and shift of each feature. */
static const struct {
	int16_t offset;
	uint8_t shift;
} SCALES[] = {
	{ -9, 3 }, { 3, 3 }, { -18, 3 }, { -7, 3 }, { 0, 3 }, { 11, 4 }, { -9, 3 }, { -9, 3 }, { -1, 3 }, { 1, 3 }, { 10, 2 }, { -60, 3 },
	{ 151, 4 }, { -4, 3 }, { 7, 3 }, { 0, 3 }, { 482, 3 }, { -56, 6 }, { -117, 3 }, { 101, 3 }, { 7729, 3 }, { 9, 2 }, { 309, 3 }, { 310, 3 },
	{ 140, 2 }, { 6292, 5 }, { 772, 5 }, { 580, 3 }, { 77, 1 }, { 176, 3 }, { 0, 3 }, { 11, 3 }, { 98, 0 }, { -9, 3 }, { -9, 3 }, { -9, 3 },
	{ -9, 3 }, { -9, 3 }, { -9, 3 }, { 3632, 5 }, { 70, 4 }, { 135, 4 }, { 95, 4 }, { 254, 3 }, { -41, 3 }, { 131, 4 }, { 97, 2 }, { -3, 2 },
	{ 86, 2 }, { 37, 3 }, { -61, 3 }, { 538, 3 }, { 540, 3 }, { 683, 4 }, { 32, 1 }, { 184, 3 }, { 115, 1 }, { 843, 5 }, { 144, 2 },
	{ 3484, 4 }, { 2800, 4 }, { 2309, 3 }, { -1290, 4 }, { 2438, 4 }, { 514, 4 }, { 268, 3 }, { 514, 4 }, { 3349, 4 }, { 2705, 4 },
	{ 2055, 3 }, { 43, 0 }, { 8249, 6 }, { 578, 3 }, { -26, 3 }, { -14, 3 }, { 107, 3 }, { 805, 3 }, { 59, 2 }, { 1497, 5 }, { 102, 4 },
	{ 69, 3 }, { 65, 3 }, { 2774, 4 }, { 2120, 3 }, { 3650, 5 }, { 3983, 2 }, { 41, 4 }, { 94, 0 }, { 2874, 6 }, { 3, 0 }, { 55, 1 },
	{ 40, 0 }, { 42, 0 }, { 42, 0 }, { 3633, 5 }, { 653, 3 }, { 47, 2 }, { 842, 3 }, { -51, 3 }, { -18, 3 }, { 8, 3 }, { 3589, 5 }, { 68, 3 },
	{ 68, 3 }, { 46, 2 },
};

enum { FEATURE_COUNT = sizeof SCALES / sizeof SCALES[0] };

/* All that one beat's features are made of. */
typedef struct {
	const BeatFeatures* features;
	const int16_t* window;
	const BeatShape* shape;
	/* The patient's usual template; NULL before there is one. */
	const BeatTemplate* usual;
	int32_t rrSamples;
	int32_t nextRrSamples;
	int32_t nextLog;
	int32_t earlyLog;
	int32_t lateLog;
	int32_t matched;
	/* Where the next feature goes. */
	int32_t* raw;
} Beat;

static void put(Beat* beat, int32_t value)
{
	*beat->raw++ = value;
}

static void putRatio(Beat* beat, int64_t part, int64_t whole, int32_t most)
{
	put(beat, limited(part * 1024 / whole, most));
}

static int32_t capped(int32_t rrSamples)
{
	return rrSamples < RR_SAMPLES_MAX ? rrSamples : RR_SAMPLES_MAX;
}

void featuresInit(BeatFeatures* f)
{
	rrInit(&f->rr);
	templatesInit(&f->templates);
	f->lastLikeness = LIKENESS_ONE;
	f->noise = 512 << RECENT_BITS;
}

static void putRhythm(Beat* beat)
{
	const RrHistory* rr = &beat->features->rr;
	int32_t log = rr->log, next = beat->nextLog, median = rr->medianLog, regular = rr->regularLog, local = rr->localLog;
	int32_t last = rrLogBack(rr, 1), last2 = rrLogBack(rr, 2), slow = rrSlowLog(rr), spread = rrSpreadLog(rr), back;
	put(beat, log - median); /* r_rr0_med */
	put(beat, next - median); /* r_rr1_med */
	put(beat, log - regular); /* r_rr0_nrr */
	put(beat, next - regular); /* r_rr1_nrr */
	put(beat, log - last); /* r_rr0_p */
	put(beat, next - log); /* r_rr1_rr0 */
	put(beat, last - median); /* r_rrp_med */
	put(beat, last2 - median); /* r_rrpp_med */
	put(beat, log - rrMeanLog(rr)); /* r_ema */
	put(beat, log - slow); /* r_slow */
	put(beat, median - slow); /* r_medslow */
	put(beat, rr->runBaseLog > 0 ? log - rr->runBaseLog : 0); /* r_on */
	put(beat, log2Q10(1 + rr->runBeats)); /* r_onN */
	put(beat, log - local); /* r_m8 */
	put(beat, next - local); /* r_rr1_m8 */
	put(beat, (beat->rrSamples > 0 && beat->nextRrSamples > 0 ? log2Q10(beat->rrSamples + beat->nextRrSamples) - LOG2_OCTAVE : next) - regular); /* r_comp2 */
	put(beat, rrRankQ10(rr)); /* r_rank */
	put(beat, limited((log - median) * 1024 / (spread + SPREAD_LEAST_LOG), DEVIATION_MAX)); /* r_z */
	put(beat, log - rrQuantileLog(rr, 6)); /* r_q80 */
	put(beat, log - rrQuantileLog(rr, 2)); /* r_q20 */
	put(beat, median); /* r_hr */
	put(beat, regular - median); /* r_nrrhr */
	put(beat, rrJumpsQ10(rr)); /* r_s07 */
	put(beat, rrRecentJumpsQ10(rr)); /* r_s16 */
	put(beat, rrChangeLog(rr)); /* r_ds */
	put(beat, log2Q10(spread + 8)); /* r_mad */
	put(beat, rrEntropyLog(rr)); /* r_se */
	put(beat, rrCellsQ10(rr)); /* r_map */
	put(beat, rrRegularChangeLog(rr)); /* r_ni */
	put(beat, rrRegularJumpsQ10(rr)); /* r_n07 */
	put(beat, log - last2); /* r_rr0_pp */
	put(beat, next - last); /* r_rr1_p */
	put(beat, beat->features->beats < BEATS_MAX ? beat->features->beats : BEATS_MAX); /* r_ln_n */
	for (back = 2; back < 8; back++)
		put(beat, rrLogBack(rr, back) - median); /* h_3 to h_8 */
}

/* What precedes the beat, against what precedes the usual one. @returns evidence for a P wave */
static int32_t putPWave(Beat* beat, const int16_t* window, const int16_t* usualWindow, int32_t height)
{
	int32_t mean = 0, usualMean = 0, squares = 0, usualSquares = 0, products = 0, difference = 0, norm, likeness, i;
	int32_t highest = -P_DEVIATION_MAX, lowest = P_DEVIATION_MAX, usualHighest = -P_DEVIATION_MAX, usualLowest = P_DEVIATION_MAX, highestAt = 0;
	for (i = 0; i < P_STEPS; i++) {
		mean += window[i];
		usualMean += usualWindow[i];
	}
	mean /= P_STEPS;
	usualMean /= P_STEPS;
	for (i = 0; i < P_STEPS; i++) {
		int32_t value = limited(window[i] - mean, P_DEVIATION_MAX);
		int32_t usual = limited(usualWindow[i] - usualMean, P_DEVIATION_MAX);
		squares += value * value;
		usualSquares += usual * usual;
		products += value * usual;
		difference += absolute(value - usual);
		if (value > highest) {
			highest = value;
			highestAt = i;
		}
		if (value < lowest)
			lowest = value;
		if (usual > usualHighest)
			usualHighest = usual;
		if (usual < usualLowest)
			usualLowest = usual;
	}
	/* In doubles as in TypeScript: the product has up to 62 bits and is rounded there. */
	norm = (int32_t)sqrt((double)squares * usualSquares);
	likeness = norm > 0 ? (int32_t)((int64_t)products * 1024 / norm) : 0;
	put(beat, likeness); /* p_c */
	putRatio(beat, difference, P_STEPS * height, 2 * 1024); /* p_d */
	putRatio(beat, highest - lowest, height, 2 * 1024); /* p_amp */
	putRatio(beat, usualHighest - usualLowest, height, 2 * 1024); /* p_damp */
	putRatio(beat, products, (int64_t)usualSquares + 1, 3 * 1024); /* p_reg */
	put(beat, highestAt * COUNT_STEP); /* p_x */
	return likeness > 0 && (usualHighest - usualLowest) * P_WAVE_SHARE > height ? likeness * 100 >> 10 : 0;
}

/* The beat against the patient's usual one, wave by wave; the first beat of all against itself. @returns evidence for a P wave */
static int32_t putComparison(Beat* beat)
{
	const BeatTemplate* usual = beat->usual;
	const BeatShape* shape = beat->shape;
	const BeatShape* own = usual ? &usual->shape : shape;
	const int16_t* window = beat->window;
	const int16_t* usualWindow = usual ? usual->window : window;
	int32_t shift = usual ? usual->shift : 0, height = own->height;
	int32_t level = window[COMPLEX_FIRST + shift] - usualWindow[COMPLEX_FIRST], base = shape->base - own->base;
	int32_t difference = 0, higher = 0, i;
	put(beat, usual ? usual->likeness : LIKENESS_ONE); /* t_dr */
	put(beat, shape->logHeight - own->logHeight); /* t_amp */
	put(beat, shape->logWidth - own->logWidth); /* t_wd */
	put(beat, shape->logAreaWidth - own->logAreaWidth); /* t_wA */
	put(beat, shape->logSlopeWidth - own->logSlopeWidth); /* t_wS */
	put(beat, shape->logSteepness - own->logSteepness); /* t_steep */
	put(beat, shape->logArea - own->logArea); /* t_area */
	for (i = COMPLEX_FIRST; i < COMPLEX_FIRST + COMPLEX_STEPS; i++)
		difference += absolute(window[i + shift] - usualWindow[i] - level);
	putRatio(beat, difference, COMPLEX_STEPS * height, 3 * 1024); /* t_ad */
	difference = 0;
	for (i = T_FIRST; i < T_FIRST + T_STEPS; i++) {
		int32_t away = window[i] - usualWindow[i] - base;
		higher += away;
		difference += absolute(away);
	}
	putRatio(beat, higher, T_STEPS * height, 2 * 1024); /* t_td */
	putRatio(beat, difference, T_STEPS * height, 3 * 1024); /* t_tad */
	putRatio(beat, shape->high - own->high, height, 4 * 1024); /* t_mx */
	putRatio(beat, shape->low - own->low, height, 4 * 1024); /* t_mn */
	putRatio(beat, shape->high, shape->height, 4 * 1024); /* t_pos */
	putRatio(beat, own->high, height, 4 * 1024); /* t_dpos */
	return putPWave(beat, window + P_FIRST + shift, usualWindow + P_FIRST, height);
}

/* Adds up one quiet part of the window: by how much its slopes turn, and how far it is from 0. */
static void addQuiet(const int16_t* from, const int16_t* end, int32_t slope, int32_t* bend, int32_t* level)
{
	for (; from < end; from++) {
		int32_t nextSlope = from[0] - from[-1];
		*bend += absolute(nextSlope - slope);
		*level += absolute(from[0]);
		slope = nextSlope;
	}
}

/* What the beat and the usual one look like by themselves. @returns the noise around it */
static int32_t putAppearance(Beat* beat)
{
	const BeatShape* shape = beat->shape;
	const BeatShape* own = beat->usual ? &beat->usual->shape : shape;
	const int16_t* window = beat->window;
	int32_t bend = 0, level = 0, noise, height = QUIET_STEPS * shape->height;
	addQuiet(window + 1, window + QUIET_END, 0, &bend, &level);
	addQuiet(window + QUIET_BEGIN, window + WINDOW_STEPS, window[QUIET_BEGIN] - window[QUIET_BEGIN - 1], &bend, &level);
	noise = limited((int64_t)20 * bend * 1024 / height, 4 * 1024);
	put(beat, shape->logWidth); /* a_wd */
	put(beat, shape->logAreaWidth); /* a_wA */
	put(beat, shape->logSlopeWidth); /* a_wS */
	put(beat, shape->logSteepness); /* a_steep */
	put(beat, shape->way); /* a_compl */
	put(beat, noise); /* a_hf */
	putRatio(beat, (int64_t)3 * level, height, 4 * 1024); /* a_lf */
	put(beat, beat->features->noise >> RECENT_BITS); /* a_hfE */
	put(beat, own->logWidth); /* a_dwd */
	put(beat, own->logAreaWidth); /* a_dwA */
	put(beat, own->logSlopeWidth); /* a_dwS */
	return noise;
}

/* The history of the beat's template. */
static void putCluster(Beat* beat, TemplateSet* set)
{
	const BeatFeatures* f = beat->features;
	const BeatTemplate* usual = beat->usual;
	const BeatTemplate* own = beat->matched == NO_TEMPLATE ? NULL : &set->templates[beat->matched];
	const BeatTemplate* oldest = set->lifetime == NO_TEMPLATE ? NULL : &set->templates[set->lifetime];
	const BeatShape* shape = own ? &own->shape : beat->shape;
	const BeatShape* usualShape = usual ? &usual->shape : beat->shape;
	const BeatShape* oldShape = oldest ? &oldest->shape : beat->shape;
	int32_t meanEarlyLog = own ? own->earlyLog : beat->earlyLog;
	int32_t likeness = LIKENESS_ONE;
	put(beat, own && own == usual ? FLAG : 0); /* c_dom */
	put(beat, own ? log2Q10(1 + own->beats) : 0); /* c_n */
	put(beat, own ? own->share >> 6 : 0); /* c_share */
	put(beat, meanEarlyLog); /* c_prem */
	put(beat, own ? own->nextLog : beat->lateLog); /* c_comp */
	put(beat, own ? own->early >> 5 : NEW_EARLY_Q10); /* c_P */
	put(beat, own ? own->onTime >> 5 : NEW_ON_TIME_Q10); /* c_N */
	put(beat, own ? own->compensated >> 5 : NEW_COMPENSATED_Q10); /* c_C */
	put(beat, own ? log2Q10(1 + f->beats - own->lastBeat) : 0); /* c_age */
	put(beat, shape->logWidth - usualShape->logWidth); /* c_wd */
	put(beat, shape->logAreaWidth - usualShape->logAreaWidth); /* c_wA */
	put(beat, shape->logSlopeWidth - usualShape->logSlopeWidth); /* c_wS */
	put(beat, shape->logAreaWidth); /* c_awA */
	put(beat, shape->logSlopeWidth); /* c_awS */
	if (usual && own != usual)
		likeness = own ? templatesLikeness(set, beat->matched, set->reference) : usual->likeness;
	put(beat, likeness); /* c_dr */
	put(beat, own ? own->likeness : NEW_LIKENESS); /* c_r */
	put(beat, shape->logHeight - usualShape->logHeight); /* c_amp */
	put(beat, set->count * COUNT_STEP); /* c_ntpl */
	put(beat, templatesSecondLikeness(set)); /* c_second */
	put(beat, own ? 0 : FLAG); /* c_new */
	put(beat, own && set->previous == beat->matched ? (f->run + 1 < RUN_MAX ? f->run + 1 : RUN_MAX) * COUNT_STEP : 0); /* c_run */
	put(beat, own && set->previous2 == beat->matched ? FLAG : 0); /* c_same2 */
	put(beat, f->beats == 0 || set->previous == set->reference ? FLAG : 0); /* c_prevdom */
	put(beat, f->beats <= 1 || set->previous2 == set->reference ? FLAG : 0); /* c_prev2dom */
	put(beat, f->lastLikeness); /* c_prevdr */
	put(beat, usual ? usual->share >> 6 : 0); /* c_domshare */
	put(beat, usual ? usual->early >> 5 : 0); /* c_domP */
	put(beat, usual ? usual->onTime >> 5 : 0); /* c_domN */
	put(beat, meanEarlyLog - (usual ? usual->earlyLog : 0)); /* c_premrel */
	put(beat, f->lastEarlyLog); /* c_prevprem */
	put(beat, beat->earlyLog - meanEarlyLog); /* c_pm_dev */
	put(beat, oldest ? oldest->likeness : LIKENESS_ONE); /* c_dr2 */
	put(beat, shape->logSlopeWidth - oldShape->logSlopeWidth); /* c_wS2 */
	put(beat, shape->logAreaWidth - oldShape->logAreaWidth); /* c_wA2 */
	put(beat, f->newBeats >> 5); /* c_newr */
}

static void learn(BeatFeatures* f, const Beat* beat, int regular)
{
	TemplateSet* set = &f->templates;
	int32_t before = set->previous, place;
	f->lastLikeness = beat->usual ? beat->usual->likeness : LIKENESS_ONE;
	f->lastEarlyLog = beat->earlyLog;
	place = templatesLearn(set, beat->window, f->beats, beat->earlyLog, beat->lateLog, regular);
	f->newBeats += ((beat->matched == NO_TEMPLATE ? 32767 : 0) - f->newBeats) >> RECENT_BITS;
	f->beats++;
	f->run = before == place ? f->run + 1 : 0;
	if (beat->rrSamples > 0)
		rrSettle(&f->rr, place == set->dominant && set->previous2 == place);
}

void featuresNext(BeatFeatures* f, const int16_t* window, int32_t rrSamples, int32_t nextRrSamples, int8_t* into)
{
	RrHistory* rr = &f->rr;
	BeatShape shape;
	int32_t raw[FEATURE_COUNT];
	Beat beat = { .features = f, .window = window, .shape = &shape, .rrSamples = rrSamples, .nextRrSamples = nextRrSamples, .raw = raw };
	int32_t noise, i;
	if (rrSamples > 0)
		rrAdd(rr, capped(rrSamples));
	else
		rrBeginWithout(rr);
	beat.nextLog = nextRrSamples > 0 ? log2Q10(capped(nextRrSamples)) : rr->medianLog;
	beat.earlyLog = rr->log - rr->regularLog;
	beat.lateLog = beat.nextLog - rr->regularLog;
	measureShape(window, &shape);
	beat.matched = templatesMatch(&f->templates, window);
	beat.usual = f->templates.reference == NO_TEMPLATE ? NULL : &f->templates.templates[f->templates.reference];
	putRhythm(&beat);
	f->pWave = putComparison(&beat);
	noise = putAppearance(&beat);
	f->noise += noise - (f->noise >> RECENT_BITS);
	putCluster(&beat, &f->templates);
	for (i = 0; i < FEATURE_COUNT; i++)
		into[i] = (int8_t)limited((raw[i] - SCALES[i].offset) >> SCALES[i].shift, 127);
	learn(f, &beat,
		rrSamples > 0 && nextRrSamples > 0 && rr->log >= beat.nextLog + PAUSE_LOG && rr->log > rr->medianLog + EARLY_LOG);
}
