#include "tools/progress.h"

#include <sys/ioctl.h>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"

namespace gyre {

void StatusLine::Show(std::string_view text) {
  if (!console_.terminal) return;
  visible_ = true;
  // A line that the terminal breaks in two would stay there, all but its end.
  winsize size{};
  const bool has_width = ioctl(fileno(console_.err), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  const std::string line = Concat("\r\x1b[K", has_width ? Shortened(text, size.ws_col - 1u) : std::string(text));
  std::fwrite(line.data(), 1, line.size(), console_.err);
  std::fflush(console_.err);
}

void StatusLine::Clear() {
  if (!visible_) return;
  visible_ = false;
  std::fputs("\r\x1b[K", console_.err);
  std::fflush(console_.err);
}

void ProgressLine::Update(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  line_.Show(FormatProgress(progress, std::chrono::duration<double>(now - start_).count()));
}

std::string FormatProgress(const Progress& progress, double wall_seconds) {
  const double virtual_seconds = static_cast<double>(progress.now.ns()) / 1e9;
  return absl::StrFormat("virtual %.1fs   %d operations   %d messages   %.1fx real time", virtual_seconds,
                         progress.operations, progress.messages, wall_seconds > 0 ? virtual_seconds / wall_seconds : 0);
}

}  // namespace gyre
