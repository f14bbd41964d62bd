/* The border between firmware and world: frames over stdin and stdout.

   A frame is a header of 24 bytes, little-endian, then `byteCount` bytes:

     offset  0  u8   kind        one of FrameKind
             1  u8   (0)
             2  u16  op          operation; in ABORT the exit code
             4  u32  byteCount
             8  f64  a           first number; in ANSWER and RESULT the result
            16  f64  b           second number

   World to host          Host to world
     CALL       1           READY      16   a = bytes of the mailbox, b = bits of a pointer
     ANSWER     2           HOST_CALL  17   bytes: those of the firmware's buffer
     MEMORY     3           RESULT     18
     QUIT       4           REPORT     19   bytes: f64 fields in the order of ReportField (machine.h)
     CUT        5           ABORT      20   bytes: the reason in UTF-8; the process ends
                            TORN       21   like HOST_CALL, but not answered: the power goes in the middle of it

   Strictly in turn: the world sends CALL or MEMORY only after READY and when no other is open, and gets one RESULT or
   REPORT for each. Before that the firmware may send any number of HOST_CALLs (also before READY, while the bundle loads),
   each of which the world must ANSWER with as many bytes as came. MEMORY with a = 1 collects garbage first. RESULT has in b
   the instructions that the firmware took for the call, and in op the soft-float routines it called (65535: as many or more);
   both are 0 where they cannot be counted. CUT is not answered: after a more instructions of the firmware the power goes;
   the desktop host ignores it. TRACE (22) is a line of the firmware's own, its bytes in UTF-8.
   The end of stdin is the end of the world: the host ends quietly. */
#ifndef EDGEBEAT_BORDER_H
#define EDGEBEAT_BORDER_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
	FRAME_CALL = 1,
	FRAME_ANSWER = 2,
	FRAME_MEMORY = 3,
	FRAME_QUIT = 4,
	FRAME_CUT = 5,
	FRAME_READY = 16,
	FRAME_HOST_CALL = 17,
	FRAME_RESULT = 18,
	FRAME_REPORT = 19,
	FRAME_ABORT = 20,
	FRAME_TORN = 21,
	FRAME_TRACE = 22
} FrameKind;

typedef struct {
	uint8_t kind;
	uint8_t zero;
	uint16_t op;
	uint32_t byteCount;
	double a;
	double b;
} Frame;

/* Exit codes: XS's own reasons, see fxAbort, are 10 + reason. */
enum {
	EXIT_BAD_USE = 2,
	EXIT_BORDER_BROKEN = 3,
	EXIT_BAD_BUNDLE = 4,
	EXIT_ROM_WRITTEN = 13,
	EXIT_POWER_CUT = 21
};

void borderOpen(void);
void borderSend(const Frame* frame, const void* bytes);

/* Reads the next header; the caller reads its bytes. Ends the process when stdin ends. */
void borderReceive(Frame* frame);
void borderReceiveBytes(void* bytes, size_t count);

/* A line of text on stderr. Not by stdio, which would take 8 KB of the C stack that is being measured. */
void borderTrace(const char* text);

/* Says why the firmware cannot go on, and ends the process. */
void borderAbort(int exitCode, const char* reason) __attribute__((noreturn));

#endif
