#include "tools/results.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "sim/base/concat.h"
#include "tools/console.h"
#include "tools/plot/cycle_picture.h"
#include "tools/decimal.h"
#include "tools/options.h"

namespace gyre {
namespace {

constexpr size_t kFindingsShown = 8;  // groups

std::string Indented(std::string_view text) {
  return absl::StrReplaceAll(EscapeLines(ToStd(absl::StripTrailingAsciiWhitespace(ToAbsl(text)))), {{"\n", "\n    "}});
}

// Whether the command line does the run again: no decision is forced, no fault was taken out.
bool IsWhatItsOptionsSay(const RunConfig& config) {
  return config.overrides.empty() && config.faults == FaultsOf(config);
}

std::string Count(size_t number, std::string_view noun) { return Concat(number, " ", noun, number == 1 ? "" : "s"); }

Paint PaintOf(Validity validity) {
  if (validity == Validity::kUnknown) return Paint::kUnknown;
  return validity == Validity::kValid ? Paint::kValid : Paint::kInvalid;
}

// The first in full; of the others how many of which kind.
std::string Anomalies(const RunResult& result, bool colour) {
  if (result.anomalies.empty()) return "";
  const Anomaly& first = result.anomalies[0];
  std::string out = Concat("\n", Painted(Paint::kStrong, "Look at this first:", colour), "\n  ",
                           Painted(PaintOf(result.valid), EscapeForTerminal(first.kind), colour), ": ",
                           Indented(first.text), "\n");
  std::map<std::string, size_t> others;
  for (size_t i = 1; i < result.anomalies.size(); ++i) ++others[result.anomalies[i].kind];
  if (others.empty()) return out;
  std::string kinds;
  for (const auto& [kind, count] : others) {
    kinds += Concat(kinds.empty() ? "" : ", ", EscapeForTerminal(kind), " ", count);
  }
  return Concat(out, "  and ", result.anomalies.size() - 1, " more in results.json: ", kinds, "\n");
}

// A finding's text without the node and the time that stand in front of it.
std::string_view WithoutPlace(const RunFinding& finding) {
  std::string_view text = finding.text;
  const auto drop = [&text](std::string_view prefix) {
    const bool there = text.starts_with(prefix);
    if (there) text.remove_prefix(prefix.size());
    return there;
  };
  if (finding.node.empty()) return text;
  drop("node ");
  if (!drop(Concat(finding.node, " ")) && !drop(Concat(finding.node, ": "))) return finding.text;
  drop(Concat("at ", ToString(finding.time), " "));
  return text;
}

// What the nodes did wrong; those findings that made the run invalid first.
std::string WhatNodesDid(const RunResult& result) {
  std::vector<const RunFinding*> findings;
  for (const RunFinding& finding : result.simulation.findings) {
    // What ended the run has been told.
    if (finding.text != result.simulation.end_text) findings.push_back(&finding);
  }
  std::stable_partition(findings.begin(), findings.end(), [](const RunFinding* f) { return f->invalidates; });
  if (findings.empty()) return "";
  std::string out = "\nWhat the nodes did:\n";
  // The first of each kind and node; a node that prints a greeting before each message is to blame once.
  std::vector<std::pair<const RunFinding*, size_t>> groups;
  for (const RunFinding* finding : findings) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group.first->node == finding->node && group.first->kind == finding->kind;
    });
    if (same == groups.end()) {
      groups.emplace_back(finding, 0);
    } else {
      ++same->second;
    }
  }
  for (size_t i = 0; i < std::min(kFindingsShown, groups.size()); ++i) {
    const auto& [finding, more] = groups[i];
    out += Concat("  ", ToString(finding->time), " ", finding->node, finding->node.empty() ? "" : " ", finding->kind,
                  finding->invalidates ? ": " : " (told only): ", Indented(WithoutPlace(*finding)), "\n");
    if (more > 0) out += Concat("    and ", more, " more like it in results.json\n");
  }
  if (groups.size() > kFindingsShown) {
    out += Concat("  and ", groups.size() - kFindingsShown, " of other kinds or nodes in results.json\n");
  }
  return out;
}

// What clients made nothing of, but for replies that did not fit, which are findings: from the checker's groups, the
// first of each kind in full.
std::string Exceptions(const RunResult& result) {
  const Json* checked = result.results.Find("exceptions");
  const Json* groups = checked == nullptr ? nullptr : checked->Find("exceptions");
  if (groups == nullptr) return "";
  std::string out;
  for (const Json& group : groups->AsArray()) {
    if (*group.Find("class") == Json("malformed-reply")) continue;
    const Json* example = group.Find("example");
    const Json* exception = example->Find("exception");
    const Json* message = exception == nullptr ? nullptr : exception->Find("message");
    const int64_t more = group.Find("count")->AsInt() - 1;
    // A node's findings have the same clock: the time since the run began, not since setup ended.
    const Instant time = result.simulation.history_zero + Nanoseconds(example->Find("time")->AsInt());
    out += Concat("  ", ToString(time), " ",
                  message == nullptr ? group.Find("class")->Dump() : Indented(message->AsString()), "\n");
    if (more > 0) out += Concat("    and ", more, " more like it, from then on\n");
  }
  return out.empty() ? out : "\nWhat clients could not make sense of:\n" + out;
}

