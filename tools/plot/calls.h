// What a history's pictures are drawn from: its calls (an invocation and its completion) and the spans of time in which
// a fault was at work. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/history/op.h"

namespace gyre {

struct Call {
  uint32_t invoke = 0;                   // position in the history
  uint32_t completion = History::kNone;  // kNone: it never ended
  OpType type = OpType::kInfo;           // of the completion; an open call is kInfo
  ProcessId process;
  std::string_view f;
  Instant from;
  Instant to;  // of an open call: the history's last entry
};
// Of clients, in the order of invocation.
std::vector<Call> CallsOf(const History& history);

struct FaultWindow {
  std::string name;  // "partition", "kill"
  Instant from;
  Instant to;  // the history's last entry if it never ended
};
// In the order of their beginnings.
std::vector<FaultWindow> FaultWindowsOf(const History& history);

// The last entry's time; 0 if there is none.
Instant EndOf(const History& history);

// The sorted names of the functions that were called.
std::vector<std::string_view> FunctionsOf(const std::vector<Call>& calls);

}  // namespace gyre
