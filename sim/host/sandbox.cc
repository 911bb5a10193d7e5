// The caller's half of the birth of a node. The two halves meet in this order:
//
//   caller                                    stub                               program
//   clone with new namespaces
//   go ------------------------------------>  mounts, network, host name
//   <------------------------------ losses, ready
//   PTRACE_SEIZE with TRACEFORK
//   go ------------------------------------>  fork (its EVENT_FORK stop)  ---->  traced from its first instruction
//   PTRACE_DETACH --------------------------> only reaps from now on
//   PTRACE_CONT, to EVENT_EXEC ---------------------------------------------->   limits, filter, execve
//
// Seizing the stub and letting the program inherit the tracer, instead of seizing the program, makes the program
// traced without a moment at which it has to wait for that. A machine that refuses the namespaces gets further
// attempts with fewer of them, each a new stub; what is lost then is named, never silently accepted.
#include "sim/host/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "sim/base/check.h"
#include "sim/host/mount_plan.h"
#include "sim/host/stub.h"

namespace gyre {

const unsigned long kTraceOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                    PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL |
                                    PTRACE_O_TRACESYSGOOD;

namespace {

constexpr unsigned long kAllNamespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

// In the order of preference. A user namespace gives the right to make the others to those who lack it.
constexpr unsigned long kAttemptsOfRoot[] = {kAllNamespaces, kAllNamespaces | CLONE_NEWUSER, 0};
constexpr unsigned long kAttemptsOfOthers[] = {kAllNamespaces | CLONE_NEWUSER, 0};

constexpr struct {
  unsigned long flag;
  const char* loss;
} kNamespaceLosses[] = {
    {CLONE_NEWPID, "no pid namespace: process ids are made up, and a node sees the machine's processes in /proc"},
    {CLONE_NEWNS,
     "no mount namespace: a node's directory is a real one below /tmp/gyre-node, at another path while another gyre "
     "runs, all else in /tmp is shared, and nodes may write wherever the caller may"},
    {CLONE_NEWNET, "no network namespace: nodes reach the machine's network"},
    {CLONE_NEWIPC, "no IPC namespace: nodes share the machine's System V IPC and message queues"},
    {CLONE_NEWUTS, "no host name namespace: nodes see the machine's host name"},
};

absl::Status MachineFault(const char* what, int error) {
  return absl::InternalError(absl::StrCat("cannot start a node: ", what, ": ", strerror(error)));
}

// A pipe for reports; a socket pair for orders, as writing to it can be told not to raise SIGPIPE.
struct Channels {
  ScopedFd report_read, report_write, go_read, go_write;
};

absl::StatusOr<Channels> MakeChannels() {
  int report[2], go[2];
  if (pipe2(report, O_CLOEXEC) != 0) return MachineFault("no pipe; raise the limit of open files (ulimit -n)", errno);
  Channels channels;
  channels.report_read = ScopedFd(report[0]);
  channels.report_write = ScopedFd(report[1]);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) != 0) {
    return MachineFault("no socket pair; raise the limit of open files (ulimit -n)", errno);
  }
  channels.go_read = ScopedFd(go[0]);
  channels.go_write = ScopedFd(go[1]);
  return channels;
}

pid_t WaitFor(pid_t pid, int& status, int flags = 0) {
  pid_t got;
  do {
    got = waitpid(pid, &status, flags | __WALL);
  } while (got < 0 && errno == EINTR);
  return got;
}

// --- What is wrong with a program that cannot be run, told by looking at it.

std::string InterpreterOf(const std::string& first_line) {
  size_t begin = std::min(first_line.find_first_not_of(" \t", 2), first_line.size());
  return first_line.substr(begin, first_line.find_first_of(" \t\r", begin) - begin);
}

