#include "tests/checkers/naive.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "checkers/fraction.h"
#include "checkers/witness.h"

namespace gyre {
namespace {

struct Less {
  bool operator()(const Json& a, const Json& b) const { return Json::Compare(a, b) < 0; }
};
using JsonMap = std::map<Json, int64_t, Less>;

bool IsClient(const Op& op) { return op.process != kNemesis; }

int64_t Count(const History& history, const std::string& f, OpType type) {
  return std::count_if(history.ops().begin(), history.ops().end(), [&](const Op& op) {
    return IsClient(op) && op.type == type && (f.empty() || op.f == Atom(f));
  });
}

Json Copies(const JsonMap& counts) {
  Json::Object object;
  for (const auto& [value, count] : counts) {
    object.emplace_back(value.is_string() ? value.AsString() : value.Dump(), count);
  }
  return object;
}

// Jepsen's SetFullElement.
struct Element {
  const Op* known = nullptr;
  const Op* last_present = nullptr;
  const Op* last_absent = nullptr;
};

int64_t IndexOf(const Op* op) { return op == nullptr ? -1 : int64_t{op->index.value()}; }

int64_t LatencyOf(const Element& e, const Op* last) {
  const int64_t until = last == nullptr ? 0 : last->time.ns() + 1;
  return std::max(int64_t{0}, until - e.known->time.ns()) / 1000000;
}

Json Distribution(std::vector<int64_t> sorted) {
  std::sort(sorted.begin(), sorted.end());
  const int64_t n = static_cast<int64_t>(sorted.size());
  const auto at = [&](double p) { return sorted[static_cast<size_t>(std::min(n - 1, int64_t(double(n) * p)))]; };
  return Json::ObjectOf({{"0", at(0)}, {"0.5", at(.5)}, {"0.95", at(.95)}, {"0.99", at(.99)}, {"1", at(1)}});
}

struct SetState {
  std::map<Json, Element, Less> elements;
  JsonMap duplicated;
  std::set<Json, Less> unexpected;
  std::set<Json, Less> added;
};

SetState Reduce(const History& history) {
  SetState state;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (!IsClient(op)) continue;
    if (op.f == Atom("add") && op.type == OpType::kInvoke) {
      state.elements[op.value] = Element();
      state.added.insert(op.value);
    } else if (op.f == Atom("add") && op.type == OpType::kOk) {
      const auto found = state.elements.find(op.value);
      if (found != state.elements.end() && found->second.known == nullptr) found->second.known = &op;
    } else if (op.f == Atom("read") && op.type == OpType::kOk) {
      const Op& invoke = history.pair(i) == History::kNone ? op : history[history.pair(i)];
      JsonMap read;
      if (op.value.is_array()) {
        for (const Json& value : op.value.AsArray()) ++read[value];
      }
      for (const auto& [value, copies] : read) {
        if (copies > 1) state.duplicated[value] = std::max(state.duplicated[value], copies);
        if (!state.added.contains(value)) state.unexpected.insert(value);
      }
      for (auto& [value, element] : state.elements) {
        const bool present = read.contains(value);
        if (present && element.known == nullptr) element.known = &op;
        const Op*& last = present ? element.last_present : element.last_absent;
        if (IndexOf(last) < int64_t{invoke.index.value()}) last = &invoke;
      }
    }
  }
  return state;
}

}  // namespace

