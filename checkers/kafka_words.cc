#include "checkers/kafka_words.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/witness.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

using Kind = KafkaErrorKind;

// In the order of KafkaErrorKind.
constexpr const char* kNames[] = {
    "duplicate",         "G1a",       "inconsistent-offsets", "int-nonmonotonic-poll", "int-nonmonotonic-send",
    "int-poll-skip",     "int-send-skip", "lost-write",       "never-sent",            "nonmonotonic-poll",
    "nonmonotonic-send", "poll-skip", "precommitted-read",    "unseen",
};
static_assert(std::size(kNames) == kKafkaErrorKinds);

constexpr size_t kMaxQuoted = 60;     // bytes of a value in words
constexpr size_t kMaxNamed = 5;       // messages in words
constexpr size_t kMaxSkipped = 256;   // messages in results
constexpr size_t kMaxComponent = 256;  // operations in results

bool IsSkip(Kind kind) { return kind == Kind::kIntPollSkip || kind == Kind::kIntSendSkip || kind == Kind::kPollSkip; }

// Of the micro-operation of `op` that sends or polls `value`; null if there is none.
Json MopIndex(const Op& op, std::string_view f, const std::string& key, const Json& value) {
  if (!op.value.is_array()) return Json();
  for (size_t i = 0; i < op.value.AsArray().size(); ++i) {
    const Json::Array& mop = op.value.AsArray()[i].AsArray();
    if (mop[0].AsString() != f || mop.size() < 2) continue;
    if (f == "send") {
      if ((mop[1].is_string() ? mop[1].AsString() : mop[1].Dump()) != key || mop.size() < 3) continue;
      const bool pair = mop[2].is_array() && mop[2].AsArray().size() > 1;
      if ((pair ? mop[2].AsArray()[1] : mop[2]) == value) return static_cast<int64_t>(i);
      continue;
    }
    const Json* polled = mop[1].Find(key);
    if (polled == nullptr || !polled->is_array()) continue;
    for (const Json& pair : polled->AsArray()) {
      if (pair.AsArray()[1] == value) return static_cast<int64_t>(i);
    }
  }
  return Json();
}

const char* Whither(const KafkaError& error) {
  return error.delta == 0 ? "the same place in the log again" : "further back in the log";
}

std::string Numbered(size_t i) { return Concat("T", i + 1); }

}  // namespace