std::string WhyNotRun(const std::string& bin, int error) {
  struct stat status;
  const bool exists = stat(bin.c_str(), &status) == 0;
  std::string first_line;
  std::ifstream file(bin, std::ios::binary);
  if (exists && S_ISREG(status.st_mode)) {
    first_line.resize(256);
    file.read(first_line.data(), static_cast<std::streamsize>(first_line.size()));
    first_line.resize(static_cast<size_t>(file.gcount()));
    first_line.resize(std::min(first_line.size(), first_line.find('\n')));
  }
  const bool script = first_line.rfind("#!", 0) == 0;
  switch (error) {
    case ENOENT:
      if (!exists) return "there is no such file; check the path";
      if (script && first_line.find('\r') != std::string::npos) {
        return "its first line ends in a carriage return, which becomes part of the interpreter's name; save it with "
               "Unix line ends";
      }
      if (script) {
        return absl::StrCat("its first line names the interpreter \"", InterpreterOf(first_line),
                            "\", which does not exist; install it or correct the line");
      }
      return "the dynamic loader that it names does not exist here; build it for this system";
    case EACCES:
      if (exists && S_ISDIR(status.st_mode)) return "it is a directory; name the program in it";
      if (exists && S_ISREG(status.st_mode) && (status.st_mode & 0111) == 0) return "it is not executable; chmod +x it";
      if (script) {
        return absl::StrCat("it or its interpreter \"", InterpreterOf(first_line),
                            "\" may not be executed by this user");
      }
      return "this user may not execute it, or its file system is mounted noexec";
    case ENOEXEC:
      return "it is neither a program for this machine nor a script that begins with #!; give a script a first line "
             "such as #!/bin/sh";
    case ENOTDIR:
      return "a part of its path is not a directory; check the path";
    case E2BIG:
      return "its arguments and environment are too long; shorten them";
    case ETXTBSY:
      return "it is open for writing; wait until the build or the copy has finished";
    default:
      return "the kernel refused to execute it";
  }
}

absl::Status CannotRun(const std::string& bin, int error) {
  std::string text = absl::StrCat("cannot run \"", bin, "\": ", strerror(error), ": ", WhyNotRun(bin, error));
  return error == EACCES ? absl::PermissionDeniedError(text) : absl::NotFoundError(text);
}

absl::Status CannotTrace(int error) {
  return absl::PermissionDeniedError(absl::StrCat(
      "cannot trace node processes (PTRACE_SEIZE: ", strerror(error),
      "); in a container allow it by `docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined`, elsewhere "
      "by `sysctl kernel.yama.ptrace_scope=1`"));
}

// --- Reports of the stub, in words.

std::string LossText(const StubPlan& plan, const SetupReport& report) {
  const char* error = strerror(report.error);
  auto path = [&] { return plan.mounts.through[report.entry].path; };
  switch (report.step) {
    case SetupStep::kReadOnlyTree:
      return absl::StrCat("the file system could not be made read-only (mount_setattr: ", error,
                          "): a node that writes outside of its private directories changes real files");
    case SetupStep::kKeptFiles:
      return absl::StrCat("its files could not be kept for its next start (move_mount: ", error, ")");
    case SetupStep::kMountThrough:
      return absl::StrCat(path(), " could not be shown to the node (", error, ")");
    case SetupStep::kCopyOnWrite:
      return absl::StrCat(path(), " could not be made copy-on-write (overlayfs: ", error, "): it is read-only");
    case SetupStep::kProc:
      return absl::StrCat("no own /proc (", error, "): the node sees the machine's processes there, not its own");
    case SetupStep::kLoopback:
      return absl::StrCat("the interface lo could not be raised (", error,
                          "): a node cannot talk to itself by network");
    case SetupStep::kLoopbackTimers:
      return absl::StrCat("TCP within a node keeps the timers of the machine's clock (", error,
                          "): when data arrives on such a connection differs from run to run");
    case SetupStep::kHostName:
      return absl::StrCat("the host name could not be set (", error, "): nodes see the machine's");
    case SetupStep::kAddressRandomization:
      return absl::StrCat("address randomization could not be turned off (personality: ", error,
                          "): what depends on addresses differs from run to run");
    case SetupStep::kMemoryLimit:
      return absl::StrCat("the limit of its memory could not be set (RLIMIT_DATA: ", error,
                          "): the caller's is lower");
    case SetupStep::kStackLimit:
      return absl::StrCat("the stack limit could not be set to 8 MiB (", error, "): addresses depend on the caller's");
    default:
      return absl::StrCat("step ", static_cast<int>(report.step), " of the set-up failed (", error, ")");
  }
}

absl::Status ErrorStatus(const SandboxConfig& config, const SetupReport& report) {
  switch (report.step) {
    case SetupStep::kExec:
      return CannotRun(config.bin, report.error);
    case SetupStep::kUserMap:
      return MachineFault("the ids of a user namespace could not be mapped", report.error);
    case SetupStep::kNodeDirectory:
      return MachineFault("its directory in /tmp/gyre-node cannot be made or entered; remove what is there",
                          report.error);
    case SetupStep::kFork:
      return MachineFault("fork failed; raise the limit of processes (ulimit -u)", report.error);
    case SetupStep::kNoNewPrivileges:
      return MachineFault("PR_SET_NO_NEW_PRIVS was refused", report.error);
    case SetupStep::kSeccomp:
      return MachineFault(
          "the seccomp filter was refused; in a container use `docker run --security-opt seccomp=unconfined`",
          report.error);
    default:
      return MachineFault("its surroundings could not be set up", report.error);
  }
}

