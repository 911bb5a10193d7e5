#include "tools/plot/calls.h"

#include <algorithm>

#include "sim/fault_plan.h"

namespace gyre {

Instant EndOf(const History& history) { return history.size() == 0 ? Instant() : history[history.size() - 1].time; }

std::vector<Call> CallsOf(const History& history) {
  std::vector<Call> calls;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis || op.type != OpType::kInvoke) continue;
    Call call;
    call.invoke = i;
    call.completion = history.pair(i);
    call.process = op.process;
    call.f = op.f.text();
    call.from = op.time;
    call.to = EndOf(history);
    if (call.completion != History::kNone) {
      call.type = history[call.completion].type;
      call.to = history[call.completion].time;
    }
    calls.push_back(call);
  }
  return calls;
}

std::vector<FaultWindow> FaultWindowsOf(const History& history) {
  std::vector<FaultWindow> windows;
  std::vector<size_t> open(Nemeses().size(), SIZE_MAX);  // the window of each nemesis that has not ended
  for (const Op& op : history.ops()) {
    if (op.process != kNemesis) continue;
    for (size_t i = 0; i < Nemeses().size(); ++i) {
      const Nemesis& nemesis = Nemeses()[i];
      if (op.f.text() == ToString(nemesis.begins) && open[i] == SIZE_MAX) {
        open[i] = windows.size();
        windows.push_back({nemesis.name, op.time, EndOf(history)});
      } else if (op.f.text() == ToString(nemesis.ends) && open[i] != SIZE_MAX) {
        windows[open[i]].to = op.time;
        open[i] = SIZE_MAX;
      }
    }
  }
  return windows;
}

std::vector<std::string_view> FunctionsOf(const std::vector<Call>& calls) {
  std::vector<std::string_view> names;
  for (const Call& call : calls) names.push_back(call.f);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace gyre
