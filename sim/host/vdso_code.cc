// The code that replaces the functions of a node's vDSO, as data: assembled here, copied into nodes, never run by us.
//
// A read of a clock is, with the clock page of vdso.h and L the node's own time:
//
//   t = now + tick
//   if t >= limit: make the system call, which the supervisor traps and which then does the tick
//   now = t; reads += 1; the result is base + t, where base is realtime or monotonic
//
// No lock is needed: one thread of a node runs at a time, and is switched only where it stops. The code is position
// independent, calls nothing and keeps no stack; it uses only registers that a function may change. kPagePlaceholder
// (vdso.h) stands where the address of the clock page is to be filled in.
//
// Seconds are ns / 10^9 by multiplication: (ns >> 9) * 0x44b82fa09b5a53 >> 75, which is exact for all 64-bit ns.
// Microseconds are ns / 1000 below 10^9: ns * 274877907 >> 38. (H. Warren, Hacker's Delight, chapter 10.)

__asm__(R"(
.pushsection .rodata

.set NOW, 0
.set TICK, 8
.set LIMIT, 16
.set REALTIME, 24
.set MONOTONIC, 32
.set READS, 40

# Sets rcx to the new L and r8 to the clock page, or goes to `otherwise` with everything as it was.
.macro READ_CLOCK otherwise
    movabs $0x6567615067726579, %r8
    mov NOW(%r8), %rcx
    add TICK(%r8), %rcx
    cmp LIMIT(%r8), %rcx
    jge \otherwise
    mov %rcx, NOW(%r8)
    incq READS(%r8)
.endm

# Splits the nanoseconds in rcx into seconds in rdx and the rest in rcx. Changes rax.
.macro SPLIT_SECONDS
    mov %rcx, %rdx
    shr $9, %rdx
    movabs $0x44b82fa09b5a53, %rax
    mul %rdx
    shr $11, %rdx
    imul $1000000000, %rdx, %rax
    sub %rax, %rcx
.endm

.macro SYSTEM_CALL number
    mov $\number, %eax
    syscall
    ret
.endm

.macro BEGIN name
.global gyre_vdso_\name
.hidden gyre_vdso_\name
gyre_vdso_\name:
.endm
.macro END name
.global gyre_vdso_\name\()_end
.hidden gyre_vdso_\name\()_end
gyre_vdso_\name\()_end:
.endm

# int clock_gettime(clockid_t edi, struct timespec* rsi)
BEGIN clock_gettime
    cmp $11, %edi
    ja 2f
    mov $0x8f3, %eax            # the clocks that are served here: 0 1 4 5 6 7 11
    bt %edi, %eax
    jnc 2f
    READ_CLOCK 2f
    mov $0x821, %eax            # those of them that show real time: 0 5 11
    bt %edi, %eax
    jnc 1f
    add REALTIME(%r8), %rcx
    jmp 3f
1:  add MONOTONIC(%r8), %rcx
3:  SPLIT_SECONDS
    mov %rdx, (%rsi)
    mov %rcx, 8(%rsi)
    xor %eax, %eax
    ret
2:  SYSTEM_CALL 228
END clock_gettime

# int gettimeofday(struct timeval* rdi, struct timezone* rsi)
BEGIN gettimeofday
    READ_CLOCK 3f
    test %rdi, %rdi
    jz 1f
    add REALTIME(%r8), %rcx
    SPLIT_SECONDS
    mov %rdx, (%rdi)
    imul $274877907, %rcx, %rcx
    shr $38, %rcx
    mov %rcx, 8(%rdi)
1:  test %rsi, %rsi
    jz 2f
    movq $0, (%rsi)
2:  xor %eax, %eax
    ret
3:  SYSTEM_CALL 96
END gettimeofday

# time_t time(time_t* rdi)
BEGIN time
    READ_CLOCK 2f
    add REALTIME(%r8), %rcx
    SPLIT_SECONDS
    mov %rdx, %rax
    test %rdi, %rdi
    jz 1f
    mov %rax, (%rdi)
1:  ret
2:  SYSTEM_CALL 201
END time

# int getcpu(unsigned* rdi, unsigned* rsi, void*): processor 0 of node 0
BEGIN getcpu
    xor %eax, %eax
    test %rdi, %rdi
    jz 1f
    mov %eax, (%rdi)
1:  test %rsi, %rsi
    jz 2f
    mov %eax, (%rsi)
2:  ret
END getcpu

# ssize_t getrandom(void* rdi, size_t rsi, unsigned edx, void* state, size_t r8). A state of size -1 asks how to keep
# a state in the process: there is none, so the C library stays with the system call.
BEGIN getrandom
    cmp $-1, %r8
    je 1f
    SYSTEM_CALL 318
1:  mov $-38, %rax
    ret
END getrandom

BEGIN clock_getres
    SYSTEM_CALL 229
END clock_getres

# int sgx_enter_enclave(...): ENOSYS; no system call does it
BEGIN sgx_enter_enclave
    mov $-38, %eax
    ret
END sgx_enter_enclave

.popsection
)");
