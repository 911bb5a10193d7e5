// EventQueue: what is to happen, in the one total order of semantics.md: (time, class, hash of the event's key,
// key). No sequence number decides, as it would shift when an operation is removed.
//
// Two kinds of entries: deliveries, which are pushed once and popped once, and alarms (a node's wake, a request's
// time-out, the clients' next step), of which each owner has at most one, set and moved at will. So nothing stale
// waits in the queue: its memory is the open work, and NextTime() is really the time of the next event.
// Owned by the simulation. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace gyre {

// The events, plain data. Their order here is the order of their classes at one instant: a reply that arrives
// exactly at the deadline counts, a node gets all deliveries of an instant in one step, and a fault meets all of them.
struct ApplyFault {};  // the next of the fault plan
struct Deliver {
  uint32_t slot = 0;  // of Transit: the message
};
struct WakeNode {
  uint32_t node = 0;  // its place in the list of nodes
};
struct TimeOut {
  uint32_t thread = 0;  // client thread, or kHarnessThread
};
struct StepClients {};
using Event = std::variant<ApplyFault, Deliver, WakeNode, TimeOut, StepClients>;

// Stands for the harness, which sends init and the workload's setup.
inline constexpr uint32_t kHarnessThread = UINT32_MAX;

using AlarmId = StrongId<struct AlarmTag, uint32_t>;

class EventQueue {
 public:
  // A delivery at `at`. `hash` is that of its content's key, `message` breaks ties.
  // REQUIRES: at is not before the time of the last event popped (time never goes back).
  void Push(Instant at, uint64_t hash, MessageId message, Deliver delivery);

  // Makes an alarm for `event`, not set. `name` orders it among the alarms of its class at one instant.
  AlarmId MakeAlarm(std::string_view name, Event event);
  // Sets the alarm, or moves it. REQUIRES: as for Push.
  void SetAlarm(AlarmId alarm, Instant at);
  // Idempotent.
  void ClearAlarm(AlarmId alarm);

  bool empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  // Of the earliest event; Max() if there is none.
  Instant NextTime() const { return heap_.empty() ? Instant::Max() : heap_.front().at; }
  // REQUIRES: not empty.
  std::pair<Instant, Event> PopNext();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Entry {
    Instant at;
    uint64_t hash = 0;
    uint64_t key = 0;
    Event event;
    uint32_t alarm = kNone;  // index into alarms_, or kNone for a delivery
  };
  struct Alarm {
    uint64_t hash = 0;
    Event event;
    uint32_t position = kNone;  // in heap_, or kNone when not set
  };
  static bool Before(const Entry& a, const Entry& b);
  void Place(size_t position, const Entry& entry);
  void SiftUp(size_t position, const Entry& entry);
  void SiftDown(size_t position, const Entry& entry);
  void Remove(size_t position);

  std::vector<Entry> heap_;  // 4-ary, the earliest first
  std::vector<Alarm> alarms_;
  Instant now_;  // of the last event popped
};

}  // namespace gyre
