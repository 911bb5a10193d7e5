// The line on a terminal that shows how far a run is: virtual time, operations, messages, speed-up. One thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "sim/simulation.h"
#include "tools/console.h"

namespace gyre {

class ProgressLine {
 public:
  // Draws on console.err if that is a terminal, else nothing. `console` is borrowed.
  explicit ProgressLine(const Console& console);
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Update(const Progress& progress);
  // Wipes the line, for other text or at the end.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  const Console& console_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_ = start_;
  bool visible_ = false;
};

// "virtual 12.0s   3210 operations   15002 messages   24x real time"
std::string FormatProgress(const Progress& progress, double wall_seconds);

}  // namespace gyre
