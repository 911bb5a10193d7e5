#include "tools/sweep_coverage.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "tools/console.h"

namespace gyre {
namespace {

constexpr char kLoss[] = "loss";

// "kill" of "kill one".
std::string FamilyOf(const std::string& fault) { return fault.substr(0, fault.find(' ')); }

}  // namespace

std::vector<std::string> PossibleFaults(const RunConfig& config) {
  std::vector<std::string> faults = FaultNames(config.nemesis);
  if (config.network.loss.num > 0) faults.emplace_back(kLoss);
  std::sort(faults.begin(), faults.end());
  return faults;
}

void SweepCoverage::Count(uint64_t seed, Seen* seen) {
  if (seen->seeds++ == 0 || seed < seen->least_seed) seen->least_seed = seed;
}

void SweepCoverage::Add(uint64_t seed, const Coverage& coverage) {
  ++seeds_;
  last_.insert(seed);
  if (last_.size() > kLastSeeds) last_.erase(last_.begin());
  for (const auto& pair : coverage.pairs) Count(seed, &pairs_[pair]);
  for (const std::string& fault : coverage.faults) Count(seed, &faults_[fault]);
}

size_t SweepCoverage::NewPairs() const {
  return static_cast<size_t>(std::count_if(pairs_.begin(), pairs_.end(), [&](const auto& pair) {
    return pair.second.least_seed >= *last_.begin();
  }));
}

// "kill (2 of 4 kinds), loss": each family once, those seen first.
std::string SweepCoverage::FaultText() const {
  struct Family {
    size_t seen = 0;
    size_t all = 0;
  };
  std::map<std::string, Family> families;
  for (const auto& [fault, seen] : faults_) ++families[FamilyOf(fault)].seen;
  for (const std::string& fault : possible_.value_or(std::vector<std::string>())) ++families[FamilyOf(fault)].all;
  std::vector<std::string> parts;
  for (const auto& [name, family] : families) {
    if (family.seen == 0) continue;
    const bool has_kinds = name != kLoss && name != "wipe";
    if (!has_kinds) {
      parts.push_back(name);
    } else if (possible_.has_value()) {
      parts.push_back(absl::StrFormat("%s (%d of %d kinds)", name, family.seen, std::max(family.seen, family.all)));
    } else {
      parts.push_back(absl::StrFormat("%s (%d %s)", name, family.seen, family.seen == 1 ? "kind" : "kinds"));
    }
  }
  return absl::StrJoin(parts, ", ");
}

std::string SweepCoverage::Text() const {
  if (pairs_.empty() && faults_.empty()) return "";
  std::string text = Concat(pairs_.size(), pairs_.size() == 1 ? " pair of message types" : " pairs of message types");
  if (seeds_ > kLastSeeds) text += Concat(" (", NewPairs(), " new in the last ", kLastSeeds, " seeds)");
  if (!faults_.empty()) text += Concat(", faults: ", FaultText());
  else if (possible_.has_value() && !possible_->empty()) text += ", no faults";
  return text;
}

std::string SweepCoverage::Unseen() const {
  std::vector<std::string> unseen;
  for (const std::string& fault : possible_.value_or(std::vector<std::string>())) {
    if (!faults_.contains(fault)) unseen.push_back(fault);
  }
  return absl::StrJoin(unseen, ", ");
}

std::string SweepCoverage::Table() const {
  std::vector<std::pair<Seen, std::string>> rows;
  for (const auto& [pair, seen] : pairs_) {
    rows.emplace_back(seen, Concat(EscapeForTerminal(pair.first), ", then ", EscapeForTerminal(pair.second)));
  }
  for (const auto& [fault, seen] : faults_) rows.emplace_back(seen, Concat("fault: ", EscapeForTerminal(fault)));
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first.seeds < b.first.seeds; });
  std::string text = "   seeds  for instance\n";
  for (const auto& [seen, what] : rows) {
    absl::StrAppendFormat(&text, "%8d  %12d  %s\n", seen.seeds, seen.least_seed, what);
  }
  return text;
}

}  // namespace gyre
