#include "tools/plot/witness_picture.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "tools/plot/svg.h"

namespace gyre {
namespace {

constexpr double kLeft = 116;
constexpr double kTop = 76;
constexpr double kLane = 42;
constexpr double kColumn = 62;
constexpr double kGlyph = 7.3;   // width of a character
constexpr double kStrip = 1000;  // width of an element's life
constexpr size_t kMostOps = 24;
constexpr size_t kMostReads = 4'000;
constexpr size_t kMostOffsets = 14;
constexpr size_t kLabel = 26;  // characters of a value

constexpr std::string_view kStyle =
    ".bar { fill: var(--ok); fill-opacity: 0.35; stroke: var(--ok); } .open { stroke-dasharray: 5 3; }\n"
    ".failbar { fill: var(--fail); fill-opacity: 0.2; stroke: var(--fail); }\n"
    ".marked { fill: var(--fault); fill-opacity: 0.35; stroke: var(--fault); stroke-width: 2; }\n"
    ".has { fill: var(--ok); stroke: var(--ok); } .lacks { fill: var(--page); stroke: var(--fault); }\n"
    ".mark { fill: var(--fault); font-weight: bold; } .lane { stroke: var(--line); } .head { font-weight: bold; }\n";

// The members of witnesses that name operations; of those in front the picture is about.
constexpr std::string_view kRoles[] = {"op",   "missed-by", "read", "add", "known", "last-present", "writer",
                                       "ops",  "operations"};
constexpr std::string_view kAbout[] = {"op", "missed-by", "read"};

struct Named {
  std::string_view role;
  uint32_t invoke = 0;
  uint32_t completion = History::kNone;
};

bool IsPosition(const Json& json, size_t size) {
  return json.is_int() && json.AsInt() >= 0 && static_cast<uint64_t>(json.AsInt()) < size;
}

// `value` is a position, both of an operation, or a list of such.
void Collect(const History& history, std::string_view role, const Json& value, std::vector<Named>* named) {
  if (value.is_array() && !value.AsArray().empty() && value.AsArray()[0].is_array()) {
    for (const Json& each : value.AsArray()) Collect(history, role, each, named);
    return;
  }
  const Json& first = value.is_array() && !value.AsArray().empty() ? value.AsArray()[0] : value;
  if (!IsPosition(first, history.size())) return;
  Named one{role, static_cast<uint32_t>(first.AsInt())};
  one.completion = history.pair(one.invoke);
  if (history[one.invoke].type != OpType::kInvoke && one.completion != History::kNone) {
    std::swap(one.invoke, one.completion);
  }
  const bool known = std::any_of(named->begin(), named->end(), [&](const Named& n) { return n.invoke == one.invoke; });
  if (!known && named->size() < kMostOps) named->push_back(one);
}

std::vector<Named> OperationsOf(const History& history, const Json& witness) {
  std::vector<Named> named;
  for (const std::string_view role : kRoles) {
    if (const Json* value = witness.Find(role); value != nullptr) Collect(history, role, *value, &named);
  }
  return named;
}

std::string LabelOf(const History& history, const Named& op) {
  const bool told = op.completion != History::kNone && history[op.completion].type == OpType::kOk;
  return Cut(Concat(history[op.invoke].f.text(), " ", history[told ? op.completion : op.invoke].value.Dump()), kLabel);
}

class Picture {
 public:
  Picture(const History& history, const Anomaly& anomaly)
      : history_(history), witness_(anomaly.witness), named_(OperationsOf(history, anomaly.witness)),
        title_(anomaly.kind) {
    for (const Named& op : named_) {
      ends_.push_back(op.invoke);
      if (op.completion != History::kNone) ends_.push_back(op.completion);
      lanes_.emplace(history[op.invoke].process.value(), 0);
    }
    std::sort(ends_.begin(), ends_.end());
    size_t lane = 0;
    for (auto& [process, place] : lanes_) place = lane++;
  }

