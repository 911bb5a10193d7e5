#include "checkers/compose.h"

#include <iterator>

#include "sim/base/check.h"

namespace gyre {

Verdict Compose(std::vector<std::pair<std::string, Verdict>> parts) {
  Verdict all;
  Json::Object details;
  for (auto& [name, verdict] : parts) {
    for (const auto& [taken, unused] : details) CHECK(taken != name);
    all.valid = Merge(all.valid, verdict.valid);
    details.emplace_back(std::move(name), std::move(verdict.details));
    std::move(verdict.anomalies.begin(), verdict.anomalies.end(), std::back_inserter(all.anomalies));
  }
  details.emplace_back("valid?", ToJson(all.valid));
  all.details = std::move(details);
  return all;
}

}  // namespace gyre
