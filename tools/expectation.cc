#include "tools/expectation.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

const Json* FindLoosely(const Json& object, std::string_view name) {
  if (const Json* member = object.Find(name)) return member;
  std::string other(name);
  std::replace(other.begin(), other.end(), '-', '_');
  if (!other.empty() && other.back() == '?') other.pop_back();
  return object.Find(other);
}

bool IsOfNames(std::string_view member) { return member == "not" || member.ends_with("-types"); }

Json Sorted(const Json& list) {
  if (!list.is_array()) return list.is_null() ? Json(Json::Array()) : list;
  Json::Array sorted = list.AsArray();
  std::sort(sorted.begin(), sorted.end(), [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
  return sorted;
}

// Elle gives up after a time, and says then that a cycle exists which it has not found.
bool DependsOnTime(const Json& types) {
  if (!types.is_array()) return false;
  return std::any_of(types.AsArray().begin(), types.AsArray().end(), [](const Json& type) {
    return type.is_string() &&
           (type.AsString() == "cycle-search-timeout" || std::string_view(type.AsString()).ends_with("-cycle-exists"));
  });
}

}  // namespace

std::vector<std::string> Differences(const Json& expected, const Json& result, std::string_view compared) {
  std::vector<std::string> names = {"valid?", "not", "anomaly-types"};
  for (const absl::string_view name : absl::StrSplit(ToAbsl(compared), ' ', absl::SkipEmpty())) {
    names.emplace_back(name);
  }
  std::vector<std::string> differences;
  // Whoever was asked gave up.
  const Json* known = FindLoosely(expected, "valid?");
  if (known != nullptr && known->is_null()) return differences;
  for (const std::string& name : names) {
    const Json* want = FindLoosely(expected, name);
    const Json* have = FindLoosely(result, name);
    if (want == nullptr || have == nullptr) continue;
    if (name == "anomaly-types" && (DependsOnTime(*want) || DependsOnTime(*have))) continue;
    if (IsOfNames(name) ? Sorted(*want) == Sorted(*have) : *want == *have) continue;
    differences.push_back(Concat(name, " should be ", want->Dump(), ", but is ", have->Dump()));
  }
  return differences;
}

}  // namespace gyre
