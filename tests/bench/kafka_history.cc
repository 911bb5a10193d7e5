#include "tests/bench/kafka_history.h"

#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

constexpr uint64_t kProcesses = 5;
constexpr uint64_t kKeys = 10;              // in use at a time
constexpr uint64_t kMessagesOfAKey = 16;    // Maelstrom's --max-writes-per-key
constexpr uint64_t kAssignEvery = 64;       // operations
constexpr size_t kMessagesOfALastPoll = 500;

const Atom kAssign = "assign";
const Atom kPoll = "poll";
const Atom kSend = "send";

class Maker {
 public:
  explicit Maker(uint64_t operations) : draw_(1, "kafka history", operations), open_(kProcesses) {
    for (uint64_t key = 0; key < kKeys; ++key) active_.push_back(NewKey());
    for (uint64_t left = operations; left > 0;) {
      const size_t process = draw_.Below(kProcesses);
      if (open_[process].f != Atom()) {
        Complete(process);
      } else {
        Invoke(process);
        --left;
      }
    }
    for (size_t process = 0; process < kProcesses; ++process) {
      if (open_[process].f != Atom()) Complete(process);
    }
    PollAll();
  }

  History Make() && {
    absl::StatusOr<History> history = History::Make(std::move(ops_));
    CHECK(history.ok());
    return *std::move(history);
  }

 private:
  struct Process {
    Atom f;  // of the operation that is open; empty: none is
    Json value;
    uint64_t key = 0;                                     // of a send
    std::vector<std::pair<uint64_t, uint64_t>> assigned;  // key, next offset
  };

  uint64_t NewKey() {
    lengths_.push_back(0);
    return lengths_.size() - 1;
  }

  void Add(size_t process, OpType type, Atom f, Json value) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
    op.process = ProcessId(static_cast<int32_t>(process));
    op.type = type;
    op.f = f;
    op.time = Instant(static_cast<int64_t>(ops_.size()) * 1000);
    op.value = std::move(value);
    ops_.push_back(std::move(op));
  }

  void Invoke(size_t process) {
    Process& p = open_[process];
    if (draw_.Below(kAssignEvery) == 0 || p.assigned.empty()) {
      p.f = kAssign;
      Json::Array keys;
      for (const uint64_t key : active_) keys.push_back(std::to_string(key));
      p.value = std::move(keys);
    } else if (draw_.Below(2) == 0) {
      uint64_t& key = active_[draw_.Below(kKeys)];
      if (given_.size() < lengths_.size()) given_.resize(lengths_.size());
      if (given_[key] == kMessagesOfAKey) {
        key = NewKey();
        given_.resize(lengths_.size());
      }
      p.f = kSend;
      p.key = key;
      p.value = Json::Array{Json::Array{"send", std::to_string(key), ++given_[key]}};
    } else {
      p.f = kPoll;
      p.value = Json::Array{Json::Array{"poll"}};
    }
    Add(process, OpType::kInvoke, p.f, p.value);
  }

  void Complete(size_t process) {
    Process& p = open_[process];
    Json value = std::move(p.value);
    if (p.f == kAssign) {
      std::vector<std::pair<uint64_t, uint64_t>> assigned;
      for (const Json& name : value.AsArray()) {
        const uint64_t key = std::stoull(name.AsString());
        uint64_t offset = 0;
        for (const auto& [before, next] : p.assigned) {
          if (before == key) offset = next;
        }
        assigned.emplace_back(key, offset);
      }
      p.assigned = std::move(assigned);
    } else if (p.f == kSend) {
      Json& sent = value.AsArray()[0].AsArray()[2];
      if (messages_.size() < lengths_.size()) messages_.resize(lengths_.size());
      messages_[p.key].push_back(sent.AsInt());
      sent = Json::Array{lengths_[p.key]++, std::move(sent)};
    } else {
      Json::Object polled;
      for (auto& [key, next] : p.assigned) {
        Json::Array messages;
        for (; next < lengths_[key]; ++next) messages.push_back(Json::Array{next, messages_[key][next]});
        if (!messages.empty()) polled.emplace_back(std::to_string(key), std::move(messages));
      }
      value.AsArray()[0].AsArray().push_back(std::move(polled));
    }
    Add(process, OpType::kOk, std::exchange(p.f, Atom()), std::move(value));
  }

  // By a new process, in polls of many keys.
  void PollAll() {
    Json::Array keys;
    for (uint64_t key = 0; key < lengths_.size(); ++key) keys.push_back(std::to_string(key));
    Add(kProcesses, OpType::kInvoke, kAssign, keys);
    Add(kProcesses, OpType::kOk, kAssign, std::move(keys));
    messages_.resize(lengths_.size());
    for (uint64_t key = 0; key < lengths_.size();) {
      Json::Object polled;
      for (size_t count = 0; key < lengths_.size() && count < kMessagesOfALastPoll; ++key) {
        Json::Array messages;
        for (uint64_t at = 0; at < lengths_[key]; ++at) messages.push_back(Json::Array{at, messages_[key][at]});
        count += messages.size();
        polled.emplace_back(std::to_string(key), std::move(messages));
      }
      Add(kProcesses, OpType::kInvoke, kPoll, Json::Array{Json::Array{"poll"}});
      Add(kProcesses, OpType::kOk, kPoll, Json::Array{Json::Array{"poll", std::move(polled)}});
    }
  }

  Draw draw_;
  std::vector<Op> ops_;
  std::vector<Process> open_;
  std::vector<uint64_t> active_;                // keys
  std::vector<uint64_t> lengths_;               // of logs, by key
  std::vector<uint64_t> given_;                 // messages whose send was invoked, by key
  std::vector<std::vector<int64_t>> messages_;  // by key, then offset
};

}  // namespace

History MakeKafkaHistory(uint64_t operations) { return Maker(operations).Make(); }

}  // namespace gyre
