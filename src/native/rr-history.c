/* Intervals and their statistics; constants have their reasons in src/beats/rr-history.ts. */
#include "rr-history.h"
#include "integers.h"

enum {
	RECENT_COUNT = 16,
	LOCAL_COUNT = 8,
	REGULAR_COUNT_MIN = 3,
	REGULAR_AGE_MAX = 16,
	JUMP_LOG = 100,
	CHANGE_LOG_MAX = 600,
	ALIKE_LOG = 89,
	CELL_Q16 = 1489,
	USUAL_LOG = 7827,
	RUN_BEGIN_LOG = -240,
	RUN_END_LOG = -206,
	MEAN_RATE_FIRST = 16,
	MEAN_RATE_LAST = 128,
	SLOW_RATE_LAST = 512,
	MEAN_BITS = 10,
	MEAN_ONE = 1 << MEAN_BITS,
	LOG2_OCTAVE = 1024
};

void rrInit(RrHistory* rr)
{
	rr->lastRegularLog = -1;
	rr->mean = USUAL_LOG * MEAN_ONE;
	rr->slow = USUAL_LOG * MEAN_ONE;
	rr->log = rr->medianLog = rr->localLog = rr->regularLog = USUAL_LOG;
}

/* part of count, 0 of none. [1/1024] */
static int32_t shareQ10(int32_t part, int32_t count)
{
	return count > 0 ? part * 1024 / count : 0;
}

static int32_t regularChanges(const RrHistory* rr)
{
	return rr->regularChangeCount < RR_CHANGE_COUNT ? (int32_t)rr->regularChangeCount : RR_CHANGE_COUNT;
}

int32_t rrRankQ10(const RrHistory* rr)
{
	return rr->count > 0 ? rr->rank * 1024 / rr->count : 512;
}

int32_t rrMeanLog(const RrHistory* rr)
{
	return rr->mean >> MEAN_BITS;
}

int32_t rrSlowLog(const RrHistory* rr)
{
	return rr->slow >> MEAN_BITS;
}

int32_t rrJumpsQ10(const RrHistory* rr)
{
	return shareQ10(rr->jumps, rr->count - 1);
}

int32_t rrRecentJumpsQ10(const RrHistory* rr)
{
	return shareQ10(rr->recentJumps, rr->count - 1 < RECENT_COUNT ? rr->count - 1 : RECENT_COUNT);
}

int32_t rrChangeLog(const RrHistory* rr)
{
	return rr->count > 1 ? rr->changeSum / (rr->count - 1) : 0;
}

int32_t rrCellsQ10(const RrHistory* rr)
{
	return shareQ10(rr->cellCount, rr->count - 1);
}

int32_t rrEntropyLog(const RrHistory* rr)
{
	return log2Q10(rr->pairs + 1) - log2Q10(rr->triples + 1);
}

int32_t rrRegularChangeLog(const RrHistory* rr)
{
	return rr->regularChangeCount > 0 ? rr->regularChangeSum / regularChanges(rr) : 0;
}

int32_t rrRegularJumpsQ10(const RrHistory* rr)
{
	return shareQ10(rr->regularJumps, regularChanges(rr));
}

int32_t rrLogBack(const RrHistory* rr, int32_t back)
{
	int32_t at = rr->end - 1 - back;
	if (back >= rr->count)
		return rr->medianLog;
	return rr->logs[at < 0 ? at + RR_COUNT : at];
}

int32_t rrQuantileLog(const RrHistory* rr, int32_t eighths)
{
	int32_t at = rr->count * eighths >> 3;
	if (rr->count == 0)
		return rr->medianLog;
	return rr->sorted[at < rr->count ? at : rr->count - 1];
}

int32_t rrSpreadLog(const RrHistory* rr)
{
	return (rrQuantileLog(rr, 6) - rrQuantileLog(rr, 2)) >> 1;
}

void rrBeginWithout(RrHistory* rr)
{
	rr->log = rr->medianLog;
	rr->lastRegularLog = -1;
	rr->runBaseLog = 0;
	rr->runBeats = 0;
}

static int32_t after(int32_t at)
{
	return at + 1 == RR_COUNT ? 0 : at + 1;
}

static int32_t before(int32_t at)
{
	return at == 0 ? RR_COUNT - 1 : at - 1;
}

static int areAlike(int32_t one, int32_t other)
{
	return absolute(one - other) < ALIKE_LOG;
}

/* Of `count` intervals from `at` on: those alike `log` (pairs), and of them those followed by one alike `next` (triples), times `sign`. */
static void countPairs(RrHistory* rr, int32_t at, int32_t count, int32_t log, int32_t next, int32_t sign)
{
	int32_t i;
	for (i = 0; i < count; i++) {
		int32_t following = after(at);
		if (areAlike(rr->logs[at], log)) {
			rr->pairs += sign;
			if (areAlike(rr->logs[following], next))
				rr->triples += sign;
		}
		at = following;
	}
}

/* One number for a cell of the map. */
static int32_t cellOf(int32_t log, int32_t change)
{
	return (log * CELL_Q16 >> 16) * 1024 + (change * CELL_Q16 >> 16) + 512;
}

static int hasCell(const RrHistory* rr, int32_t cell, int32_t count)
{
	int32_t at = rr->end, i;
	for (i = 0; i < count; i++) {
		at = before(at);
		if (rr->cells[at] == cell)
			return 1;
	}
	return 0;
}

static int32_t localMedian(const RrHistory* rr)
{
	int32_t scratch[LOCAL_COUNT];
	int32_t count = rr->count < LOCAL_COUNT ? rr->count : LOCAL_COUNT;
	int32_t at = rr->end, i;
	if (count == 0)
		return rr->medianLog;
	for (i = 0; i < count; i++) {
		at = before(at);
		scratch[i] = rr->logs[at];
	}
	return medianOf(scratch, count, scratch);
}

