/* Answers of the MAX30003: src/drivers/max30003/frames.ts in C, where constants have their reasons. */
#include "entry.h"
#include "integers.h"

enum {
	BURST_WORDS = 16,
	CHECK_READINGS = 32,
	STATUS_COMMAND = 0x03,
	BURST_COMMAND = 0x41,
	ECHO = 0xff,
	UNUSED_HIGH = 0x0f,
	UNUSED_MIDDLE = 0xf0,
	UNUSED_LOW = 0xf0,
	LEAD_OFF_HIGH = 0x10,
	LEAD_OFF_LOW = 0x0f,
	UNLOCKED_MIDDLE = 0x01,
	R_TO_R_MIDDLE = 0x04,
	TAG = 0x38,
	TAG_EMPTY = 0x30,
	TAG_OVERFLOW = 0x38,
	TAG_FAST_BIT = 0x08,
	TAG_LAST_BIT = 0x10,
	TAG_SAMPLE = 0x18,
	SATURATION_UV = 32000,
	LIMIT_UV = 32767
};

/* src/native/max30003/frames.ts makes views of the first two. */
typedef struct {
	uint8_t status[4];
	uint8_t burst[1 + 3 * BURST_WORDS];
	uint8_t readings;
} Frames;

int32_t edgebeat_max30003_decode(void* state, void* samplesUv, int32_t before)
{
	Frames* f = state;
	int32_t* into = samplesUv;
	int32_t flags = before & (READING_SATURATED | READING_LEAD_OFF | READING_UNLOCKED | READING_CHECK | READING_R_TO_R);
	int32_t count = before & READING_COUNT;
	int32_t ended = 0, late = 0, i;
	const uint8_t* word = f->burst + 1;
	uint8_t bits = 0;
	f->burst[0] = BURST_COMMAND;
	if (before == 0) {
		int32_t high = f->status[1], middle = f->status[2], low = f->status[3];
		f->status[0] = STATUS_COMMAND;
		f->status[2] = ECHO;
		if ((high & UNUSED_HIGH) | (middle & UNUSED_MIDDLE) | (low & UNUSED_LOW))
			return READING_BROKEN;
		if ((high & LEAD_OFF_HIGH) | (low & LEAD_OFF_LOW))
			flags |= READING_LEAD_OFF;
		if (middle & UNLOCKED_MIDDLE)
			flags |= READING_UNLOCKED;
		if (middle & R_TO_R_MIDDLE)
			flags |= READING_R_TO_R;
		if (++f->readings == CHECK_READINGS) {
			f->readings = 0;
			flags |= READING_CHECK;
		}
	}
	/* The caller has made room for two bursts, and asks for no third. */
	else if (count > BURST_WORDS)
		return READING_BROKEN;
	for (i = 0; i < BURST_WORDS; i++, word += 3) {
		int32_t tag = word[2] & TAG, uv;
		bits |= (uint8_t)(word[0] | word[1] | word[2]);
		if (tag == TAG_EMPTY) {
			ended = 1;
			continue;
		}
		if (tag > TAG_SAMPLE)
			return tag == TAG_OVERFLOW ? flags | READING_OVERFLOW : READING_BROKEN;
		if (ended) {
			if (late)
				return READING_BROKEN;
			late = 1;
		}
		if (tag & TAG_LAST_BIT)
			ended = 1;
		uv = (((int32_t)((uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 | (uint32_t)word[2] << 8) >> 14) * 3125 + 4096) >> 13;
		if (tag & TAG_FAST_BIT || absolute(uv) >= SATURATION_UV)
			flags |= READING_SATURATED;
		into[count++] = limited(uv, LIMIT_UV);
	}
	if (ended)
		return count == 0 ? flags | READING_CHECK : flags | count;
	if (bits == 0)
		return READING_BROKEN;
	return before == 0 ? flags | count | READING_MORE : flags | count;
}
