// The story of a small run, on one screen: what clients did, what the nemesis did, and the messages that matter, in the
// order of virtual time. One thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "tools/run/run.h"

namespace gyre {

class StoryTeller {
 public:
  // `config` is borrowed.
  explicit StoryTeller(const RunConfig& config) : config_(config) {}

  // To hear, while it runs, which messages the config's own decisions are about.
  void Listen(RunSurroundings* surroundings);

  // Lines, each with its newline. `journal` is the run's.
  std::string Tell(const RunResult& result, const std::string& journal) const;

 private:
  const RunConfig& config_;
  MessageId message_;           // the last that was sent
  std::set<uint64_t> singled_;  // ids of messages whose delay or loss the config says
};

}  // namespace gyre
