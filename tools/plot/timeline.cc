#include "tools/plot/timeline.h"

#include <algorithm>
#include <map>
#include <vector>

#include "sim/base/concat.h"
#include "tools/plot/calls.h"
#include "tools/plot/svg.h"

namespace gyre {
namespace {

constexpr size_t kRow = 16;  // pixels
constexpr size_t kColumn = 118;
constexpr size_t kLeft = 96;
constexpr size_t kTop = 30;
constexpr size_t kTimeRows = 5;  // a time is written so often
constexpr size_t kText = 200;    // characters of a value in a box or a tip

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>timeline</title>\n<style>\n"
    ":root { color-scheme: light dark; --page: #fff; --text: #1f2328; --dim: #59636e; --ok: #6db6fe; --info: #ffaa26;\n"
    "  --fail: #feb5da; --box: #10131a; --fault: #e5534b; }\n"
    "@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --dim: #9aa4af; --ok: #2b74bd;\n"
    "  --info: #a86b00; --fail: #a3336b; --box: #fff; } }\n"
    "body { margin: 0; background: var(--page); color: var(--text); font: 12px ui-monospace, Menlo, Consolas,\n"
    "  'DejaVu Sans Mono', monospace; }\n"
    "main { position: relative; } main div { position: absolute; box-sizing: border-box; overflow: hidden; }\n"
    ".call { width: 110px; border-radius: 3px; padding: 1px 4px; white-space: nowrap; text-overflow: ellipsis;\n"
    "  color: var(--box); }\n"
    ".call:target, .call:hover { outline: 2px solid var(--text); z-index: 1; }\n"
    ".ok { background: var(--ok); } .info { background: var(--info); } .fail { background: var(--fail); }\n"
    ".time, .thread { color: var(--dim); white-space: nowrap; }\n"
    ".fault { left: 0; background: var(--fault); opacity: 0.16; }\n"
    ".name { left: 4px; color: var(--fault); white-space: nowrap; }\n"
    "p { margin: 8px; }\n</style></head><body>\n"
    "<p>Time goes down, a row for each entry of the history; a column for each thread. Blue: ok. Orange: info, it may\n"
    "have happened. Pink: fail, it did not. Red: a fault. Rest the pointer on a call for its details.</p>\n";

// A process stays in the column it began in; one that follows a process that crashed takes over its column.
class ThreadColumns {
 public:
  size_t Of(const Call& call) {
    const auto found = columns_.find(call.process.value());
    size_t column = found != columns_.end() ? found->second : next_;
    if (found == columns_.end()) {
      if (!free_.empty()) column = free_.back(), free_.pop_back();
      else ++next_;
      columns_[call.process.value()] = column;
    }
    if (call.completion != History::kNone && call.type == OpType::kInfo) ended_.push_back({call.completion, column});
    return column;
  }
  // What crashed before entry `at` has left its column.
  void Reach(uint32_t at) {
    for (size_t i = 0; i < ended_.size();) {
      if (ended_[i].first > at) ++i;
      else free_.push_back(ended_[i].second), ended_.erase(ended_.begin() + static_cast<ptrdiff_t>(i));
    }
  }
  size_t count() const { return next_; }

 private:
  std::map<int32_t, size_t> columns_;
  std::vector<size_t> free_;
  std::vector<std::pair<uint32_t, size_t>> ended_;
  size_t next_ = 0;
};

std::string Style(size_t left, size_t top, size_t height) {
  return Concat("style=\"left:", left, "px;top:", top, "px;height:", height, "px\"");
}

std::string Box(const History& history, const Call& call, size_t column, uint32_t last) {
  const Op& op = history[call.completion == History::kNone ? call.invoke : call.completion];
  const uint32_t end = std::min(call.completion == History::kNone ? last : call.completion, last);
  const std::string value = Cut(op.value.Dump(), kText);
  std::string tip = Concat("op ", call.invoke, ", process ", call.process.value(), ": ", call.f, " ",
                           Cut(history[call.invoke].value.Dump(), kText), "\n", ToString(call.from), " to ",
                           ToString(call.to), ", took ", ToString(call.to - call.from), "\n", ToString(call.type), " ",
                           value);
  if (!op.error.is_null()) tip += Concat("\nerror ", Cut(op.error.Dump(), kText));
  std::string escaped;
  for (size_t begin = 0; begin <= tip.size();) {  // line feeds are meant in a tip, and in no value
    const size_t feed = std::min(tip.find('\n', begin), tip.size());
    escaped += Concat(begin == 0 ? "" : "&#10;", XmlText(std::string_view(tip).substr(begin, feed - begin)));
    begin = feed + 1;
  }
  return Concat("<div class=\"call ", ToString(call.type), "\" id=\"op", call.invoke, "\" ",
                Style(kLeft + column * kColumn, kTop + call.invoke * kRow, (end - call.invoke + 1) * kRow - 2),
                " title=\"", escaped, "\">", XmlText(call.f), " ", XmlText(Cut(value, 40)), "</div>\n");
}

std::string Faults(const History& history, uint32_t last, size_t width) {
  std::string out;
  const auto row = [&](Instant time) {
    const auto at = std::lower_bound(history.ops().begin(), history.ops().end(), time,
                                     [](const Op& op, Instant t) { return op.time < t; });
    return std::min<size_t>(static_cast<size_t>(at - history.ops().begin()), last);
  };
  for (const FaultWindow& fault : FaultWindowsOf(history)) {
    const size_t from = row(fault.from);
    if (from == last) break;
    out += Concat("<div class=\"fault\" style=\"top:", kTop + from * kRow, "px;height:",
                  (row(fault.to) - from + 1) * kRow, "px;width:", width, "px\"></div><div class=\"name\" style=\"top:",
                  kTop + from * kRow + kRow, "px\">", XmlText(fault.name), "</div>\n");
  }
  return out;
}

}  // namespace

std::string Timeline(const History& history, size_t most) {
  const std::vector<Call> calls = CallsOf(history);
  const size_t shown = std::min(most, calls.size());
  const uint32_t last =
      shown == calls.size() ? static_cast<uint32_t>(history.size()) : calls[shown].invoke;  // rows, exclusive
  ThreadColumns columns;
  std::string boxes;
  for (size_t i = 0; i < shown; ++i) {
    columns.Reach(calls[i].invoke);
    boxes += Box(history, calls[i], columns.Of(calls[i]), std::max(last, 1u) - 1);
  }
  const size_t width = kLeft + columns.count() * kColumn;
  std::string out(kHead);
  if (shown < calls.size()) {
    out += Concat("<p>The first ", shown, " of ", calls.size(), " calls; the others are in history.txt.</p>\n");
  }
  out += Concat("<main style=\"height:", kTop + last * kRow, "px;width:", width, "px\">\n",
                Faults(history, last, width));
  for (size_t c = 0; c < columns.count(); ++c) {
    out += Concat("<div class=\"thread\" ", Style(kLeft + c * kColumn, 6, kRow), ">thread ", c, "</div>\n");
  }
  for (uint32_t i = 0; i < last; i += kTimeRows) {
    out += Concat("<div class=\"time\" ", Style(4, kTop + i * kRow, kRow), ">", ToString(history[i].time), "</div>\n");
  }
  return Concat(out, boxes, "</main></body></html>\n");
}

}  // namespace gyre
