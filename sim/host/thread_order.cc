// With a chooser (--thread-schedule random) the order of threads is another one for each seed. Whenever several are
// runnable it is drawn which one runs next; and at the start of its turn, and after its calls, whether it is to be
// preempted, and after how many instructions. These are counted by single steps, since virtual machines rarely offer
// the counters by which rr preempts: so the spans are short, and what is explored is the code at the start of turns and
// behind calls. Short spans are the likeliest, and most threads are left alone: most races need few preemptions, in the
// right place. Musuvathi and others, "Finding and reproducing Heisenbugs in concurrent programs" (OSDI 2008).
//
// A single step takes a thousand times as long as its instruction, and a runtime with many threads comes to thousands
// of points while it starts: so the points of each step of the node are limited, and what is not used is kept.
//
// Value 0 of either decision is what happens without a chooser. It is not recorded.
#include "sim/host/thread_order.h"

#include <algorithm>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

// One in so many points leads to a preemption.
constexpr uint64_t kPreemptedTurns = 2;
constexpr uint64_t kPreemptedCalls = 8;
// The most instructions until then, as a power of two.
constexpr uint64_t kLongestSpan = 10;
// How many points a step of the node gives.
constexpr uint64_t kPointsOfStep = 8;

int64_t Choose(NodeState& node, std::string_view kind, absl::FunctionRef<int64_t(Draw&)> draw) {
  const uint64_t key = Key("thread").Add(node.index).Add(node.incarnation).Add(node.thread_choices++).hash();
  return node.config->choose(kind, key, Instant(node.now()), 0, draw);
}

}  // namespace

void AllowPreemption(NodeState& node) {
  node.preemption_points = std::min(node.preemption_points + kPointsOfStep, kMostPreemptionPoints);
}

void PickNext(NodeState& node) {
  const auto count = static_cast<int64_t>(node.run_queue.size());
  if (node.config->choose == nullptr || count < 2) return;
  const int64_t chosen = Choose(
      node, "thread", [&](Draw& draw) { return static_cast<int64_t>(draw.Below(static_cast<uint64_t>(count))); });
  const auto at = node.run_queue.begin() + std::clamp<int64_t>(chosen, 0, count - 1);
  Thread* const thread = *at;
  node.run_queue.erase(at);
  node.run_queue.push_front(thread);
}

int64_t StepsUntilPreempted(NodeState& node, PreemptionPoint point) {
  if (node.config->choose == nullptr || node.run_queue.empty()) return 0;
  const bool is_allowed = node.preemption_points > 0;
  if (is_allowed) --node.preemption_points;
  const int64_t steps = Choose(node, "preempt", [&](Draw& draw) -> int64_t {
    if (!is_allowed) return 0;
    if (draw.Below(point == PreemptionPoint::kTurn ? kPreemptedTurns : kPreemptedCalls) != 0) return 0;
    return static_cast<int64_t>(1 + draw.Below(uint64_t{1} << (1 + draw.Below(kLongestSpan))));
  });
  return std::clamp<int64_t>(steps, 0, int64_t{1} << kLongestSpan);
}

}  // namespace gyre
