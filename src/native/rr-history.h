/* Intervals before a beat, with statistics: src/beats/rr-history.ts in C. */
#ifndef EDGEBEAT_RR_HISTORY_H
#define EDGEBEAT_RR_HISTORY_H

#include <stdint.h>

#define RR_COUNT 48
#define RR_REGULAR_COUNT 9
#define RR_CHANGE_COUNT 32

typedef struct {
	int32_t end;
	int32_t count;
	int32_t rank;
	int32_t jumps;
	int32_t recentJumps;
	int32_t changeSum;
	int32_t cellCount;
	int32_t pairs;
	int32_t triples;

	uint32_t regularCount;
	uint32_t regularChangeCount;
	int32_t regularChangeSum;
	int32_t regularJumps;
	int32_t lastRegularLog;
	int32_t regularAge;

	int32_t intervals;
	int32_t mean;
	int32_t slow;

	int32_t log;
	int32_t medianLog;
	int32_t localLog;
	int32_t regularLog;
	int32_t runBaseLog;
	int32_t runBeats;

	int32_t regular[RR_REGULAR_COUNT];
	int16_t regularChanges[RR_CHANGE_COUNT];
	int16_t logs[RR_COUNT];
	int16_t changes[RR_COUNT];
	int32_t cells[RR_COUNT];
	int16_t sorted[RR_COUNT];
} RrHistory;

/* On zeroed memory. */
void rrInit(RrHistory* rr);
void rrBeginWithout(RrHistory* rr);
void rrAdd(RrHistory* rr, int32_t rrSamples);
void rrSettle(RrHistory* rr, int regular);

int32_t rrRankQ10(const RrHistory* rr);
int32_t rrMeanLog(const RrHistory* rr);
int32_t rrSlowLog(const RrHistory* rr);
int32_t rrJumpsQ10(const RrHistory* rr);
int32_t rrRecentJumpsQ10(const RrHistory* rr);
int32_t rrChangeLog(const RrHistory* rr);
int32_t rrCellsQ10(const RrHistory* rr);
int32_t rrEntropyLog(const RrHistory* rr);
int32_t rrRegularChangeLog(const RrHistory* rr);
int32_t rrRegularJumpsQ10(const RrHistory* rr);
int32_t rrLogBack(const RrHistory* rr, int32_t back);
int32_t rrQuantileLog(const RrHistory* rr, int32_t eighths);
int32_t rrSpreadLog(const RrHistory* rr);

#endif
