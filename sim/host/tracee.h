// The state of one node: its processes and threads under ptrace, its clock, its queues. Plain data; the rules are
// in calls_*.cc (what a system call does) and scheduler.cc (who runs). One thread owns it all: the tracer.
//
// Times here are nanoseconds of the node's own time L (semantics.md, Time), kNever for none.
#pragma once

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sim/base/digest.h"
#include "sim/host/host.h"
#include "sim/host/pipes.h"
#include "sim/host/remote.h"
#include "sim/node.h"

namespace gyre {

inline constexpr int64_t kNever = INT64_MAX;
inline constexpr int64_t kSecond = 1'000'000'000;
// 2030-01-01T00:00:00Z; and 1000 s, alike on all nodes.
inline constexpr int64_t kRealtimeStart = 1'893'456'000 * kSecond;
inline constexpr int64_t kMonotonicStart = 1000 * kSecond;
// What a clock read, a yield or a poll in vain costs.
inline constexpr int64_t kTick = 1000;
// What a clock read costs in the first 100 us of a start-up: thousands of reads, a few more or less with the length of
// the program's path, must not decide on which side of a millisecond its timers begin.
inline constexpr int64_t kFineTick = 1;
inline constexpr int64_t kFineSpan = 100'000;
// Polls in vain, one after another, after which they cost twice as much; and how often it doubles.
inline constexpr uint64_t kPatience = 64;
inline constexpr uint64_t kMostDoublings = 6;
// Points at which threads may come to be preempted: how many a node has at its start, and may keep.
inline constexpr uint64_t kMostPreemptionPoints = 2048;

struct Process;
struct Thread;

// A file that only the node has (private_files.h). Times are virtual ones since 1970.
struct PrivateFile {
  uint64_t number = 0;          // its inode number as the node sees it
  int64_t born = 0;             // when the node met it
  int64_t changed = 0;          // its last change, as far as the node has looked
  int64_t written = kNever;     // a write since then
};

// Why a thread is held in its seccomp stop.
enum class WaitKind : uint8_t {
  kNone,
  kChild,      // wait4, waitid
  kDescriptor, // a descriptor to become readable or writable: `fd`, `events`
  kEpoll,      // an epoll descriptor to become readable: `fd`
  kExited,     // a leader that has left: the process's other threads
  kFifo,       // open of a FIFO: the other side; `thread.fifo`
  kFlock,      // flock: `fd`, `events` is the operation
  kFutex,      // `futex`, `bitset`
  kPoll,       // poll, ppoll: arguments in the registers
  kRecordLock, // fcntl F_SETLKW, F_OFD_SETLKW: arguments in the registers
  kSelect,     // select, pselect6: arguments in the registers
  kSignal,     // pause, sigsuspend
  kSignalWait, // sigtimedwait
  kSleep,      // nanosleep, clock_nanosleep
  kVfork,      // the child of a vfork to exec or die
};

// Where a futex lives: an address space (or a shared file) and an address in it.
struct FutexKey {
  uint64_t space = 0;
  uint64_t address = 0;
  auto operator<=>(const FutexKey&) const = default;
};

// The arming of a deadline.
struct Arming {
  uint64_t number = 0;  // order, among equal deadlines
  int64_t lead = 0;     // how far L was ahead of the step's instant then: that much before the deadline it is due
};

struct Wait {
  WaitKind kind = WaitKind::kNone;
  int64_t deadline = kNever;
  Arming armed;
  int fd = -1;
  short events = 0;
  FutexKey futex;
  std::vector<FutexKey> futexes;  // of futex_waitv
  uint32_t bitset = 0;
  uint64_t signals = 0;        // of sigtimedwait: bit n-1 for signal n
};

// What happens to a stopped thread when it runs again.
enum class Resume : uint8_t {
  kContinue,   // the call is made (or nothing was being made)
  kReturn,     // the call is skipped and returns `ret`
  kRecheck,    // the call is made if it still cannot block, else the thread is held again
  kInterrupt,  // the call is made: a pending signal interrupts it at once
  kCall,       // the call is looked at for the first time: its thread gave way before
};

enum class ThreadState : uint8_t { kRunnable, kHeld, kDead };

// What to do at the end of a call that was let through to its exit.
enum class AtExit : uint8_t {
  kNone,
  kArgument,     // an argument was replaced for the call,
  kLent,         // or what one points to (paths.h),
  kOpened,       // or a path by that of a stand-in
  kEventsRead,   // a read of inotify's events
  kFifoOpened,   // an open of a FIFO that had waited
  kLinkRead,     // a link of /proc
  kListed,       // a piece of a directory
  kMade,         // an open that may have made the file
  kMapped,       // new executable memory
  kRemaining,    // a poll or select that tells the time left
  kResident,     // mincore
  kSegment,      // shmctl
  kSignalTaken,  // sigtimedwait: a timer's overrun is told
  kSignalsRead,  // a read that may be of a signalfd
  kSignalled,    // a signal within the node was queued
  kSignalfd,
  kStat,
  kStatfs,
  kWaited,       // a wait that may have reaped a child
};

// A signal that a thread of the node is sending, and to whom.
struct SentSignal {
  int signal = 0;
  std::vector<Process*> processes;
  Thread* thread = nullptr;
};

// What a process was last told of its descriptors (descriptors.h), and at which point of the node's life: it holds as
// long as nothing has run since and we have changed nothing.
struct Answers {
  uint64_t stops = UINT64_MAX;
  uint64_t changes = 0;
  uint64_t fed = 0;
  std::vector<pollfd> entries;
};

struct Process {
  pid_t pid = 0;
  int ns_pid = 0;               // as the node sees it
  ScopedFd pidfd;
  Process* parent = nullptr;
  uint32_t parent_thread = 0;   // which of its threads, by ordinal
  uint64_t address_space = 0;   // shared after clone(CLONE_VM)
  bool alive = true;
  bool polled_stdin = false;    // polled stdin at some time: one line a read from then on
  bool stdin_moved = false;     // descriptor 0 may no longer be the node's stdin
  bool stdout_moved = false;    // descriptor 1 may no longer be: its writes are trapped
  bool stderr_moved = false;    // descriptor 2 may no longer be: it is known by inode then
  bool has_signalfd = false;    // made one at some time
  Answers answers;              // where it polls its descriptors itself
  bool shares_memory = false;   // has mappings that other processes may share: futexes by file
  bool reaped = false;          // its parent has waited for it
  bool stopped = false;         // by SIGSTOP, until SIGCONT: its threads get no turn
  int stop_news = 0;            // the signal that stopped it, not yet told to a wait
  bool continue_news = false;   // was continued, not yet told to a wait
  int death_signal = 0;         // which it gets when its parent's thread ends
  bool reaps_orphans = false;   // is parent to the orphans among its descendants
  bool quiet_children = false;  // SA_NOCLDSTOP: no SIGCHLD when a child stops or continues
  bool code_changes_unseen = false;  // has executable memory that it can write to without a call (made_code.h)
  rlimit processor_limit{RLIM_INFINITY, RLIM_INFINITY};  // RLIMIT_CPU, as the process has set it
  bool timestamps_missed = false;    // RDTSC is no fault then (timestamps.h) in some thread
  bool has_clock_page = false;  // its vDSO reads the shared page
  absl::flat_hash_map<uint64_t, uint32_t> trap_sites;  // patched address -> kind and registers (looked up only)
  std::set<std::string> scanned;                       // executable mappings seen
};

struct Thread {
  pid_t tid = 0;
  int ns_tid = 0;
  uint32_t ordinal = 0;         // the n-th thread of the node
  Process* process = nullptr;
  ThreadState state = ThreadState::kRunnable;
  Resume resume = Resume::kContinue;
  int64_t ret = 0;
  int signal = 0;               // to deliver when it runs again
  Wait wait;
  user_regs_struct regs{};      // at its last stop
  bool timestamps_fault = false;  // RDTSC is a fault in it (timestamps.h)
  bool at_call = false;         // in the stop before a call, with these registers
  bool syscall_exit = false;    // run to the exit of the call
  AtExit at_exit = AtExit::kNone;
  bool shown_ids = false;       // its call is made with real ids in its arguments (made_ids.h),
  std::vector<std::pair<uint64_t, int>> shown_in_memory;  // and in memory: where, and what was there
  SentSignal sent;              // by the kill that is being made
  uint64_t remaining_at = 0;    // of a poll or select: where the time left is written,
  int64_t remaining_until = 0;  // and its deadline
  std::string told_of;          // by a stat: the file's name in /proc, if that is known
  size_t replaced_slot = 0;     // of an argument that is replaced for the call: which,
  uint64_t replaced_argument = 0;  // and what it was
  uint64_t lent_at = 0;         // of memory that is replaced for the call (paths.h): where,
  std::string lent_before;      // and what was there
  ScopedFd fifo;                // of an open that waits for the other side: the FIFO (O_PATH),
  bool fifo_writes = false;     // which side it opens,
  ScopedFd fifo_keeper;         // and both sides of it, held for it since the other side came
  uint64_t signals_told = 0;    // by an edge-triggered epoll, and still pending: bit n-1 for signal n
  uint64_t found_ready_at = 0;  // the node's count of stops when its wait was found to be over
  uint64_t moved = 0;           // bytes, of a transfer that is made in pieces
  uint64_t clear_tid = 0;       // CLONE_CHILD_CLEARTID address
  uint64_t robust_list = 0;
  std::vector<FutexKey> heirs;  // futexes that its death wakes
  bool exiting = false;         // is in exit or exit_group
  bool exits_group = false;
  bool in_exec = false;         // is in execve
  bool yielded = false;         // its last slice ended with nothing but a yield
};

// A POSIX timer, interval timer or alarm.
struct SignalTimer {
  Process* process = nullptr;
  int id = 0;                   // timer_create's; -1-which for setitimer
  int clock = 1;
  bool of_processor = false;    // it does not count while nothing runs, and nothing runs for it
  int signal = 0;
  int thread_id = 0;            // SIGEV_THREAD_ID: the thread as the node names it, 0: the process
  uint64_t value = 0;           // sigev_value
  int64_t deadline = kNever;
  int64_t interval = 0;
  Arming armed;
  bool queued = false;          // its signal was sent and, as far as is known, not yet taken
  int64_t missed = 0;           // expiries while it was queued
  int64_t overrun = 0;          // those of the last signal that was taken
};

// A timerfd, virtual: the real one is kept disarmed until it is due. It is known by a number that the real one carries,
// whatever descriptors it has in whatever processes (calls_timer.cc).
struct DescriptorTimer {
  int64_t number = 0;
  Process* process = nullptr;   // where it was last seen,
  int fd = -1;                  // and at which descriptor
  int clock = 1;
  int64_t deadline = kNever;
  int64_t interval = 0;
  Arming armed;
  uint64_t expirations = 0;     // not yet read
  bool unshown = false;         // the real one is yet to be made readable
};

// The node's own time L. Lives in a page that the node's patched vDSO reads and advances, where there is one.
struct ClockPage {
  int64_t now = 0;
  int64_t tick = kTick;
  int64_t limit = 0;            // a read that would reach it makes the real call, which stops
  int64_t realtime = kRealtimeStart;
  int64_t monotonic = kMonotonicStart;
  int64_t reads = 0;
};

class CallTrace;

struct UnmapPage {
  void operator()(void* page) const;
};

struct NodeState {
  const HostConfig* config = nullptr;
  std::string name;
  uint32_t index = 0;
  uint32_t incarnation = 0;