// --- One attempt, with one set of namespaces.

// Owns the processes until they are handed over.
class Birth {
 public:
  Birth(const SandboxConfig& config, const StubPlan& plan) : config_(config), plan_(plan) {}
  ~Birth() {
    if (node_.stub > 0) Dispose(node_);
  }
  Birth(const Birth&) = delete;
  Birth& operator=(const Birth&) = delete;

  // On an error sets `refused` when another set of namespaces is worth a try.
  absl::StatusOr<SpawnedNode> Run(unsigned long namespaces, bool& refused);

 private:
  absl::Status Fork(unsigned long namespaces, bool& refused);
  absl::Status AwaitReady(bool& refused);
  void TakeVolume();
  absl::Status AwaitFork();
  absl::Status AwaitExec();
  absl::Status Go();
  // An error in a report, or in the first of those that have it.
  absl::Status TakeReport(const SetupReport& report);
  absl::Status TakeReports();
  std::optional<SetupReport> NextReport();

  const SandboxConfig& config_;
  const StubPlan& plan_;
  SpawnedNode node_;
  ScopedFd report_read_, go_write_;
};

absl::Status Birth::Fork(unsigned long namespaces, bool& refused) {
  absl::StatusOr<Channels> channels = MakeChannels();
  if (!channels.ok()) return channels.status();
  report_read_ = std::move(channels->report_read);
  go_write_ = std::move(channels->go_write);
  StubDescriptors descriptors{config_.stdin_read, config_.stdout_write, config_.stderr_write,
                              channels->report_write.get(), channels->go_read.get(), config_.volume};
  // No handler of the caller's may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t stub = ForkInto(namespaces);
  if (stub == 0) RunStub(plan_, descriptors);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (stub < 0) {
    refused = namespaces != 0;
    return MachineFault("fork failed; raise the limit of processes (ulimit -u)", error);
  }
  node_.stub = stub;
  node_.pid_namespace = (namespaces & CLONE_NEWPID) != 0;
  return absl::OkStatus();
}

absl::Status Birth::Go() {
  if (send(go_write_.get(), "g", 1, MSG_NOSIGNAL) != 1) return MachineFault("the stub died", errno);
  return absl::OkStatus();
}

std::optional<SetupReport> Birth::NextReport() {
  SetupReport report;
  ssize_t got;
  do {
    got = read(report_read_.get(), &report, sizeof report);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof report)) return std::nullopt;
  return report;
}

absl::Status Birth::TakeReport(const SetupReport& report) {
  if (report.kind == SetupReport::Kind::kReady) return absl::OkStatus();
  if (report.kind != SetupReport::Kind::kLoss) return ErrorStatus(config_, report);
  node_.losses.push_back(LossText(plan_, report));
  return absl::OkStatus();
}

absl::Status Birth::TakeReports() {
  while (std::optional<SetupReport> report = NextReport()) {
    if (absl::Status status = TakeReport(*report); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Birth::AwaitReady(bool& refused) {
  while (std::optional<SetupReport> report = NextReport()) {
    refused = report->kind == SetupReport::Kind::kRefused;
    if (absl::Status status = TakeReport(*report); !status.ok()) return status;
    if (report->kind == SetupReport::Kind::kReady) {
      // What comes from now on is in the pipe before the event that says so.
      fcntl(report_read_.get(), F_SETFL, O_NONBLOCK);
      TakeVolume();
      return absl::OkStatus();
    }
  }
  return MachineFault("the stub died while it laid out the file system", ECHILD);
}

// The descriptor of the node's volume, which the stub has sent if it could.
void Birth::TakeVolume() {
  node_.volume = ReceiveDescriptor(go_write_.get(), MSG_DONTWAIT);
}

absl::Status Birth::AwaitFork() {
  if (ptrace(PTRACE_SEIZE, node_.stub, nullptr, kTraceOptions) != 0) return CannotTrace(errno);
  if (absl::Status status = Go(); !status.ok()) return status;
  int status = 0;
  while (true) {
    if (WaitFor(node_.stub, status) != node_.stub || !WIFSTOPPED(status)) {
      node_.stub = 0;
      if (absl::Status reported = TakeReports(); !reported.ok()) return reported;
      return MachineFault("the stub died before it had started the program", ECHILD);
    }
    if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_FORK << 8))) break;
    ptrace(PTRACE_CONT, node_.stub, nullptr, nullptr);
  }
  unsigned long main = 0;
  ptrace(PTRACE_GETEVENTMSG, node_.stub, nullptr, &main);
  node_.main = static_cast<pid_t>(main);
  ptrace(PTRACE_DETACH, node_.stub, nullptr, nullptr);
  return absl::OkStatus();
}