// "996 (990 ok, 2 fail, 4 info)", from the history itself.
std::string Operations(const RunResult& result, const RunSummary& summary) {
  size_t counts[4] = {};
  for (const Op& op : result.simulation.history.ops()) {
    if (op.process != kNemesis) ++counts[static_cast<size_t>(op.type)];
  }
  return absl::StrFormat("%d (%d ok, %d fail, %d info)", summary.operations, counts[1], counts[2], counts[3]);
}

// The numbers of the workload's own checker: "attempt-count 998, lost-count 0, ...".
std::string Checker(const RunResult& result) {
  const Json* workload = result.results.Find("workload");
  if (workload == nullptr || !workload->is_object()) return "";
  std::string out;
  for (const auto& [name, value] : workload->AsObject()) {
    if (value.is_number()) out += Concat(out.empty() ? "" : ", ", name, " ", value.Dump());
  }
  return out;
}

std::string Messages(const RunResult& result, const RunSummary& summary) {
  std::string out =
      absl::StrFormat("%d, of them %d between nodes", summary.messages, result.simulation.net.servers.messages);
  if (summary.operations > 0) {
    absl::StrAppendFormat(
        &out, " (%.2f an operation)",
        static_cast<double>(result.simulation.net.servers.messages) / static_cast<double>(summary.operations));
  }
  return out;
}

std::string Time(const RunSummary& summary) {
  const double virtual_seconds = static_cast<double>(summary.virtual_time.ns()) / 1e9;
  std::string out = absl::StrFormat("%.3f s virtual in %.2f s", virtual_seconds, summary.wall_seconds);
  if (summary.wall_seconds > 0)
    absl::StrAppendFormat(&out, ", %.1fx real time", virtual_seconds / summary.wall_seconds);
  return out;
}

std::string Grade(const RunSummary& summary) {
  if (summary.digest.empty()) return Concat("none: the run was cut short (", summary.reason, ")");
  std::string out = Concat(summary.grade, ", digest ", summary.digest);
  if (!summary.leak.empty()) out += Concat("\n  first leak  ", EscapeForTerminal(summary.leak));
  return out;
}

}  // namespace

std::string FormatStart(const RunConfig& config) {
  return Concat("Seed ", config.seed, ": ", config.workload, ", ", Count(config.nodes.size(), "node"), ", ",
                Count(config.concurrency, "client"), ", ", FormatDuration(config.time_limit, Seconds(1)), " s at ",
                FormatDecimal(config.rate), "/s\n",
                IsWhatItsOptionsSay(config) ? Concat("The same again: ", ShellCommand(config), "\n") : "");
}

std::string HowToReplay(const RunConfig& config, const RunSummary& summary) {
  if (!summary.store.empty()) return Concat("gyre replay ", ShellWord(summary.store));
  // Forced decisions are in a file of the caller's.
  return IsWhatItsOptionsSay(config) ? ShellCommand(config) : "this command again, with its --override FILE";
}

std::string FormatDoublecheck(const RunSummary& summary, const Comparison& comparison) {
  if (summary.doublecheck == "equal") {
    return "Doublecheck: a second run, made differently on purpose, did exactly the same.\n";
  }
  if (summary.doublecheck == "impossible") return Concat("Doublecheck: ", comparison.text);
  if (summary.doublecheck != "different") return "";
  return Concat("Doublecheck: NOT REPRODUCED by a second run, made differently on purpose.\n", comparison.text,
                "Something that gyre does not control decides what a node does: look at what it reads there.\n");
}

std::string FormatResults(const RunConfig& config, const RunResult& result, const RunSummary& summary,
                          const Comparison& doublecheck, bool colour, std::string_view again) {
  const std::string verdict = absl::AsciiStrToUpper(ToAbsl(ToString(result.valid)));
  std::string out = Concat("\n", Painted(PaintOf(result.valid), verdict, colour), "  ", config.workload, "\n");
  if (!result.simulation.end_text.empty()) {
    out += Concat("\nThe run ended early, at ", ToString(result.simulation.end), " (", summary.reason,
                  "): ", Indented(result.simulation.end_text), "\n");
  }
  out += Concat(Anomalies(result, colour), WhatNodesDid(result), Exceptions(result), "\n");
  out += Concat("  operations  ", Operations(result, summary), "\n");
  if (const std::string checker = Checker(result); !checker.empty()) {
    out += Concat("  checker     ", checker, "\n");
  }
  out += Concat("  messages    ", Messages(result, summary), "\n");
  out += Concat("  time        ", Time(summary), "\n");
  out += Concat("  determinism ", Grade(summary), "\n\n");
  out += FormatDoublecheck(summary, doublecheck);
  if (!summary.store.empty()) {
    const std::string store = EscapeForTerminal(ShellWord(summary.store));
    out += Concat("Everything is in ", Painted(Paint::kStrong, store, colour),
                  ": results.json, history.txt, node-logs/\n");
    const auto drawn = std::find_if(result.anomalies.begin(), result.anomalies.end(), HasPicture);
    if (drawn != result.anomalies.end()) {
      PictureCounts counts;
      const std::string name = Concat("/", kPicturesDirectory, "/", PictureName(*drawn, &counts));
      out += Concat("Picture: ", EscapeForTerminal(ShellWord(summary.store + name)), "\n");
    }
    out += Concat("Every message: gyre journal ", store, "\n");
  }
  const std::string replay = EscapeForTerminal(again.empty() ? HowToReplay(config, summary) : std::string(again));
  out += Concat("Seed ", config.seed, ". Replay: ", Painted(Paint::kStrong, replay, colour), "\n");
  return out;
}

}  // namespace gyre
