#include "sim/transit.h"

#include "sim/base/check.h"

namespace gyre {
namespace {

// A body longer than this is not kept for reuse: one huge message must not cost memory for the rest of the run.
constexpr size_t kReusedBytes = 4096;

}  // namespace

Transit::Transit(const NetworkConfig& config, const SimulationHooks* hooks, EventQueue* queue)
    : hooks_(hooks), queue_(queue), network_(config, hooks->decisions) {}

NodeId Transit::AddEndpoint(std::string name, NodeRole role, uint32_t sender_index, Instant now) {
  // An id is (index << 32) + count and stays below 2^53, where a float64 still holds every integer.
  CHECK(sender_index < 1u << 21);
  const NodeId id = roster_.Add(std::move(name), role);
  sender_indices_.push_back(sender_index);
  sent_by_.push_back(0);
  JournalRecord record;
  record.kind = JournalRecord::Kind::kEndpoint;
  record.role = role;
  record.time = now;
  record.node = id;
  record.text = roster_.name(id);
  hooks_->journal->Append(record);
  return id;
}

uint32_t Transit::Acquire() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void Transit::Release(uint32_t slot) {
  std::string& body = slots_[slot].body;
  if (body.capacity() > kReusedBytes) std::string().swap(body);
  free_.push_back(slot);
}

// As Maelstrom's net checker has it: with a client at either end, or between servers.
NetCounts& Transit::ClassOf(const Message& message) {
  const bool with_client =
      roster_.role(message.src) == NodeRole::kClient || roster_.role(message.dest) == NodeRole::kClient;
  return with_client ? stats_.clients : stats_.servers;
}

void Transit::Record(JournalRecord::Kind kind, const Message& message, Instant now, std::string_view text) {
  JournalRecord record;
  record.kind = kind;
  record.time = now;
  record.node = kind == JournalRecord::Kind::kSend ? message.src : message.dest;
  record.peer = kind == JournalRecord::Kind::kSend ? message.dest : message.src;
  record.message = message.id;
  record.text = text;
  hooks_->journal->Append(record);
}

MessageId Transit::Send(uint32_t slot, NodeId sender, Instant now) {
  const uint64_t index = sender_indices_[sender.value()];
  slots_[slot].id = MessageId((index << 32) + sent_by_[sender.value()]++);
  const Message& message = slots_[slot];
  const MessageId id = message.id;
  for (NetCounts* counts : {&stats_.all, &ClassOf(message)}) {
    ++counts->send;
    ++counts->messages;
  }
  Record(JournalRecord::Kind::kSend, message, now, message.body);
  if (hooks_->net_log) hooks_->net_log(true, now, message, roster_);
  const Deliveries deliveries = network_.Route(message, roster_, now);
  if (deliveries.empty()) {
    lost_ = true;
    Drop(slot, now, "loss");
    return id;
  }
  for (size_t i = 1; i < deliveries.size(); ++i) {
    const uint32_t copy = Acquire();
    slots_[copy] = slots_[slot];
    queue_->Push(deliveries[i].at, deliveries[i].key, id, Deliver{copy});
  }
  queue_->Push(deliveries[0].at, deliveries[0].key, id, Deliver{slot});
  return id;
}

bool Transit::Admit(uint32_t slot, Instant now) {
  const std::string_view reason = network_.Admit(slots_[slot]);
  if (reason.empty()) return true;
  Drop(slot, now, reason);
  return false;
}

void Transit::Receive(uint32_t slot, Instant now) {
  const Message& message = slots_[slot];
  ++stats_.all.recv;
  ++ClassOf(message).recv;
  Record(JournalRecord::Kind::kReceive, message, now, {});
  if (hooks_->net_log) hooks_->net_log(false, now, message, roster_);
}

void Transit::Hold(uint32_t slot, Instant now, std::string_view reason) {
  Record(JournalRecord::Kind::kHold, slots_[slot], now, reason);
}

void Transit::Drop(uint32_t slot, Instant now, std::string_view reason) {
  Record(JournalRecord::Kind::kDrop, slots_[slot], now, reason);
  Release(slot);
}

}  // namespace gyre
