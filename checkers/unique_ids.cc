#include "checkers/unique_ids.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMaxDuplicates = 48;
constexpr size_t kMaxHolders = 3;  // named in words

// All operations that were given one id: a range of the acknowledged positions sorted by id.
struct Duplicate {
  const uint32_t* begin;
  const uint32_t* end;
  int64_t count() const { return end - begin; }
};

// A member name for an id; in a JSON object every name is a string.
std::string NameOf(const Json& id) { return id.is_string() ? id.AsString() : id.Dump(); }

bool IsRounded(const Json& id) {
  return id.kind() == Json::Kind::kDouble && std::fabs(id.AsDouble()) >= 9007199254740992.0;
}

Anomaly GivenTwice(const History& history, const Duplicate& duplicate, const CheckOptions& options) {
  const Json& id = history[*duplicate.begin].value;
  std::string text = Concat("the id ", Quoted(id), " was given ", duplicate.count(), " times: ");
  Json::Array ops;
  for (const uint32_t* i = duplicate.begin; i != duplicate.end && ops.size() < kMaxHolders; ++i) {
    text += Concat(ops.empty() ? "" : "; ", "to ", Who(history[*i], options), " (", When(history, *i), ")");
    ops.push_back(Positions(history, *i));
  }
  if (duplicate.count() > static_cast<int64_t>(ops.size())) text += Concat("; and others");
  if (IsRounded(id)) {
    text += Concat(". The id is a floating-point number beyond 2^53, where neighbouring integers are rounded to "
                           "one number: use a string or a smaller integer");
  }
  return {"duplicated", std::move(text),
          Json::ObjectOf({{"id", id}, {"count", duplicate.count()}, {"ops", std::move(ops)}})};
}

// The runs of equal ids longer than one, in the order of ids.
std::vector<Duplicate> FindDuplicates(const History& history, const std::vector<uint32_t>& sorted) {
  std::vector<Duplicate> duplicates;
  const uint32_t* const end = sorted.data() + sorted.size();
  for (const uint32_t* begin = sorted.data(); begin != end;) {
    const uint32_t* next = begin + 1;
    while (next != end && history[*next].value == history[*begin].value) ++next;
    if (next - begin > 1) duplicates.push_back({begin, next});
    begin = next;
  }
  return duplicates;
}

// {id: count} of the most frequent, in the order of ids. Among equal counts the greater ids win, as in Jepsen.
Json::Object MostFrequent(const History& history, std::vector<Duplicate> duplicates) {
  std::reverse(duplicates.begin(), duplicates.end());
  std::stable_sort(duplicates.begin(), duplicates.end(),
                   [](const Duplicate& a, const Duplicate& b) { return a.count() > b.count(); });
  if (duplicates.size() > kMaxDuplicates) duplicates.resize(kMaxDuplicates);
  std::sort(duplicates.begin(), duplicates.end(),
            [](const Duplicate& a, const Duplicate& b) { return a.begin < b.begin; });
  Json::Object counts;
  for (const Duplicate& d : duplicates) counts.emplace_back(NameOf(history[*d.begin].value), d.count());
  return counts;
}

}  // namespace

Verdict CheckUniqueIds(const History& history, const CheckOptions& options) {
  int64_t attempted = 0;
  std::vector<uint32_t> acknowledged;
  const Atom generate("generate");
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.f != generate || op.process == kNemesis) continue;
    if (op.type == OpType::kInvoke) ++attempted;
    if (op.type == OpType::kOk) acknowledged.push_back(i);
  }
  std::sort(acknowledged.begin(), acknowledged.end(), [&history](uint32_t a, uint32_t b) {
    const int order = Json::Compare(history[a].value, history[b].value);
    return order != 0 ? order < 0 : a < b;
  });
  const std::vector<Duplicate> duplicates = FindDuplicates(history, acknowledged);

  Verdict verdict;
  if (!duplicates.empty()) {
    verdict.valid = Validity::kInvalid;
  } else if (acknowledged.empty() && options.parity == Parity::kOurs) {
    verdict.valid = Validity::kUnknown;
  }
  for (size_t i = 0; i < std::min(duplicates.size(), kMaxAnomaliesOfAKind); ++i) {
    verdict.anomalies.push_back(GivenTwice(history, duplicates[i], options));
  }
  Json::Array range{Json(), Json()};
  if (!acknowledged.empty()) range = {history[acknowledged.front()].value, history[acknowledged.back()].value};
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)},
                                    {"attempted-count", attempted},
                                    {"acknowledged-count", static_cast<int64_t>(acknowledged.size())},
                                    {"duplicated-count", static_cast<int64_t>(duplicates.size())},
                                    {"duplicated", MostFrequent(history, duplicates)},
                                    {"range", std::move(range)}});
  if (verdict.valid == Validity::kUnknown) verdict.details.Set("error", "no id was given, so nothing was checked");
  return verdict;
}

}  // namespace gyre
