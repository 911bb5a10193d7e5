#include "sim/history/jepsen_log.h"

#include <algorithm>
#include <utility>

#include "sim/base/concat.h"
#include "sim/history/edn.h"
#include "sim/history/edn_json.h"
#include "sim/history/op_forms.h"

namespace gyre {
namespace {

constexpr std::string_view kLogger = "jepsen.util - ";

// What stands after the logger's name; empty when the line is none of its.
std::string_view Entry(std::string_view line) {
  const size_t at = line.find(kLogger);
  return at == std::string_view::npos ? std::string_view() : line.substr(at + kLogger.size());
}

// process :type :f value
absl::Status FillFromLog(std::string_view text, Op* op) {
  Edn words[4];
  EdnReader reader(text);
  for (Edn& word : words) {
    const absl::StatusOr<bool> more = reader.Next(&word);
    if (!more.ok()) return more.status();
    if (!*more) return absl::InvalidArgumentError("an entry has four words: process, :type, :f and value");
  }
  Edn map = Edn::Collection(Edn::Kind::kMap);
  map.Add("process", words[0]);
  map.Add("type", words[1]);
  map.Add("f", words[2]);
  map.Add(words[3].is(Edn::Kind::kKeyword) ? "error" : "value", words[3]);
  return FillFromEdn(map, op);
}

}  // namespace

bool IsJepsenLog(std::string_view text) { return !Entry(text.substr(0, text.find('\n'))).empty(); }

absl::StatusOr<std::vector<Op>> ParseJepsenLog(std::string_view text) {
  std::vector<Op> ops;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view entry = Entry(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (entry.empty()) continue;
    Op op = Following(ops);
    if (const absl::Status status = FillFromLog(entry, &op); !status.ok()) {
      return absl::InvalidArgumentError(Concat("line ", number, ": ", status.message()));
    }
    ops.push_back(std::move(op));
  }
  if (ops.empty()) return absl::InvalidArgumentError("no line of the log is an entry of a history");
  return ops;
}

}  // namespace gyre