Json NaiveSetFull(const History& history, Parity parity, bool linearizable) {
  const SetState state = Reduce(history);
  Json::Array lost, never_read, stale, unexpected(state.unexpected.begin(), state.unexpected.end());
  std::vector<int64_t> stable_latencies, lost_latencies;
  std::vector<std::pair<int64_t, Json>> worst;
  for (const auto& [value, e] : state.elements) {
    const bool is_stable = e.last_present != nullptr && IndexOf(e.last_absent) < IndexOf(e.last_present);
    const bool is_lost = e.known != nullptr && e.last_absent != nullptr &&
                         IndexOf(e.last_present) < IndexOf(e.last_absent) && IndexOf(e.known) < IndexOf(e.last_absent);
    if (is_stable) stable_latencies.push_back(LatencyOf(e, e.last_absent));
    if (is_lost) lost_latencies.push_back(LatencyOf(e, e.last_present));
    if (is_lost) lost.push_back(value);
    if (!is_stable && !is_lost) never_read.push_back(value);
    if (!is_stable || stable_latencies.back() == 0) continue;
    stale.push_back(value);
    worst.emplace_back(stable_latencies.back(), Json::ObjectOf({{"element", value},
                                                                {"outcome", ":stable"},
                                                                {"stable-latency", stable_latencies.back()},
                                                                {"lost-latency", Json()},
                                                                {"known", ToJson(*e.known)},
                                                                {"last-absent", ToJson(*e.last_absent)}}));
  }
  std::stable_sort(worst.begin(), worst.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::reverse(worst.begin(), worst.end());
  Json::Array worst_stale;
  for (size_t i = 0; i < std::min<size_t>(8, worst.size()); ++i) worst_stale.push_back(worst[i].second);

  const bool ours = parity == Parity::kOurs;
  const int64_t stable_count = static_cast<int64_t>(stable_latencies.size());
  Json valid = true;
  if (linearizable && !stale.empty()) valid = false;
  if (stable_count == 0) valid = "unknown";
  if (!lost.empty() || (ours && (!state.duplicated.empty() || !unexpected.empty()))) valid = false;
  const auto size = [](const auto& items) { return static_cast<int64_t>(items.size()); };
  const JsonMap duplicated = ours ? state.duplicated : JsonMap();
  Json details = Json::ObjectOf({{"valid?", valid},
                                 {"attempt-count", size(state.elements)},
                                 {"stable-count", stable_count},
                                 {"lost-count", size(lost)},
                                 {"lost", lost},
                                 {"never-read-count", size(never_read)},
                                 {"never-read", never_read},
                                 {"stale-count", size(stale)},
                                 {"stale", stale},
                                 {"worst-stale", worst_stale},
                                 {"duplicated-count", size(duplicated)},
                                 {"duplicated", Copies(duplicated)}});
  if (!stable_latencies.empty()) details.Set("stable-latencies", Distribution(stable_latencies));
  if (!lost_latencies.empty()) details.Set("lost-latencies", Distribution(lost_latencies));
  if (ours) {
    details.Set("unexpected-count", size(unexpected));
    details.Set("unexpected", unexpected);
  }
  return details;
}

Json NaiveUniqueIds(const History& history, Parity parity) {
  JsonMap frequencies;
  for (const Op& op : history.ops()) {
    if (IsClient(op) && op.f == Atom("generate") && op.type == OpType::kOk) ++frequencies[op.value];
  }
  JsonMap duplicated;
  for (const auto& [id, count] : frequencies) {
    if (count > 1) duplicated[id] = count;
  }
  const int64_t duplicated_count = static_cast<int64_t>(duplicated.size());
  while (duplicated.size() > 48) {
    const auto rarest = std::min_element(duplicated.begin(), duplicated.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    duplicated.erase(rarest);
  }
  Json valid = duplicated_count == 0;
  if (frequencies.empty() && parity == Parity::kOurs) valid = "unknown";
  Json::Array range{Json(), Json()};
  if (!frequencies.empty()) range = {frequencies.begin()->first, frequencies.rbegin()->first};
  return Json::ObjectOf({{"valid?", valid},
                         {"attempted-count", Count(history, "generate", OpType::kInvoke)},
                         {"acknowledged-count", Count(history, "generate", OpType::kOk)},
                         {"duplicated-count", duplicated_count},
                         {"duplicated", Copies(duplicated)},
                         {"range", range}});
}

// Of the history's adds up to position `end`: those asked for that did not fail, or those acknowledged.
int64_t SumOfAdds(const History& history, uint32_t end, OpType type) {
  int64_t sum = 0;
  for (uint32_t i = 0; i < end; ++i) {
    const Op& op = history[i];
    if (!IsClient(op) || op.f != Atom("add") || op.type != type) continue;
    const uint32_t pair = history.pair(i);
    if (pair == History::kNone || history[pair].type != OpType::kFail) sum += op.value.AsInt();
  }
  return sum;
}

Json NaiveCounter(const History& history) {
  Json::Array reads, errors;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (!IsClient(op) || op.f != Atom("read") || op.type != OpType::kOk) continue;
    const int64_t least = SumOfAdds(history, history.pair(i), OpType::kOk);
    const int64_t most = SumOfAdds(history, i, OpType::kInvoke);
    const Json triple = Json::Array{least, op.value, most};
    reads.push_back(triple);
    const bool right = op.value.is_int() && least <= op.value.AsInt() && op.value.AsInt() <= most;
    if (!right) errors.push_back(triple);
  }
  return Json::ObjectOf({{"valid?", errors.empty()}, {"reads", reads}, {"errors", errors}});
}

Json NaivePnCounter(const History& history, Parity parity) {
  std::set<int64_t> sums = {SumOfAdds(history, static_cast<uint32_t>(history.size()), OpType::kOk)};
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (!IsClient(op) || op.f != Atom("add") || op.type != OpType::kInvoke) continue;
    const uint32_t pair = history.pair(i);
    if (pair != History::kNone && history[pair].type != OpType::kInfo) continue;
    std::set<int64_t> with = sums;
    for (const int64_t sum : sums) with.insert(sum + op.value.AsInt());
    sums = with;
  }
  Json::Array errors, reads, acceptable;
  for (const Op& op : history.ops()) {
    if (!IsClient(op) || op.f != Atom("read") || op.type != OpType::kOk || !op.final) continue;
    reads.push_back(op.value);
    if (!op.value.is_int() || sums.count(op.value.AsInt()) == 0) errors.push_back(ToJson(op));
  }
  for (const int64_t sum : sums) {
    if (acceptable.empty() || acceptable.back().AsArray()[1].AsInt() + 1 < sum) {
      acceptable.push_back(Json::Array{sum, sum});
    } else {
      acceptable.back().AsArray()[1] = sum;
    }
  }
  Json valid = errors.empty();
  if (reads.empty() && parity == Parity::kOurs) valid = "unknown";
  return Json::ObjectOf({{"valid?", valid},
                         {"errors", errors.empty() ? Json() : Json(errors)},
                         {"final-reads", reads},
                         {"acceptable", acceptable}});
}

