// The seccomp program of the table of calls.
#include "sim/host/call_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/types/span.h"
#include "sim/base/check.h"
#include "sim/host/calls.h"

namespace gyre {
namespace {

constexpr uint32_t kLoadNumber = offsetof(seccomp_data, nr);
// How many statements a conditional jump can pass over; an unconditional one all.
constexpr size_t kLongestJump = 255;
constexpr uint32_t ArgLow(uint8_t arg) { return static_cast<uint32_t>(offsetof(seccomp_data, args) + 8u * arg); }

sock_filter Statement(uint16_t code, uint32_t k) { return {code, 0, 0, k}; }
sock_filter Jump(uint16_t code, uint32_t k, uint8_t yes, uint8_t no) { return {code, yes, no, k}; }
sock_filter Decide(uint32_t action) { return Statement(BPF_RET | BPF_K, action); }

// Passes over the next statement unless what is loaded passes the row's test.
sock_filter JumpUnless(const CallRow& row) {
  switch (row.test) {
    case ArgTest::kEqual:
      return Jump(BPF_JMP | BPF_JEQ | BPF_K, row.operand, 0, 1);
    case ArgTest::kNotEqual:
      return Jump(BPF_JMP | BPF_JEQ | BPF_K, row.operand, 1, 0);
    case ArgTest::kAtMost:
      return Jump(BPF_JMP | BPF_JGT | BPF_K, row.operand, 1, 0);
    case ArgTest::kHasBits:
      return Jump(BPF_JMP | BPF_JSET | BPF_K, row.operand, 0, 1);
    case ArgTest::kNone:
      break;
  }
  CHECK(false);
}

bool WritesStdout(uint64_t nr) { return nr == SYS_write || nr == SYS_writev; }

bool TellsIds(const CallRow& row) { return row.rule == CallRule::kAllow && row.handler != nullptr; }

// What is decided of a call once its number is known.
using Body = std::vector<sock_filter>;

Body BodyOf(int nr, const FilterOptions& options) {
  const uint64_t number = static_cast<uint64_t>(nr);
  if (options.trap_stdout) return {Decide(WritesStdout(number) ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW)};
  if (options.watch_memory && IsMemoryCall(number)) return {Decide(SECCOMP_RET_TRACE)};
  Body body;
  bool known = false;
  for (const CallRow& row : CallRows()) {
    if (row.nr != nr) continue;
    known = true;
    const bool tells_ids = options.make_ids && TellsIds(row);
    const bool traps = row.rule == CallRule::kTrap || (tells_ids && row.test == ArgTest::kNone);
    if (row.rule == CallRule::kTrapArg || (tells_ids && !traps)) {
      body.insert(body.end(), {Statement(BPF_LD | BPF_W | BPF_ABS, ArgLow(row.arg)), JumpUnless(row),
                               Decide(SECCOMP_RET_TRACE)});
    }
    if (!traps && row.rule != CallRule::kRefuse) continue;
    body.push_back(Decide(traps ? SECCOMP_RET_TRACE : SECCOMP_RET_ERRNO | static_cast<uint32_t>(row.error)));
    return body;
  }
  body.push_back(Decide(known ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRACE));
  return body;
}

bool SameBody(const Body& one, const Body& other) {
  return one.size() == other.size() && std::memcmp(one.data(), other.data(), one.size() * sizeof(sock_filter)) == 0;
}

// The numbers from `first` to the next one's are decided alike.
struct Range {
  uint32_t first;
  Body body;
};

std::vector<Range> RangesOf(const FilterOptions& options) {
  std::vector<Range> ranges;
  for (int nr = 0; nr <= kCallLimit; ++nr) {
    Body body = BodyOf(nr, options);
    if (ranges.empty() || !SameBody(ranges.back().body, body)) {
      ranges.push_back({static_cast<uint32_t>(nr), std::move(body)});
    }
  }
  return ranges;
}

// Appends a binary search for the call's number: row by row, it would take longer than the rest of a call. What is
// always allowed costs nothing, as the kernel remembers it. The kernel compiles the program at each start of a node, so
// neighbours that are decided alike are one range.
void AppendSearch(absl::Span<const Range> ranges, std::vector<sock_filter>* program) {
  if (ranges.size() == 1) {
    program->insert(program->end(), ranges[0].body.begin(), ranges[0].body.end());
    return;
  }
  const size_t half = ranges.size() / 2;
  std::vector<sock_filter> lower;
  AppendSearch(ranges.subspan(0, half), &lower);
  if (lower.size() <= kLongestJump) {
    program->push_back(Jump(BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, static_cast<uint8_t>(lower.size()), 0));
  } else {
    program->push_back(Jump(BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, 0, 1));
    program->push_back(Statement(BPF_JMP | BPF_JA, static_cast<uint32_t>(lower.size())));
  }
  program->insert(program->end(), lower.begin(), lower.end());
  AppendSearch(ranges.subspan(half), program);
}

// The beginning of each program: 32-bit calls have other numbers.
std::vector<sock_filter> OfThisMachine() {
  return {Statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
          Jump(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), Decide(SECCOMP_RET_KILL_PROCESS)};
}

}  // namespace

bool IsWatched(uint64_t nr, const uint64_t* args, const FilterOptions& options) {
  if (options.trap_stdout && WritesStdout(nr)) return true;
  if (options.watch_memory && IsMemoryCall(nr)) return true;
  bool known = false;
  for (const CallRow& row : CallRows()) {
    if (static_cast<uint64_t>(row.nr) != nr) continue;
    known = true;
    if (row.rule == CallRule::kTrap || (row.rule == CallRule::kTrapArg && Passes(row, args))) return true;
    if (options.make_ids && TellsIds(row) && Passes(row, args)) return true;
  }
  return !known;
}

std::vector<sock_filter> MakeTracingFilter() {
  std::vector<sock_filter> program = OfThisMachine();
  program.push_back(Decide(SECCOMP_RET_TRACE));
  return program;
}

std::vector<sock_filter> MakeFilter(const FilterOptions& options) {
  std::vector<sock_filter> program = OfThisMachine();
  program.push_back(Statement(BPF_LD | BPF_W | BPF_ABS, kLoadNumber));
  AppendSearch(RangesOf(options), &program);
  return program;
}

}  // namespace gyre
