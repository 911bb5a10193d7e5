// All errors of a kafka history in a few passes over its operations, its messages and its logs, each linear: whatever
// is asked of a message (where it is in its log, whether it was polled, who sent it) was noted once, by the message.
//
// The definitions are those of Jepsen's kafka test. An index is the rank of an offset among the offsets of its key at
// which anything was seen: transactions of a real Kafka leave holes in the offsets, which are no losses.
#include "checkers/kafka_errors.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace gyre {
namespace {

using Kind = KafkaErrorKind;

class Finder {
 public:
  Finder(const KafkaHistory& kafka, const KafkaOrders& orders, Parity parity)
      : kafka_(kafka), orders_(orders), parity_(parity) {}

  KafkaErrors Run() {
    last_polled_.resize(kafka_.processes);
    last_sent_.resize(kafka_.processes);
    told_.resize(kafka_.messages.size());
    for (uint32_t i = 0; i < kafka_.ops.size(); ++i) {
      const KafkaOp& op = kafka_.ops[i];
      if (op.f != KafkaF::kMessages) {
        KeepAssigned(op);
        continue;
      }
      Within(i, kafka_.PollsOf(op), Kind::kIntPollSkip, Kind::kIntNonmonotonicPoll);
      Within(i, kafka_.SendsOf(op), Kind::kIntSendSkip, Kind::kIntNonmonotonicSend);
      BetweenPolls(i);
      BetweenSends(i);
      Precommitted(i);
      Polled(i);
    }
    OfLogs();
    LostWrites();
    Unseen();
    return std::move(errors_);
  }

 private:
  // What a process sent last to a key, or polled last of it.
  struct Last {
    uint32_t op;
    uint32_t message;  // kNoMessage: an empty poll
  };
  using LastByKey = absl::flat_hash_map<uint32_t, Last>;

  void Add(Kind kind, const KafkaError& error) { errors_[kind].push_back(error); }

  // From one message of a key to the next; 1 where that is not known.
  int64_t Delta(uint32_t from, uint32_t to) const {
    if (from == kNoMessage || to == kNoMessage) return 1;
    const uint32_t a = orders_.index[from];
    const uint32_t b = orders_.index[to];
    return a == kNoIndex || b == kNoIndex ? 1 : int64_t{b} - int64_t{a};
  }

  void Within(uint32_t i, absl::Span<const KafkaRun> runs, Kind skip, Kind nonmonotonic) {
    for (const KafkaRun& run : runs) {
      uint32_t before = kNoMessage;
      for (const KafkaRecord& record : kafka_.RecordsOf(run)) {
        const int64_t delta = Delta(before, record.message);
        if (delta != 1) {
          Add(delta > 1 ? skip : nonmonotonic,
              {.key = run.key, .message = before, .message2 = record.message, .op = i, .delta = delta});
        }
        before = record.message;
      }
    }
  }

  // The keys that the process goes on with; of the others it may begin anywhere.
  void KeepAssigned(const KafkaOp& op) {
    if (op.type == OpType::kFail) return;
    for (std::vector<LastByKey>* last : {&last_polled_, &last_sent_}) {
      LastByKey kept;
      for (const KafkaRun& run : kafka_.PollsOf(op)) {
        const auto found = (*last)[op.process].find(run.key);
        if (found != (*last)[op.process].end()) kept.insert(*found);
      }
      (*last)[op.process] = std::move(kept);
    }
  }

  void BetweenPolls(uint32_t i) {
    const KafkaOp& op = kafka_.ops[i];
    LastByKey& last = last_polled_[op.process];
    for (const KafkaRun& run : kafka_.PollsOf(op)) {
      const absl::Span<const KafkaRecord> records = kafka_.RecordsOf(run);
      if (const auto found = last.find(run.key); found != last.end() && !records.empty()) {
        const int64_t delta = Delta(found->second.message, records[0].message);
        if (delta != 1) {
          Add(delta > 1 ? Kind::kPollSkip : Kind::kNonmonotonicPoll,
              {.key = run.key, .message = found->second.message, .message2 = records[0].message,
               .op = found->second.op, .op2 = i, .delta = delta});
        }
      }
      if (op.type != OpType::kOk) continue;
      if (!records.empty()) {
        last[run.key] = {i, records.back().message};
      } else if (parity_ == Parity::kMaelstrom) {
        last[run.key] = {i, kNoMessage};
      }
    }
  }

