#include "sim/event_queue.h"

#include "sim/base/check.h"
#include "sim/base/digest.h"

namespace gyre {

// Four children a parent: half as deep as a binary heap, and the children share two cache lines.
static constexpr size_t kArity = 4;

bool EventQueue::Before(const Entry& a, const Entry& b) {
  if (a.at != b.at) return a.at < b.at;
  if (a.event.index() != b.event.index()) return a.event.index() < b.event.index();
  if (a.hash != b.hash) return a.hash < b.hash;
  return a.key < b.key;
}

void EventQueue::Place(size_t position, const Entry& entry) {
  heap_[position] = entry;
  if (entry.alarm != kNone) alarms_[entry.alarm].position = static_cast<uint32_t>(position);
}

void EventQueue::SiftUp(size_t position, const Entry& entry) {
  while (position > 0) {
    const size_t parent = (position - 1) / kArity;
    if (!Before(entry, heap_[parent])) break;
    Place(position, heap_[parent]);
    position = parent;
  }
  Place(position, entry);
}

void EventQueue::SiftDown(size_t position, const Entry& entry) {
  for (;;) {
    const size_t first = position * kArity + 1;
    if (first >= heap_.size()) break;
    const size_t last = first + kArity < heap_.size() ? first + kArity : heap_.size();
    size_t best = first;
    for (size_t child = first + 1; child < last; ++child) {
      if (Before(heap_[child], heap_[best])) best = child;
    }
    if (!Before(heap_[best], entry)) break;
    Place(position, heap_[best]);
    position = best;
  }
  Place(position, entry);
}

void EventQueue::Remove(size_t position) {
  if (heap_[position].alarm != kNone) alarms_[heap_[position].alarm].position = kNone;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  // The last entry may belong above or below the hole, as it comes from another branch.
  if (position > 0 && Before(last, heap_[(position - 1) / kArity])) {
    SiftUp(position, last);
  } else {
    SiftDown(position, last);
  }
}

void EventQueue::Push(Instant at, uint64_t hash, MessageId message, Deliver delivery) {
  CHECK(at >= now_);
  heap_.emplace_back();
  SiftUp(heap_.size() - 1, Entry{at, hash, message.value(), delivery, kNone});
}

AlarmId EventQueue::MakeAlarm(std::string_view name, Event event) {
  alarms_.push_back({Hash64(name, event.index()), event, kNone});
  return AlarmId(static_cast<uint32_t>(alarms_.size() - 1));
}

void EventQueue::SetAlarm(AlarmId alarm, Instant at) {
  CHECK(at >= now_);
  ClearAlarm(alarm);
  const Alarm& set = alarms_[alarm.value()];
  heap_.emplace_back();
  SiftUp(heap_.size() - 1, Entry{at, set.hash, alarm.value(), set.event, alarm.value()});
}

void EventQueue::ClearAlarm(AlarmId alarm) {
  const uint32_t position = alarms_[alarm.value()].position;
  if (position != kNone) Remove(position);
}

std::pair<Instant, Event> EventQueue::PopNext() {
  CHECK(!heap_.empty());
  const Entry& first = heap_.front();
  CHECK(first.at >= now_);
  now_ = first.at;
  const std::pair<Instant, Event> next{first.at, first.event};
  Remove(0);
  return next;
}

}  // namespace gyre
