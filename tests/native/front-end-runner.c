/* Test program: the native front end over stdin and stdout, both int32_t in this machine's order; on bare metal, which has neither,
   over the files `calls` and `results` of the folder in which the emulator was started.

   In:  count, samples[count]   a block          Out: what the call returned, then for each beat sample and confidence, for each class
        -1, lost                a gap                 sample, class, P wave, and when fibrillation began or ended,
                                                      where (all samples relative to the one that comes next);
                                                      before that for each append to the delta ring what it returned, and its count, bytes and sum
        -2, before, frames[13]  frames of a MAX30003  what the call returned, its 32 samples, STATUS after it, the burst's command */
#include "entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_WORDS = 14, FRAMES_SAMPLES = 32, DELTA_RING_BYTES = 330 };

static FILE* calls;
static FILE* results;

static int read32(int32_t* values, size_t count)
{
	return fread(values, sizeof *values, count, calls) == count;
}

/* The block into the delta ring, as src/monitor/ecg-pieces.ts does it. */
static void appendDeltas(int32_t* ring, int32_t* samples, int32_t count)
{
	int32_t index = 0;
	while (index < count) {
		int32_t words[4] = { edgebeat_delta_ring_append(ring, DELTA_RING_BYTES, samples, index, count), ring[1], ring[2], 0 };
		const uint8_t* bytes = (const uint8_t*)(ring + 4);
		int32_t i;
		for (i = 0; i < DELTA_RING_BYTES; i++)
			words[3] += bytes[i] * (i + 1);
		fwrite(words, sizeof words, 1, results);
		index = words[0] < 0 ? -1 - words[0] : words[0];
		if (words[0] < 0)
			ring[1] = ring[2] = 0;
	}
}

/* As src/native/front-end.ts reads them. */
static void writeClasses(const int32_t* state, int32_t count)
{
	int32_t i;
	for (i = 0; i < count; i++) {
		const int32_t* beat = state + FRONT_END_CLASSES_AT + 2 * ((state[FRONT_END_CLASS_INDEX] + i) % FRONT_END_CLASSES);
		int32_t words[3] = { beat[0], beat[1] & 0xff, beat[1] >> 8 };
		fwrite(words, sizeof words, 1, results);
	}
}

/* As src/native/frames.ts does it; the burst's last byte, which would be a word of its own, is what its first is, which counts for nothing. */
static int decodeFrames(int32_t* frames)
{
	int32_t before, result, command;
	int32_t* samples = calloc(FRAMES_SAMPLES, sizeof *samples);
	uint8_t* bytes = (uint8_t*)frames;
	if (!read32(&before, 1) || !read32(frames, FRAMES_WORDS - 1))
		return 0;
	bytes[52] = bytes[4];
	result = edgebeat_max30003_decode(frames, samples, before);
	fwrite(&result, sizeof result, 1, results);
	fwrite(samples, sizeof *samples, FRAMES_SAMPLES, results);
	command = bytes[4];
	fwrite(frames, sizeof *frames, 1, results);
	fwrite(&command, sizeof command, 1, results);
	free(samples);
	return 1;
}

int main(void)
{
	size_t bytes = FRONT_END_BYTES;
	int32_t* state = calloc(1, bytes);
	int32_t* moved = malloc(bytes);
	int32_t head, lost, vfActive = 0;
	int32_t* frames = calloc(FRAMES_WORDS, sizeof *frames);
	int32_t* deltas = calloc(1, 4 * sizeof *deltas + DELTA_RING_BYTES);
#ifdef __riscv
	calls = fopen("calls", "rb");
	results = fopen("results", "wb");
	if (!calls || !results)
		return 3;
#else
	calls = stdin;
	results = stdout;
#endif
	while (read32(&head, 1)) {
		int32_t result;
		int32_t* other = moved;
		int32_t* samples;
		if (head == -2) {
			if (!decodeFrames(frames))
				return 2;
			continue;
		}
		/* A block of just the bytes that count, so that the sanitizer sees any other access; the state at another place in each call. */
		samples = malloc(head > 0 ? (size_t)head * sizeof *samples : 1);
		if (!read32(head < 0 ? &lost : samples, head < 0 ? 1 : (size_t)head))
			return 2;
		appendDeltas(deltas, samples, head);
		result = head < 0 ? edgebeat_front_end_gap(state, lost) : edgebeat_front_end_process(state, samples, head);
		free(samples);
		fwrite(&result, sizeof result, 1, results);
		fwrite(state + FRONT_END_BEATS_AT, 2 * sizeof *state, (size_t)(result & FRONT_END_BEATS), results);
		writeClasses(state, result >> FRONT_END_CLASSES_SHIFT & 0x7f);
		if ((result & FRONT_END_VF_ACTIVE) != vfActive)
			fwrite(state + (vfActive ? FRONT_END_VF_ENDED : FRONT_END_VF_ONSET), sizeof *state, 1, results);
		vfActive = result & FRONT_END_VF_ACTIVE;
		memcpy(moved, state, bytes);
		memset(state, 0x5a, bytes);
		moved = state;
		state = other;
	}
	free(state);
	free(moved);
	free(deltas);
	free(frames);
	return fclose(results) == 0 ? 0 : 4;
}
