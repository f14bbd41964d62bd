/* Words of the journal: src/base/words.ts in C. */
#include <string.h>
#include "entry.h"

/* Bit by bit: a table would take twenty times the room. */
int32_t edgebeat_crc32(void* memory, int32_t from, int32_t byteCount, int32_t seed)
{
	const uint8_t* byte = (const uint8_t*)memory + from;
	uint32_t crc = ~(uint32_t)seed;
	int32_t bit;
	for (; byteCount > 0; byteCount--) {
		crc ^= *byte++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return (int32_t)~crc;
}

int32_t edgebeat_same(void* memory, int32_t one, int32_t other, int32_t byteCount)
{
	return memcmp((char*)memory + one, (char*)memory + other, (size_t)byteCount) == 0;
}
