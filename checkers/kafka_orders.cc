#include "checkers/kafka_orders.h"

#include <algorithm>

namespace gyre {
namespace {

struct Sighting {
  uint32_t key;
  uint32_t message;
  int64_t offset;
  bool operator==(const Sighting&) const = default;
};

bool Before(const Sighting& a, const Sighting& b) {
  if (a.key != b.key) return a.key < b.key;
  return a.offset != b.offset ? a.offset < b.offset : a.message < b.message;
}

bool MustHaveCommitted(const KafkaHistory& kafka, const KafkaOp& op) {
  if (op.type == OpType::kOk) return true;
  if (op.type != OpType::kInfo) return false;
  for (const KafkaRun& run : kafka.SendsOf(op)) {
    for (const KafkaRecord& record : kafka.RecordsOf(run)) {
      if (kafka.messages[record.message].polled_ok) return true;
    }
  }
  return false;
}

// Each message at each of its offsets, sorted. Nearly all messages have one offset, which is remembered, so that
// polling a message again costs no more than a look.
std::vector<Sighting> Sightings(const KafkaHistory& kafka, const std::vector<bool>& committed) {
  std::vector<int64_t> first(kafka.messages.size(), kNoOffset);
  std::vector<Sighting> seen;
  const auto look = [&](absl::Span<const KafkaRun> runs) {
    for (const KafkaRun& run : runs) {
      for (const KafkaRecord& record : kafka.RecordsOf(run)) {
        int64_t& known = first[record.message];
        if (record.offset == kNoOffset || record.offset == known) continue;
        if (known == kNoOffset) known = record.offset;
        seen.push_back({run.key, record.message, record.offset});
      }
    }
  };
  for (size_t i = 0; i < kafka.ops.size(); ++i) {
    const KafkaOp& op = kafka.ops[i];
    if (op.f != KafkaF::kMessages) continue;
    if (committed[i]) look(kafka.SendsOf(op));
    look(kafka.PollsOf(op));
  }
  std::sort(seen.begin(), seen.end(), Before);
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  return seen;
}

}  // namespace

KafkaOrders OrderMessages(const KafkaHistory& kafka) {
  KafkaOrders orders;
  orders.committed.reserve(kafka.ops.size());
  for (const KafkaOp& op : kafka.ops) orders.committed.push_back(MustHaveCommitted(kafka, op));
  const std::vector<Sighting> seen = Sightings(kafka, orders.committed);
  orders.log.reserve(seen.size());
  orders.first_index.assign(kafka.messages.size(), kNoIndex);
  orders.last_index.assign(kafka.messages.size(), kNoIndex);
  orders.index.assign(kafka.messages.size(), kNoIndex);
  size_t next = 0;
  for (uint32_t key = 0; key < kafka.keys.size(); ++key) {
    const uint32_t begin = static_cast<uint32_t>(orders.at_index.size());
    orders.key_begin.push_back(static_cast<uint32_t>(orders.log.size()));
    orders.index_begin.push_back(begin);
    for (bool is_first = true; next < seen.size() && seen[next].key == key; ++next, is_first = false) {
      const Sighting& s = seen[next];
      if (is_first || orders.log.back().offset != s.offset) {
        orders.index[s.message] = static_cast<uint32_t>(orders.at_index.size()) - begin;
        orders.at_index.push_back(s.message);
      }
      const uint32_t index = static_cast<uint32_t>(orders.at_index.size()) - begin - 1;
      orders.log.push_back({s.offset, index, s.message});
      if (orders.first_index[s.message] == kNoIndex) orders.first_index[s.message] = index;
      orders.last_index[s.message] = index;
    }
  }
  orders.key_begin.push_back(static_cast<uint32_t>(orders.log.size()));
  orders.index_begin.push_back(static_cast<uint32_t>(orders.at_index.size()));
  return orders;
}

}  // namespace gyre
