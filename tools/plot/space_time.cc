#include "tools/plot/space_time.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "sim/base/json.h"
#include "sim/history/journal.h"
#include "tools/plot/svg.h"

namespace gyre {
namespace {

using Kind = JournalRecord::Kind;

constexpr double kLeft = 110;
constexpr double kLane = 150;
constexpr double kRow = 15;
constexpr double kTop = 84;
constexpr size_t kNameRows = 50;  // names of the lanes are written again so often
constexpr size_t kTimeRows = 4;
constexpr size_t kLabel = 30;     // characters of a message on its arrow
constexpr size_t kTip = 400;      // and in its tip
constexpr size_t kNowhere = SIZE_MAX;

constexpr std::string_view kStyle =
    ".lane { stroke: var(--line); stroke-width: 1.5; } .name { font-weight: bold; }\n"
    ".m { stroke: var(--kind); fill: var(--kind); } .m text { stroke: var(--page); stroke-width: 3;\n"
    "  paint-order: stroke; fill: var(--kind); font-size: 10px; } .m:hover { stroke-width: 3; }\n"
    ".server { --kind: var(--server); } .client { --kind: var(--client); } .service { --kind: var(--service); }\n"
    ".error { --kind: var(--fail); } .lost { --kind: var(--fault); } .open { --kind: var(--info); }\n"
    ".lost line, .open line { stroke-dasharray: 4 3; } .band { stroke: var(--fault); stroke-dasharray: 8 4; }\n"
    ".phase { stroke: var(--strong); } .mark { fill: var(--fault); } .begin { fill: var(--ok); }\n";

struct Arrow {
  uint32_t from = 0;
  uint32_t to = 0;
  size_t sent = 0;             // row
  size_t ended = SIZE_MAX;     // row; SIZE_MAX: still under way where the picture ends
  Instant at;
  MessageId id;
  std::string style = "server";
  std::string label;
  std::string body;
  std::string fate;  // why it was lost; empty: it was not
};

// A line over all lanes, or a mark on one.
struct Mark {
  size_t row = 0;
  uint32_t lane = 0;
  bool everywhere = false;
  std::string style;
  std::string text;
};

// What a message says beside its numbers, short.
std::string LabelOf(const Json& body, std::string_view type) {
  std::string label(type);
  if (!body.is_object()) return Cut(body.Dump(), kLabel);
  for (const auto& [name, value] : body.AsObject()) {
    if (name == "type" || name == "msg_id" || name == "in_reply_to") continue;
    if (Columns(label) > kLabel) break;
    label += Concat(" ", value.Dump());
  }
  return Cut(label, kLabel);
}

// "start-partition one {"n1":["n2"]}"
std::string FaultText(std::string_view text) {
  const absl::StatusOr<Json> fault = ParseJson(text);
  if (!fault.ok() || !fault->is_object()) return std::string(text);
  std::string words;
  for (const auto& [name, value] : fault->AsObject()) {
    if (name == "at") continue;
    words += Concat(words.empty() ? "" : " ", value.is_string() ? value.AsString() : value.Dump());
  }
  return words;
}

class Diagram {
 public:
  explicit Diagram(const SpaceTimeOptions& options) : options_(options) {}

  // False: what follows is not drawn.
  bool Add(const JournalRecord& record) {
    if (record.kind == Kind::kEndpoint) {
      names_.emplace_back(record.text);
      roles_.push_back(record.role);
      return true;
    }
    if (record.time < options_.from) return true;
    if (record.time > options_.to) return false;
    switch (record.kind) {
      case Kind::kSend:
        if (arrows_.size() >= options_.messages) cut_ = true;
        else Send(record);
        break;
      case Kind::kReceive:
      case Kind::kDrop:
      case Kind::kHold:
        End(record);
        break;
      default:
        AddMark(record);
    }
    return !cut_ || open_.size() > 0;
  }

