/* The microcontroller's entry, called by start.S: the firmware in the memory of an ESP32-C3. */
#include "xs.h"
#include "board.h"
#include "host.h"

/* The pool of hardware/common/manifest-esp32.json; 10 KB of C stack as Moddable SDK 8.2.3 gives esp32/esp32c3. [bytes] */
#define ARENA_BYTES 94208
#define C_STACK_BYTES 10240
/* XS looks at its limit when a function begins; what it calls in between may go so much deeper. [bytes] */
#define C_STACK_MARGIN_BYTES 2048

/* JavaScript stack of the project's manifest, set by the build. [slots] */
#ifndef STACK_SLOTS
#error "STACK_SLOTS is set by scripts/build-mcu.js"
#endif

int main(void)
{
	static const Profile profile = {
		.arenaBytes = ARENA_BYTES,
		.stackSlots = STACK_SLOTS,
		.cStackBytes = C_STACK_BYTES,
		.cStackMarginBytes = C_STACK_MARGIN_BYTES,
		.preload = 1,
	};
	hostRun(&profile);
	boardExit(0);
}