// The members of `a` without as many of each as `b` has.
std::vector<Json> Without(std::vector<Json> a, const std::vector<Json>& b) {
  for (const Json& value : b) {
    const auto found = std::find(a.begin(), a.end(), value);
    if (found != a.end()) a.erase(found);
  }
  return a;
}

std::vector<Json> ValuesOf(const History& history, const char* f, OpType type) {
  std::vector<Json> values;
  for (const Op& op : history.ops()) {
    if (IsClient(op) && op.f == Atom(f) && op.type == type) values.push_back(op.value);
  }
  return values;
}

Json NaiveTotalQueue(const History& history) {
  const std::vector<Json> attempts = ValuesOf(history, "enqueue", OpType::kInvoke);
  const std::vector<Json> enqueues = ValuesOf(history, "enqueue", OpType::kOk);
  const std::vector<Json> dequeues = ValuesOf(history, "dequeue", OpType::kOk);
  const std::vector<Json> ok = Without(dequeues, Without(dequeues, attempts));
  std::vector<Json> unexpected;
  for (const Json& value : dequeues) {
    if (std::find(attempts.begin(), attempts.end(), value) == attempts.end()) unexpected.push_back(value);
  }
  const std::vector<Json> lost = Without(enqueues, dequeues);
  Json result = Json::ObjectOf({{"valid?", lost.empty() && unexpected.empty()},
                                {"attempt-count", attempts.size()},
                                {"acknowledged-count", enqueues.size()},
                                {"ok-count", ok.size()}});
  for (const auto& [name, values] : {std::pair{"unexpected", unexpected},
                                     {"duplicated", Without(Without(dequeues, attempts), unexpected)},
                                     {"lost", lost},
                                     {"recovered", Without(ok, enqueues)}}) {
    JsonMap counts;
    for (const Json& value : values) ++counts[value];
    result.Set(std::string(name) + "-count", values.size());
    result.Set(name, Copies(counts));
  }
  return result;
}