const char* NameOf(KafkaErrorKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::string KafkaWords::TheOp(uint32_t op) const {
  return Concat(Who(history_[PositionOf(op)], options_), " (", When(history_, PositionOf(op)), ")");
}

std::string KafkaWords::Quote(uint32_t message) const {
  std::string text = ValueOf(message).Dump();
  if (text.size() > kMaxQuoted) text = Concat(text.substr(0, kMaxQuoted), "...");
  return text;
}

std::string KafkaWords::Sent(uint32_t message) const {
  const uint32_t writer = kafka_.messages[message].writer;
  if (writer == History::kNone) return "nobody sent it";
  const OpType type = kafka_.ops[writer].type;
  return Concat(TheOp(writer), " sent it",
                type == OpType::kFail   ? " and was told that this failed"
                : type == OpType::kInfo ? " and was not told what came of it"
                                        : "");
}

std::string KafkaWords::KeyOf(const KafkaError& error) const {
  return Concat("key ", Json(kafka_.keys[error.key]).Dump());
}

std::string KafkaWords::At(uint32_t message) const {
  for (const KafkaLogEntry& entry : orders_.LogOf(kafka_.messages[message].key)) {
    if (entry.message == message) return Concat(" (offset ", entry.offset, ")");
  }
  return "";
}

uint32_t KafkaWords::SeenBy(uint32_t message, int64_t offset) const {
  for (uint32_t i = 0; i < kafka_.ops.size(); ++i) {
    const KafkaOp& op = kafka_.ops[i];
    for (uint32_t r = orders_.committed[i] ? op.first_send : op.first_poll; r < op.end; ++r) {
      if (kafka_.runs[r].key != kafka_.messages[message].key) continue;
      for (const KafkaRecord& record : kafka_.RecordsOf(kafka_.runs[r])) {
        if (record.message == message && record.offset == offset) return i;
      }
    }
  }
  return History::kNone;
}

// The messages that stand between the two of a skip.
std::vector<uint32_t> KafkaWords::Between(const KafkaError& error, size_t limit) const {
  std::vector<uint32_t> between;
  const absl::Span<const uint32_t> order = orders_.IndicesOf(error.key);
  for (uint32_t i = orders_.index[error.message] + 1; i < orders_.index[error.message2]; ++i) {
    if (between.size() == limit) break;
    between.push_back(order[i]);
  }
  return between;
}

std::string KafkaWords::Skipped(const KafkaError& error) const {
  const int64_t count = error.delta - 1;
  const std::vector<uint32_t> between = Between(error, kMaxNamed);
  if (count == 1) return Concat("Between them is ", Quote(between[0]), At(between[0]), ": ", Sent(between[0]), ".");
  std::string text = Concat("Between them are ", count, " messages: ");
  for (size_t i = 0; i < between.size(); ++i) {
    text += Concat(i == 0 ? "" : ", ", Quote(between[i]), At(between[i]));
  }
  if (static_cast<int64_t>(between.size()) < count) text += ", and others";
  return Concat(text, "; of the first: ", Sent(between[0]), ".");
}

Json KafkaWords::ErrOf(Kind kind, const KafkaError& error) const {
  const auto op = [&](uint32_t i) { return ToJson(history_[PositionOf(i)]); };
  Json::Object err{{"key", kafka_.keys[error.key]}};
  switch (kind) {
    case Kind::kDuplicate: {
      Json::Array offsets;
      for (const KafkaLogEntry& entry : orders_.LogOf(error.key)) {
        if (entry.message == error.message) offsets.push_back(entry.offset);
      }
      err.emplace_back("value", ValueOf(error.message));
      err.emplace_back("count", error.delta);
      err.emplace_back("offsets", std::move(offsets));
      return err;
    }
    case Kind::kInconsistentOffsets: {
      Json::Array values;
      for (int64_t i = 0; i < error.delta; ++i) values.push_back(ValueOf(orders_.log[error.entry + i].message));
      std::sort(values.begin(), values.end(), [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
      err.emplace_back("offset", orders_.log[error.entry].offset);
      err.emplace_back("index", int64_t{orders_.log[error.entry].index});
      err.emplace_back("values", std::move(values));
      return err;
    }
    case Kind::kLostWrite: {
      err.emplace_back("value", ValueOf(error.message));
      err.emplace_back("index", int64_t{orders_.first_index[error.message]});
      err.emplace_back("max-read-index", error.delta);
      err.emplace_back("writer", op(error.op));
      err.emplace_back("max-read", op(error.op2));
      return err;
    }
    case Kind::kG1a:
    case Kind::kNeverSent: {
      const uint32_t writer = kafka_.messages[error.message].writer;
      err.emplace_back("value", ValueOf(error.message));
      if (kind == Kind::kG1a) err.emplace_back("writer", op(writer));
      err.emplace_back("reader", op(error.op));
      return err;
    }
    case Kind::kPrecommittedRead:
      err.emplace_back("value", ValueOf(error.message));
      err.emplace_back("op", op(error.op));
      return err;
    default: break;
  }
  CHECK(kind != Kind::kUnseen);
  if (kind != Kind::kPollSkip) {
    err.emplace_back("values", Json::Array{ValueOf(error.message), ValueOf(error.message2)});
  }
  err.emplace_back("delta", error.delta);
  if (IsSkip(kind)) {
    Json::Array skipped;
    for (const uint32_t message : Between(error, kMaxSkipped)) skipped.push_back(ValueOf(message));
    err.emplace_back("skipped", std::move(skipped));
  }
  if (error.op2 == History::kNone) {
    err.emplace_back("op", op(error.op));
  } else {
    err.emplace_back("ops", Json::Array{op(error.op), op(error.op2)});
  }
  return err;
}

std::string KafkaWords::Text(Kind kind, const KafkaError& error) const {
  const std::string key = KeyOf(error);
  const auto first = [&] { return Concat(Quote(error.message), At(error.message)); };
  const auto second = [&] { return Concat(Quote(error.message2), At(error.message2)); };
  switch (kind) {
    case Kind::kDuplicate: {
      std::string text =
          Concat("message ", Quote(error.message), " of ", key, " is in the log ", error.delta, " times. ");
      size_t named = 0;
      for (const KafkaLogEntry& entry : orders_.LogOf(error.key)) {
        if (entry.message != error.message) continue;
        if (named++ == 2) break;
        text += Concat(TheOp(SeenBy(entry.message, entry.offset)), " saw it at offset ", entry.offset, "; ");
      }
      return Concat(text, Sent(error.message), ".");
    }
    case Kind::kG1a:
      return Concat(TheOp(error.op), " polled message ", first(), " of ", key, ", whose send failed: ",
                    Sent(error.message), ".");
    case Kind::kInconsistentOffsets: {
      const int64_t offset = orders_.log[error.entry].offset;
      std::string text = Concat("offset ", offset, " of ", key, " has ", error.delta, " different messages: ");
      for (int64_t i = 0; i < std::min<int64_t>(error.delta, 2); ++i) {
        const uint32_t message = orders_.log[error.entry + i].message;
        text += Concat(i == 0 ? "" : ", but ", TheOp(SeenBy(message, offset)), " saw ", Quote(message), " there");
      }
      return text + ".";
    }
    case Kind::kIntNonmonotonicPoll:
    case Kind::kIntNonmonotonicSend:
      return Concat(TheOp(error.op), kind == Kind::kIntNonmonotonicPoll ? " polled " : " sent ", second(), " of ", key,
                    " right after ", first(), ": that is ", Whither(error), ".");
    case Kind::kIntPollSkip:
    case Kind::kIntSendSkip:
      return Concat(TheOp(error.op), kind == Kind::kIntPollSkip ? " polled " : " sent ", second(), " of ", key,
                    " right after ", first(), ". ", Skipped(error));
    case Kind::kLostWrite:
      return Concat("message ", first(), " of ", key, " is lost: ", Sent(error.message), ". No poll ever returned it, ",
                    "but ", TheOp(error.op2), " polled ", second(), ", which stands ",
                    orders_.last_index[error.message] < error.delta ? "after it" : "in its place", " in the log.");
    case Kind::kNeverSent:
      return Concat(TheOp(error.op), " polled message ", first(), " of ", key, ", which nobody sent.");
    case Kind::kNonmonotonicPoll:
    case Kind::kNonmonotonicSend: {
      const char* did = kind == Kind::kNonmonotonicPoll ? "polled" : "sent";
      return Concat(TheOp(error.op2), " ", did, " ", second(), " of ", key, ", after it had ", did, " ", first(), " (",
                    When(history_, PositionOf(error.op)), "): that is ", Whither(error), ".");
    }
    case Kind::kPollSkip:
      return Concat(TheOp(error.op2), " polled ", second(), " of ", key, " right after its poll of ", first(), " (",
                    When(history_, PositionOf(error.op)), "). ", Skipped(error));
    case Kind::kPrecommittedRead:
      return Concat(TheOp(error.op), " polled message ", first(), " of ", key,
                    ", which it sent itself and had not committed.");
    case Kind::kUnseen: break;
  }
  CHECK(false);
}

Anomaly KafkaWords::AnomalyOf(Kind kind, const KafkaError& error) const {
  Json witness = Json::ObjectOf({{"key", kafka_.keys[error.key]}});
  if (error.message != kNoMessage) witness.Set("value", ValueOf(error.message));
  if (error.message2 != kNoMessage) witness.Set("value2", ValueOf(error.message2));
  if (kind == Kind::kInconsistentOffsets) witness.Set("offset", orders_.log[error.entry].offset);
  Json::Array ops;
  const auto add = [&](uint32_t op) {
    if (op != History::kNone) ops.push_back(Positions(history_, PositionOf(op)));
  };
  if (kind == Kind::kG1a) add(kafka_.messages[error.message].writer);
  add(error.op);
  add(error.op2);
  if (IsSkip(kind)) add(kafka_.messages[Between(error, 1)[0]].writer);
  if (kind == Kind::kDuplicate || kind == Kind::kInconsistentOffsets) {
    size_t named = 0;
    for (const KafkaLogEntry& entry : orders_.LogOf(error.key)) {
      const bool about = kind == Kind::kDuplicate ? entry.message == error.message
                                                  : entry.offset == orders_.log[error.entry].offset;
      if (!about || named++ >= 2) continue;
      add(SeenBy(entry.message, entry.offset));
    }
  }
  witness.Set("ops", std::move(ops));
  std::string text = Text(kind, error);
  if (kind == Kind::kNeverSent) {
    for (const KafkaMessage& sent : kafka_.messages) {
      if (sent.key != error.key || sent.writer == History::kNone) continue;
      const std::string explanation = Float64Explanation(*sent.value, ValueOf(error.message));
      if (explanation.empty()) continue;
      text += explanation;
      break;
    }
  }
  return {NameOf(kind), std::move(text), std::move(witness)};
}

Anomaly KafkaWords::Unseen(const KafkaError* first, const KafkaError* last) const {
  const size_t count = static_cast<size_t>(last - first);
  if (first->op != History::kNone) {
    return {NameOf(Kind::kUnseen),
            Concat(TheOp(first->op), " polled message ", Quote(first->message), " of ", KeyOf(*first),
                   ": it was the last operation to be answered and the first to name the key, so that the reference ",
                   "implementation counts what it polled as unseen."),
            Json::ObjectOf({{"key", kafka_.keys[first->key]}, {"value", ValueOf(first->message)},
                            {"ops", Json::Array{Positions(history_, PositionOf(first->op))}}})};
  }
  std::string text;
  if (count == 1) {
    text = Concat("message ", Quote(first->message), " of ", KeyOf(*first),
                  " was acknowledged, and no poll returned it to the end: ", Sent(first->message), ".");
  } else {
    text = Concat(count, " messages of ", KeyOf(*first), " were acknowledged, and no poll returned them to the end: ");
    for (size_t i = 0; i < std::min(count, kMaxNamed); ++i) text += Concat(i == 0 ? "" : ", ", Quote(first[i].message));
    text += Concat(count > kMaxNamed ? ", and others" : "", "; of the first: ", Sent(first->message), ".");
  }
  const uint32_t writer = PositionOf(kafka_.messages[first->message].writer);
  Json witness = Json::ObjectOf({{"key", kafka_.keys[first->key]},
                                 {"value", ValueOf(first->message)},
                                 {"ops", Json::Array{Positions(history_, writer)}}});
  if (first->op2 != History::kNone) witness.Set("last-look", Positions(history_, PositionOf(first->op2)));
  return {NameOf(Kind::kUnseen), std::move(text), std::move(witness)};
}

std::string KafkaWords::NotLookedFor(const std::vector<uint32_t>& messages) const {
  const uint32_t first = messages[0];
  return Concat(messages.size() == 1 ? "1 message was" : Concat(messages.size(), " messages were"),
                " acknowledged and not polled, and no answered poll that began later asked for ",
                messages.size() == 1 ? "it" : "them", ", so it is not known whether anything is lost: ",
                messages.size() == 1 ? "" : "the first is ", Quote(first), " of key ",
                Json(kafka_.keys[kafka_.messages[first].key]).Dump(), ", ", Sent(first));
}

Json KafkaWords::StepOf(const KafkaStep& step) const {
  const Op& from = history_[PositionOf(step.from)];
  const Op& to = history_[PositionOf(step.to)];
  if (step.edge == kRealtime) {
    const uint32_t invoked = history_.pair(PositionOf(step.to));
    return Json::ObjectOf({{"type", ":realtime"},
                           {"a'", ToJson(from)},
                           {"b", ToJson(invoked == History::kNone ? to : history_[invoked])}});
  }
  const std::string& key = kafka_.keys[kafka_.messages[step.message].key];
  const bool ww = step.edge == kWw;
  Json::Object json{{"type", ww ? ":ww" : ":wr"}, {"key", key}, {"value", ValueOf(step.message)}};
  if (ww) json.emplace_back("value'", ValueOf(step.message2));
  json.emplace_back("a-mop-index", MopIndex(from, "send", key, ValueOf(step.message)));
  json.emplace_back("b-mop-index", ww ? MopIndex(to, "send", key, ValueOf(step.message2))
                                      : MopIndex(to, "poll", key, ValueOf(step.message)));
  return json;
}

Json KafkaWords::ErrOf(const KafkaCycle& cycle) const {
  Json::Array ops, steps;
  for (const KafkaStep& step : cycle.steps) {
    ops.push_back(ToJson(history_[PositionOf(step.from)]));
    steps.push_back(StepOf(step));
  }
  ops.push_back(ops[0]);
  return Json::ObjectOf({{"cycle", std::move(ops)}, {"steps", std::move(steps)}, {"type", Concat(":", cycle.type)}});
}

Json KafkaWords::ErrOf(const KafkaCycleExists& exists) const {
  Json::Array subgraph, component;
  for (const char* word : exists.subgraph) subgraph.push_back(Concat(":", word));
  for (const uint32_t op : exists.component) {
    if (component.size() == kMaxComponent) break;
    component.push_back(int64_t{PositionOf(op)});
  }
  return Json::ObjectOf({{"type", Concat(":", exists.type)},
                         {"not", Concat(":", exists.ruled_out)},
                         {"subgraph", std::move(subgraph)},
                         {"scc-size", static_cast<int64_t>(exists.component.size())},
                         {"scc", std::move(component)}});
}

std::string KafkaWords::Because(const KafkaStep& step, size_t from, size_t to) const {
  const std::string a = Numbered(from);
  const std::string b = Numbered(to);
  if (step.edge == kRealtime) {
    const uint32_t invoked = history_.pair(PositionOf(step.to));
    const Op& begin = history_[invoked == History::kNone ? PositionOf(step.to) : invoked];
    return Concat(a, " was answered at ", ToString(history_[PositionOf(step.from)].time), ", before ", b, " began at ",
                  ToString(begin.time));
  }
  const std::string key = Json(kafka_.keys[kafka_.messages[step.message].key]).Dump();
  if (step.edge == kWr) {
    return Concat(a, " sent ", Quote(step.message), " to key ", key, ", which ", b, " polled");
  }
  return Concat(a, " sent ", Quote(step.message), " to key ", key, " right before what ", b, " sent, ",
                Quote(step.message2));
}

Anomaly KafkaWords::AnomalyOf(const KafkaCycle& cycle) const {
  std::string text = "Let:\n";
  Json::Array ops;
  Json::Array steps;
  const size_t size = cycle.steps.size();
  for (size_t i = 0; i < size; ++i) {
    const uint32_t position = PositionOf(cycle.steps[i].from);
    const Op& op = history_[position];
    std::string value = op.value.Dump();
    if (value.size() > 4 * kMaxQuoted) value = Concat(value.substr(0, 4 * kMaxQuoted), "...");
    text += Concat("  ", Numbered(i), " = ", op.f.text(), " ", value, " of ", TheOp(cycle.steps[i].from), "\n");
    ops.push_back(Positions(history_, position));
    steps.push_back(StepOf(cycle.steps[i]));
  }
  text += "Then:\n";
  for (size_t i = 0; i < size; ++i) {
    const size_t next = (i + 1) % size;
    text += Concat(next == 0 ? "  - However, " : "  - ", Numbered(i), " < ", Numbered(next), ", because ",
                   Because(cycle.steps[i], i, next), next == 0 ? ": a contradiction!" : ".\n");
  }
  return {cycle.type, std::move(text), Json::ObjectOf({{"cycle", std::move(ops)}, {"steps", std::move(steps)}})};
}

Anomaly KafkaWords::AnomalyOf(const KafkaCycleExists& exists) const {
  Json::Array ops;
  for (const uint32_t op : exists.component) {
    if (ops.size() == kMaxNamed) break;
    ops.push_back(Positions(history_, PositionOf(op)));
  }
  return {exists.type,
          Concat(exists.component.size(), " operations must each come before the others: that is not ",
                 exists.ruled_out, ". The first of them is that of ", TheOp(exists.component[0]), "."),
          Json::ObjectOf({{"ops", std::move(ops)}})};
}

}  // namespace gyre
