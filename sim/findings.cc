#include "sim/findings.h"

#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr uint64_t kMostFindings = 20;  // of one kind and node, kept in full

}  // namespace

void Findings::Add(NodeId node, RunFinding finding) {
  JournalRecord record;
  record.kind = JournalRecord::Kind::kFinding;
  record.node = node;
  record.time = finding.time;
  record.text = finding.text;
  journal_->Append(record);
  Counted& counted = counts_[{node.value(), finding.kind}];
  counted.node = finding.node;
  if (++counted.count <= kMostFindings) findings_.push_back(std::move(finding));
}

std::vector<RunFinding> Findings::Take(Instant now) {
  for (const auto& [key, counted] : counts_) {
    if (counted.count <= kMostFindings) continue;
    std::string text = Concat(counted.node, " was found at fault ", counted.count, " times (", key.second,
                              "); the first ", kMostFindings, " are listed, the journal has all.");
    findings_.push_back({now, counted.node, "more-findings", std::move(text), false});
  }
  return std::move(findings_);
}

}  // namespace gyre
