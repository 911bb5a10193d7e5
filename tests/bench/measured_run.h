// A whole run of gyre and what it cost; and the clock that all costs here are measured by. Failures end the bench with
// a sentence. One thread.
#pragma once

#include <string>
#include <string_view>

#include "tools/run/run.h"

namespace gyre {

[[noreturn]] void Fail(std::string_view sentence);

// Processor time of this process and of all its dead children. Everything here is on one core and waits for nothing
// else, so on a machine with nothing else to do this is the time that passes; a busy machine does not disturb it.
double CpuSeconds();

// A directory for one run's journal and logs, gone with this.
class RunDirectory {
 public:
  RunDirectory();
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct RunCost {
  double seconds = 0;     // of processor time
  double virtual_seconds = 0;
  double operations = 0;
  double messages = 0;
  double stops = 0;       // of all nodes
  double calls = 0;

  RunCost operator-(const RunCost& other) const;
};

// A run of `bin` with the environment that all nodes have here.
RunConfig ConfigOf(const std::string& workload, const std::string& bin, std::vector<std::string> args);
// Runs it, journal and logs on disk. It must end as valid.
RunCost CostOf(const RunConfig& config, int core);

}  // namespace gyre
