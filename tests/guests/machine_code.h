// Small functions as a just-in-time compiler would write them, and memory to put them in.
#pragma once

#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "guest.h"

using Code = std::vector<unsigned char>;
using Function = unsigned long long (*)();

inline constexpr std::size_t kPage = 4096;

// rdtsc; shl rdx, 32; or rax, rdx; ret
inline const Code kStamp = {0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0xc3};
// rdtscp; shl rdx, 32; or rax, rdx; shl rcx, 56; or rax, rcx; ret: 0 for the processor changes nothing
inline const Code kStampWithCpu = {0x0f, 0x01, 0xf9, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09,
                                   0xd0, 0x48, 0xc1, 0xe1, 0x38, 0x48, 0x09, 0xc8, 0xc3};
// rdrand r9; jnc back; mov rax, r9; ret
inline const Code kRandom = {0x49, 0x0f, 0xc7, 0xf1, 0x73, 0xfa, 0x4c, 0x89, 0xc8, 0xc3};
// xor eax, eax; rdseed cx; jnc back; movzx eax, cx; ret
inline const Code kSeed = {0x31, 0xc0, 0x66, 0x0f, 0xc7, 0xf9, 0x73, 0xfa, 0x0f, 0xb7, 0xc1, 0xc3};
// movabs rax, 0x0f310f31f7c70f90; ret: a constant that looks like them
inline const Code kConstant = {0x48, 0xb8, 0x90, 0x0f, 0xc7, 0xf7, 0x31, 0x0f, 0x31, 0x0f, 0xc3};
inline constexpr unsigned long long kConstantValue = 0x0f310f31f7c70f90;

inline unsigned char* Memory(std::size_t size, int protection) {
  return static_cast<unsigned char*>(MUST(mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
}

inline Function Put(unsigned char* place, const Code& code) {
  std::memcpy(place, code.data(), code.size());
  return reinterpret_cast<Function>(place);
}