  ClockPage own_page;
  ClockPage* clock = &own_page;  // or the shared one
  std::unique_ptr<void, UnmapPage> shared_page;
  bool private_files = false;    // its /tmp is its own
  std::set<uint64_t> private_devices;                   // file systems that only it has
  std::set<uint64_t> kernel_devices;                    // those of its /proc and /sys,
  uint64_t proc_device = 0;                             // that of its /proc,
  uint64_t namespace_device = 0;                        // of what the links in /proc/ID/ns lead to,
  std::set<uint64_t> unnamed_devices;                   // and of files without a path: these, memfds, pidfds, ...
  uint64_t volume_device = 0;    // the one that holds all it writes
  uint64_t volume_blocks = 0;
  int64_t real_start = 0;        // when it was started by the machine's clock, since 1970
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, PrivateFile> files;  // by device and inode; looked up only
  uint64_t file_numbers = 0;     // given so far
  absl::flat_hash_map<uint64_t, uint64_t> devices;      // real number -> the node's; looked up only
  int64_t idle_time = 0;         // what L has moved while nothing ran
  int64_t step_start = 0;        // the instant of the present step
  int64_t until = kNever;        // where it ends
  int64_t free_time = 0;         // how far L may run ahead in it and nothing waits for it
  int64_t fine_until = 0;        // clock reads of a start-up cost kFineTick until L is here
  bool slow_clock = false;       // no read is served from the page
  uint64_t vain_polls = 0;       // since it last got something to do