  void BetweenSends(uint32_t i) {
    const KafkaOp& op = kafka_.ops[i];
    if (op.type == OpType::kFail) return;
    for (const KafkaRun& run : kafka_.SendsOf(op)) {
      const absl::Span<const KafkaRecord> records = kafka_.RecordsOf(run);
      const auto [found, is_new] = last_sent_[op.process].try_emplace(run.key, Last{i, kNoMessage});
      const int64_t delta = Delta(found->second.message, records[0].message);
      if (!is_new && delta < 1) {
        Add(Kind::kNonmonotonicSend, {.key = run.key, .message = found->second.message,
                                      .message2 = records[0].message, .op = found->second.op, .op2 = i,
                                      .delta = delta});
      }
      found->second = {i, records.back().message};
    }
  }

  // What an operation polled that it sent itself: its first such message of each key.
  void Precommitted(uint32_t i) {
    const KafkaOp& op = kafka_.ops[i];
    if (op.first_send == op.first_poll || op.first_poll == op.end) return;
    for (const KafkaRun& sent : kafka_.SendsOf(op)) {
      for (const KafkaRecord& record : kafka_.RecordsOf(sent)) sent_in_[record.message] = i;
    }
    for (const KafkaRun& polled : kafka_.PollsOf(op)) {
      for (const KafkaRecord& record : kafka_.RecordsOf(polled)) {
        const auto found = sent_in_.find(record.message);
        if (found == sent_in_.end() || found->second != i) continue;
        Add(Kind::kPrecommittedRead, {.key = polled.key, .message = record.message, .op = i});
        break;
      }
    }
  }

  void Polled(uint32_t i) {
    const KafkaOp& op = kafka_.ops[i];
    for (const KafkaRun& run : kafka_.PollsOf(op)) {
      for (const KafkaRecord& record : kafka_.RecordsOf(run)) {
        const KafkaMessage& message = kafka_.messages[record.message];
        const KafkaError error{.key = run.key, .message = record.message, .op = i};
        if (message.sent_fail && op.type == OpType::kOk) Add(Kind::kG1a, error);
        if (message.writer != History::kNone || told_[record.message]) continue;
        told_[record.message] = true;
        Add(Kind::kNeverSent, error);
      }
    }
  }

  // Offsets with several messages, and messages at several offsets.
  void OfLogs() {
    std::vector<uint32_t> count(kafka_.messages.size(), 0);
    for (uint32_t e = 0; e < orders_.log.size(); ++e) ++count[orders_.log[e].message];
    for (uint32_t key = 0; key < kafka_.keys.size(); ++key) {
      const uint32_t end = orders_.key_begin[key + 1];
      for (uint32_t e = orders_.key_begin[key]; e < end;) {
        uint32_t next = e;
        while (next < end && orders_.log[next].offset == orders_.log[e].offset) ++next;
        if (next - e > 1) Add(Kind::kInconsistentOffsets, {.key = key, .delta = next - e, .entry = e});
        e = next;
      }
    }
    for (const KafkaLogEntry& entry : orders_.log) {
      uint32_t& times = count[entry.message];
      if (times > 1) {
        Add(Kind::kDuplicate, {.key = kafka_.messages[entry.message].key, .message = entry.message, .delta = times});
      }
      times = 0;
    }
  }

  // Of each key the messages up to the last one that was polled, which must all have been polled too.
  void LostWrites() {
    std::vector<int64_t> bound(kafka_.keys.size(), -1);
    std::vector<uint32_t> read_last(kafka_.keys.size(), kNoMessage);
    for (const KafkaLogEntry& entry : orders_.log) {
      const KafkaMessage& message = kafka_.messages[entry.message];
      const uint32_t first = orders_.first_index[entry.message];
      if (!message.polled_ok || int64_t{first} <= bound[message.key]) continue;
      bound[message.key] = first;
      read_last[message.key] = entry.message;
    }
    for (const KafkaLogEntry& entry : orders_.log) {
      const KafkaMessage& message = kafka_.messages[entry.message];
      // Where it stands last: whichever copy is lost, it was not seen there.
      if (orders_.last_index[entry.message] != entry.index || int64_t{entry.index} > bound[message.key]) continue;
      if (message.polled_ok || message.writer == History::kNone) continue;
      if (!orders_.committed[message.writer]) continue;
      Add(Kind::kLostWrite, {.key = message.key, .message = entry.message, .message2 = read_last[message.key],
                             .op = message.writer, .delta = bound[message.key]});
    }
  }

