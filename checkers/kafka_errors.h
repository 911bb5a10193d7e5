// What is wrong in a kafka history but cycles: every error of every kind, by number, not yet in words.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/check_options.h"
#include "checkers/kafka_history.h"
#include "checkers/kafka_orders.h"

namespace gyre {

// In the order of their names.
enum class KafkaErrorKind : uint8_t {
  kDuplicate,
  kG1a,
  kInconsistentOffsets,
  kIntNonmonotonicPoll,
  kIntNonmonotonicSend,
  kIntPollSkip,
  kIntSendSkip,
  kLostWrite,
  kNeverSent,  // ours: a poll returned what nobody sent
  kNonmonotonicPoll,
  kNonmonotonicSend,
  kPollSkip,
  kPrecommittedRead,
  kUnseen,
};
inline constexpr size_t kKafkaErrorKinds = static_cast<size_t>(KafkaErrorKind::kUnseen) + 1;

struct KafkaError {
  uint32_t key = 0;
  uint32_t message = kNoMessage;   // what the error is about, or the first of two
  uint32_t message2 = kNoMessage;  // of skips and steps back: the second
  uint32_t op = History::kNone;    // in KafkaHistory::ops: who did it
  // Of two operations the second; of what is unseen the last that looked for it.
  uint32_t op2 = History::kNone;
  // index of message2 - index of message; of a duplicate: its offsets; of inconsistent offsets: the messages there
  int64_t delta = 0;
  uint32_t entry = 0;  // of inconsistent offsets: the first in KafkaOrders::log
};

struct KafkaErrors {
  std::vector<KafkaError> of[kKafkaErrorKinds];
  // Messages that were acknowledged and not polled, but no answered poll of their key began after that: whether they
  // are in the log nobody knows. With Parity::kMaelstrom they are unseen.
  std::vector<uint32_t> not_looked_for;
  std::vector<KafkaError>& operator[](KafkaErrorKind kind) { return of[static_cast<size_t>(kind)]; }
  const std::vector<KafkaError>& operator[](KafkaErrorKind kind) const { return of[static_cast<size_t>(kind)]; }
};

// Each list in the order of the history, or of keys. kUnseen: one error a message; `op` is the poll that returned one
// which only the reference implementation counts. A poll of an empty list says nothing: with Parity::kMaelstrom it
// forgets what the process polled before, as the reference implementation does.
KafkaErrors FindKafkaErrors(const KafkaHistory& kafka, const KafkaOrders& orders, Parity parity);

}  // namespace gyre