  std::string directory;         // its working directory
  std::string stand_in = "/tmp/.g";  // a file of ours for the time of a call: shorter than any path that it replaces
  ScopedFd root;                 // its root directory, as seen from inside (O_PATH)
  pid_t stub = 0;
  bool getfd_denied = false;     // pidfd_getfd was refused once
  bool pid_namespace = false;    // the stub's death ends all of the node
  int ids_made = 1;              // where there is none: ids given to threads, the stub's among them,
  absl::flat_hash_map<pid_t, int> made_ids;  // by real id, and the other way; looked up only
  absl::flat_hash_map<int, pid_t> real_ids;
  Process* main = nullptr;
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<std::unique_ptr<Thread>> threads;
  absl::flat_hash_map<pid_t, Thread*> by_tid;  // alive ones; looked up only
  std::deque<Thread*> run_queue;
  std::vector<Thread*> parked;                 // runnable ones of stopped processes, in order of arrival
  std::vector<Thread*> futex_queue;            // held ones, in order of arrival
  std::vector<Process*> killed;                // by SIGKILL from within, not yet reaped
  std::vector<SignalTimer> signal_timers;
  std::vector<DescriptorTimer> descriptor_timers;
  int64_t timer_numbers = 0;     // given so far
  uint64_t thread_choices = 0;   // taken so far, of which thread runs and for how long
  uint64_t preemption_points = kMostPreemptionPoints;  // that it may still have (thread_order.h)
  uint64_t armings = 0;
  uint64_t address_spaces = 0;
  uint32_t live_threads = 0;
  uint32_t thread_ordinals = 0;  // threads ever; dead ones are forgotten
  int next_timer_id = 0;
  uint16_t next_port = 32768;    // of those that the kernel would pick, for sockets
  uint32_t next_socket_name = 0; // likewise
  // A descriptor may have become ready since the held threads were last probed.
  bool probe_needed = false;
  uint64_t changes = 0;          // how often that was so, or a timer of ours was shown

