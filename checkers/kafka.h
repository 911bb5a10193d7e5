// Kafka: clients send messages to keyed logs and poll them back by offset. Nothing acknowledged may be lost, repeated,
// reordered or skipped. The definitions are those of Jepsen's kafka test; README.md tells them, and how each error is
// found in near-linear time and memory by the number of messages, however sparse and huge their offsets are.
#pragma once

#include "checkers/check_options.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

struct KafkaOptions {
  // Offsets also say in which order operations came: cycles of these are looked for too.
  bool ww_deps = false;
  // Keys come by subscription and may be taken away at any time: what a process skips or polls again is no error.
  bool subscribe = false;
};

// Keys: valid?, worst-realtime-lag (time and lag in seconds), bad-error-types, error-types, info-txn-causes, and for
// each error type {count, errs}; for unseen {time, unseen, messages}.
//
// Unknown when no poll was answered, when no two operations are ordered by anything (empty-transaction-graph), or when
// the history has something that is neither a send nor a poll. With Parity::kMaelstrom: empty-transaction-graph is an
// error like others, and a polled message that nobody sent makes the verdict unknown, not invalid.
Verdict CheckKafka(const History& history, const CheckOptions& options, const KafkaOptions& kafka = {});

}  // namespace gyre
