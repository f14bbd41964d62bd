/* Whole-number helpers of the native kernels: each gives what its TypeScript counterpart in src/base gives. */
#ifndef EDGEBEAT_INTEGERS_H
#define EDGEBEAT_INTEGERS_H

#include <stdint.h>

/* C leaves the right shift of negative numbers to the compiler; here it must round down. */
typedef char ShiftRoundsDown[(-3 >> 1) == -2 ? 1 : -1];

static inline int32_t absolute(int32_t value)
{
	return value < 0 ? -value : value;
}

/* value, at most `most` either way */
static inline int32_t limited(int64_t value, int32_t most)
{
	return value > most ? most : value < -most ? -most : (int32_t)value;
}

static inline int16_t saturated(int32_t value)
{
	return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

/* Place of the highest bit of a value above 0. */
static inline int32_t highestBit(uint32_t value)
{
	return 31 - __builtin_clz(value);
}

/* 1024 log2(value), src/base/log2.ts. */
int32_t log2Q10(int32_t value);

/* The whole part of the square root of a value below 2^56. */
uint32_t rootOf(uint64_t value);

/* src/base/median.ts; `sorted` may be `values`. */
int32_t medianOf(const int32_t* values, int32_t count, int32_t* sorted);

#endif