  // `torn`: why the journal ends early; empty: it does not.
  std::string Draw(std::string_view torn) {
    const double width = kLeft + kLane * static_cast<double>(std::max<size_t>(Place(), 5));
    const double height = Y(times_.size()) + 40;
    Svg svg(width, height, "messages", kStyle);
    svg.Text("title", 16, 30, "messages");
    std::string words = "Time goes down; a row for each record of the journal.";
    if (cut_) words += Concat(" Only the first ", options_.messages, " messages: `gyre plot --messages N` draws more.");
    if (!torn.empty()) words += Concat(" The journal is not whole: ", torn);
    svg.Text("dim", 16, 50, words);
    DrawLanes(svg);
    for (const Mark& mark : marks_) DrawMark(svg, mark, width);
    for (const Arrow& arrow : arrows_) DrawArrow(svg, arrow);
    return std::move(svg).Finish();
  }

 private:
  double X(uint32_t lane) const { return kLeft + kLane * (static_cast<double>(places_[lane]) + 0.5); }
  static double Y(size_t row) { return kTop + kRow * (static_cast<double>(row) + 1); }

  // Only endpoints that anything happens at have a lane. How many those are.
  size_t Place() {
    std::vector<bool> used(names_.size());
    for (const Arrow& arrow : arrows_) used[arrow.from] = used[arrow.to] = true;
    for (const Mark& mark : marks_) {
      if (!mark.everywhere) used[mark.lane] = true;
    }
    size_t count = 0;
    for (size_t i = 0; i < used.size(); ++i) places_.push_back(used[i] ? count++ : kNowhere);
    return count;
  }

  size_t Row(Instant time) {
    times_.push_back(time);
    return times_.size() - 1;
  }
  bool Known(NodeId id) const { return id.value() < names_.size(); }

  void Send(const JournalRecord& record) {
    if (!Known(record.node) || !Known(record.peer)) return;
    Arrow arrow;
    arrow.from = record.node.value();
    arrow.to = record.peer.value();
    arrow.sent = Row(record.time);
    arrow.at = record.time;
    arrow.id = record.message;
    const absl::StatusOr<Json> body = ParseJson(record.text);
    const Json* type = body.ok() ? body->Find("type") : nullptr;
    const std::string type_name = type != nullptr && type->is_string() ? type->AsString() : "";
    arrow.label = body.ok() ? LabelOf(*body, type_name) : Cut(record.text, kLabel);
    arrow.body = Cut(record.text, kTip);
    const auto has = [&](NodeRole role) { return roles_[arrow.from] == role || roles_[arrow.to] == role; };
    if (type_name == "error") arrow.style = "error";
    else if (has(NodeRole::kClient)) arrow.style = "client";
    else if (has(NodeRole::kService)) arrow.style = "service";
    open_[record.message] = arrows_.size();
    arrows_.push_back(std::move(arrow));
  }

  void End(const JournalRecord& record) {
    const auto found = open_.find(record.message);
    if (found == open_.end()) return;
    Arrow& arrow = arrows_[found->second];
    if (record.kind == Kind::kHold) {
      marks_.push_back({Row(record.time), arrow.to, false, "dim", Concat("held: ", record.text)});
      return;
    }
    arrow.ended = Row(record.time);
    if (record.kind == Kind::kDrop) {
      arrow.fate = record.text;
      arrow.style = "lost";
    }
    // A copy of it that comes later is not drawn.
    open_.erase(found);
  }

  void AddMark(const JournalRecord& record) {
    if (cut_) return;
    const bool everywhere = record.kind == Kind::kFault || record.kind == Kind::kPhase;
    if (!everywhere && !Known(record.node)) return;
    const std::string style = record.kind == Kind::kPhase ? "phase" : everywhere ? "band"
                              : record.kind == Kind::kStart ? "begin" : "mark";
    const std::string text = record.kind == Kind::kPhase   ? std::string(record.text)
                             : record.kind == Kind::kFault ? FaultText(record.text)
                                                           : Concat(ToString(record.kind), " ", record.text);
    marks_.push_back({Row(record.time), record.node.value(), everywhere, style, text});
  }

