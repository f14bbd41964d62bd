/* XS's allocator hooks over the two regions of memory.h. */
#include "xsAll.h"
#include "memory.h"

#define PAINT 0xA5

Region rom;
Region ram;
Region* regionOfNextMachine;
int memoryUnlimited;
char memoryFullText[160];

static size_t chargeForSlots(size_t bytes)
{
	return bytes / (sizeof(txSlot) / DEVICE_SLOT_BYTES);
}

void regionCreate(Region* region, size_t budgetBytes)
{
	size_t bytes = budgetBytes * (sizeof(txSlot) / DEVICE_SLOT_BYTES);
	char* memory = memoryPages(region, bytes);
	region->budgetBytes = budgetBytes;
	region->start = region->chunkEnd = memory;
	region->end = region->slotStart = memory + bytes;
	region->usedPeakBytes = 0;
}

size_t regionUsedBytes(const Region* region)
{
	return (size_t)(region->chunkEnd - region->start) + chargeForSlots((size_t)(region->end - region->slotStart));
}

void paintBytes(char* low, char* high)
{
	memset(low, PAINT, (size_t)(high - low));
}

size_t paintedDepthBytes(const char* low, const char* high)
{
	while (low < high && (unsigned char)*low == PAINT)
		low++;
	return (size_t)(high - low);
}

size_t paintedDepthToGapBytes(const char* low, const char* high, size_t gapBytes)
{
	const char* lowestUsed = high;
	const char* at;
	for (at = high; at > low && (size_t)(lowestUsed - at) < gapBytes;) {
		at--;
		if ((unsigned char)*at != PAINT)
			lowestUsed = at;
	}
	return (size_t)(high - lowestUsed);
}

static void noteUse(Region* region)
{
	size_t used = regionUsedBytes(region);
	if (used > region->usedPeakBytes)
		region->usedPeakBytes = used;
}

static void* regionFull(Region* region, const char* what, size_t bytes)
{
	if (memoryUnlimited)
		return malloc(bytes);
	snprintf(memoryFullText, sizeof memoryFullText, "no room for %s of %lu bytes (arena %lu, chunks %lu, slots and stack %lu)",
		what, (unsigned long)bytes, (unsigned long)region->budgetBytes, (unsigned long)(region->chunkEnd - region->start),
		(unsigned long)chargeForSlots((size_t)(region->end - region->slotStart)));
	return NULL;
}

static size_t regionFreeBytes(const Region* region)
{
	return region->budgetBytes - regionUsedBytes(region);
}

/* Collects, then gives the unused end of the chunk area back to the middle. */
static void releaseChunkSpace(txMachine* the)
{
	Region* region = the->region;
	txBlock* block = the->firstBlock;
	fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
	if (block && (char*)block->limit == region->chunkEnd) {
		the->maximumChunksSize -= (txSize)(block->limit - block->current);
		block->limit = block->current;
		region->chunkEnd = (char*)block->current;
	}
}

void fxCreateMachinePlatform(txMachine* the)
{
	the->region = regionOfNextMachine;
}

void fxDeleteMachinePlatform(txMachine* the)
{
	(void)the;
}

void* fxAllocateChunks(txMachine* the, txSize size)
{
	Region* region = the->region;
	char* result = region->chunkEnd;
	if (regionFreeBytes(region) < (size_t)size)
		return regionFull(region, "chunks", (size_t)size);
	region->chunkEnd += size;
	noteUse(region);
	return result;
}

txSlot* fxAllocateSlots(txMachine* the, txSize count)
{
	Region* region = the->region;
	size_t bytes = (size_t)count * sizeof(txSlot);
	if (regionFreeBytes(region) < chargeForSlots(bytes))
		releaseChunkSpace(the);
	if (regionFreeBytes(region) < chargeForSlots(bytes)) {
		/* XS asks for more slots before the last one is gone; -1 tells it to go on with those it has. */
		if (the->freeHeap && !memoryUnlimited)
			return (txSlot*)-1;
		return regionFull(region, "slots", bytes);
	}
	region->slotStart -= bytes;
	noteUse(region);
	return (txSlot*)region->slotStart;
}

/* Machines live until the process ends, so nothing is ever given back. */
void fxFreeChunks(txMachine* the, void* chunks)
{
	(void)the;
	(void)chunks;
}

void fxFreeSlots(txMachine* the, void* slots)
{
	(void)the;
	(void)slots;
}