  void Unseen() {
    const std::vector<uint32_t> looks = LastLooks();
    for (uint32_t m = 0; m < kafka_.messages.size(); ++m) {
      const KafkaMessage& message = kafka_.messages[m];
      if (!message.sent_ok || message.polled_ok) continue;
      const uint32_t look = looks[message.key];
      const bool looked_for = look != History::kNone && kafka_.ops[look].invoked > message.acknowledged;
      if (!looked_for && parity_ == Parity::kOurs) {
        errors_.not_looked_for.push_back(m);
      } else {
        Add(Kind::kUnseen, {.key = message.key, .message = m, .op2 = looked_for ? look : History::kNone});
      }
    }
    if (parity_ == Parity::kMaelstrom) UnseenInTheEnd();
  }

  // Of each key the answered poll, the last to begin, that asked for it: its process had the key assigned, or was told
  // of it. History::kNone where none did.
  std::vector<uint32_t> LastLooks() const {
    struct Process {
      std::vector<uint32_t> keys;
      uint32_t poll = History::kNone;  // its last since it has those keys
    };
    std::vector<uint32_t> looks(kafka_.keys.size(), History::kNone);
    const auto look = [&](uint32_t key, uint32_t poll) {
      if (poll == History::kNone) return;
      uint32_t& last = looks[key];
      if (last == History::kNone || kafka_.ops[poll].invoked > kafka_.ops[last].invoked) last = poll;
    };
    const auto settle = [&](const Process& process) {
      for (const uint32_t key : process.keys) look(key, process.poll);
    };
    std::vector<Process> processes(kafka_.processes);
    for (uint32_t i = 0; i < kafka_.ops.size(); ++i) {
      const KafkaOp& op = kafka_.ops[i];
      Process& process = processes[op.process];
      if (op.f == KafkaF::kMessages) {
        if (!op.polls || op.type != OpType::kOk) continue;
        process.poll = i;
        for (const KafkaRun& run : kafka_.PollsOf(op)) look(run.key, i);
      } else if (op.type != OpType::kFail) {
        settle(process);
        process = Process();
        if (op.type != OpType::kOk) continue;  // nobody knows which it has
        for (const KafkaRun& run : kafka_.PollsOf(op)) process.keys.push_back(run.key);
      }
    }
    for (const Process& process : processes) settle(process);
    return looks;
  }

  // The reference implementation takes away what was polled from what was acknowledged, key by key; of a key that
  // nothing acknowledged named before, it is left with what was polled. The next operation sets that right; after the
  // last there is none.
  void UnseenInTheEnd() {
    uint32_t last = History::kNone;
    std::vector<bool> named(kafka_.keys.size(), false);
    const auto name = [&](const KafkaOp& op, uint32_t end) {
      for (uint32_t r = op.first_send; r < end; ++r) named[kafka_.runs[r].key] = true;
    };
    for (uint32_t i = 0; i < kafka_.ops.size(); ++i) {
      if (kafka_.ops[i].f != KafkaF::kMessages || kafka_.ops[i].type != OpType::kOk) continue;
      if (last != History::kNone) name(kafka_.ops[last], kafka_.ops[last].end);
      last = i;
    }
    if (last == History::kNone) return;
    name(kafka_.ops[last], kafka_.ops[last].first_poll);
    absl::flat_hash_map<uint32_t, bool> told;
    for (const KafkaRun& run : kafka_.PollsOf(kafka_.ops[last])) {
      for (const KafkaRecord& record : kafka_.RecordsOf(run)) {
        if (named[run.key] || !told.try_emplace(record.message, true).second) continue;
        Add(Kind::kUnseen, {.key = run.key, .message = record.message, .op = last});
      }
    }
  }

  const KafkaHistory& kafka_;
  const KafkaOrders& orders_;
  const Parity parity_;
  KafkaErrors errors_;
  std::vector<LastByKey> last_polled_;  // by process
  std::vector<LastByKey> last_sent_;    // by process
  std::vector<bool> told_;  // by message: that nobody sent it
  absl::flat_hash_map<uint32_t, uint32_t> sent_in_;  // message -> the operation that sends it too
};

}  // namespace

KafkaErrors FindKafkaErrors(const KafkaHistory& kafka, const KafkaOrders& orders, Parity parity) {
  return Finder(kafka, orders, parity).Run();
}

}  // namespace gyre
