/* The border's frames over semihosting. They leave by the console, which is QEMU's stdout, and come from a named pipe, which QEMU's
   command line names: the console of QEMU 7.2 cannot wait for input. No XS here.
   Source: "Semihosting for AArch32 and AArch64", Arm; "RISC-V Semihosting", RISC-V International. */
#include "border.h"
#include "board.h"

#include <string.h>

_Static_assert(sizeof(Frame) == 24, "the header has 24 bytes");

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_REMOVE = 0x0e, SYS_GET_CMDLINE = 0x15 };
/* Modes of SYS_OPEN. */
enum { MODE_READ = 0, MODE_WRITE = 4 };

static uint32_t input;
static uint32_t output;

/* The three instructions, uncompressed and in one page, are the mark of a semihosting call. */
static uint32_t __attribute__((noinline, aligned(16))) semihost(uint32_t operation, const uint32_t* parameters)
{
	register uint32_t a0 __asm__("a0") = operation;
	register const uint32_t* a1 __asm__("a1") = parameters;
	__asm__ volatile(".option push\n .option norvc\n slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop"
		: "+r"(a0) : "r"(a1) : "memory");
	return a0;
}

static uint32_t openFile(const char* name, uint32_t mode)
{
	uint32_t parameters[3] = { (uint32_t)name, mode, strlen(name) };
	return semihost(SYS_OPEN, parameters);
}

static void writeAll(const void* bytes, uint32_t count)
{
	const char* from = bytes;
	while (count > 0) {
		uint32_t parameters[3] = { output, (uint32_t)from, count };
		uint32_t left = semihost(SYS_WRITE, parameters);
		if (left >= count)
			boardExit(EXIT_BORDER_BROKEN);
		from += count - left;
		count = left;
	}
}

void borderOpen(void)
{
	static char pipe[256];
	uint32_t commandLine[2] = { (uint32_t)pipe, sizeof pipe };
	uint32_t removal[2];
	semihost(SYS_GET_CMDLINE, commandLine);
	input = openFile(pipe, MODE_READ);
	output = openFile(":tt", MODE_WRITE);
	removal[0] = (uint32_t)pipe;
	removal[1] = strlen(pipe);
	semihost(SYS_REMOVE, removal);
}

void borderSend(const Frame* frame, const void* bytes)
{
	writeAll(frame, sizeof *frame);
	writeAll(bytes, frame->byteCount);
}

void borderTrace(const char* text)
{
	Frame frame = { FRAME_TRACE, 0, 0, (uint32_t)strlen(text), 0, 0 };
	borderSend(&frame, text);
}

void borderReceiveBytes(void* bytes, size_t count)
{
	char* to = bytes;
	while (count > 0) {
		uint32_t parameters[3] = { input, (uint32_t)to, count };
		uint32_t left = semihost(SYS_READ, parameters);
		/* The world is gone: nobody is left to tell. */
		if (left >= count)
			boardExit(0);
		to += count - left;
		count = left;
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
	boardExit(exitCode);
}
