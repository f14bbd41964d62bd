# Reset and trap entry of the emulated microcontroller.
  .option arch, +zicsr
  .section .text.start
  .global _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack
  la tp, __tls
  la t0, trap
  csrw mtvec, t0
# Initialised data from flash to RAM.
  la a0, __data_start
  la a1, __data_source
  la a2, __data_end
copy:
  bgeu a0, a2, copied
  lw t0, 0(a1)
  sw t0, 0(a0)
  addi a0, a0, 4
  addi a1, a1, 4
  j copy
copied:
  la a0, __bss_start
  la a2, __bss_end
clear:
  bgeu a0, a2, cleared
  sw zero, 0(a0)
  addi a0, a0, 4
  j clear
cleared:
  call main
halt:
  j halt

# Nothing ever returns from a trap, so nothing is saved. The C stack may be what has run out: traps have one of their own.
  .align 2
trap:
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  la sp, __trap_stack
  call boardTrap
  j halt

  .section .bss
  .align 4
  .space 2048
__trap_stack:
__tls:
  .space 64
