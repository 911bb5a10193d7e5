#include "sim/coverage.h"

#include <algorithm>

#include "sim/base/concat.h"

namespace gyre {

Json ToJson(const Coverage& coverage) {
  std::vector<std::string> types;
  for (const auto& [first, second] : coverage.pairs) types.insert(types.end(), {first, second});
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  std::vector<Json::Array> next(types.size());
  const auto place = [&](const std::string& type) {
    return static_cast<size_t>(std::lower_bound(types.begin(), types.end(), type) - types.begin());
  };
  for (const auto& [first, second] : coverage.pairs) next[place(first)].emplace_back(uint64_t{place(second)});
  Json::Array names, rows, faults;
  for (const std::string& type : types) names.emplace_back(type);
  for (Json::Array& row : next) rows.emplace_back(std::move(row));
  for (const std::string& fault : coverage.faults) faults.emplace_back(fault);
  return Json::ObjectOf({{"types", std::move(names)}, {"next", std::move(rows)}, {"faults", std::move(faults)}});
}

absl::StatusOr<Coverage> CoverageFromJson(const Json& json) {
  const absl::Status wrong = absl::InvalidArgumentError("its \"coverage\" is none");
  const auto is_array = [](const Json* member) { return member != nullptr && member->is_array(); };
  const auto is_text = [](const Json& element) { return element.is_string(); };
  const Json* types = json.Find("types");
  const Json* next = json.Find("next");
  const Json* faults = json.Find("faults");
  if (!is_array(types) || !is_array(next) || !is_array(faults)) return wrong;
  const Json::Array& names = types->AsArray();
  if (!std::all_of(names.begin(), names.end(), is_text) || next->AsArray().size() != names.size()) return wrong;
  Coverage coverage;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!next->AsArray()[i].is_array()) return wrong;
    for (const Json& place : next->AsArray()[i].AsArray()) {
      if (!place.is_int() || place.AsInt() < 0 || static_cast<size_t>(place.AsInt()) >= names.size()) return wrong;
      coverage.pairs.emplace_back(names[i].AsString(), names[static_cast<size_t>(place.AsInt())].AsString());
    }
  }
  for (const Json& fault : faults->AsArray()) {
    if (!fault.is_string()) return wrong;
    coverage.faults.push_back(fault.AsString());
  }
  return coverage;
}

uint32_t DeliveryPairs::NumberOf(std::string_view type) {
  if (type.empty()) return 0;
  const size_t ends = static_cast<unsigned char>(type.front()) * 7u + static_cast<unsigned char>(type.back());
  uint32_t& recent = recent_[(type.size() * 31 + ends) % recent_.size()];
  if (types_[recent] == type) return recent;
  const auto found = numbers_.find(ToAbsl(type));
  if (found != numbers_.end()) return recent = found->second;
  if (types_.size() == kMaxTypes) return 0;
  const uint32_t number = static_cast<uint32_t>(types_.size());
  types_.emplace_back(type);
  numbers_.emplace(types_.back(), number);
  return recent = number;
}

void DeliveryPairs::Take(size_t node, std::string_view type) {
  const uint32_t number = NumberOf(type);
  if (last_[node] != kNothing) seen_[last_[node] * kMaxTypes + number] = true;
  last_[node] = number;
}

std::vector<std::pair<std::string, std::string>> DeliveryPairs::Sorted() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (uint32_t first = 0; first < types_.size(); ++first) {
    for (uint32_t second = 0; second < types_.size(); ++second) {
      if (seen_[first * kMaxTypes + second]) pairs.emplace_back(types_[first], types_[second]);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  // A program may name a type as we name the rest.
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace gyre
