#include "sim/event_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

std::string Describe(const std::pair<Instant, Event>& next) {
  struct Visitor {
    std::string operator()(const ApplyFault&) { return "fault"; }
    std::string operator()(const Deliver& e) { return absl::StrCat("deliver ", e.slot); }
    std::string operator()(const WakeNode& e) { return absl::StrCat("wake ", e.node); }
    std::string operator()(const TimeOut& e) { return absl::StrCat("time-out ", e.thread); }
    std::string operator()(const StepClients&) { return "clients"; }
  };
  return absl::StrCat(next.first.ns(), " ", std::visit(Visitor{}, next.second));
}

std::string Drain(EventQueue& queue) {
  std::string text;
  while (!queue.empty()) absl::StrAppend(&text, text.empty() ? "" : " | ", Describe(queue.PopNext()));
  return text;
}

TEST_CASE("events of one instant come by class, then hash, then message") {
  EventQueue queue;
  const AlarmId clients = queue.MakeAlarm("clients", StepClients{});
  const AlarmId thread = queue.MakeAlarm("thread 3", TimeOut{3});
  const AlarmId node = queue.MakeAlarm("n1", WakeNode{0});
  const AlarmId fault = queue.MakeAlarm("nemesis", ApplyFault{});
  queue.SetAlarm(fault, Instant(5));
  queue.SetAlarm(clients, Instant(5));
  queue.SetAlarm(thread, Instant(5));
  queue.SetAlarm(node, Instant(5));
  queue.Push(Instant(5), 9, MessageId(1), Deliver{1});
  queue.Push(Instant(5), 7, MessageId(3), Deliver{2});
  queue.Push(Instant(5), 7, MessageId(2), Deliver{3});
  queue.Push(Instant(4), 99, MessageId(9), Deliver{4});
  CHECK(queue.NextTime() == Instant(4));
  CHECK(Drain(queue) ==
        "4 deliver 4 | 5 fault | 5 deliver 3 | 5 deliver 2 | 5 deliver 1 | 5 wake 0 | 5 time-out 3 | 5 clients");
  CHECK(queue.NextTime() == Instant::Max());
}

TEST_CASE("the order of alarms of one class depends on their names, not on who was set first") {
  std::string orders[2];
  for (int reversed = 0; reversed < 2; ++reversed) {
    EventQueue queue;
    std::vector<AlarmId> alarms;
    for (uint32_t i = 0; i < 20; ++i) alarms.push_back(queue.MakeAlarm(absl::StrCat("n", i), WakeNode{i}));
    if (reversed == 1) std::reverse(alarms.begin(), alarms.end());
    for (const AlarmId alarm : alarms) queue.SetAlarm(alarm, Instant(1));
    orders[reversed] = Drain(queue);
  }
  CHECK(orders[0] == orders[1]);
}

TEST_CASE("an alarm moves, and is in the queue once") {
  EventQueue queue;
  const AlarmId alarm = queue.MakeAlarm("n1", WakeNode{7});
  queue.SetAlarm(alarm, Instant(10));
  queue.SetAlarm(alarm, Instant(3));
  queue.SetAlarm(alarm, Instant(6));
  CHECK(queue.size() == 1);
  CHECK(Drain(queue) == "6 wake 7");
  queue.SetAlarm(alarm, Instant(8));
  queue.ClearAlarm(alarm);
  queue.ClearAlarm(alarm);
  CHECK(queue.empty());
}

// Against the plainest queue there is: a vector that is searched.
TEST_CASE("random pushes, alarms and pops agree with a sorted list") {
  using Item = std::tuple<int64_t, size_t, uint64_t, uint64_t, std::string>;  // order, then what it is
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Draw draw(seed, "test", 0);
    EventQueue queue;
    std::vector<AlarmId> alarms;
    for (uint32_t i = 0; i < 5; ++i) alarms.push_back(queue.MakeAlarm(absl::StrCat(i), TimeOut{i}));
    std::vector<Item> expected;
    std::vector<int64_t> alarm_at(5, -1);
    int64_t now = 0;
    for (uint32_t step = 0; step < 500; ++step) {
      const uint64_t what = draw.Below(8);
      const int64_t at = now + static_cast<int64_t>(draw.Below(50));
      if (what < 3) {
        const uint64_t hash = draw.Below(4);
        queue.Push(Instant(at), hash, MessageId(step), Deliver{step});
        expected.emplace_back(at, 0, hash, step, absl::StrCat(at, " deliver ", step));
      } else if (what < 5) {
        const size_t which = draw.Below(5);
        queue.SetAlarm(alarms[which], Instant(at));
        alarm_at[which] = at;
      } else if (what < 6) {
        const size_t which = draw.Below(5);
        queue.ClearAlarm(alarms[which]);
        alarm_at[which] = -1;
      } else if (!queue.empty()) {
        const auto next = queue.PopNext();
        const std::string got = Describe(next);
        now = next.first.ns();
        const auto first = std::min_element(expected.begin(), expected.end());
        int64_t soonest_alarm = INT64_MAX;
        for (const int64_t set : alarm_at) {
          if (set >= 0) soonest_alarm = std::min(soonest_alarm, set);
        }
        if (const TimeOut* timeout = std::get_if<TimeOut>(&next.second)) {
          CHECK(soonest_alarm == now);
          CHECK(alarm_at[timeout->thread] == now);
          CHECK((first == expected.end() || std::get<0>(*first) > now));
          alarm_at[timeout->thread] = -1;
        } else {
          REQUIRE(first != expected.end());
          CHECK(std::get<4>(*first) == got);
          CHECK(soonest_alarm >= now);
          expected.erase(first);
        }
      }
    }
  }
}

}  // namespace
}  // namespace gyre