  std::string Draw() const {
    const double lanes = kTop + kLane * static_cast<double>(lanes_.size()) + 24;
    const Json* element = witness_.Find("element");
    const std::vector<std::vector<std::string>> offsets = Offsets();
    const double life = element == nullptr ? 0 : kLane + 18 * static_cast<double>(lanes_.size() + 3);
    const double table = offsets.empty() ? 0 : 60 + 18 * static_cast<double>(offsets.size());
    const double width = std::max(kLeft + kColumn * static_cast<double>(ends_.size() + 1) + kGlyph * kLabel,
                                  element == nullptr ? 720 : kLeft + kStrip + 40);
    Svg svg(width, lanes + life + table + 16, title_, kStyle);
    svg.Text("title", 16, 32, title_);
    svg.Text("dim", 16, 52, "a lane for each process; time to the right, a step for each event of these operations");
    DrawLanes(svg, width);
    if (element != nullptr) DrawLife(svg, *element, lanes);
    if (!offsets.empty()) DrawOffsets(svg, offsets, lanes + life);
    return std::move(svg).Finish();
  }

 private:
  double X(uint32_t position) const {
    const auto at = std::lower_bound(ends_.begin(), ends_.end(), position);
    return kLeft + kColumn * static_cast<double>(at - ends_.begin());
  }
  double Y(int32_t process) const { return kTop + kLane * static_cast<double>(lanes_.at(process)); }

  void DrawLanes(Svg& svg, double width) const {
    for (const auto& [process, place] : lanes_) {
      svg.Text("dim", kLeft - 12, Y(process) + 26, Concat("process ", process), "end");
      svg.Line("lane", kLeft - 6, Y(process) + 38, width - 8, Y(process) + 38);
    }
    for (const Named& op : named_) {
      const double x = X(op.invoke);
      const bool open = op.completion == History::kNone || history_[op.completion].type == OpType::kInfo;
      const double end = op.completion == History::kNone ? X(ends_.back()) + kColumn * 0.8 : X(op.completion);
      const double y = Y(history_[op.invoke].process.value());
      const bool about = std::find(std::begin(kAbout), std::end(kAbout), op.role) != std::end(kAbout);
      const bool failed = !open && history_[op.completion].type == OpType::kFail;
      std::string tip = Concat("op ", op.invoke, " ", ToString(history_[op.invoke].time));
      if (op.completion != History::kNone) tip += Concat(" to ", ToString(history_[op.completion].time));
      svg.Rect(Concat(about ? "marked" : failed ? "failbar" : "bar", open ? " open" : ""), x, y + 18, end - x, 16, tip);
      svg.Text(about ? "mark" : "label", x + 3, y + 14, LabelOf(history_, op));
      svg.Text("dim", x + 3, y + 30, op.role == "operations" || op.role == "ops" ? Concat("op ", op.invoke)
                                                                                 : Concat(op.role, ", op ", op.invoke));
    }
  }

  // Every read from the element's adding on: whether it returned it.
  void DrawLife(Svg& svg, const Json& element, double top) const {
    const Instant from = named_.empty() ? Instant() : history_[ends_.front()].time;
    const Instant to = history_.size() == 0 ? from : history_[history_.size() - 1].time;
    const double span = static_cast<double>(std::max<int64_t>((to - from).ns(), 1));
    const auto x = [&](Instant time) { return kLeft + kStrip * static_cast<double>((time - from).ns()) / span; };
    svg.Text("head", 16, top + 14, Concat("reads, and whether they returned ", Cut(element.Dump(), kLabel)));
    svg.Dot("has", 16, top + 30, 4);
    svg.Text("dim", 26, top + 34, "returned it");
    svg.Dot("lacks", 126, top + 30, 4);
    svg.Text("dim", 136, top + 34, "did not");
    std::set<int32_t> processes;
    for (const Op& op : history_.ops()) {
      if (op.type == OpType::kOk && op.value.is_array() && op.time >= from) processes.insert(op.process.value());
    }
    size_t drawn = 0;
    for (const Op& op : history_.ops()) {
      if (op.type != OpType::kOk || !op.value.is_array() || op.time < from || drawn++ >= kMostReads) continue;
      const Json::Array& values = op.value.AsArray();
      const bool has = std::find(values.begin(), values.end(), element) != values.end();
      const size_t place = static_cast<size_t>(std::distance(processes.begin(), processes.find(op.process.value())));
      // At most as many rows as the picture has room for.
      const double y = top + 54 + 18 * static_cast<double>(place % (lanes_.size() + 2));
      svg.Dot(has ? "has" : "lacks", x(op.time), y, 3.5,
              Concat("process ", op.process.value(), ", op ", op.index.value(), ", ", ToString(op.time)));
    }
    svg.Text("dim", kLeft, top + 60 + 18 * static_cast<double>(lanes_.size() + 2), ToString(from));
    svg.Text("dim", kLeft + kStrip, top + 60 + 18 * static_cast<double>(lanes_.size() + 2), ToString(to), "end");
  }