static void dropOldest(RrHistory* rr)
{
	int32_t oldest = rr->end;
	int32_t second = after(oldest);
	int32_t cell = rr->cells[second];
	int32_t at = 0;
	countPairs(rr, second, RR_COUNT - 2, rr->logs[oldest], rr->logs[second], -1);
	rr->changeSum -= rr->changes[second];
	if (rr->changes[second] > JUMP_LOG)
		rr->jumps--;
	rr->cells[second] = -1;
	rr->changes[second] = 0;
	rr->count = RR_COUNT - 1;
	if (!hasCell(rr, cell, RR_COUNT - 1))
		rr->cellCount--;
	while (rr->sorted[at] != rr->logs[oldest])
		at++;
	for (; at < RR_COUNT - 1; at++)
		rr->sorted[at] = rr->sorted[at + 1];
}

static void append(RrHistory* rr, int32_t log)
{
	int32_t count = rr->count, end = rr->end, cell = -1, change = 0, at;
	if (count > 0) {
		int32_t last = before(end);
		int32_t lastLog = rr->logs[last];
		change = absolute(log - lastLog);
		if (change > CHANGE_LOG_MAX)
			change = CHANGE_LOG_MAX;
		rr->changeSum += change;
		if (change > JUMP_LOG) {
			rr->jumps++;
			rr->recentJumps++;
		}
		if (count - 1 >= RECENT_COUNT && rr->changes[(end - RECENT_COUNT + RR_COUNT) % RR_COUNT] > JUMP_LOG)
			rr->recentJumps--;
		cell = cellOf(log, log - lastLog);
		if (!hasCell(rr, cell, count))
			rr->cellCount++;
		at = last - (count - 1);
		countPairs(rr, at < 0 ? at + RR_COUNT : at, count - 1, lastLog, log, 1);
	}
	rr->logs[end] = (int16_t)log;
	rr->changes[end] = (int16_t)change;
	rr->cells[end] = cell;
	rr->end = after(end);
	rr->count = count + 1;
	for (at = count; at > 0 && rr->sorted[at - 1] >= log; at--)
		rr->sorted[at] = rr->sorted[at - 1];
	rr->sorted[at] = (int16_t)log;
	rr->rank = at;
}

static void followRun(RrHistory* rr, int32_t log)
{
	if (rr->runBaseLog > 0) {
		if (log > rr->runBaseLog + RUN_END_LOG)
			rr->runBaseLog = 0;
		else
			rr->runBeats++;
	}
	if (rr->runBaseLog == 0) {
		int begins = log < rr->localLog + RUN_BEGIN_LOG;
		rr->runBaseLog = begins ? rr->localLog : 0;
		rr->runBeats = begins;
	}
}

void rrAdd(RrHistory* rr, int32_t rrSamples)
{
	int32_t log = log2Q10(rrSamples);
	int32_t scratch[RR_REGULAR_COUNT];
	rr->localLog = localMedian(rr);
	if (rr->count == RR_COUNT)
		dropOldest(rr);
	append(rr, log);
	rr->log = log;
	rr->medianLog = (rr->sorted[(rr->count - 1) >> 1] + rr->sorted[rr->count >> 1]) >> 1;
	if (rr->count == 1)
		rr->localLog = log;
	rr->regularLog = rr->regularCount >= REGULAR_COUNT_MIN && rr->regularAge < REGULAR_AGE_MAX
		? medianOf(rr->regular, rr->regularCount < RR_REGULAR_COUNT ? (int32_t)rr->regularCount : RR_REGULAR_COUNT, scratch)
		: rr->medianLog;
	followRun(rr, log);
	if (rr->intervals == 0) {
		rr->mean = log * MEAN_ONE;
		rr->slow = log * MEAN_ONE;
	}
}

static void addRegularChange(RrHistory* rr, int32_t change)
{
	uint32_t at = rr->regularChangeCount % RR_CHANGE_COUNT;
	if (change > CHANGE_LOG_MAX)
		change = CHANGE_LOG_MAX;
	if (rr->regularChangeCount >= RR_CHANGE_COUNT) {
		rr->regularChangeSum -= rr->regularChanges[at];
		if (rr->regularChanges[at] > JUMP_LOG)
			rr->regularJumps--;
	}
	rr->regularChanges[at] = (int16_t)change;
	rr->regularChangeCount++;
	rr->regularChangeSum += change;
	if (change > JUMP_LOG)
		rr->regularJumps++;
}

void rrSettle(RrHistory* rr, int regular)
{
	int32_t log = rr->log, slow = rr->slow, intervals = ++rr->intervals, meanRate, limit;
	meanRate = intervals < MEAN_RATE_FIRST ? MEAN_RATE_FIRST : intervals < MEAN_RATE_LAST ? intervals : MEAN_RATE_LAST;
	rr->mean += (log * MEAN_ONE - rr->mean) / meanRate;
	limit = log > (slow >> MEAN_BITS) + LOG2_OCTAVE ? slow + LOG2_OCTAVE * MEAN_ONE : log * MEAN_ONE;
	rr->slow = slow + (limit - slow) / (intervals < SLOW_RATE_LAST ? intervals + 1 : SLOW_RATE_LAST);
	rr->regularAge++;
	if (!regular) {
		rr->lastRegularLog = -1;
		return;
	}
	rr->regular[rr->regularCount++ % RR_REGULAR_COUNT] = log;
	rr->regularAge = 0;
	if (rr->lastRegularLog >= 0)
		addRegularChange(rr, absolute(log - rr->lastRegularLog));
	rr->lastRegularLog = log;
}
