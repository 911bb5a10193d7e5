#include "tools/story.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/history/journal.h"
#include "tools/console.h"
#include "tools/summary.h"

namespace gyre {
namespace {

constexpr size_t kMessagesShown = 16;
constexpr size_t kOperationsShown = 32;
constexpr size_t kOfOneShape = 4;
constexpr size_t kColumns = 110;

using Kind = JournalRecord::Kind;

struct Line {
  Instant time;  // of the run
  std::string text;
};

// A message between nodes, or a node and a service.
struct Sent {
  uint64_t id = 0;
  Instant time;
  std::string what;  // "n1 -> n2  {...}"
  std::string type;
  std::string shape;  // its body but for numbers: heartbeats are alike
  std::string end;    // "arrives 1.2s", "dropped: partition"
};

std::string TypeOf(std::string_view body) {
  const absl::StatusOr<Json> json = ParseJson(body);
  const Json* type = json.ok() ? json->Find("type") : nullptr;
  return type != nullptr && type->is_string() ? type->AsString() : "?";
}

std::string ShapeOf(std::string_view body) {
  std::string shape;
  for (const char c : body) {
    if (c < '0' || c > '9') shape.push_back(c);
  }
  return shape;
}

// In the order in which they were sent; empty when the journal cannot be read.
std::vector<Sent> MessagesIn(const std::string& path) {
  std::vector<Sent> messages;
  const absl::StatusOr<std::unique_ptr<JournalReader>> reader = JournalReader::Open(path);
  if (!reader.ok()) return messages;
  Roster roster;
  std::map<uint64_t, size_t> place;
  JournalRecord record;
  while (true) {
    const absl::StatusOr<bool> more = (*reader)->Next(&record);
    if (!more.ok() || !*more) return messages;
    const uint64_t id = record.message.value();
    if (record.kind == Kind::kEndpoint) roster.Add(std::string(record.text), record.role);
    if (record.kind == Kind::kSend && roster.role(record.node) != NodeRole::kClient &&
        roster.role(record.peer) != NodeRole::kClient) {
      place[id] = messages.size();
      messages.push_back({id, record.time,
                          Concat(roster.name(record.node), " -> ", roster.name(record.peer), "  ",
                                 Shortened(EscapeForTerminal(record.text), kColumns - 40)),
                          TypeOf(record.text), ShapeOf(record.text), ""});
    }
    const auto found = place.find(id);
    if (found == place.end()) continue;
    Sent& sent = messages[found->second];
    if (record.kind == Kind::kReceive) sent.end = Concat("  arrives ", ToString(record.time));
    if (record.kind == Kind::kDrop) sent.end = Concat("  dropped: ", EscapeForTerminal(record.text));
  }
}

// Which to show: those that the config singles out; then shapes of which there are few, as the many are heartbeats and
// the like. In the order of their sending.
std::vector<Sent> Choose(const std::vector<Sent>& messages, const std::set<uint64_t>& singled) {
  std::map<std::string, size_t> of_shape;
  for (const Sent& sent : messages) ++of_shape[sent.shape];
  const auto rank = [&](const Sent& sent) { return singled.contains(sent.id) ? 0 : of_shape[sent.shape]; };
  std::map<std::string, size_t> taken;
  std::vector<Sent> chosen;
  for (const Sent& sent : messages) {
    if (singled.contains(sent.id) || taken[sent.shape]++ < kOfOneShape) chosen.push_back(sent);
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](const Sent& a, const Sent& b) { return rank(a) < rank(b); });
  if (chosen.size() > kMessagesShown) chosen.resize(kMessagesShown);
  std::stable_sort(chosen.begin(), chosen.end(), [](const Sent& a, const Sent& b) { return a.time < b.time; });
  return chosen;
}

// "and 300 messages more: 200 append_entries, 100 append_entries_res"
std::string Rest(std::string_view nouns, const std::map<std::string, int64_t>& more) {
  int64_t count = 0;
  std::vector<std::string> parts;
  for (const auto& [name, of_name] : more) {
    count += of_name;
    if (of_name > 0) parts.push_back(Concat(of_name, " ", EscapeForTerminal(name)));
  }
  return count == 0 ? "" : Concat("and ", count, " ", nouns, " more: ", absl::StrJoin(parts, ", "), "\n");
}

std::string RestOfMessages(const std::vector<Sent>& messages, const std::vector<Sent>& chosen) {
  std::map<std::string, int64_t> more;
  for (const Sent& sent : messages) ++more[sent.type];
  for (const Sent& sent : chosen) --more[sent.type];
  return Rest("messages", more);
}

// Where invocations are in the history. Of many those that the first anomaly names, and those that came last before it
// could be seen.
std::vector<uint32_t> ChooseOperations(const RunResult& result) {
  const History& history = result.simulation.history;
  const std::vector<int64_t> named =
      result.anomalies.empty() ? std::vector<int64_t>() : NamedOperations(result.anomalies[0].witness);
  const int64_t last = named.empty() ? static_cast<int64_t>(history.size()) : named.back();
  const auto rank = [&](uint32_t i) {
    if (std::binary_search(named.begin(), named.end(), int64_t{i})) return int64_t{-1};
    return i < last ? last - i : int64_t{i} + last;
  };
  std::vector<uint32_t> chosen;
  for (uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].process != kNemesis && history[i].type == OpType::kInvoke) chosen.push_back(i);
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](uint32_t a, uint32_t b) { return rank(a) < rank(b); });
  if (chosen.size() > kOperationsShown) chosen.resize(kOperationsShown);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::string RestOfOperations(const History& history, const std::vector<uint32_t>& chosen) {
  std::map<std::string, int64_t> more;
  for (const Op& op : history.ops()) {
    if (op.process != kNemesis && op.type == OpType::kInvoke) ++more[std::string(op.f.text())];
  }
  for (const uint32_t i : chosen) --more[std::string(history[i].f.text())];
  return Rest("operations", more);
}