absl::Status Birth::AwaitExec() {
  int status = 0;
  while (WaitFor(node_.main, status) == node_.main && WIFSTOPPED(status)) {
    if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) return TakeReports();
    // Stops of its first instruction and of the filter that is already in force. Real signals go through.
    const bool event = status >> 16 != 0 || WSTOPSIG(status) == SIGTRAP;
    ptrace(PTRACE_CONT, node_.main, nullptr, event ? 0L : static_cast<long>(WSTOPSIG(status)));
  }
  if (absl::Status reported = TakeReports(); !reported.ok()) return reported;
  if (WIFSIGNALED(status)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot run \"", config_.bin, "\": the kernel killed it by signal ",
                                                   WTERMSIG(status), " while loading it: its file is damaged"));
  }
  return MachineFault("the process died before the exec", ECHILD);
}

absl::StatusOr<SpawnedNode> Birth::Run(unsigned long namespaces, bool& refused) {
  refused = false;
  for (const auto& row : kNamespaceLosses) {
    if (row.flag == CLONE_NEWNET && config_.network) continue;  // as asked
    if ((namespaces & row.flag) == 0) node_.losses.emplace_back(row.loss);
  }
  if (absl::Status status = Fork(namespaces, refused); !status.ok()) return status;
  if (absl::Status status = Go(); !status.ok()) return status;
  if (absl::Status status = AwaitReady(refused); !status.ok()) return status;
  if (absl::Status status = AwaitFork(); !status.ok()) return status;
  if (absl::Status status = AwaitExec(); !status.ok()) return status;
  SpawnedNode node = std::move(node_);
  node_ = SpawnedNode();
  return node;
}

// Everything that the stub will need, apart from what depends on the namespaces that it has.
StubPlan PlanStub(const SandboxConfig& config) {
  StubPlan plan;
  plan.mounts = PlanMounts(config.bin, config.args);
  plan.shifted = config.shifted;
  plan.memory_bytes = config.memory_bytes;
  plan.has_volume = config.volume >= 0;
  // A million inodes whatever the machine's memory is: it shows in statvfs.
  plan.tmpfs_options = absl::StrCat("mode=755,nr_inodes=1048576,size=", config.private_bytes);
  plan.uid_map = absl::StrCat("0 ", geteuid(), " 1\n");
  plan.gid_map = absl::StrCat("0 ", getegid(), " 1\n");
  for (const std::string& directory : plan.mounts.private_directories) {
    std::vector<std::string> parts = absl::StrSplit(directory, '/', absl::SkipEmpty());
    plan.hidden_directories.push_back(absl::StrCat(kHiddenDirectory, "/", absl::StrJoin(parts, "-")));
  }
  for (size_t i = 0; i < plan.mounts.through.size(); ++i) {
    plan.upper_directories.push_back(absl::StrCat(kHiddenDirectory, "/upper", i));
    plan.work_directories.push_back(absl::StrCat(kHiddenDirectory, "/work", i));
  }
  plan.bin = config.bin.c_str();
  return plan;
}

// The text with `directory` wherever kNodeDirectory is named.
std::string Relocated(const std::string& text, const std::string& directory) {
  std::string relocated;
  size_t at = 0;
  for (size_t found; (found = text.find(kNodeDirectory, at)) != std::string::npos;) {
    const size_t end = found + std::strlen(kNodeDirectory);
    const bool whole = end == text.size() || std::strchr("/:,;'\" \t\n", text[end]) != nullptr;
    absl::StrAppend(&relocated, text.substr(at, found - at), whole ? directory : kNodeDirectory);
    at = end;
  }
  return absl::StrCat(relocated, text.substr(at));
}

