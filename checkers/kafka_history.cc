#include "checkers/kafka_history.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

// Long values are cut in sentences.
constexpr size_t kMaxQuoted = 60;

std::string Quoted(const Json& value) {
  std::string text = value.Dump();
  if (text.size() > kMaxQuoted) text = Concat(text.substr(0, kMaxQuoted), "...");
  return text;
}

// 1 and 1.0 are the same number.
std::optional<int64_t> AsInteger(const Json& value) {
  if (value.is_int()) return value.AsInt();
  if (value.kind() != Json::Kind::kDouble) return std::nullopt;
  const double number = value.AsDouble();
  if (std::trunc(number) != number || std::fabs(number) >= 9223372036854775808.0) return std::nullopt;
  return static_cast<int64_t>(number);
}

class Reader {
 public:
  explicit Reader(const History& history) : history_(history) {}

  KafkaHistory Read() {
    for (uint32_t i = 0; i < history_.size() && out_.unreadable.empty(); ++i) {
      const Op& op = history_[i];
      if (op.process == kNemesis) continue;
      if (op.type == OpType::kInvoke && history_.pair(i) != History::kNone) continue;
      ReadOp(i);
    }
    return std::move(out_);
  }

 private:
  // A record on its way to the run of its key.
  struct Loose {
    uint32_t key;
    KafkaRecord record;
  };

  void ReadOp(uint32_t position) {
    const Op& op = history_[position];
    const bool messages = op.f == kPoll || op.f == kSend || op.f == kTxn;
    if (!messages && op.f != kAssign && op.f != kSubscribe) return;
    KafkaOp read;
    read.position = position;
    const uint32_t pair = history_.pair(position);
    read.invoked = op.type == OpType::kInvoke || pair == History::kNone ? position : pair;
    read.type = op.type == OpType::kInvoke ? OpType::kInfo : op.type;
    read.process = processes_.try_emplace(op.process.value(), out_.processes).first->second;
    out_.processes = static_cast<uint32_t>(processes_.size());
    read.first_send = static_cast<uint32_t>(out_.runs.size());
    if (messages) {
      read.polls = op.f != kSend;
      ReadSends(op);
      read.first_poll = static_cast<uint32_t>(out_.runs.size());
      ReadPolls(op);
    } else {
      read.f = op.f == kAssign ? KafkaF::kAssign : KafkaF::kSubscribe;
      read.first_poll = read.first_send;
      ReadKeys(op);
    }
    read.end = static_cast<uint32_t>(out_.runs.size());
    if (read.polls && read.type == OpType::kOk) ++out_.polls_ok;
    Mark(read);
    out_.ops.push_back(read);
  }

  // What the messages of an operation learn from it.
  void Mark(const KafkaOp& op) {
    const uint32_t number = static_cast<uint32_t>(out_.ops.size());
    for (const KafkaRun& run : out_.SendsOf(op)) {
      for (const KafkaRecord& record : out_.RecordsOf(run)) {
        KafkaMessage& message = out_.messages[record.message];
        message.writer = number;
        if (op.type == OpType::kOk && !message.sent_ok) message.acknowledged = op.position;
        message.sent_ok = message.sent_ok || op.type == OpType::kOk;
        message.sent_fail = message.sent_fail || op.type == OpType::kFail;
      }
    }
    if (op.type != OpType::kOk || op.f != KafkaF::kMessages) return;
    for (const KafkaRun& run : out_.PollsOf(op)) {
      for (const KafkaRecord& record : out_.RecordsOf(run)) out_.messages[record.message].polled_ok = true;
    }
  }

  void ReadKeys(const Op& op) {
    if (!op.value.is_array()) {
      if (op.value.is_null()) return;
      Refuse(op, Concat("the keys of an ", op.f.text(), " are a list, not ", Quoted(op.value)));
      return;
    }
    for (const Json& key : op.value.AsArray()) AddRun(KeyOf(key));
  }

  // The micro-operations of `op`; nullptr, and perhaps refused, when it has none.
  const Json::Array* MicroOperationsOf(const Op& op) {
    if (op.value.is_null()) return nullptr;
    if (!op.value.is_array()) {
      Refuse(op, Concat("its value is no list of sends and polls: ", Quoted(op.value)));
      return nullptr;
    }
    for (const Json& mop : op.value.AsArray()) {
      const bool named = mop.is_array() && !mop.AsArray().empty() && mop.AsArray()[0].is_string();
      if (named && (mop.AsArray()[0].AsString() == "poll" || mop.AsArray()[0].AsString() == "send")) continue;
      Refuse(op, Concat("it has something that is neither a send nor a poll: ", Quoted(mop)));
      return nullptr;
    }
    return &op.value.AsArray();
  }

  void ReadSends(const Op& op) {
    if (op.f == kPoll) return;
    const Json::Array* mops = MicroOperationsOf(op);
    if (mops == nullptr) return;
    static const Json kNull{};
    loose_.clear();
    for (const Json& mop : *mops) {
      const Json::Array& words = mop.AsArray();
      if (words[0].AsString() != "send") continue;
      const uint32_t key = KeyOf(words.size() > 1 ? words[1] : kNull);
      const Json& sent = words.size() > 2 ? words[2] : kNull;
      // Completions have [offset, value] where the offset is known; there a value that is a list is read so too.
      if (!sent.is_array() || op.type == OpType::kInvoke) {
        loose_.push_back({key, {MessageOf(key, sent), kNoOffset}});
        continue;
      }
      const Json::Array& pair = sent.AsArray();
      const int64_t offset = pair.empty() ? kNoOffset : OffsetOf(op, pair[0]);
      loose_.push_back({key, {MessageOf(key, pair.size() > 1 ? pair[1] : kNull), offset}});
    }
    AddRuns();
  }