void AddOperations(const RunConfig& config, const RunResult& result, const std::vector<uint32_t>& chosen,
                   std::vector<Line>* lines) {
  const History& history = result.simulation.history;
  for (const uint32_t i : chosen) {
    const Op& op = history[i];
    const size_t thread = static_cast<size_t>(op.process.value()) % config.concurrency;
    std::string text = Concat("process ", op.process.value(), " at ", config.nodes[thread % config.nodes.size()], "  ",
                              op.f.text(), " ", Shortened(op.value.Dump(), kColumns / 3));
    const uint32_t end = history.pair(i);
    if (end == History::kNone) {
      text += "  never ends";
    } else {
      const Op& done = history[end];
      const bool tells = !(done.value == op.value) && done.type == OpType::kOk;
      text +=
          Concat("  ", ToString(done.type), tells ? " " : "", tells ? Shortened(done.value.Dump(), kColumns / 3) : "",
                 done.type != OpType::kOk && !done.error.is_null() ? Concat(" ", done.error.Dump()) : "", " at ",
                 ToString(result.simulation.history_zero + Duration(done.time.ns())));
    }
    lines->push_back({result.simulation.history_zero + Duration(op.time.ns()), EscapeForTerminal(text)});
  }
}

// "start-partition (majority): n0 n3 do not hear n1 n2 n4"
std::string Describe(const Fault& fault) {
  std::string text(ToString(fault.type));
  if (!fault.kind.empty()) text += Concat(" (", fault.kind, ")");
  if (!fault.nodes.empty()) text += Concat(": ", absl::StrJoin(fault.nodes, " "));
  std::map<std::vector<std::string>, std::vector<std::string>> deaf;  // by whom they do not hear
  for (const auto& [node, dropped] : fault.grudge) {
    if (!dropped.empty()) deaf[dropped].push_back(node);
  }
  const char* separator = ": ";
  for (const auto& [dropped, nodes] : deaf) {
    text += Concat(std::exchange(separator, "; "), absl::StrJoin(nodes, " "),
                   nodes.size() == 1 ? " does not hear " : " do not hear ", absl::StrJoin(dropped, " "));
  }
  if (fault.type == FaultType::kStart && fault.files == Files::kEmpty) text += ": with empty files";
  return text;
}

}  // namespace

void StoryTeller::Listen(RunSurroundings* surroundings) {
  std::set<std::pair<std::string, std::string>> own;
  for (const Decision& each : config_.overrides) {
    if (each.key != "*") own.emplace(each.kind, each.key);
  }
  surroundings->sent = [this](const Message& message, const Roster&) { message_ = message.id; };
  surroundings->decided = [this, own](const Decision& decision) {
    const bool of_message = decision.kind == "delay" || decision.kind == "loss";
    if (of_message && own.contains({decision.kind, decision.key})) singled_.insert(message_.value());
  };
}

std::string StoryTeller::Tell(const RunResult& result, const std::string& journal) const {
  std::vector<Line> lines;
  const std::vector<uint32_t> operations = ChooseOperations(result);
  AddOperations(config_, result, operations, &lines);
  for (const Fault& fault : config_.faults) {
    lines.push_back({result.simulation.history_zero + fault.at, Concat("fault  ", Describe(fault))});
  }
  const std::vector<Sent> messages = MessagesIn(journal);
  const std::vector<Sent> chosen = Choose(messages, singled_);
  for (const Sent& sent : chosen) {
    lines.push_back({sent.time, Concat(singled_.contains(sent.id) ? "* " : "  ", sent.what, sent.end)});
  }
  for (const RunFinding& finding : result.simulation.findings) {
    if (!finding.invalidates) continue;
    const std::string said = EscapeForTerminal(finding.text.substr(0, finding.text.find('\n')));
    lines.push_back({finding.time, Concat(finding.kind, "  ", said)});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
  std::string text;
  for (const Line& line : lines) absl::StrAppendFormat(&text, "%14s  %s\n", ToString(line.time), line.text);
  text += RestOfOperations(result.simulation.history, operations);
  text += RestOfMessages(messages, chosen);
  for (const Anomaly& anomaly : result.anomalies) {
    text += Concat(anomaly.kind, ": ", EscapeLines(anomaly.text), "\n");
    break;
  }
  return text;
}

}  // namespace gyre
