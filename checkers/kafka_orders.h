// The order of each key's messages, as far as a kafka history tells it: from offsets to dense indices. Positions are of
// KafkaHistory. Memory goes by how many messages there are, not by how large their offsets are.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "checkers/kafka_history.h"

namespace gyre {

inline constexpr uint32_t kNoIndex = 0xffffffff;

// A message seen at an offset, by a poll of any outcome or a send that must have happened.
struct KafkaLogEntry {
  int64_t offset = 0;
  uint32_t index = 0;  // of the offset among the key's offsets that have a message
  uint32_t message = 0;
};

struct KafkaOrders {
  std::vector<KafkaLogEntry> log;    // by key, offset, then the message's first appearance
  std::vector<uint32_t> key_begin;   // in `log`, by key; and the end
  std::vector<uint32_t> at_index;    // the message that stands for an index, by key, then index
  std::vector<uint32_t> index_begin;  // in `at_index`, by key; and the end
  // By operation: it was acknowledged, or nobody knows and an acknowledged poll returned something that it sent.
  std::vector<bool> committed;
  // By message, kNoIndex where it was seen at no offset:
  std::vector<uint32_t> first_index;
  std::vector<uint32_t> last_index;
  std::vector<uint32_t> index;  // the last at which it stands for the index: what skips are measured by

  absl::Span<const KafkaLogEntry> LogOf(uint32_t key) const {
    return absl::MakeConstSpan(log).subspan(key_begin[key], key_begin[key + 1] - key_begin[key]);
  }
  absl::Span<const uint32_t> IndicesOf(uint32_t key) const {
    return absl::MakeConstSpan(at_index).subspan(index_begin[key], index_begin[key + 1] - index_begin[key]);
  }
};

KafkaOrders OrderMessages(const KafkaHistory& kafka);

}  // namespace gyre
