#include "tools/sweep_report.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "tools/console.h"

namespace gyre {
namespace {

constexpr size_t kColumns = 160;

struct StatusWord {
  ExitStatus status;
  const char* word;
};
// In the order of the summary.
constexpr StatusWord kStatusWords[] = {{ExitStatus::kValid, "valid"},
                                       {ExitStatus::kInvalid, "invalid"},
                                       {ExitStatus::kUnknown, "unknown"},
                                       {ExitStatus::kNotReproduced, "not reproduced"},
                                       {ExitStatus::kBug, "ended by a bug in gyre"}};

const char* Word(ExitStatus status) {
  for (const StatusWord& each : kStatusWords) {
    if (each.status == status) return each.word;
  }
  return "interrupted";
}

std::string Xml(std::string_view text) {
  return absl::StrReplaceAll(EscapeLines(text), {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// As GitHub reads the data of a workflow command; a property's value has ':' and ',' escaped too.
std::string WorkflowData(std::string_view text, bool property) {
  std::string out = absl::StrReplaceAll(EscapeLines(text), {{"%", "%25"}, {"\r", "%0D"}, {"\n", "%0A"}});
  return property ? absl::StrReplaceAll(out, {{":", "%3A"}, {",", "%2C"}}) : out;
}

}  // namespace

std::string GroupOf(const SweepOutcome& outcome) {
  if (outcome.status == ExitStatus::kBug) return "internal-error";
  if (outcome.status == ExitStatus::kNotReproduced) return "not-reproduced";
  const RunSummary& summary = outcome.summary;
  if (summary.anomaly.empty()) return std::string(ToString(summary.valid));
  return summary.site.empty() ? summary.anomaly : Concat(summary.anomaly, " (", summary.site, ")");
}

void SweepReport::Add(const SweepOutcome& outcome) {
  ++count_;
  ++by_status_[outcome.status];
  status_ = Worst(status_, outcome.status);
  coverage_.Add(outcome.seed, outcome.summary.coverage);
  if (!outcome.summary.doublecheck.empty()) ++doublechecked_;
  const bool failed = IsFailure(outcome);
  if (failed) {
    ++failures_;
    Group& group = groups_[GroupOf(outcome)];
    // Seeds end in any order; the smallest one speaks for its group, so that the summary does not depend on it.
    if (group.count++ == 0 || outcome.seed < group.first_seed) {
      group.first_seed = outcome.seed;
      group.status = outcome.status;
      group.text = outcome.text;
      group.replay = outcome.replay;
    }
  }
  if (!keep_all_) return;
  cases_.push_back({outcome.seed, outcome.status, outcome.summary.wall_seconds, failed ? GroupOf(outcome) : "",
                    failed ? outcome.text : "", failed ? outcome.replay : ""});
}

uint64_t SweepReport::GroupSize(const SweepOutcome& outcome) const {
  const auto found = groups_.find(GroupOf(outcome));
  return found == groups_.end() ? 0 : found->second.count;
}

std::string SweepReport::Progress() const {
  const std::string covered = coverage_.Text();
  return Concat(failures_, " failures in ", groups_.size(), " groups", covered.empty() ? "" : "; ", covered);
}

std::string SweepReport::Summary() const {
  std::vector<std::string> parts;
  for (const StatusWord& each : kStatusWords) {
    const auto found = by_status_.find(each.status);
    if (found != by_status_.end()) parts.push_back(Concat(found->second, " ", each.word));
  }
  std::string out = Concat(
      "\n", count_, count_ == 1 ? " seed: " : " seeds: ", parts.empty() ? "none ended" : absl::StrJoin(parts, ", "),
      "; ", doublechecked_, " run twice\n");
  if (const std::string covered = coverage_.Text(); !covered.empty()) out += Concat(covered, "\n");
  if (const std::string unseen = coverage_.Unseen(); count_ > 0 && !unseen.empty()) {
    out += Concat("faults that no seed had: ", unseen, "\n");
  }
  for (const auto& [name, group] : groups_) {
    absl::StrAppendFormat(&out, "\n  %s, %d %s, for instance seed %d: %s\n    %s\n", name, group.count,
                          group.count == 1 ? "seed" : "seeds", group.first_seed,
                          Shortened(EscapeForTerminal(group.text), kColumns), group.replay);
  }
  return out;
}

std::string SweepReport::GithubAnnotations(const std::string& workload) const {
  std::string out;
  for (const auto& [name, group] : groups_) {
    const std::string title =
        Concat("gyre ", workload, ": ", name, group.count > 1 ? Concat(" in ", group.count, " seeds") : "");
    const std::string text = Concat("seed ", group.first_seed, ": ", group.text, "\nReplay: ", group.replay);
    out += Concat(group.status == ExitStatus::kUnknown ? "::warning" : "::error", " title=", WorkflowData(title, true),
                  "::", WorkflowData(text, false), "\n");
  }
  return out;
}

std::string SweepReport::JUnit(const std::string& workload) const {
  CHECK(keep_all_);
  std::vector<Case> cases = cases_;
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.seed < b.seed; });
  std::string out = absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"gyre %s\" tests=\"%d\" failures=\"%d\">\n",
      Xml(workload), count_, failures_);
  for (const Case& each : cases) {
    absl::StrAppendFormat(&out, "  <testcase classname=\"gyre.%s\" name=\"seed %d\" time=\"%.3f\"", Xml(workload),
                          each.seed, each.wall_seconds);
    if (each.status == ExitStatus::kValid) {
      out += Concat("/>\n");
      continue;
    }
    absl::StrAppendFormat(&out, ">\n    <failure type=\"%s\" message=\"%s\">%s</failure>\n  </testcase>\n",
                          Xml(each.group), Xml(each.text), Xml(each.replay));
  }
  return out + "</testsuite>\n";
}

std::string FormatFailure(const SweepOutcome& outcome) {
  return absl::StrFormat("seed %d  %s  %s: %s\n  %s\n", outcome.seed, Word(outcome.status), GroupOf(outcome),
                         Shortened(EscapeForTerminal(outcome.text), kColumns), outcome.replay);
}

std::string ToJsonLine(const SweepOutcome& outcome) {
  Json json = ToJsonWithCoverage(outcome.summary);
  json.Set("status", static_cast<int>(outcome.status));
  if (IsFailure(outcome)) json.Set("replay", outcome.replay);
  if (outcome.status == ExitStatus::kBug) json.Set("text", outcome.text);
  return json.Dump() + "\n";
}

}  // namespace gyre
