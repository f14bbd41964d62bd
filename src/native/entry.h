/* The functions that Moddable's `ffi` calls. Front end: what src/monitor/front-end.ts does with each block of samples, in one call.

   The caller owns the memory: FRONT_END_BYTES zeroed bytes, aligned for int32_t; it holds no addresses, so it may be moved between calls. All numbers of samples are modulo 2^32 and are reported
   as differences to the sample that comes next, so that they are right however long the device runs. */
#ifndef EDGEBEAT_ENTRY_H
#define EDGEBEAT_ENTRY_H

#include <stdint.h>

/* What a call returns: counts and flags. */
enum {
	FRONT_END_BEATS = 0x7f,
	FRONT_END_CLASSES_SHIFT = 7, /* 7 bits */
	FRONT_END_VF_ACTIVE = 1 << 14,
	FRONT_END_VF_SUSPECTED = 1 << 15,
	FRONT_END_SECOND = 1 << 16, /* a second was completed; */
	FRONT_END_QUALITY_SHIFT = 17, /* its faults, 5 bits */
	FRONT_END_NOISE_GOVERNS = 1 << 22, /* at its end, noise took part in the QRS detector's decisions */
	FRONT_END_FAULT = 1 << 23 /* more beats than can be: a defect */
};

/* Places in the state that src/native/front-end.ts knows, too. [words] */
enum {
	FRONT_END_BYTES = 9504,
	FRONT_END_VF_ONSET = 0,
	FRONT_END_VF_ENDED = 1,
	FRONT_END_CLASS_INDEX = 5,
	FRONT_END_CLASSES_AT = 13,
	FRONT_END_CLASSES = 64,
	FRONT_END_BEATS_AT = 184
};

/* @param samplesUv int32_t[count], 250 samples/s, int16 range [uV]; count 0 .. 250 */
int32_t edgebeat_front_end_process(void* state, void* samplesUv, int32_t count);

/* Samples were lost or mean nothing. @param lostSamples modulo 2^32 */
int32_t edgebeat_front_end_gap(void* state, int32_t lostSamples);

/* src/monitor/delta-ring.ts: appends samplesUv[from] to samplesUv[end - 1] to the open piece.
   @param state int32_t[4], zero at first, and the ring
   @return end, or -1 - the index of the first sample that was not taken if the piece is full */
int32_t edgebeat_delta_ring_append(void* state, int32_t ringBytes, void* samplesUv, int32_t from, int32_t end);

/* src/base/words.ts: CRC-32 of byteCount bytes from `from` on; seed and result as there. Are byteCount bytes from both places on the same? All in bytes. */
int32_t edgebeat_crc32(void* memory, int32_t from, int32_t byteCount, int32_t seed);
int32_t edgebeat_same(void* memory, int32_t one, int32_t other, int32_t byteCount);

/* A reading of the MAX30003: the number of its samples, and flags, as in src/drivers/max30003/codes.ts. */
enum {
	READING_COUNT = 0x3f,
	READING_SATURATED = 0x40,
	READING_LEAD_OFF = 0x80,
	READING_MORE = 0x100,
	READING_CHECK = 0x200,
	READING_UNLOCKED = 0x400,
	READING_OVERFLOW = 0x800,
	READING_BROKEN = 0x1000,
	READING_R_TO_R = 0x2000
};

/* src/drivers/max30003/frames.ts: takes the answers to both frames, or, where `before` is a reading with READING_MORE, that to another burst.
   @param state the frames and a counter, 56 bytes, zero at first
   @param samplesUv int32_t[32] [uV] @return a reading */
int32_t edgebeat_max30003_decode(void* state, void* samplesUv, int32_t before);

#endif
