// Replaces the functions of a vDSO, the code that the kernel maps into each process for reading clocks without a
// system call, by ones that read a node's virtual clock from a page that it shares with the supervisor, also without
// a system call. Functions of values; any thread.
//
// The clock page holds six 64-bit integers, in ns where they are times: [0] now, the node's own time L; [8] tick,
// added by each read; [16] limit, from which on a read makes the real system call instead; [24] real time at L = 0;
// [32] monotonic time at L = 0; [40] the number of reads that were served from the page.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace gyre {

struct VdsoPatch {
  uint64_t offset = 0;  // in the image
  std::vector<uint8_t> bytes;
};

// What stands in vdso_code.cc where the address of the clock page belongs: "yergPage".
inline constexpr uint64_t kPagePlaceholder = 0x6567615067726579;

// The patches for `image`, a vDSO as it is mapped, of a process that has the clock page at `clock_page`. They do not
// overlap. Real time: clocks 0, 5, 11, gettimeofday, time; monotonic: clocks 1, 4, 6, 7. Other clocks, random bytes
// and resolutions become system calls; getcpu says processor 0. Errors: the image is of no known form (hide it).
absl::StatusOr<std::vector<VdsoPatch>> PatchVdso(absl::Span<const uint8_t> image, uint64_t clock_page);

}  // namespace gyre
