// Futexes, wholly in the supervisor: one queue in order of arrival, keyed by where the word lives. The kernel never
// sees a wait. futex(2), set_robust_list(2); PI futexes keep the owner's thread id in the word as the kernel does,
// without priorities (there is one thread at a time).
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

namespace gyre {
namespace {

bool Waits(const Thread& thread, const FutexKey& key, uint32_t bitset) {
  if (!thread.wait.futexes.empty()) {
    return std::find(thread.wait.futexes.begin(), thread.wait.futexes.end(), key) != thread.wait.futexes.end();
  }
  return thread.wait.futex == key && (thread.wait.bitset & bitset) != 0;
}

int64_t WaitResult(const Thread& thread, const FutexKey& key) {
  // futex_waitv returns the index of the futex that was woken.
  const auto& all = thread.wait.futexes;
  return all.empty() ? 0 : std::find(all.begin(), all.end(), key) - all.begin();
}

Outcome WaitOn(Call& call, const FutexKey& key, uint32_t bitset, int64_t deadline) {
  if (deadline <= call.node.now()) {
    call.node.Tick();
    return {Outcome::Kind::kYieldReturn, -ETIMEDOUT};
  }
  const Outcome held = Hold(call, WaitKind::kFutex, deadline);
  call.thread.wait.futex = key;
  call.thread.wait.bitset = bitset;
  call.node.futex_queue.push_back(&call.thread);
  return held;
}

int Requeue(NodeState& node, const FutexKey& from, const FutexKey& to, int count) {
  int moved = 0;
  for (Thread* thread : node.futex_queue) {
    if (moved >= count) break;
    if (!thread->wait.futexes.empty() || thread->wait.futex != from) continue;
    thread->wait.futex = to;
    ++moved;
  }
  return moved;
}

// FUTEX_WAKE_OP's operation and comparison, encoded in val3.
uint32_t ApplyOperation(uint32_t encoded, uint32_t old_value) {
  int32_t argument = static_cast<int32_t>(encoded << 8) >> 20;
  const uint32_t operation = (encoded >> 28) & 7;
  if ((encoded >> 28) & 8) argument = static_cast<int32_t>(1u << (argument & 31));
  const uint32_t operand = static_cast<uint32_t>(argument);
  switch (operation) {
    case FUTEX_OP_SET: return operand;
    case FUTEX_OP_ADD: return old_value + operand;
    case FUTEX_OP_OR: return old_value | operand;
    case FUTEX_OP_ANDN: return old_value & ~operand;
    default: return old_value ^ operand;
  }
}

bool Compares(uint32_t encoded, uint32_t old_value) {
  const int32_t argument = static_cast<int32_t>(encoded << 20) >> 20;
  const int32_t value = static_cast<int32_t>(old_value);
  switch ((encoded >> 24) & 15) {
    case FUTEX_OP_CMP_EQ: return value == argument;
    case FUTEX_OP_CMP_NE: return value != argument;
    case FUTEX_OP_CMP_LT: return value < argument;
    case FUTEX_OP_CMP_LE: return value <= argument;
    case FUTEX_OP_CMP_GT: return value > argument;
    default: return value >= argument;
  }
}

Outcome WakeOperation(Call& call, const FutexKey& first, const FutexKey& second) {
  uint32_t old_value;
  if (!ReadValue(call.pid(), call.args[4], &old_value)) return Return(-EFAULT);
  const uint32_t encoded = static_cast<uint32_t>(call.args[5]);
  if (!WriteValue(call.pid(), call.args[4], ApplyOperation(encoded, old_value))) return Return(-EFAULT);
  int woken = WakeFutex(call.node, first, static_cast<int>(call.args[2]), FUTEX_BITSET_MATCH_ANY);
  if (Compares(encoded, old_value)) {
    woken += WakeFutex(call.node, second, static_cast<int>(call.args[3]), FUTEX_BITSET_MATCH_ANY);
  }
  return Return(woken);
}

Outcome LockPi(Call& call, const FutexKey& key, int64_t deadline, bool try_only) {
  uint32_t word;
  if (!ReadValue(call.pid(), call.args[0], &word)) return Return(-EFAULT);
  const uint32_t self = static_cast<uint32_t>(call.thread.ns_tid);
  const uint32_t owner = word & FUTEX_TID_MASK;
  if (owner == self) return Return(-EDEADLK);
  if (owner == 0) {
    const uint32_t taken = (word & (FUTEX_OWNER_DIED | FUTEX_WAITERS)) | self;
    return Return(WriteValue(call.pid(), call.args[0], taken) ? 0 : -EFAULT);
  }
  if (try_only) return Return(-EAGAIN);
  if (!WriteValue(call.pid(), call.args[0], word | FUTEX_WAITERS)) return Return(-EFAULT);
  return WaitOn(call, key, FUTEX_BITSET_MATCH_ANY, deadline);
}

// Hands the lock to the first waiter, as the kernel does.
Outcome UnlockPi(Call& call, const FutexKey& key) {
  Thread* next = nullptr;
  int waiters = 0;
  for (Thread* thread : call.node.futex_queue) {
    if (!Waits(*thread, key, FUTEX_BITSET_MATCH_ANY)) continue;
    if (next == nullptr) next = thread;
    ++waiters;
  }
  uint32_t owner;
  if (!ReadValue(call.pid(), call.args[0], &owner)) return Return(-EFAULT);
  if ((owner & FUTEX_TID_MASK) != static_cast<uint32_t>(call.thread.ns_tid)) return Return(-EPERM);
  uint32_t word = 0;
  if (next != nullptr) word = static_cast<uint32_t>(next->ns_tid) | (waiters > 1 ? FUTEX_WAITERS : 0);
  if (!WriteValue(call.pid(), call.args[0], word)) return Return(-EFAULT);
  if (next != nullptr) WakeFutex(call.node, key, 1, FUTEX_BITSET_MATCH_ANY);
  return Return(0);
}

}  // namespace

FutexKey KeyOf(NodeState& node, Thread& thread, uint64_t address, bool is_private) {
  (void)node;
  Process& process = *thread.process;
  if (is_private || !process.shares_memory) return {process.address_space, address};
  for (const Mapping& mapping : ReadMappings(process.pid)) {
    if (address < mapping.start || address >= mapping.end) continue;
    if (!mapping.shared) break;
    // Inodes are those of the kernel's shared memory or of a private file: only compared, never shown.
    return {mapping.inode | (uint64_t{1} << 63), address - mapping.start + mapping.offset};
  }
  return {process.address_space, address};
}

int WakeFutex(NodeState& node, const FutexKey& key, int count, uint32_t bitset) {
  int woken = 0;
  for (size_t i = 0; i < node.futex_queue.size() && woken < count;) {
    Thread* thread = node.futex_queue[i];
    if (!Waits(*thread, key, bitset)) {
      ++i;
      continue;
    }
    node.futex_queue.erase(node.futex_queue.begin() + static_cast<ptrdiff_t>(i));
    WakeWith(node, *thread, WaitResult(*thread, key));
    ++woken;
  }
  return woken;
}

void LeaveFutexQueue(NodeState& node, Thread& thread) {
  std::erase(node.futex_queue, &thread);
}

Outcome OnFutex(Call& call) {
  const int command = static_cast<int>(call.args[1]) & FUTEX_CMD_MASK;
  const bool is_private = (call.args[1] & FUTEX_PRIVATE_FLAG) != 0;
  const int realtime = (call.args[1] & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  const int value = static_cast<int>(call.args[2]);
  const FutexKey key = KeyOf(call.node, call.thread, call.args[0], is_private);
  const auto second_key = [&] { return KeyOf(call.node, call.thread, call.args[4], is_private); };

  int64_t deadline = kNever;
  const bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI ||
                     command == FUTEX_LOCK_PI2 || command == FUTEX_WAIT_REQUEUE_PI;
  if (waits && call.args[3] != 0) {
    timespec time;
    if (!ReadValue(call.pid(), call.args[3], &time)) return Return(-EFAULT);
    if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= kSecond) return Return(-EINVAL);
    // LOCK_PI is absolute on CLOCK_REALTIME whatever the flag says; WAIT is relative.
    const int clock = command == FUTEX_LOCK_PI ? CLOCK_REALTIME : realtime;
    deadline = command == FUTEX_WAIT ? DeadlineAfter(call.node, FromTimespec(time))
                                     : DeadlineAt(call.node, clock, FromTimespec(time));
  }
  switch (command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
      int word;
      const uint32_t bitset =
          command == FUTEX_WAIT ? FUTEX_BITSET_MATCH_ANY : static_cast<uint32_t>(call.args[5]);
      if (bitset == 0) return Return(-EINVAL);
      if (!ReadValue(call.pid(), call.args[0], &word)) return Return(-EFAULT);
      return word != value ? Return(-EAGAIN) : WaitOn(call, key, bitset, deadline);
    }
    case FUTEX_WAKE:
      return Return(WakeFutex(call.node, key, value, FUTEX_BITSET_MATCH_ANY));
    case FUTEX_WAKE_BITSET:
      return Return(WakeFutex(call.node, key, value, static_cast<uint32_t>(call.args[5])));
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: {
      int word;
      if (!ReadValue(call.pid(), call.args[0], &word)) return Return(-EFAULT);
      if (command == FUTEX_CMP_REQUEUE && word != static_cast<int>(call.args[5])) return Return(-EAGAIN);
      const int woken = WakeFutex(call.node, key, value, FUTEX_BITSET_MATCH_ANY);
      const int moved = Requeue(call.node, key, second_key(), static_cast<int>(call.args[3]));
      return Return(woken + moved);  // both, whatever futex(2) says of REQUEUE
    }
    case FUTEX_WAKE_OP:
      return WakeOperation(call, key, second_key());
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_TRYLOCK_PI:
      return LockPi(call, key, deadline, command == FUTEX_TRYLOCK_PI);
    case FUTEX_UNLOCK_PI:
      return UnlockPi(call, key);
    default:
      call.node.Find("call", absl::StrCat("futex operation ", command, " is not supported; it failed with ENOSYS"));
      return Return(-ENOSYS);
  }
}

