/* The emulated board: QEMU's "virt" machine, cut to the memories of an ESP32-C3. */
#ifndef EDGEBEAT_BOARD_H
#define EDGEBEAT_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Ends the emulator. */
void boardExit(int exitCode) __attribute__((noreturn));

/* Called by start.S when the processor traps. */
void boardTrap(uint32_t cause, uint32_t address, uint32_t value) __attribute__((noreturn));

#endif