  std::optional<struct stat> stdin_status;  // what fstat of stdin tells
  bool asked_stdin = false;      // read or polled stdin at some time: its start-up is over
  bool kernel_signals = false;   // asked for signals that the kernel sends by itself (O_ASYNC, urgent data)
  bool stdin_signals = false;    // stdin was opened so
  bool stdin_unblocked = false;  // was made non-blocking at some time
  StdinPipe in;
  OutputPipe out;
  OutputPipe err;
  uint64_t random_offset = 0;    // getrandom's position
  uint64_t instruction_offset = 0;  // RDRAND's and AT_RANDOM's position
  uint64_t random_files = 0;     // opens of /dev/urandom
  bool has_inotify = false;      // made an inotify descriptor at some time
  absl::flat_hash_map<uint32_t, uint32_t> cookies;  // of renames: the kernel's -> the node's; looked up only

  std::shared_ptr<CallTrace> trace;  // where its calls are told; nullptr: nowhere
  bool reaches_outside = false;  // has a socket that leads out of it
  std::vector<LoggedCall> call_log;  // of the call digest, if the run keeps them
  DigestStream calls;
  uint64_t call_count = 0;
  uint64_t stops = 0;
  std::string leak;
  std::vector<NodeFinding> findings;
  std::set<std::string> told;    // findings already told (kind and text)
  std::optional<NodeDeath> death;
  std::optional<std::string> stuck;
  std::set<std::string> opened;  // absolute paths, for the manifest

  int64_t now() const { return clock->now; }
  void Tick() { clock->now += kTick; }
  int64_t ReadCost() const { return !asked_stdin && now() < fine_until ? kFineTick : kTick; }
  void TickForRead();
  void TickForVainPoll();
  // Sets the clock page to what a read costs now.
  void SetClockRate();
  Arming Arm();
  void AskStdin();
  // A finding is told once. `leaks` lowers the grade; the first leak's place is told, if it is one of `thread`.
  void Find(const std::string& kind, const std::string& text, bool invalidates = false, bool leaks = false,
            const Thread* thread = nullptr);
};

}  // namespace gyre