  void ReadPolls(const Op& op) {
    if (op.f == kSend || op.type == OpType::kInvoke) return;
    const Json::Array* mops = MicroOperationsOf(op);
    if (mops == nullptr) return;
    loose_.clear();
    size_t polls = 0;
    for (const Json& mop : *mops) polls += mop.AsArray()[0].AsString() == "poll" ? 1 : 0;
    for (const Json& mop : *mops) {
      const Json::Array& words = mop.AsArray();
      if (words[0].AsString() != "poll" || words.size() < 2 || words[1].is_null()) continue;
      if (!words[1].is_object()) {
        Refuse(op, Concat("a poll returns a list of messages for each key, not ", Quoted(words[1])));
        return;
      }
      for (const auto& [name, messages] : words[1].AsObject()) {
        const uint32_t key = KeyNamed(name);
        if (!messages.is_array() && !messages.is_null()) {
          Refuse(op, Concat("a poll returns a list of messages for key ", name, ", not ", Quoted(messages)));
          return;
        }
        // One poll has each key once: what it returned is a run as it stands.
        if (polls == 1) AddRun(key);
        if (messages.is_array()) ReadPolled(op, key, messages.AsArray(), polls == 1);
        if (polls > 1 && (messages.is_null() || messages.AsArray().empty())) loose_.push_back({key, {}});
      }
    }
    AddRuns();
  }

  void ReadPolled(const Op& op, uint32_t key, const Json::Array& messages, bool in_run) {
    for (const Json& pair : messages) {
      if (!pair.is_array() || pair.AsArray().size() < 2) {
        Refuse(op, Concat("a polled message is [offset, message], not ", Quoted(pair)));
        return;
      }
      const KafkaRecord record{MessageOf(key, pair.AsArray()[1]), OffsetOf(op, pair.AsArray()[0])};
      if (in_run) {
        out_.records.push_back(record);
        ++out_.runs.back().end;
      } else {
        loose_.push_back({key, record});
      }
    }
  }

  void AddRun(uint32_t key) {
    const uint32_t begin = static_cast<uint32_t>(out_.records.size());
    out_.runs.push_back({key, begin, begin});
  }

  // Runs of the loose records: keys in the order in which they came, and so the records of each.
  void AddRuns() {
    if (loose_.size() > 1) {
      absl::flat_hash_map<uint32_t, uint32_t> places;
      for (const Loose& loose : loose_) places.try_emplace(loose.key, static_cast<uint32_t>(places.size()));
      std::stable_sort(loose_.begin(), loose_.end(),
                       [&](const Loose& a, const Loose& b) { return places[a.key] < places[b.key]; });
    }
    for (size_t i = 0; i < loose_.size(); ++i) {
      if (i == 0 || loose_[i].key != loose_[i - 1].key) AddRun(loose_[i].key);
      if (loose_[i].record.message == kNoMessage) continue;
      out_.records.push_back(loose_[i].record);
      ++out_.runs.back().end;
    }
    loose_.clear();
  }

  int64_t OffsetOf(const Op& op, const Json& offset) {
    if (offset.is_null()) return kNoOffset;
    const std::optional<int64_t> integer = AsInteger(offset);
    if (!integer.has_value()) Refuse(op, Concat("an offset is an integer below 2^63, not ", Quoted(offset)));
    return std::max(integer.value_or(kNoOffset), kNoOffset);
  }

  // Keys are strings on the wire; others are known by what they look like.
  uint32_t KeyOf(const Json& key) { return KeyNamed(key.is_string() ? key.AsString() : key.Dump()); }

  uint32_t KeyNamed(const std::string& name) {
    const auto [found, is_new] = keys_.try_emplace(name, static_cast<uint32_t>(out_.keys.size()));
    if (is_new) out_.keys.push_back(found->first);
    return found->second;
  }

  uint32_t MessageOf(uint32_t key, const Json& value) {
    const uint32_t next = static_cast<uint32_t>(out_.messages.size());
    const std::optional<int64_t> integer = AsInteger(value);
    const uint32_t message = integer.has_value() ? integers_.try_emplace({key, *integer}, next).first->second
                                                 : others_.try_emplace({key, &value}, next).first->second;
    if (message == next) {
      out_.messages.emplace_back();
      out_.messages.back().key = key;
      out_.messages.back().value = &value;
    }
    return message;
  }

  void Refuse(const Op& op, std::string_view why) {
    if (!out_.unreadable.empty()) return;
    out_.unreadable = Concat("op ", op.index.value(), " (", ToString(op.type), " ", op.f.text(), ") is not as a kafka "
                             "history has it: ", why);
  }

  struct Other {
    uint32_t key;
    const Json* value;
    bool operator==(const Other& other) const { return key == other.key && *value == *other.value; }
    template <typename H>
    friend H AbslHashValue(H h, const Other& other) {
      return H::combine(std::move(h), other.key, other.value->Hash());
    }
  };

  const Atom kAssign = "assign", kPoll = "poll", kSend = "send", kSubscribe = "subscribe", kTxn = "txn";
  const History& history_;
  KafkaHistory out_;
  std::vector<Loose> loose_;
  absl::flat_hash_map<int32_t, uint32_t> processes_;
  absl::flat_hash_map<std::string, uint32_t> keys_;
  absl::flat_hash_map<std::pair<uint32_t, int64_t>, uint32_t> integers_;
  absl::flat_hash_map<Other, uint32_t> others_;
};

}  // namespace

KafkaHistory ReadKafkaHistory(const History& history) { return Reader(history).Read(); }

}  // namespace gyre
