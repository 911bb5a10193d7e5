// Golden texts: what gyre prints, whole, in tests/golden. GYRE_UPDATE_GOLDEN=1 writes them anew; read the difference
// before committing it.
#pragma once

#include <string>
#include <string_view>

#include "tools/command.h"

namespace gyre {

// The root of the source tree (GYRE_SOURCE, or the current directory).
std::string SourceRoot();

// Fails the test unless `text` is what tests/golden/<name> holds.
void CheckGolden(const std::string& name, std::string_view text);

// What `gyre WORDS` prints to out, then to err, and its exit status, each under a heading.
std::string Transcript(const Words& words);

// A new directory that is removed when the value goes.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gyre
