// Net: how many messages the run took, in all and for each operation. Tells, never judges.
#pragma once

#include <cstdint>

#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

// Messages of one kind of link. (Checkers know only histories, so the counts come as numbers.)
struct MessageCounts {
  uint64_t send = 0;
  uint64_t recv = 0;
  uint64_t messages = 0;  // distinct message ids seen
};
struct NetTraffic {
  MessageCounts all;
  MessageCounts clients;  // with a client at an end
  MessageCounts servers;  // without
};

// Keys: all, clients, servers {send-count, recv-count, msg-count}, valid? (true). all and servers also have
// msgs-per-op, for each client invocation, when there are any.
Verdict CheckNet(const History& history, const NetTraffic& traffic);

}  // namespace gyre
