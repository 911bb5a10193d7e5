#include "sim/host/process_node.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/host/call_trace.h"
#include "sim/host/calls.h"
#include "sim/host/made_code.h"
#include "sim/host/mount_plan.h"
#include "sim/host/place.h"
#include "sim/host/private_files.h"
#include "sim/host/process_table.h"
#include "sim/host/sandbox.h"
#include "sim/host/scheduler.h"
#include "sim/host/thread_order.h"

namespace gyre {
namespace {

// Virtual time between two looks at threads that do nothing but yield.
constexpr int64_t kYieldersPause = 1'000'000;

// How far a step's own time may run ahead before its output waits for it, and before it can be cut off. Runtimes
// read the clock a few times more or less with the length of a path or the state of their heap; without this the
// microseconds of those reads would move every later message. A start-up reads it thousands of times.
constexpr int64_t kFreeInStep = 1'000'000;
constexpr int64_t kFreeAtStart = 10'000'000;

NodeDeath KilledByUs() {
  NodeDeath death;
  death.by_signal = true;
  death.code = SIGKILL;
  death.by_request = true;
  return death;
}

}  // namespace

void NodeState::Find(const std::string& kind, const std::string& text, bool invalidates, bool leaks,
                     const Thread* thread) {
  if (leaks && leak.empty()) {
    leak = absl::StrCat("node ", name, " ", text, " (", thread == nullptr ? "" : absl::StrCat(WhereText(*thread), ", "),
                        "virtual time ", FormatSeconds(now()), ")");
  }
  if (!told.insert(absl::StrCat(kind, " ", text)).second) return;
  findings.push_back({kind, absl::StrCat("node ", name, " ", text), invalidates});
}

ProcessNode::ProcessNode(const HostConfig& config, const NodeFilters& filters, Watchdog& watchdog,
                         RealDirectories& directories, std::string name, uint32_t index, Observed* observed)
    : config_(config),
      filters_(filters),
      watchdog_(watchdog),
      directories_(directories),
      name_(std::move(name)),
      index_(index),
      observed_(observed) {}

ProcessNode::~ProcessNode() { Release(); }

absl::Status ProcessNode::Start(LocalInstant now, uint32_t incarnation, Files files) {
  CHECK(incarnation > 0 || files == Files::kEmpty);
  Release();
  state_ = std::make_unique<NodeState>();
  NodeState& node = *state_;
  node.config = &config_;
  node.name = name_;
  node.index = index_;
  node.incarnation = incarnation;
  if (config_.trace && config_.trace_node == name_) {
    // Where threads are preempted after so many instructions no stop may be added.
    node.trace = std::make_shared<CallTrace>(config_.choose == nullptr, config_.trace);
  }
  node.clock->now = now.ns();
  node.fine_until = now.ns() + kFineSpan;
  // The second run of a double check does without the fast path: it must make no difference. Where threads are
  // preempted after so many instructions it would make one.
  node.slow_clock = config_.differ && config_.choose == nullptr;
  busy_until_ = now.ns();
  if (!node.in.Open() || !node.out.Open(config_.max_output_bytes + 1) ||
      !node.err.Open(config_.max_output_bytes)) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot make the pipes of node ", name_, ": ",
                                                     std::strerror(errno),
                                                     "; raise the limit of open files (ulimit -n) or run fewer nodes"));
  }
  SandboxConfig sandbox;
  sandbox.bin = config_.bin;
  sandbox.args = config_.args;
  sandbox.env = config_.env;
  sandbox.private_bytes = config_.private_bytes;
  sandbox.memory_bytes = config_.memory_bytes;
  sandbox.network = config_.allow_network;
  sandbox.stdin_read = node.in.read_end();
  sandbox.stdout_write = node.out.write_end();
  sandbox.stderr_write = node.err.write_end();
  sandbox.filter = filters_.usual;
  sandbox.filter_of_made_ids = filters_.of_made_ids;
  sandbox.shifted = config_.differ;
  sandbox.real_directory = [&] { return directories_.For(index_, files); };
  node.real_start = EarliestFileTime();
  if (files == Files::kEmpty) {
    volume_.Reset();
  } else if (volume_.valid()) {
    sandbox.volume = volume_.get();
    GoOnWith(node, kept_);
  }
  absl::StatusOr<SpawnedNode> spawned = Spawn(sandbox);
  if (!spawned.ok()) {
    state_.reset();
    return spawned.status();
  }
  node.in.CloseReadEnd();
  node.out.CloseWriteEnd();
  node.err.CloseWriteEnd();
  node.stub = spawned->stub;
  node.pid_namespace = spawned->pid_namespace;
  node.directory = spawned->directory;
  if (node.directory != kNodeDirectory) node.stand_in = directories_.StandIn();
  if (files == Files::kKept && !volume_.valid() && spawned->volume.valid()) {
    spawned->losses.emplace_back("its files could not be kept for its next start (open_tree)");
  }
  volume_ = std::move(spawned->volume);
  node.private_files = spawned->losses.empty();
  for (const std::string& loss : spawned->losses) node.Find("surroundings", loss, false, true);
  node.opened.insert(config_.bin);
  Adopt(node, spawned->main);
  std::vector<std::string> own = {node.directory, "/tmp", "/var/tmp", "/dev/shm"};
  for (const MountThrough& through : PlanMounts(config_.bin, config_.args).through) own.push_back(through.path);
  FindPrivateDevices(node, own);
  return absl::OkStatus();
}

