#include "tools/comparison.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "tools/call_file.h"
#include "tools/journal_text.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

std::string SideBySide(const ComparedRun& a, const std::string& left, const ComparedRun& b, const std::string& right) {
  return absl::StrFormat("  %-9s %s\n  %-9s %s\n", a.label, left, b.label, right);
}

std::string DifferentDigests(const ComparedRun& a, const ComparedRun& b) {
  if (a.journal.empty() || b.journal.empty()) {
    return Concat("The digests differ (the journals were not kept):\n",
                  SideBySide(a, a.summary.digest, b, b.summary.digest));
  }
  absl::StatusOr<std::optional<JournalDifference>> difference = FirstDifference(a.journal, b.journal);
  if (!difference.ok()) {
    return Concat("The digests differ, and the journals cannot be compared (", difference.status().message(), "):\n",
                  SideBySide(a, a.summary.digest, b, b.summary.digest));
  }
  if (!difference->has_value()) {
    return Concat("The journals are equal, the histories differ:\n",
                  SideBySide(a, a.summary.digest, b, b.summary.digest));
  }
  return Concat("The first difference is record ", (*difference)->record, " of the journal:\n",
                SideBySide(a, (*difference)->left, b, (*difference)->right));
}

std::string CallAt(const std::vector<LoggedCall>& calls, size_t i) {
  if (i >= calls.size()) return "no call any more";
  return Concat("at ", FormatSeconds(calls[i].time), " thread ", calls[i].thread, ": ", DescribeCall(calls[i]));
}

// The calls of the node, as far as they were kept.
std::vector<LoggedCall> CallsOf(const ComparedRun& run, size_t node) {
  if (run.reports != nullptr) return (*run.reports)[node].call_log;
  // What was stored without them, or is damaged, is compared without them.
  absl::StatusOr<std::vector<NodeCalls>> stored = ReadCalls(run.calls);
  return stored.ok() && node < stored->size() ? std::move((*stored)[node].calls) : std::vector<LoggedCall>();
}

// The first call of the node that differs; "" where they were not kept, or not so far.
std::string FirstDifferentCall(const ComparedRun& a, const ComparedRun& b, size_t node) {
  const std::vector<LoggedCall> left = CallsOf(a, node);
  const std::vector<LoggedCall> right = CallsOf(b, node);
  if (left.empty() || right.empty()) return "";
  const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (at == left.end() && other == right.end()) return "";
  const size_t i = static_cast<size_t>(at - left.begin());
  return Concat("The first of them that differs is number ", i + 1, ":\n",
                SideBySide(a, CallAt(left, i), b, CallAt(right, i)));
}

std::string DifferentCalls(const ComparedRun& a, const ComparedRun& b) {
  for (size_t i = 0; i < std::min(a.nodes.size(), b.nodes.size()); ++i) {
    if (a.nodes[i].call_digest == b.nodes[i].call_digest) continue;
    return Concat("The first node whose system calls differ is ", a.nodes[i].name, ":\n",
                  SideBySide(a, Concat(a.nodes[i].call_digest, ", ", a.nodes[i].calls, " calls"), b,
                             Concat(b.nodes[i].call_digest, ", ", b.nodes[i].calls, " calls")),
                  FirstDifferentCall(a, b, i));
  }
  return Concat("The nodes' system calls differ:\n", SideBySide(a, a.summary.call_digest, b, b.summary.call_digest));
}

}  // namespace

ComparedRun ComparedOf(std::string label, const RunRecord& record, std::string journal) {
  return {std::move(label), record.result, record.nodes, std::move(journal)};
}

ComparedRun ComparedIn(std::string label, const RunRecord& record, const std::string& directory) {
  if (directory.empty()) return ComparedOf(std::move(label), record, "");
  ComparedRun run = ComparedOf(std::move(label), record, Concat(directory, "/", kJournalFile));
  run.calls = Concat(directory, "/", kCallFile);
  return run;
}

Comparison Compare(const ComparedRun& a, const ComparedRun& b) {
  Comparison comparison;
  for (const ComparedRun* each : {&a, &b}) {
    if (!each->summary.digest.empty()) continue;
    comparison.comparable = false;
    comparison.text += Concat("The ", each->label, " run has no digest, since it was cut short (", each->summary.reason,
                              "): nothing is compared.\n");
    return comparison;
  }
  comparison.digest_equal = a.summary.digest == b.summary.digest;
  comparison.calls_equal = a.summary.call_digest == b.summary.call_digest;
  if (!comparison.digest_equal) comparison.text = DifferentDigests(a, b);
  if (!comparison.calls_equal) comparison.text += DifferentCalls(a, b);
  return comparison;
}

}  // namespace gyre
