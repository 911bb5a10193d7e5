// What the clients of a kafka history sent and polled, as numbers: read once, so that nothing after it looks at JSON.
// A message is a value of a key: the same value of another key is another message. Positions are of the history;
// `history` must outlive this, which borrows its values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "sim/base/json.h"
#include "sim/history/op.h"

namespace gyre {

inline constexpr uint32_t kNoMessage = 0xffffffff;
inline constexpr int64_t kNoOffset = -1;  // none was told; logs have no negative ones

struct KafkaRecord {
  uint32_t message = kNoMessage;
  int64_t offset = kNoOffset;
};

// All that one operation sent to a key, or polled of it, in order; all micro-operations together.
struct KafkaRun {
  uint32_t key = 0;
  uint32_t begin = 0;  // records
  uint32_t end = 0;
};

enum class KafkaF : uint8_t { kAssign, kSubscribe, kMessages };

// A completed operation, or one that nothing completed: that one counts as info.
struct KafkaOp {
  uint32_t position = 0;  // of the completion, else of the invocation
  uint32_t invoked = 0;   // position of the invocation
  KafkaF f = KafkaF::kMessages;
  OpType type = OpType::kOk;  // kOk, kFail or kInfo
  bool polls = false;         // f is poll or txn
  uint32_t process = 0;       // dense, by first appearance
  // Runs: [first_send, first_poll) are sends, [first_poll, end) polls; of an assign its keys, as polls of nothing.
  uint32_t first_send = 0;
  uint32_t first_poll = 0;
  uint32_t end = 0;
};

struct KafkaMessage {
  uint32_t key = 0;
  const Json* value = nullptr;
  uint32_t writer = History::kNone;  // the last operation to send it, in KafkaHistory::ops
  uint32_t acknowledged = History::kNone;  // position of the first acknowledgement
  bool sent_ok = false;
  bool sent_fail = false;
  bool polled_ok = false;
};

struct KafkaHistory {
  std::vector<KafkaOp> ops;
  std::vector<KafkaRun> runs;
  std::vector<KafkaRecord> records;
  std::vector<KafkaMessage> messages;
  std::vector<std::string> keys;
  uint32_t processes = 0;
  uint32_t polls_ok = 0;    // operations
  std::string unreadable;  // "", or a sentence: what is no send or poll; nothing else holds then

  absl::Span<const KafkaRun> SendsOf(const KafkaOp& op) const {
    return absl::MakeConstSpan(runs).subspan(op.first_send, op.first_poll - op.first_send);
  }
  absl::Span<const KafkaRun> PollsOf(const KafkaOp& op) const {
    return absl::MakeConstSpan(runs).subspan(op.first_poll, op.end - op.first_poll);
  }
  absl::Span<const KafkaRecord> RecordsOf(const KafkaRun& run) const {
    return absl::MakeConstSpan(records).subspan(run.begin, run.end - run.begin);
  }
};

KafkaHistory ReadKafkaHistory(const History& history);

}  // namespace gyre
