#include "tools/changes.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr char kKey[] = "00000000000000ab";

Trial Decided(std::string kind, int64_t value, std::string what = "") {
  Trial trial;
  trial.decisions = {{{std::move(kind), kKey, value, 1'000'000}, std::move(what)}};
  return trial;
}

std::string Told(const Changes& changes) {
  std::string text;
  for (const Change& change : changes) {
    text += Concat(text.empty() ? "" : "\n", change.what, ": ", change.was, ", not ", change.becomes);
  }
  return text;
}

TEST_CASE("each kind of decision is told in words of its own") {
  struct Row {
    const char* kind;
    const char* what;  // which the run's journal knows of messages alone
    int64_t value;
    const char* told;
  };
  const Row rows[] = {
      {"delay", "n1 -> n2 {}", 5'000'000, "n1 -> n2 {}, sent at 0.001s: arrives after 0.005s, not lost"},
      {"loss", "n1 -> n2 {}", 1, "n1 -> n2 {}, sent at 0.001s: lost, not arrives after 0.003s"},
      {"thread", "", 2, "the choice of a thread at 0.001s: out of turn by 2, not in its turn"},
      {"preempt", "", 229, "when a thread is preempted at 0.001s: after 229 instructions, not never"},
      {"service", "", 3, "which state a service answers from at 0.001s: number 3, not the newest"},
      {"operation", "", 1, ""},
      {"reseed", "", 7, ""},
  };
  RunConfig config;
  config.network.latency = Milliseconds(2);
  config.network.jitter = Milliseconds(2);
  for (const Row& row : rows) {
    CAPTURE(row.kind);
    CHECK(Told(ChanceOtherwise(config, Decided(row.kind, row.value, row.what))) == row.told);
  }
}

TEST_CASE("a client's message is not lost by chance") {
  Trial trial = Decided("delay", 5'000'000, "c1 -> n1 {}");
  trial.decisions[0].of_client = true;
  CHECK(Told(ChanceOtherwise(RunConfig(), trial)) == "");
}

TEST_CASE("what only one of two runs decided is a difference, as is what they decided differently") {
  const Trial early = Decided("preempt", 229);
  const Trial late = Decided("preempt", 500);
  CHECK(Told(DifferencesByChance(early, early)) == "");
  CHECK(Told(DifferencesByChance(early, late)) ==
        "when a thread is preempted at 0.001s: after 229 instructions, not after 500 instructions");
  CHECK(Told(DifferencesByChance(early, Trial())) ==
        "when a thread is preempted at 0.001s: after 229 instructions, not never");
  CHECK(Told(DifferencesByChance(Trial(), early)) ==
        "when a thread is preempted at 0.001s: never, not after 229 instructions");
  CHECK(Told(DifferencesByChance(Trial(), Decided("delay", 5'000'000, "n1 -> n2 {}"))) ==
        "n1 -> n2 {}, sent at 0.001s: not sent, not arrives after 0.005s");
}

}  // namespace
}  // namespace gyre
