// The line on a terminal that shows how far a command is, and the one of a run: virtual time, operations, messages,
// speed-up. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/simulation.h"
#include "tools/console.h"

namespace gyre {

// One line on console.err, drawn over and over; nothing if that is no terminal.
class StatusLine {
 public:
  // `console` is borrowed.
  explicit StatusLine(const Console& console) : console_(console) {}
  ~StatusLine() { Clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void Show(std::string_view text);
  // Wipes the line, for other text or at the end.
  void Clear();

 private:
  const Console& console_;
  bool visible_ = false;
};

class ProgressLine {
 public:
  explicit ProgressLine(const Console& console) : line_(console) {}

  // Draws, ten times a second at the most.
  void Update(const Progress& progress);
  void Clear() { line_.Clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  StatusLine line_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_ = start_;
};

// "virtual 12.0s   3210 operations   15002 messages   24x real time"
std::string FormatProgress(const Progress& progress, double wall_seconds);

}  // namespace gyre
