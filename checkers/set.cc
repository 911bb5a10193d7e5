#include "checkers/set.h"

#include <algorithm>
#include <string>
#include <vector>

#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

struct Less {
  bool operator()(const Json& a, const Json& b) const { return Json::Compare(a, b) < 0; }
};
using Sorted = std::vector<Json>;

Sorted Sort(std::vector<Json> values) {
  std::sort(values.begin(), values.end(), Less());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Sorted Minus(const Sorted& a, const Sorted& b) {
  Sorted out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out), Less());
  return out;
}

// "#{0..3 7}"
std::string Show(const Sorted& values) {
  std::string text = "#{";
  for (size_t i = 0; i < values.size();) {
    size_t end = i + 1;
    while (end < values.size() && values[i].is_int() && values[end].is_int() &&
           values[end].AsInt() - 1 == values[end - 1].AsInt()) {
      ++end;
    }
    text += Concat(i == 0 ? "" : " ", values[i].Dump(), end == i + 1 ? "" : Concat("..", values[end - 1].Dump()));
    i = end;
  }
  return text + "}";
}

}  // namespace

Verdict CheckSet(const History& history, const CheckOptions& options) {
  std::vector<Json> asked, acknowledged;
  uint32_t read = History::kNone;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis) continue;
    if (op.f == Atom("add") && op.type == OpType::kInvoke) asked.push_back(op.value);
    if (op.f == Atom("add") && op.type == OpType::kOk) acknowledged.push_back(op.value);
    if (op.f == Atom("read") && op.type == OpType::kOk) read = i;
  }
  Verdict verdict;
  if (read == History::kNone || !history[read].value.is_array()) {
    verdict.valid = Validity::kUnknown;
    verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", "Set was never read"}});
    return verdict;
  }
  const Sorted attempts = Sort(std::move(asked));
  const Sorted adds = Sort(std::move(acknowledged));
  const Sorted found = Sort(history[read].value.AsArray());
  const Sorted unexpected = Minus(found, attempts);
  const Sorted lost = Minus(adds, found);
  const Sorted ok = Minus(found, unexpected);
  const Sorted recovered = Minus(ok, adds);
  const std::string place = Concat("the last read, by ", Who(history[read], options), " (", When(history, read), ")");
  for (const auto& [kind, values] : {std::pair{"lost", &lost}, {"unexpected", &unexpected}}) {
    if (values->empty()) continue;
    verdict.valid = Validity::kInvalid;
    verdict.anomalies.push_back({kind,
                                 Concat(place, values == &lost ? ", misses acknowledged elements: "
                                                               : ", has elements that nobody asked to add: ",
                                        Show(*values)),
                                 Json::ObjectOf({{"elements", *values}, {"read", Positions(history, read)}})});
  }
  const auto size = [](const Sorted& values) { return static_cast<int64_t>(values.size()); };
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)},
                                    {"attempt-count", size(attempts)},
                                    {"acknowledged-count", size(adds)},
                                    {"ok-count", size(ok)},
                                    {"ok", Show(ok)},
                                    {"lost-count", size(lost)},
                                    {"lost", Show(lost)},
                                    {"recovered-count", size(recovered)},
                                    {"recovered", Show(recovered)},
                                    {"unexpected-count", size(unexpected)},
                                    {"unexpected", Show(unexpected)}});
  return verdict;
}

}  // namespace gyre
