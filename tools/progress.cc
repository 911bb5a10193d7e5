#include "tools/progress.h"

#include "absl/strings/str_format.h"

namespace gyre {

ProgressLine::ProgressLine(const Console& console) : console_(console) {}

void ProgressLine::Update(const Progress& progress) {
  if (!console_.terminal) return;
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  visible_ = true;
  const double wall = std::chrono::duration<double>(now - start_).count();
  std::fprintf(console_.err, "\r\x1b[K%s", FormatProgress(progress, wall).c_str());
  std::fflush(console_.err);
}

void ProgressLine::Clear() {
  if (!visible_) return;
  visible_ = false;
  std::fputs("\r\x1b[K", console_.err);
  std::fflush(console_.err);
}

std::string FormatProgress(const Progress& progress, double wall_seconds) {
  const double virtual_seconds = static_cast<double>(progress.now.ns()) / 1e9;
  return absl::StrFormat("virtual %.1fs   %d operations   %d messages   %.1fx real time", virtual_seconds,
                         progress.operations, progress.messages, wall_seconds > 0 ? virtual_seconds / wall_seconds : 0);
}

}  // namespace gyre