StepResult ProcessNode::Step(LocalInstant now, absl::Span<const std::string> inbox, LocalInstant until) {
  CHECK(state_ != nullptr && !state_->death.has_value());
  NodeState& node = *state_;
  const int64_t start = std::max(now.ns(), busy_until_);
  node.step_start = start;
  PassIdleTime(node, LatestDue(node, start));
  const int64_t own_start = node.now();
  node.free_time = node.asked_stdin ? kFreeInStep : kFreeAtStart;
  node.until = std::max(until.ns(), own_start + node.free_time);
  node.SetClockRate();
  if (!inbox.empty()) node.vain_polls = 0;
  node.in.Append(inbox);
  node.probe_needed = true;
  AllowPreemption(node);
  const bool cut_off = RunUntilQuiescent(node, watchdog_);

  if (!cut_off) node.vain_polls = 0;
  if (node.stuck.has_value()) SearchMadeCode();

  StepResult result;
  node.out.Drain();
  LimitOutput();
  const int64_t lines_read = static_cast<int64_t>(node.in.TakeLinesRead());
  busy_until_ = start + config_.service_time.ns() * std::max<int64_t>(1, lines_read);
  if (node.now() - own_start > node.free_time) busy_until_ = std::max(busy_until_, node.now());
  result.output_at = LocalInstant(busy_until_);
  int64_t next = cut_off ? node.now() : NextWake(node);
  // Threads that only yield wait for the next deadline, or for each other: then they are asked again a little later.
  if (next == kNever && !node.run_queue.empty()) next = node.now() + kYieldersPause;
  if (next != kNever) result.wake_at = LocalInstant(std::max(next, busy_until_));
  TakeLines(&result);
  TakeFindings(&result);
  if (node.death.has_value() || node.stuck.has_value()) {
    result.wake_at = LocalInstant::Max();
    Release();
  }
  return result;
}

// A step that writes more than the limit ends the node there, with exactly the limit's bytes.
void ProcessNode::LimitOutput() {
  NodeState& node = *state_;
  if (node.out.bytes().size() <= config_.max_output_bytes) return;
  node.out.bytes().resize(config_.max_output_bytes);
  node.Find("output-limit",
            absl::StrCat("wrote more than ", config_.max_output_bytes >> 20,
                         " MiB to stdout in one step (--max-output) and was ended; print only messages there, and logs "
                         "to stderr"),
            true);
  node.stuck.reset();
  node.death = KilledByUs();
}

void ProcessNode::TakeLines(StepResult* result) {
  std::string& bytes = state_->out.bytes();
  size_t start = 0;
  for (size_t end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', start)) {
    result->lines.emplace_back(bytes, start, end - start);
    start = end + 1;
  }
  bytes.erase(0, start);
}

void ProcessNode::TakeFindings(StepResult* result) {
  NodeState& node = *state_;
  if (node.death.has_value() && !node.out.bytes().empty()) {
    // A line that we cut is not its fault.
    if (!node.death->by_request) {
      result->findings.push_back({"partial-line",
                                  absl::StrCat("node ", name_, " ended in the middle of a line, without a newline: ",
                                               node.out.bytes().substr(0, 200),
                                               "\nIt was not sent: end each message with a newline, and flush stdout."),
                                  true});
    }
    node.out.bytes().clear();
  }
  if (const uint64_t dropped = node.err.TakeDropped(); dropped > 0) {
    node.Find("log-limit",
              absl::StrCat("wrote more than ", config_.max_output_bytes >> 20,
                           " MiB to stderr in one step (--max-output); the next ", dropped, " bytes are not kept"),
              false);
  }
  result->log = std::move(node.err.bytes());
  node.err.bytes().clear();
  for (NodeFinding& finding : node.findings) result->findings.push_back(std::move(finding));
  node.findings.clear();
  result->death = node.death;
  if (node.stuck.has_value() && config_.interrupted != nullptr && *config_.interrupted != 0) {
    result->stuck = absl::StrCat("node ", name_, ": ", *node.stuck, " was still running when a signal ended the run");
  } else if (node.stuck.has_value()) {
    result->stuck = absl::StrCat("node ", name_, ": ", *node.stuck, " was still running after ",
                                 ToString(config_.step_wall_limit), " of wall time in one step, at virtual time ",
                                 FormatSeconds(node.now()),
                                 ": does it loop for ever? --step-wall-limit SECONDS allows more.");
  }
}

