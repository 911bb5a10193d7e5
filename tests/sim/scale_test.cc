// Many nodes and many messages: what must grow with the open work only.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "sim/simulation.h"
#include "tests/sim/test_nodes.h"
#include "tests/sim/tiny_run.h"

namespace gyre {
namespace {

long ResidentKiB() {
  FILE* file = std::fopen("/proc/self/status", "re");
  char line[256];
  long resident = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "VmRSS: %ld", &resident) == 1) break;
  }
  std::fclose(file);
  return resident;
}

TEST_CASE("1,000 nodes") {
  TinyRun run(1000, [](uint32_t) { return std::make_unique<EchoNode>(); });
  run.load.generator = Some("echo", 2000, Milliseconds(1));
  const SimulationResult result = run.Run();
  CHECK(result.reason == EndReason::kCompleted);
  CHECK(result.net.all.send == 2 * (1000 + 2000));
}

SimulationResult Chatter(uint64_t messages) {
  TinyRun run(50, [](uint32_t) { return std::make_unique<ChatterNode>(4); });
  run.config.max_messages = messages;
  run.load.generator = Sleep(Seconds(1000));
  JournalWriter journal;
  Decisions decisions(1);
  SimulationHooks hooks;
  hooks.journal = &journal;
  hooks.decisions = &decisions;
  return Simulate(run.config, run.nodes, std::move(run.load), hooks).value();
}

TEST_CASE("300,000 messages take no more memory than their contents' hashes") {
  Chatter(20'000);
  const long before = ResidentKiB();
  const SimulationResult result = Chatter(300'000);
  CHECK(result.reason == EndReason::kMessageLimit);
  CHECK(result.net.all.send == 300'000);
  // Every message differs, so that each costs its hash: some 20 bytes with the table's slack.
  CHECK(ResidentKiB() - before < 12'000);
}

TEST_CASE("the same 100,000 messages twice") { CHECK(Chatter(100'000).digest == Chatter(100'000).digest); }

}  // namespace
}  // namespace gyre