Outcome OnFutexWaitv(Call& call) {
  struct Waiter {
    uint64_t value, address;
    uint32_t flags, reserved;
  };
  const uint64_t count = call.args[1];
  if (count == 0 || count > 128) return Return(-EINVAL);
  std::vector<Waiter> waiters(count);
  if (!ReadMemory(call.pid(), call.args[0], waiters.data(), count * sizeof(Waiter))) return Return(-EFAULT);
  std::vector<FutexKey> keys;
  for (const Waiter& waiter : waiters) {
    uint32_t word;
    if (!ReadValue(call.pid(), waiter.address, &word)) return Return(-EFAULT);
    if (word != static_cast<uint32_t>(waiter.value)) return Return(-EAGAIN);
    keys.push_back(KeyOf(call.node, call.thread, waiter.address, (waiter.flags & FUTEX_PRIVATE_FLAG) != 0));
  }
  int64_t deadline = kNever;
  if (call.args[3] != 0) {
    timespec time;
    if (!ReadValue(call.pid(), call.args[3], &time)) return Return(-EFAULT);
    deadline = DeadlineAt(call.node, static_cast<int>(call.args[4]), FromTimespec(time));
  }
  const Outcome held = WaitOn(call, keys[0], FUTEX_BITSET_MATCH_ANY, deadline);
  if (held.kind == Outcome::Kind::kHold) call.thread.wait.futexes = std::move(keys);
  return held;
}