// What the program is told. `strings` holds what the plan points to.
void SetArguments(const SandboxConfig& config, const std::string& directory, std::vector<std::string>& strings,
                  StubPlan& plan) {
  strings.clear();
  strings.push_back(config.bin);
  for (const std::string& arg : config.args) strings.push_back(Relocated(arg, directory));
  const size_t arguments = strings.size();
  for (const auto& [name, value] : config.env) {
    strings.push_back(absl::StrCat(name, "=", Relocated(value, directory)));
  }
  plan.argv.clear();
  plan.envp.clear();
  for (size_t i = 0; i < strings.size(); ++i) (i < arguments ? plan.argv : plan.envp).push_back(strings[i].data());
  plan.argv.push_back(nullptr);
  plan.envp.push_back(nullptr);
}

void SetNamespaces(const SandboxConfig& config, StubPlan& plan, unsigned long namespaces) {
  plan.user_namespace = (namespaces & CLONE_NEWUSER) != 0;
  plan.mount_namespace = (namespaces & CLONE_NEWNS) != 0;
  plan.pid_namespace = (namespaces & CLONE_NEWPID) != 0;
  plan.network_namespace = (namespaces & CLONE_NEWNET) != 0;
  plan.uts_namespace = (namespaces & CLONE_NEWUTS) != 0;
  const std::vector<sock_filter>& filter = plan.pid_namespace ? config.filter : config.filter_of_made_ids;
  plan.filter = filter.data();
  plan.filter_length = filter.size();
  plan.overlay_options.clear();
  for (size_t i = 0; i < plan.mounts.through.size(); ++i) {
    plan.overlay_options.push_back(absl::StrCat("lowerdir=.,upperdir=", plan.upper_directories[i],
                                                ",workdir=", plan.work_directories[i],
                                                plan.user_namespace ? ",userxattr" : ""));
  }
}

// --- The end.

// The children of a process, by number.
std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  std::ifstream file(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  for (pid_t child; file >> child;) children.push_back(child);
  return children;
}

// Takes the last status of each dead thread of a process.
void ReapThreads(pid_t process) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(absl::StrCat("/proc/", process, "/task"), error)) {
    int thread = 0, status = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &thread)) waitpid(thread, &status, __WALL | WNOHANG);
  }
}

void KillTree(pid_t process) {
  kill(process, SIGKILL);
  for (pid_t child : ChildrenOf(process)) KillTree(child);
}

// Without a pid namespace the stub's death does not end the others. As their subreaper it gets to know them all.
void KillChildren(pid_t stub) {
  for (std::vector<pid_t> children = ChildrenOf(stub); !children.empty(); children = ChildrenOf(stub)) {
    for (pid_t child : children) {
      KillTree(child);
      ReapThreads(child);
    }
    usleep(100);
  }
}

}  // namespace

absl::StatusOr<SpawnedNode> Spawn(const SandboxConfig& config) {
  CHECK(!config.bin.empty() && config.bin[0] == '/');
  CHECK(config.stdin_read >= 0 && config.stdout_write >= 0 && config.stderr_write >= 0);
  std::vector<std::string> strings;
  StubPlan plan = PlanStub(config);
  absl::Span<const unsigned long> attempts = kAttemptsOfOthers;
  if (geteuid() == 0) attempts = kAttemptsOfRoot;
  absl::StatusOr<SpawnedNode> node = absl::InternalError("no attempt was made");
  for (unsigned long namespaces : attempts) {
    if (config.network) namespaces &= ~static_cast<unsigned long>(CLONE_NEWNET);
    SetNamespaces(config, plan, namespaces);
    plan.node_directory = kNodeDirectory;
    if (!plan.mount_namespace && config.real_directory) {
      absl::StatusOr<std::string> real = config.real_directory();
      if (!real.ok()) return real.status();
      plan.node_directory = *std::move(real);
    }
    SetArguments(config, plan.node_directory, strings, plan);
    bool refused = false;
    node = Birth(config, plan).Run(namespaces, refused);
    if (node.ok()) node->directory = plan.node_directory;
    if (node.ok() || !refused) break;
  }
  return node;
}

void Dispose(const SpawnedNode& node) {
  CHECK(node.stub > 0);
  if (!node.pid_namespace) KillChildren(node.stub);
  kill(node.stub, SIGKILL);
  // Process 1 of a namespace dies only after all others there, and they only when their tracer, this thread, has
  // seen each of their threads die. Orphans become children of the stub, so the loop finds every one in the end.
  int status;
  while (waitpid(node.stub, &status, __WALL | WNOHANG) == 0) {
    for (pid_t child : ChildrenOf(node.stub)) ReapThreads(child);
    usleep(100);
  }
}

}  // namespace gyre
