#include "checkers/witness.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/base/concat.h"

namespace gyre {
namespace {

std::string TimeOf(const Op& op) { return ToString(op.time); }

}  // namespace

Json ToJson(const Op& op) {
  const Json process = op.process == kNemesis ? Json(":nemesis") : Json(int64_t{op.process.value()});
  Json json = Json::ObjectOf({{"index", static_cast<int64_t>(op.index.value())},
                              {"time", op.time.ns()},
                              {"type", Concat(":", ToString(op.type))},
                              {"process", process},
                              {"f", Concat(":", op.f.text())},
                              {"value", op.value}});
  if (op.final) json.Set("final?", true);
  if (!op.error.is_null()) json.Set("error", op.error);
  if (!op.exception.is_null()) json.Set("exception", op.exception);
  return json;
}

std::string Who(const Op& op, const CheckOptions& options) {
  if (op.process == kNemesis) return "the nemesis";
  std::string text = Concat("process ", op.process.value());
  if (options.nodes.empty() || options.concurrency == 0) return text;
  const uint32_t thread = static_cast<uint32_t>(op.process.value()) % options.concurrency;
  text += Concat(" at ", options.nodes[thread % options.nodes.size()]);
  return text;
}

std::string When(const History& history, uint32_t i) {
  const uint32_t pair = history.pair(i);
  if (pair == History::kNone) return Concat("op ", i, ", ", TimeOf(history[i]));
  const uint32_t first = std::min(i, pair);
  const uint32_t last = std::max(i, pair);
  return Concat("ops ", first, " to ", last, ", ", TimeOf(history[first]), " to ", TimeOf(history[last]));
}

Json Positions(const History& history, uint32_t i) {
  const uint32_t pair = history.pair(i);
  if (pair == History::kNone) return Json::Array{int64_t{i}};
  return Json::Array{int64_t{std::min(i, pair)}, int64_t{std::max(i, pair)}};
}

std::string Quoted(const Json& value) {
  constexpr size_t kMostShown = 200;
  std::string text = value.Dump();
  if (text.size() > kMostShown) text = Concat(text.substr(0, kMostShown), "...");
  return text;
}

std::string Float64Explanation(const Json& sent, const Json& received) {
  if (!ChangedByFloat64(sent, received)) return "";
  return Concat(" ", Quoted(sent), " is beyond 2^53 and came back as ", Quoted(received),
                      ", the nearest float64: the node's JSON library reads integers as floating point; have it keep "
                      "integers, or send such numbers as strings.");
}

}  // namespace gyre
