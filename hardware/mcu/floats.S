# Counts the calls of soft-float routines: the linker sends each here first (--wrap, scripts/build-mcu.js). With a profile, notes who called.
  .macro counted name
  .global __wrap_\name
__wrap_\name:
  lw t0, meterIsPaused
  bnez t0, 1f
  lw t0, meterFloatCalls
  addi t0, t0, 1
  sw t0, meterFloatCalls, t1
#ifdef EDGEBEAT_PROFILE
  lw t0, profileFloatCount
  andi t1, t0, 1023
  addi t0, t0, 1
  sw t0, profileFloatCount, t2
  slli t1, t1, 2
  la t2, profileFloatCallers
  add t2, t2, t1
  sw ra, 0(t2)
#endif
1:
  tail __real_\name
  .endm

  .section .text
  counted __adddf3
  counted __subdf3
  counted __muldf3
  counted __divdf3
  counted __eqdf2
  counted __nedf2
  counted __ltdf2
  counted __ledf2
  counted __gtdf2
  counted __gedf2
  counted __unorddf2
  counted __floatsidf
  counted __floatunsidf
  counted __floatdidf
  counted __floatundidf
  counted __fixdfsi
  counted __fixunsdfsi
  counted __fixdfdi
  counted __fixunsdfdi
  counted __truncdfsf2
  counted __extendsfdf2
  counted __addsf3
  counted __subsf3
  counted __mulsf3
  counted __divsf3
