// Errors of kafka histories as results have them, under Jepsen's keys, and in words.
#pragma once

#include <string>
#include <vector>

#include "checkers/check_options.h"
#include "checkers/kafka_cycles.h"
#include "checkers/kafka_errors.h"
#include "checkers/verdict.h"

namespace gyre {

// "int-poll-skip"
const char* NameOf(KafkaErrorKind kind);

// What the words are about. Everything is borrowed.
class KafkaWords {
 public:
  KafkaWords(const History& history, const KafkaHistory& kafka, const KafkaOrders& orders, const CheckOptions& options)
      : history_(history), kafka_(kafka), orders_(orders), options_(options) {}

  // An item of `errs`. REQUIRES: not kUnseen.
  Json ErrOf(KafkaErrorKind kind, const KafkaError& error) const;
  Json ErrOf(const KafkaCycle& cycle) const;
  Json ErrOf(const KafkaCycleExists& exists) const;

  Anomaly AnomalyOf(KafkaErrorKind kind, const KafkaError& error) const;
  Anomaly AnomalyOf(const KafkaCycle& cycle) const;
  Anomaly AnomalyOf(const KafkaCycleExists& exists) const;
  // Of one key's messages that nobody polled: [first, last) of the errors of kUnseen.
  Anomaly Unseen(const KafkaError* first, const KafkaError* last) const;
  // Why nothing is known of them. REQUIRES: not empty.
  std::string NotLookedFor(const std::vector<uint32_t>& messages) const;

 private:
  uint32_t PositionOf(uint32_t op) const { return kafka_.ops[op].position; }
  const Json& ValueOf(uint32_t message) const { return *kafka_.messages[message].value; }
  std::string TheOp(uint32_t op) const;       // "process 3 at n1 (ops 4 to 5, ...)"
  std::string Quote(uint32_t message) const;  // its value, cut if it is long
  std::string Sent(uint32_t message) const;
  std::string KeyOf(const KafkaError& error) const;
  // " (offset 3)"; "" where no offset is known.
  std::string At(uint32_t message) const;
  // Who has seen the message at the offset: the operation, History::kNone if none did.
  uint32_t SeenBy(uint32_t message, int64_t offset) const;
  std::vector<uint32_t> Between(const KafkaError& error, size_t limit) const;
  std::string Skipped(const KafkaError& error) const;
  std::string Text(KafkaErrorKind kind, const KafkaError& error) const;
  std::string Because(const KafkaStep& step, size_t from, size_t to) const;
  Json StepOf(const KafkaStep& step) const;

  const History& history_;
  const KafkaHistory& kafka_;
  const KafkaOrders& orders_;
  const CheckOptions& options_;
};

}  // namespace gyre