Outcome OnSetTidAddress(Call& call) {
  call.thread.clear_tid = call.args[0];
  return Pass();
}

Outcome OnSetRobustList(Call& call) {
  call.thread.robust_list = call.args[0];
  return Pass();
}

namespace {

// The futexes that set_robust_list(2) named.
std::vector<uint64_t> RobustFutexes(const Thread& thread) {
  // struct robust_list_head: next pointer, offset from an entry to its futex, pending entry.
  std::vector<uint64_t> futexes;
  struct {
    uint64_t next;
    int64_t offset;
    uint64_t pending;
  } head;
  const pid_t pid = thread.process->pid;
  if (thread.robust_list == 0 || !ReadValue(pid, thread.robust_list, &head)) return futexes;
  constexpr int kLongest = 2048;  // ROBUST_LIST_LIMIT
  uint64_t entry = head.next & ~uint64_t{1};
  for (int i = 0; i < kLongest && entry != thread.robust_list && entry != 0; ++i) {
    futexes.push_back(entry + static_cast<uint64_t>(head.offset));
    if (!ReadValue(pid, entry, &entry)) break;
    entry &= ~uint64_t{1};
  }
  if (head.pending != 0) futexes.push_back((head.pending & ~uint64_t{1}) + static_cast<uint64_t>(head.offset));
  return futexes;
}

}  // namespace

void NoteLegacy(NodeState& node, Thread& thread) {
  thread.heirs.clear();
  const auto add = [&](uint64_t address) {
    for (const bool is_private : {false, true}) thread.heirs.push_back(KeyOf(node, thread, address, is_private));
  };
  if (thread.clear_tid != 0) add(thread.clear_tid);
  for (const uint64_t address : RobustFutexes(thread)) {
    add(address);
    // The kernel would do so at the thread's death, but for ids that it does not know.
    uint32_t word;
    if (node.pid_namespace || !ReadValue(thread.process->pid, address, &word)) continue;
    if ((word & FUTEX_TID_MASK) != static_cast<uint32_t>(thread.ns_tid)) continue;
    WriteValue(thread.process->pid, address, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
  }
}

void NoteLegacyOf(NodeState& node, const Process& process) {
  for (const auto& thread : node.threads) {
    if (thread->process == &process && thread->state != ThreadState::kDead) NoteLegacy(node, *thread);
  }
  for (const auto& child : node.processes) {
    if (child->alive && child->parent == &process && child->death_signal == SIGKILL) NoteLegacyOf(node, *child);
  }
}

void WakeHeirs(NodeState& node, Thread& thread) {
  for (const FutexKey& key : thread.heirs) WakeFutex(node, key, 1, FUTEX_BITSET_MATCH_ANY);
  thread.heirs.clear();
  node.probe_needed = true;
}

}  // namespace gyre
