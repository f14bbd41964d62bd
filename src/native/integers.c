/* Logarithm, square root and median of whole numbers. */
#include "integers.h"

/* Bits of the mantissa below its leading one: six select the row, six the place between two rows. */
#define MANTISSA_BITS 12

/* 1024 log2(1 + i / 64), rounded. */
static const int16_t TABLE[65] = {
	0, 23, 45, 68, 90, 111, 132, 153, 174, 194, 214, 234, 254, 273, 292, 311, 330, 348, 366, 384, 402, 419, 436, 454, 470, 487, 504, 520, 536, 552,
	568, 584, 599, 614, 629, 644, 659, 674, 689, 703, 717, 731, 745, 759, 773, 787, 800, 813, 827, 840, 853, 866, 879, 891, 904, 916, 929, 941, 953,
	965, 977, 989, 1001, 1012, 1024,
};

int32_t log2Q10(int32_t value)
{
	int32_t exponent, mantissa, row;
	if (value <= 1)
		return 0;
	exponent = highestBit((uint32_t)value);
	mantissa = exponent > MANTISSA_BITS ? value >> (exponent - MANTISSA_BITS) : value << (MANTISSA_BITS - exponent);
	row = mantissa >> 6 & 63;
	return (exponent << 10) + TABLE[row] + (((TABLE[row + 1] - TABLE[row]) * (mantissa & 63) + 32) >> 6);
}

uint32_t rootOf(uint64_t value)
{
	uint32_t root = 0, rest = 0;
	int32_t shift, i;
	/* Two bits at a time, from words: 64-bit arithmetic would cost three times as much. */
	for (shift = value > UINT32_MAX ? 32 : 0; shift >= 0; shift -= 32) {
		uint32_t word = (uint32_t)(value >> shift);
		for (i = 0; i < 16; i++) {
			uint32_t trial = root << 2 | 1;
			rest = rest << 2 | word >> 30;
			word <<= 2;
			root <<= 1;
			if (rest >= trial) {
				rest -= trial;
				root |= 1;
			}
		}
	}
	return root;
}

int32_t medianOf(const int32_t* values, int32_t count, int32_t* sorted)
{
	int32_t i;
	for (i = 0; i < count; i++) {
		int32_t value = values[i];
		int32_t at = i;
		for (; at > 0 && sorted[at - 1] > value; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = value;
	}
	return (sorted[(count - 1) >> 1] + sorted[count >> 1]) >> 1;
}
