#include "checkers/queue.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

struct HashJson {
  size_t operator()(const Json& json) const { return json.Hash(); }
};

// How often a value was asked to be enqueued, was acknowledged, and came out; and where first.
struct Element {
  const Json* value = nullptr;
  int64_t attempts = 0;
  int64_t enqueues = 0;
  int64_t dequeues = 0;
  uint32_t enqueue = History::kNone;
  uint32_t dequeue = History::kNone;
};

// Elements by value, in order of appearance.
class Elements {
 public:
  Element& Of(const Json& value) {
    const auto [found, is_new] = places_.try_emplace(value, elements_.size());
    if (is_new) elements_.push_back({&found->first});
    return elements_[found->second];
  }
  // By value, so that results do not depend on the order of a history.
  std::vector<Element> Sorted() const {
    std::vector<Element> sorted = elements_;
    std::sort(sorted.begin(), sorted.end(),
              [](const Element& a, const Element& b) { return Json::Compare(*a.value, *b.value) < 0; });
    return sorted;
  }

 private:
  absl::node_hash_map<Json, size_t, HashJson> places_;  // looked up only
  std::vector<Element> elements_;
};

// A multiset: how many of each.
struct Bag {
  const char* name;
  int64_t (*count)(const Element& element);
};

std::string NameOf(const Json& value) { return value.is_string() ? value.AsString() : value.Dump(); }

int64_t Unexpected(const Element& e) { return e.attempts == 0 ? e.dequeues : 0; }
int64_t Duplicated(const Element& e) { return e.attempts == 0 ? 0 : std::max<int64_t>(0, e.dequeues - e.attempts); }
int64_t Lost(const Element& e) { return std::max<int64_t>(0, e.enqueues - e.dequeues); }
int64_t Ok(const Element& e) { return std::min(e.dequeues, e.attempts); }
int64_t Recovered(const Element& e) { return std::max<int64_t>(0, Ok(e) - e.enqueues); }

constexpr Bag kBags[] = {
    {"unexpected", Unexpected}, {"duplicated", Duplicated}, {"lost", Lost}, {"recovered", Recovered}};

Anomaly Explain(const History& history, const Element& element, const CheckOptions& options) {
  const bool lost = Lost(element) > 0;
  const uint32_t at = lost ? element.enqueue : element.dequeue;
  const std::string who = Concat(Who(history[at], options), " (", When(history, at), ")");
  return {lost ? "lost" : "unexpected",
          lost ? Concat(Quoted(*element.value), " was enqueued and acknowledged by ", who, ", ",
                        element.enqueues == 1 ? "" : Concat(element.enqueues, " times, "), "and was dequeued ",
                        element.dequeues, " times")
               : Concat(Quoted(*element.value), " was dequeued by ", who, ", but nobody asked to enqueue it"),
          Json::ObjectOf({{"element", *element.value}, {"op", Positions(history, at)}})};
}

bool Is(const Op& op, OpType type, const Atom& f) { return op.type == type && op.f == f; }

// Nothing, or the position of a drain of which nobody knows what it took.
uint32_t Count(const History& history, Elements* elements) {
  const Atom enqueue("enqueue"), dequeue("dequeue"), drain("drain");
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis) continue;
    if (op.f == drain) {
      if (op.type == OpType::kInfo || (op.type == OpType::kOk && !op.value.is_array())) return i;
      for (const Json& value : op.type == OpType::kOk ? op.value.AsArray() : Json::Array()) {
        Element& element = elements->Of(value);
        ++element.dequeues;
        element.dequeue = std::min(element.dequeue, i);
      }
    } else if (Is(op, OpType::kInvoke, enqueue)) {
      ++elements->Of(op.value).attempts;
    } else if (Is(op, OpType::kOk, enqueue)) {
      Element& element = elements->Of(op.value);
      ++element.enqueues;
      element.enqueue = std::min(element.enqueue, i);
    } else if (Is(op, OpType::kOk, dequeue)) {
      Element& element = elements->Of(op.value);
      ++element.dequeues;
      element.dequeue = std::min(element.dequeue, i);
    }
  }
  return History::kNone;
}

}  // namespace

Verdict CheckQueue(const History& history, const CheckOptions& options) {
  Elements elements;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis) continue;
    if (Is(op, OpType::kInvoke, "enqueue")) ++elements.Of(op.value).attempts;
    if (!Is(op, OpType::kOk, "dequeue")) continue;
    Element& element = elements.Of(op.value);
    if (++element.dequeues <= element.attempts) continue;
    Verdict verdict;
    verdict.valid = Validity::kInvalid;
    verdict.details =
        Json::ObjectOf({{"valid?", false}, {"error", Concat("can't dequeue ", op.value.Dump())}});
    verdict.anomalies.push_back(
        {"unexpected",
         Concat(Quoted(op.value), " was dequeued by ", Who(op, options), " (", When(history, i), "), which makes ",
                element.dequeues, " times; until then it had been asked to be enqueued ", element.attempts, " times"),
         Json::ObjectOf({{"element", op.value}, {"op", Positions(history, i)}})});
    return verdict;
  }
  Json::Object left;
  for (const Element& element : elements.Sorted()) {
    if (element.attempts > element.dequeues) {
      left.emplace_back(NameOf(*element.value), element.attempts - element.dequeues);
    }
  }
  Verdict verdict;
  verdict.details = Json::ObjectOf({{"valid?", true}, {"final-queue", std::move(left)}});
  return verdict;
}

Verdict CheckTotalQueue(const History& history, const CheckOptions& options) {
  Verdict verdict;
  Elements elements;
  if (const uint32_t drain = Count(history, &elements); drain != History::kNone) {
    verdict.valid = Validity::kUnknown;
    const std::string error = Concat("the drain by ", Who(history[drain], options), " (", When(history, drain),
                                     ") did not say what it took");
    verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", error}});
    return verdict;
  }
  const std::vector<Element> sorted = elements.Sorted();
  int64_t attempts = 0, enqueues = 0, ok = 0;
  for (const Element& element : sorted) {
    attempts += element.attempts;
    enqueues += element.enqueues;
    ok += Ok(element);
    if (Unexpected(element) == 0 && Lost(element) == 0) continue;
    verdict.valid = Validity::kInvalid;
    if (verdict.anomalies.size() == kMaxAnomaliesOfAKind) continue;
    verdict.anomalies.push_back(Explain(history, element, options));
  }
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)},
                                    {"attempt-count", attempts},
                                    {"acknowledged-count", enqueues},
                                    {"ok-count", ok}});
  for (const Bag& bag : kBags) {
    int64_t count = 0;
    Json::Object members;
    for (const Element& element : sorted) {
      if (bag.count(element) == 0) continue;
      count += bag.count(element);
      members.emplace_back(NameOf(*element.value), bag.count(element));
    }
    verdict.details.Set(Concat(bag.name, "-count"), count);
    verdict.details.Set(bag.name, std::move(members));
  }
  return verdict;
}

}  // namespace gyre