StepResult ProcessNode::Kill(LocalInstant now) {
  StepResult result;
  result.output_at = now;
  if (state_ == nullptr) return result;
  NodeState& node = *state_;
  SearchMadeCode();
  if (!node.death.has_value()) node.death = KilledByUs();
  node.out.Drain();
  TakeLines(&result);
  node.out.bytes().clear();  // what it was about to say is not held against it
  TakeFindings(&result);
  Release();
  return result;
}

void ProcessNode::SearchMadeCode() {
  for (const auto& process : state_->processes) SearchBeforeEnd(*state_, *process);
}

void ProcessNode::LeaveStanding(std::vector<StandingProcess>* standing) {
  if (state_ == nullptr) return;
  NodeState& node = *state_;
  for (const auto& process : node.processes) {
    if (!process->alive) continue;
    // A stop that awaits it as soon as it is let go.
    kill(process->pid, SIGSTOP);
    StandingProcess entry{name_, process->pid, process->ns_pid, 0};
    for (const auto& thread : node.threads) {
      if (thread->process == process.get() && thread->state != ThreadState::kDead) ++entry.threads;
    }
    standing->push_back(entry);
  }
  for (const auto& thread : node.threads) {
    if (thread->state != ThreadState::kDead) ptrace(PTRACE_DETACH, thread->tid, nullptr, nullptr);
  }
  const int64_t given_up = WallNow() + 10 * kSecond;
  for (const auto& thread : node.threads) {
    const auto stands = [&] {
      const std::string state = StatusField(thread->process->pid, thread->tid, "State");
      return state.empty() || state[0] == 'T';
    };
    while (thread->state != ThreadState::kDead && !stands() && WallNow() < given_up) usleep(1000);
  }
}

void ProcessNode::Observe() {
  ProcessReport& report = observed_->report;
  const Digest digest = state_->calls.Get();
  if (state_->incarnation == 0) {
    report.call_digest = digest;
  } else {
    DigestStream all;
    for (const Digest& part : {report.call_digest, digest}) {
      all.Add(part.high);
      all.Add(part.low);
    }
    report.call_digest = all.Get();
  }
  report.stops += state_->stops;
  report.calls += state_->call_count;
  if (report.leak.empty()) report.leak = state_->leak;
  report.call_log.insert(report.call_log.end(), state_->call_log.begin(), state_->call_log.end());
  observed_->opened.insert(state_->opened.begin(), state_->opened.end());
}

// Copies what the node left in its private directories, which end with it. A link, a pipe or a file that cannot be
// read is left out.
void ProcessNode::KeepFiles() {
  namespace fs = std::filesystem;
  if (config_.keep_files.empty() || state_->stub == 0) return;
  // Where it is not the only one in /tmp, what is elsewhere may be another's.
  const bool alone = state_->directory == kNodeDirectory;
  const std::vector<std::string> places = alone ? std::vector<std::string>{"/tmp", "/var/tmp", "/dev/shm"}
                                                : std::vector<std::string>{kNodeDirectory};
  for (const std::string& place : places) {
    std::error_code error;
    const fs::path inside = absl::StrCat("/proc/", state_->stub, "/root", alone ? place : state_->directory);
    for (fs::recursive_directory_iterator at(inside, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end; at.increment(error)) {
      std::error_code ignored;
      if (!fs::is_regular_file(at->symlink_status(ignored))) continue;
      const fs::path to = fs::path(config_.keep_files) / name_ / fs::path(place).relative_path() /
                          fs::relative(at->path(), inside, ignored);
      fs::create_directories(to.parent_path(), ignored);
      fs::copy_file(at->path(), to, fs::copy_options::overwrite_existing, ignored);
    }
  }
}

void ProcessNode::Release() {
  if (state_ == nullptr) return;
  Observe();
  KeepFiles();
  kept_ = KeepFileNumbers(*state_);
  KillAll(*state_);
  if (state_->stub != 0) {
    SpawnedNode spawned;
    spawned.stub = state_->stub;
    spawned.pid_namespace = state_->pid_namespace;
    Dispose(spawned);
  }
  state_.reset();
}

}  // namespace gyre