Json NaiveSet(const History& history) {
  const std::vector<Json> attempts = ValuesOf(history, "add", OpType::kInvoke);
  const std::vector<Json> adds = ValuesOf(history, "add", OpType::kOk);
  const std::vector<Json> reads = ValuesOf(history, "read", OpType::kOk);
  if (reads.empty()) return Json::ObjectOf({{"valid?", "unknown"}});
  const auto has = [](const std::vector<Json>& values, const Json& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  const std::vector<Json>& found = reads.back().AsArray();
  int64_t ok = 0, lost = 0, recovered = 0, unexpected = 0, attempted = 0, acknowledged = 0;
  for (int64_t value = 0; value < 4; ++value) {  // all that the histories of these tests have
    attempted += has(attempts, value);
    acknowledged += has(adds, value);
    ok += has(found, value) && has(attempts, value);
    unexpected += has(found, value) && !has(attempts, value);
    lost += has(adds, value) && !has(found, value);
    recovered += has(found, value) && has(attempts, value) && !has(adds, value);
  }
  return Json::ObjectOf({{"valid?", lost == 0 && unexpected == 0},
                         {"attempt-count", attempted},
                         {"acknowledged-count", acknowledged},
                         {"ok-count", ok},
                         {"lost-count", lost},
                         {"recovered-count", recovered},
                         {"unexpected-count", unexpected}});
}

Json NaiveEcho(const History& history, Parity parity) {
  Json::Array errors;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (!IsClient(op) || op.type != OpType::kInvoke || history.pair(i) == History::kNone) continue;
    const Op& completion = history[history.pair(i)];
    if (completion.type == OpType::kInfo) continue;
    const Json* echo = completion.value.Find("echo");
    const Json& value = completion.value;
    const bool same = completion.type == OpType::kOk && (echo == nullptr ? Json() : *echo) == op.value;
    if (!same) errors.push_back(Json::Array{"Expected a message with :echo", op.value, "But received", value});
  }
  Json valid = errors.empty();
  if (errors.empty() && parity == Parity::kOurs && Count(history, "", OpType::kOk) == 0) valid = "unknown";
  return Json::ObjectOf({{"valid?", valid}, {"errors", errors}});
}

Json NaiveStats(const History& history) {
  const auto counts = [&](const std::string& f, const Json& valid) {
    const int64_t ok = Count(history, f, OpType::kOk);
    const int64_t fail = Count(history, f, OpType::kFail);
    const int64_t info = Count(history, f, OpType::kInfo);
    return Json::ObjectOf({{"valid?", valid},
                           {"count", ok + fail + info},
                           {"ok-count", ok},
                           {"fail-count", fail},
                           {"info-count", info}});
  };
  std::set<std::string> fs;
  for (const Op& op : history.ops()) {
    if (IsClient(op) && op.type != OpType::kInvoke) fs.insert(std::string(op.f.text()));
  }
  bool valid = true;
  Json by_f = Json::Object();
  for (const std::string& f : fs) {
    const bool ok = Count(history, f, OpType::kOk) > 0;
    by_f.Set(f, counts(f, ok));
    if (f != "crash" && f != "debug-topic-partitions") valid = valid && ok;
  }
  Json details = counts("", valid);
  details.Set("by-f", by_f);
  return details;
}

Json NaiveAvailability(const History& history, const AvailabilityGoal& goal) {
  const uint64_t invokes = static_cast<uint64_t>(Count(history, "", OpType::kInvoke));
  const uint64_t oks = static_cast<uint64_t>(Count(history, "", OpType::kOk));
  const double wanted = static_cast<double>(goal.at_least.num) / static_cast<double>(goal.at_least.den);
  const double fraction = invokes == 0 ? 1 : static_cast<double>(oks) / static_cast<double>(invokes);
  return Json::ObjectOf({{"valid?", fraction >= wanted - 1e-12},
                         {"ok-fraction", invokes == 0 ? 1.0 : SinglePrecision(oks, invokes)}});
}

Json NaiveExceptions(const History& history) {
  std::set<std::string> classes;
  const auto class_of = [](const Op& op) { return op.exception.Find("class")->AsString(); };
  const auto threw = [](const Op& op) { return op.type == OpType::kInfo && !op.exception.is_null(); };
  for (const Op& op : history.ops()) {
    if (threw(op)) classes.insert(class_of(op));
  }
  std::vector<std::pair<int64_t, Json>> found;
  for (const std::string& name : classes) {
    std::vector<const Op*> ops;
    for (const Op& op : history.ops()) {
      if (threw(op) && class_of(op) == name) ops.push_back(&op);
    }
    const int64_t count = static_cast<int64_t>(ops.size());
    found.emplace_back(-count, Json::ObjectOf({{"count", count}, {"class", name}, {"example", ToJson(*ops[0])}}));
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Json details = Json::ObjectOf({{"valid?", true}});
  Json::Array exceptions;
  for (const auto& [order, json] : found) exceptions.push_back(json);
  if (!exceptions.empty()) details.Set("exceptions", exceptions);
  return details;
}

Json WithoutError(const Json& details) {
  Json::Object kept;
  for (const auto& [name, value] : details.AsObject()) {
    if (name != "error") kept.emplace_back(name, value);
  }
  return kept;
}

}  // namespace gyre
