// BareProgram: a program that is driven by pipes alone, without gyre: what a run can at best be as fast as.
// Owns the process; one thread. Failures are this machine's, and end the bench with a sentence.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace gyre {

class BareProgram {
 public:
  // argv[0] is a path. An empty `argv` is a child of our own that returns each line as it comes, in two calls.
  explicit BareProgram(const std::vector<std::string>& argv);
  // Kills it.
  ~BareProgram();
  BareProgram(const BareProgram&) = delete;
  BareProgram& operator=(const BareProgram&) = delete;

  // Sends a line that ends in a newline, and waits for one.
  void RoundTrip(std::string_view line);
  // Processor time that it has taken so far.
  double CpuSeconds() const;

 private:
  pid_t pid_ = 0;
  int in_ = -1;
  int out_ = -1;
};

}  // namespace gyre
