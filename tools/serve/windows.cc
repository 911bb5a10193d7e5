#include "tools/serve/windows.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/json.h"

namespace gyre {
namespace {

constexpr size_t kMostBody = 256u << 10;  // bytes given of one body
constexpr size_t kMostChain = 2'000;
constexpr size_t kMostUnderWay = 200;
constexpr int kMostSteps = 10'000;  // from a message back to its root
constexpr std::string_view kHarness = "c0";

bool Shown(const Window& window, const IndexedMessage& message) {
  const auto hidden = [&](uint32_t node) {
    return std::binary_search(window.hidden_nodes.begin(), window.hidden_nodes.end(), node);
  };
  if (!window.hidden_nodes.empty() && (hidden(message.from) || hidden(message.to))) return false;
  return window.types.empty() || std::binary_search(window.types.begin(), window.types.end(), message.type);
}

bool Touches(const Window& window, const IndexedMessage& message) {
  return message.sent < window.to && (message.ended >= window.from || message.sent >= window.from);
}

Json::Array Texts(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

}  // namespace

std::string WindowJson(const JournalIndex& index, const Window& window) {
  const std::vector<IndexedMessage>& messages = index.messages();
  const size_t begin = index.FirstUnderWay(window.from);
  const size_t end = index.FirstSent(window.to);
  size_t total = 0;
  for (size_t i = begin; i < end; ++i) total += Touches(window, messages[i]) && Shown(window, messages[i]);
  size_t stride = 1;
  while (total / stride > window.most) stride *= 2;

  std::string out = Concat("{\"from\":", window.from, ",\"to\":", window.to, ",\"total\":", total,
                           ",\"stride\":", stride, ",\"messages\":[");
  // By bucket, then endpoint. The last bucket also has what rounding leaves.
  std::vector<uint64_t> density(stride > 1 ? static_cast<size_t>(kWindowBuckets) * index.endpoints().size() : 0);
  const int64_t width = std::max<int64_t>((window.to - window.from) / kWindowBuckets, 1);
  bool first = true;
  for (size_t i = begin; i < end; ++i) {
    const IndexedMessage& m = messages[i];
    if (!Touches(window, m) || !Shown(window, m)) continue;
    if (stride > 1 && m.sent >= window.from) {
      const int64_t bucket = std::min((m.sent - window.from) / width, kWindowBuckets - 1);
      ++density[static_cast<size_t>(bucket) * index.endpoints().size() + m.from];
    }
    if (i % stride != 0) continue;
    absl::StrAppend(&out, first ? "" : ",", i, ",", m.sent - window.from, ",", m.ended - m.sent, ",", m.from);
    absl::StrAppend(&out, ",", m.to, ",", m.type, ",", static_cast<int>(m.fate));
    first = false;
  }
  out += "],\"density\":[";
  first = true;
  for (size_t i = 0; i < density.size(); ++i) {
    if (density[i] == 0) continue;
    const size_t bucket = i / index.endpoints().size();
    absl::StrAppend(&out, first ? "" : ",", bucket, ",", i % index.endpoints().size(), ",", density[i]);
    first = false;
  }
  return out + "]}";
}

std::string OverviewJson(const JournalIndex& index) {
  Json::Array endpoints;
  for (const IndexedEndpoint& endpoint : index.endpoints()) {
    const char* role = endpoint.role == NodeRole::kServer ? "server"
                       : endpoint.role == NodeRole::kClient ? "client" : "service";
    endpoints.push_back(Json::ObjectOf({{"name", endpoint.name}, {"role", role}, {"messages", endpoint.messages}}));
  }
  Json::Array events;
  for (const IndexedEvent& event : index.events()) {
    events.push_back(Json::ObjectOf({{"time", event.time},
                                     {"kind", ToString(event.kind)},
                                     {"node", uint64_t{event.node}},
                                     {"text", event.text}}));
  }
  return Json::ObjectOf({{"state", "ready"},
                         {"endpoints", std::move(endpoints)},
                         {"events", std::move(events)},
                         {"eventsLeftOut", index.events_left_out()},
                         {"types", Texts(index.types())},
                         {"reasons", Texts(index.reasons())},
                         {"records", index.records()},
                         {"messages", uint64_t{index.messages().size()}},
                         {"end", index.end()},
                         {"zero", index.zero()},
                         {"damage", index.damage()}})
      .Dump();
}

std::string MessageJson(const JournalIndex& index, size_t number) {
  CHECK(number < index.messages().size());
  const IndexedMessage& m = index.messages()[number];
  const absl::StatusOr<std::string> body = index.Body(number);
  const uint32_t root = RootOf(index, static_cast<uint32_t>(number));
  constexpr const char* kFates[] = {"taken", "lost", "under way at the end"};
  Json json = Json::ObjectOf({{"number", uint64_t{number}},
                              {"id", Concat(m.id)},  // as text: more than 2^53
                              {"from", index.endpoints()[m.from].name},
                              {"to", index.endpoints()[m.to].name},
                              {"sent", m.sent},
                              {"ended", m.ended},
                              {"fate", kFates[static_cast<size_t>(m.fate)]},
                              {"reason", m.fate == Fate::kLost ? index.reasons()[m.lost] : ""},
                              {"type", index.types()[m.type]},
                              {"cause", m.cause == kNoMessageIndex ? Json() : Json(uint64_t{m.cause})},
                              {"root", root == kNoMessageIndex ? Json() : Json(uint64_t{root})}});
  if (root != kNoMessageIndex) {
    json.Set("client", index.endpoints()[index.messages()[root].from].name);
    json.Set("asked", index.messages()[root].sent);
  }
  json.Set("body", body.ok() ? body->substr(0, kMostBody) : std::string(body.status().message()));
  json.Set("bodySize", uint64_t{body.ok() ? body->size() : 0});
  return json.Dump();
}

uint32_t RootOf(const JournalIndex& index, uint32_t message) {
  // Causes come before what followed from them, so this ends.
  for (int steps = 0; steps < kMostSteps && message != kNoMessageIndex; ++steps) {
    const IndexedEndpoint& from = index.endpoints()[index.messages()[message].from];
    if (from.role == NodeRole::kClient && from.name != kHarness) return message;
    message = index.messages()[message].cause;
  }
  return kNoMessageIndex;
}

std::vector<uint32_t> ChainOf(const JournalIndex& index, uint32_t client, int64_t from, int64_t to) {
  std::vector<uint32_t> chain;
  absl::flat_hash_set<uint32_t> members;  // looked up only
  for (size_t i = index.FirstSent(from); i < index.messages().size() && chain.size() < kMostChain; ++i) {
    const IndexedMessage& m = index.messages()[i];
    if (m.sent > to) break;
    if (m.from != client && !members.contains(m.cause)) continue;
    members.insert(static_cast<uint32_t>(i));
    chain.push_back(static_cast<uint32_t>(i));
  }
  return chain;
}

std::string UnderWayJson(const JournalIndex& index, int64_t time) {
  std::vector<uint32_t> numbers;
  const size_t end = index.FirstSent(time + 1);
  for (size_t i = index.FirstUnderWay(time); i < end; ++i) {
    const IndexedMessage& m = index.messages()[i];
    if (m.fate != Fate::kUnderWay && m.ended > time) numbers.push_back(static_cast<uint32_t>(i));
  }
  std::reverse(numbers.begin(), numbers.end());
  const size_t count = numbers.size();
  if (count > kMostUnderWay) numbers.resize(kMostUnderWay);
  std::string rows;
  for (const uint32_t number : numbers) {
    const IndexedMessage& m = index.messages()[number];
    absl::StrAppend(&rows, rows.empty() ? "" : ",", number, ",", m.sent, ",", m.ended, ",", m.from);
    absl::StrAppend(&rows, ",", m.to, ",", m.type, ",", static_cast<int>(m.fate));
  }
  return Concat("{\"count\":", count, ",\"messages\":[", rows, "]}");
}

}  // namespace gyre
