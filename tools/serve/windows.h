// What the page asks of an index, as JSON text: windows of time with their messages, one message in full, what belongs
// to an operation, what is under way at an instant. Pure functions of the index but for bodies, which come from the
// file; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/serve/journal_index.h"

namespace gyre {

struct Window {
  int64_t from = 0;  // ns
  int64_t to = 0;    // exclusive
  size_t most = 700;                   // messages; of more an even share is given
  std::vector<uint32_t> hidden_nodes;  // sorted; messages from or to them are left out
  std::vector<uint32_t> types;         // sorted; empty: all
};

// {"from", "to", "total", "stride", "messages": [number, sent - from, ended - sent, from, to, type, fate, ...],
//  "density": [bucket, endpoint, count, ...]}: seven numbers a message, three a bucket of kWindowBuckets; the density,
// of messages sent within the window, only when not all messages are given. With a stride of 4, those whose number is
// a multiple of 4, so that neighbouring windows agree.
std::string WindowJson(const JournalIndex& index, const Window& window);
inline constexpr int64_t kWindowBuckets = 64;

// {"endpoints", "types", "reasons", "events", "records", "messages", "end", "zero", "damage"}
std::string OverviewJson(const JournalIndex& index);

// One message with its body. REQUIRES: message < index.messages().size().
std::string MessageJson(const JournalIndex& index, size_t message);

// The request of a client that `message` followed from, or kNoMessageIndex.
uint32_t RootOf(const JournalIndex& index, uint32_t message);

// The messages that followed from those that `client` sent in [from, to], in the order of sending: [number, ...].
std::vector<uint32_t> ChainOf(const JournalIndex& index, uint32_t client, int64_t from, int64_t to);

// {"count", "messages": [number, sent, ended, from, to, type, fate, ...]}: what was sent by `time` and had not ended,
// the latest first.
std::string UnderWayJson(const JournalIndex& index, int64_t time);

}  // namespace gyre
