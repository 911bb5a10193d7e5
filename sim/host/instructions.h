// Finds the instructions that read the machine without a system call: rdtsc, rdtscp, rdrand, rdseed. Nothing traps
// them on all machines, so the host overwrites their opcode by UD2 and emulates them at the signal (determinism.md).
// Functions of values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace gyre {

enum class TrappedKind : uint8_t { kRdtsc, kRdtscp, kRdrand, kRdseed };

struct TrapSite {
  uint64_t offset = 0;    // of the first byte, prefixes included
  TrappedKind kind = TrappedKind::kRdtsc;
  uint8_t length = 0;     // in bytes, prefixes included
  uint8_t reg = 0;        // rdrand, rdseed: the general purpose register written, 0 (rax) to 15 (r15)
  uint8_t width = 0;      // rdrand, rdseed: 16, 32 or 64 bits of it; else 0
  uint8_t opcode_at = 0;  // offset inside the instruction of the two bytes that UD2 replaces
  bool operator==(const TrapSite&) const = default;
};

// Offsets in the code at which functions begin, ascending.
struct FunctionStarts {
  std::vector<uint64_t> offsets;
};

// The sites in `code`, ascending. `hints` may be nullptr; with it the answer is more certain (see the essay in the
// .cc). The code begins at an instruction.
std::vector<TrapSite> FindTrapSites(absl::Span<const uint8_t> code, const FunctionStarts* hints);

// A piece of memory: `bytes` with what precedes and follows the part in question, which is `length` bytes from `first`.
struct MemoryPiece {
  absl::Span<const uint8_t> bytes;
  size_t first = 0;
  size_t length = 0;
};

// How many bytes before and after it a piece should have, as far as they are there.
inline constexpr size_t kBytesBefore = 96;
inline constexpr size_t kBytesAfter = 16;

// The sites with their opcode in the piece, by offset in `bytes`. Nothing is known of where instructions begin: the
// memory may hold code, data, or what is left of both.
std::vector<TrapSite> FindTrapSitesInMemory(const MemoryPiece& piece);

// What is written over an instruction in memory, from its opcode on. Other than UD2 it says by itself which instruction
// it stands for, and so at whatever address the program moves it to or maps it.
absl::Span<const uint8_t> MarkOf(TrappedKind kind);
// The instruction that `code` began with before it was marked, at offset 0; nullopt if there is no mark.
std::optional<TrapSite> ReadMark(absl::Span<const uint8_t> code);

// The sites in the `length` bytes at `file_offset` of a file, relative to `file_offset`; the range may reach beyond
// the file's end. Reads symbols and unwind tables for hints. Each file is searched once: the result is kept in this
// process and, as XXH3 of the content -> sites, in $XDG_CACHE_HOME/gyre or ~/.cache/gyre where that can be written.
// Errors: the file cannot be read, or is for another machine.
absl::StatusOr<std::vector<TrapSite>> FindTrapSitesInFile(const std::string& path, uint64_t file_offset,
                                                          uint64_t length);

}  // namespace gyre