  // Of a key of logs, for each offset: the values that were sent to it or polled from it, and by which operations.
  std::vector<std::vector<std::string>> Offsets() const {
    const Json* key = witness_.Find("key");
    std::map<int64_t, std::map<std::string, std::pair<std::string, size_t>>> seen;  // value: sent by, times polled
    if (key == nullptr || !key->is_string()) return {};
    for (const Op& op : history_.ops()) {
      if (op.type == OpType::kInvoke || !op.value.is_array()) continue;
      for (const Json& mop : op.value.AsArray()) AddOffsets(op, mop, key->AsString(), &seen);
    }
    std::vector<std::vector<std::string>> rows;
    const Json* value = witness_.Find("value");
    const std::string about = value == nullptr ? "" : value->Dump();
    // Around the offset that the anomaly is about.
    auto at = std::find_if(seen.begin(), seen.end(), [&](const auto& row) { return row.second.contains(about); });
    if (const Json* offset = witness_.Find("offset"); offset != nullptr && offset->is_int()) {
      at = seen.find(offset->AsInt());
    }
    if (at == seen.end()) at = seen.begin();
    for (size_t back = kMostOffsets / 2; back > 0 && at != seen.begin(); --back) --at;
    for (; at != seen.end() && rows.size() < kMostOffsets; ++at) {
      for (const auto& [text, who] : at->second) {
        rows.push_back({Concat(at->first), Cut(text, kLabel), who.first.empty() ? "not known" : who.first,
                        Concat(who.second, " times"), text == about ? "  <- this one" : ""});
      }
    }
    return rows;
  }

  static void AddOffsets(const Op& op, const Json& mop, const std::string& key,
                         std::map<int64_t, std::map<std::string, std::pair<std::string, size_t>>>* seen) {
    if (!mop.is_array() || mop.AsArray().size() < 2) return;
    const Json::Array& parts = mop.AsArray();
    if (parts[0] == Json("send") && parts.size() == 3 && parts[1] == Json(key) && parts[2].is_array() &&
        parts[2].AsArray().size() == 2 && parts[2].AsArray()[0].is_int()) {
      (*seen)[parts[2].AsArray()[0].AsInt()][parts[2].AsArray()[1].Dump()].first = Concat("op ", op.index.value());
    }
    const Json* polled = parts[0] == Json("poll") ? parts[1].Find(key) : nullptr;
    if (polled == nullptr || !polled->is_array()) return;
    for (const Json& pair : polled->AsArray()) {
      if (!pair.is_array() || pair.AsArray().size() != 2 || !pair.AsArray()[0].is_int()) continue;
      ++(*seen)[pair.AsArray()[0].AsInt()][pair.AsArray()[1].Dump()].second;
    }
  }

  static void DrawOffsets(Svg& svg, const std::vector<std::vector<std::string>>& rows, double top) {
    constexpr double kColumns[] = {24, 96, 300, 430, 520};
    const std::vector<std::string> heads = {"offset", "value", "sent by", "polled", ""};
    for (size_t c = 0; c < heads.size(); ++c) svg.Text("head", kColumns[c], top + 24, heads[c]);
    for (size_t r = 0; r < rows.size(); ++r) {
      const bool about = !rows[r].back().empty();
      for (size_t c = 0; c < rows[r].size(); ++c) {
        svg.Text(about ? "mark" : "cell", kColumns[c], top + 46 + 18 * static_cast<double>(r), rows[r][c]);
      }
    }
  }

  const History& history_;
  const Json& witness_;
  const std::vector<Named> named_;
  const std::string title_;
  std::vector<uint32_t> ends_;
  std::map<int32_t, size_t> lanes_;
};

}  // namespace

bool NamesOperations(const Anomaly& anomaly) {
  return anomaly.witness.is_object() && std::any_of(std::begin(kRoles), std::end(kRoles), [&](std::string_view role) {
           return anomaly.witness.Find(role) != nullptr;
         });
}

std::string WitnessPicture(const History& history, const Anomaly& anomaly) {
  CHECK(NamesOperations(anomaly));
  return Picture(history, anomaly).Draw();
}

}  // namespace gyre