  void DrawLanes(Svg& svg) const {
    for (uint32_t lane = 0; lane < names_.size(); ++lane) {
      if (places_[lane] == kNowhere) continue;
      svg.Line("lane", X(lane), kTop, X(lane), Y(times_.size()));
      for (size_t row = 0; row <= times_.size(); row += kNameRows) {
        svg.Text("name", X(lane), Y(row) - 20, Cut(names_[lane], 18), "middle");
      }
    }
    for (size_t row = 0; row < times_.size(); row += kTimeRows) {
      svg.Text("dim", kLeft - 12, Y(row) + 4, ToString(times_[row]), "end");
    }
  }

  void DrawMark(Svg& svg, const Mark& mark, double width) const {
    if (mark.everywhere) {
      svg.Line(mark.style, 0, Y(mark.row), width, Y(mark.row));
      svg.Text(mark.style == "band" ? "faultname" : "dim", kLeft + 4, Y(mark.row) - 3,
               Cut(mark.text, static_cast<size_t>((width - kLeft) / 8)));
      return;
    }
    svg.Dot(mark.style, X(mark.lane), Y(mark.row), 5, mark.text);
    svg.Text("dim", X(mark.lane) + 8, Y(mark.row) + 4, Cut(mark.text, kLabel));
  }

  void DrawArrow(Svg& svg, const Arrow& arrow) const {
    const bool open = arrow.ended == SIZE_MAX;
    const double x1 = X(arrow.from);
    const double y1 = Y(arrow.sent);
    // A message to oneself, or one that did not end, is a short stroke beside the lane.
    const double x2 = arrow.from == arrow.to ? x1 + 22 : open ? x1 + (X(arrow.to) > x1 ? 40 : -40) : X(arrow.to);
    const double y2 = open ? y1 + kRow : Y(arrow.ended);
    svg.BeginGroup(Concat("m ", open ? "open" : arrow.style),
                   Concat("#", arrow.id.value(), " ", names_[arrow.from], " to ", names_[arrow.to], ", sent at ",
                          ToString(arrow.at), ", ",
                          open                 ? "under way where this picture ends"
                          : arrow.fate.empty() ? Concat("taken at ", ToString(times_[arrow.ended]))
                                               : Concat("lost at ", ToString(times_[arrow.ended]), ": ", arrow.fate),
                          " ", arrow.body));
    svg.Line("s", x1, y1, x2, y2);
    const double side = x2 >= x1 ? -1 : 1;
    if (!arrow.fate.empty()) {
      svg.Line("s", x2 - 4, y2 - 4, x2 + 4, y2 + 4);
      svg.Line("s", x2 - 4, y2 + 4, x2 + 4, y2 - 4);
    } else if (!open) {
      svg.Raw(absl::StrFormat("<polygon points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>", x2, y2, x2 + side * 8, y2 - 4,
                              x2 + side * 8, y2 + 3));
    }
    // Near its start, where the arrows of one instant are apart.
    svg.Text("label", x1 + (x2 - x1) * 0.28, y1 + (y2 - y1) * 0.28 - 2, arrow.label, "middle");
    svg.EndGroup();
  }

  const SpaceTimeOptions options_;
  std::vector<std::string> names_;
  std::vector<NodeRole> roles_;
  std::vector<size_t> places_;  // of the lanes, from the left
  std::vector<Instant> times_;  // of the rows
  std::vector<Arrow> arrows_;
  std::vector<Mark> marks_;
  absl::flat_hash_map<MessageId, size_t> open_;  // looked up only
  bool cut_ = false;
};

}  // namespace

absl::StatusOr<std::string> SpaceTime(const std::string& journal, const SpaceTimeOptions& options) {
  const absl::StatusOr<std::unique_ptr<JournalReader>> reader = JournalReader::Open(journal);
  if (!reader.ok()) return reader.status();
  Diagram diagram(options);
  JournalRecord record;
  while (true) {
    const absl::StatusOr<bool> more = (*reader)->Next(&record);
    if (!more.ok()) return diagram.Draw(ToStd(more.status().message()));
    if (!*more || !diagram.Add(record)) return diagram.Draw("");
  }
}

}  // namespace gyre
