/* Samples as differences: src/monitor/delta-ring.ts in C. */
#include "entry.h"

enum {
	STRIP_SAMPLES_MAX = 250,
	STRIP_DELTA_BYTES_MAX = 320,
	DELTA_BYTES_MAX = 3
};

/* src/native/delta-ring.ts reads the first three, and the ring behind all of it. */
typedef struct {
	int32_t write;
	int32_t count;
	int32_t bytes;
	int32_t lastUv;
	uint8_t ring[];
} DeltaRing;

int32_t edgebeat_delta_ring_append(void* state, int32_t ringBytes, void* samplesUv, int32_t from, int32_t end)
{
	DeltaRing* d = state;
	const int32_t* samples = samplesUv;
	int32_t index;
	for (index = from; index < end; index++) {
		int32_t delta = samples[index] - d->lastUv;
		d->lastUv = samples[index];
		if (d->count > 0) {
			uint32_t code = (uint32_t)(delta < 0 ? -2 * delta - 1 : 2 * delta);
			for (;;) {
				d->ring[d->write] = (uint8_t)(code > 0x7f ? code | 0x80 : code);
				d->bytes++;
				if (++d->write == ringBytes)
					d->write = 0;
				if (code <= 0x7f)
					break;
				code >>= 7;
			}
		}
		d->count++;
		if (d->count == STRIP_SAMPLES_MAX || d->bytes > STRIP_DELTA_BYTES_MAX - DELTA_BYTES_MAX)
			return -2 - index;
	}
	return end;
}
