/* Reading and writing of the border's frames. No XS here. */
#include "border.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(Frame) == 24, "the header has 24 bytes");

static int outputFile;
static char input[65536];
static size_t inputStart;
static size_t inputEnd;

/* Frames leave by a private copy of stdout, and stdout becomes stderr: whatever XS prints cannot break a frame. */
void borderOpen(void)
{
	outputFile = dup(1);
	dup2(2, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* The world is gone: nobody is left to tell. */
static void worldGone(void)
{
	_exit(0);
}

/* Writes all parts. False when the other end is closed. */
static int writeAll(int file, struct iovec* parts, int partCount)
{
	int part = 0;
	while (part < partCount) {
		ssize_t written = writev(file, parts + part, partCount - part);
		if (written < 0) {
			if (errno == EINTR)
				continue;
			return 0;
		}
		while (part < partCount && (size_t)written >= parts[part].iov_len)
			written -= (ssize_t)parts[part++].iov_len;
		if (part < partCount) {
			parts[part].iov_base = (char*)parts[part].iov_base + written;
			parts[part].iov_len -= (size_t)written;
		}
	}
	return 1;
}

void borderSend(const Frame* frame, const void* bytes)
{
	struct iovec parts[2] = { { (void*)frame, sizeof *frame }, { (void*)bytes, frame->byteCount } };
	if (!writeAll(outputFile, parts, frame->byteCount ? 2 : 1))
		worldGone();
}

void borderTrace(const char* text)
{
	struct iovec parts[2] = { { (void*)text, strlen(text) }, { (void*)"\n", 1 } };
	writeAll(2, parts, 2);
}

static size_t readSome(void* bytes, size_t count)
{
	ssize_t got;
	do
		got = read(0, bytes, count);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		worldGone();
	return (size_t)got;
}

void borderReceiveBytes(void* bytes, size_t count)
{
	char* to = bytes;
	while (count > 0) {
		size_t ready = inputEnd - inputStart;
		if (ready == 0) {
			/* Long runs of bytes go straight to their place. */
			if (count >= sizeof input) {
				size_t got = readSome(to, count);
				to += got;
				count -= got;
				continue;
			}
			inputStart = 0;
			inputEnd = ready = readSome(input, sizeof input);
		}
		if (ready > count)
			ready = count;
		memcpy(to, input + inputStart, ready);
		inputStart += ready;
		to += ready;
		count -= ready;
	}
}

void borderReceive(Frame* frame)
{
	borderReceiveBytes(frame, sizeof *frame);
}

void borderAbort(int exitCode, const char* reason)
{
	Frame frame = { FRAME_ABORT, 0, (uint16_t)exitCode, (uint32_t)strlen(reason), 0, 0 };
	borderSend(&frame, reason);
	_exit(exitCode);
}
