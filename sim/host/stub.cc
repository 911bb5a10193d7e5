#include "sim/host/stub.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/host/loopback.h"
#include "sim/host/sandbox.h"

namespace gyre {
namespace {

// The descriptors in the stub once it has put them in order.
constexpr int kReportWrite = 3;
constexpr int kGoRead = 4;
constexpr int kVolume = 5;  // if there is one
constexpr int kFirstFree = 6;

constexpr rlim_t kStackBytes = 8u << 20;
constexpr rlim_t kOpenFiles = 65536;
constexpr mode_t kShared = 01777;

void Send(SetupReport::Kind kind, SetupStep step, int error, size_t entry = 0) {
  SetupReport report{kind, step, static_cast<uint16_t>(entry), error};
  // Shorter than PIPE_BUF, so it is written whole or, if the caller is gone, not at all.
  if (write(kReportWrite, &report, sizeof report) < 0) _exit(127);
}

void Lose(SetupStep step, size_t entry = 0) { Send(SetupReport::Kind::kLoss, step, errno, entry); }

[[noreturn]] void Fail(SetupStep step) {
  Send(SetupReport::Kind::kError, step, errno);
  _exit(127);
}

[[noreturn]] void Refuse(SetupStep step) {
  Send(SetupReport::Kind::kRefused, step, errno);
  _exit(127);
}

// Waits for the caller's word. The end of the pipe means that the caller died before PDEATHSIG was set.
void AwaitGo() {
  char byte;
  while (true) {
    ssize_t got = read(kGoRead, &byte, 1);
    if (got == 1) return;
    if (got == 0 || errno != EINTR) _exit(127);
  }
}

// Puts the descriptors at their numbers and closes all others. First everything is moved out of the way, as the
// caller's numbers may be among the targets.
void ArrangeDescriptors(const StubDescriptors& given) {
  const int sources[] = {given.stdin_read,   given.stdout_write, given.stderr_write,
                         given.report_write, given.go_read,      given.volume};
  int moved[kFirstFree];
  const int count = given.volume >= 0 ? kFirstFree : kVolume;
  for (int i = 0; i < count; ++i) {
    moved[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, kFirstFree);
    if (moved[i] < 0) _exit(127);
  }
  if (count == kVolume) close(kVolume);
  for (int i = 0; i < count; ++i) {
    if (dup3(moved[i], i, i < kReportWrite ? 0 : O_CLOEXEC) < 0) _exit(127);
  }
  if (close_range(kFirstFree, ~0u, 0) != 0) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (rlim_t fd = kFirstFree; fd < limit.rlim_cur; ++fd) close(static_cast<int>(fd));
  }
}

bool WriteFile(const char* path, const std::string& text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int error = errno;
  close(fd);
  errno = error;
  return written;
}

// The program is root inside, as it is when the caller is root: it sees the same ids on every machine.
void MapIds(const StubPlan& plan) {
  // Required before gid_map may be written without privilege; absent on old kernels.
  WriteFile("/proc/self/setgroups", "deny");
  if (!WriteFile("/proc/self/uid_map", plan.uid_map)) Refuse(SetupStep::kUserMap);
  if (!WriteFile("/proc/self/gid_map", plan.gid_map)) Refuse(SetupStep::kUserMap);
}

// Gives the upper directory of an overlay what stat shows of the original.
void CopyAttributes(int original, const char* upper) {
  struct stat status;
  if (fstat(original, &status) != 0) return;
  if (chown(upper, status.st_uid, status.st_gid) != 0) {
    // Ids that the user namespace does not have: the directory is then root's, as the program is.
  }
  chmod(upper, status.st_mode & 07777);
  const timespec times[] = {status.st_atim, status.st_mtim};
  utimensat(AT_FDCWD, upper, times, 0);
}

// Binds the original over `path`, read-only. open_tree works from the descriptor of a place that is covered by now.
bool BindReadOnly(int original, const char* path) {
  int tree = open_tree(original, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  if (tree < 0) return false;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
  bool moved = move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
  int error = errno;
  close(tree);
  errno = error;
  return moved;
}

bool MakeDirectory(const StubPlan& plan, const char* path, mode_t mode) {
  return mkdir(path, mode) == 0 || (errno == EEXIST && plan.has_volume);
}

// Mounts one entry of the plan; `original` is where its path led before the private directories covered it.
void ShowEntry(const StubPlan& plan, size_t entry, int original) {
  const MountThrough& through = plan.mounts.through[entry];
  const char* path = through.path.c_str();
  if (through.how == MountThrough::How::kSymlink) {
    const bool there = symlink(through.symlink_target.c_str(), path) == 0 || (errno == EEXIST && plan.has_volume);
    if (!there) Lose(SetupStep::kMountThrough, entry);
    return;
  }
  if (original < 0) return Lose(SetupStep::kMountThrough, entry);
  if (through.how == MountThrough::How::kReadOnlyFile) {
    int point = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (point >= 0) close(point);
    if (!BindReadOnly(original, path)) Lose(SetupStep::kMountThrough, entry);
    return;
  }
  if (through.in_private_directory) mkdir(path, 0755);
  const char* upper = plan.upper_directories[entry].c_str();
  const char* options = plan.overlay_options[entry].c_str();
  if (MakeDirectory(plan, upper, 0755) && MakeDirectory(plan, plan.work_directories[entry].c_str(), 0755)) {
    if (!plan.has_volume) CopyAttributes(original, upper);
    if (fchdir(original) == 0 && mount("overlay", path, "overlay", MS_NOATIME, options) == 0) return;
  }
  Lose(SetupStep::kCopyOnWrite, entry);
  if (through.in_private_directory && !BindReadOnly(original, path)) Lose(SetupStep::kMountThrough, entry);
}

// Hands the hidden file system to the caller, so that it does not end with the node. Without that the node is none the
// worse.
void SendVolume() {
  const int tree = open_tree(AT_FDCWD, kHiddenDirectory, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0) return;
  iovec data{const_cast<char*>("v"), 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof tree)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof tree);
  std::memcpy(CMSG_DATA(header), &tree, sizeof tree);
  sendmsg(kGoRead, &message, MSG_NOSIGNAL);
  close(tree);
}

// One hidden file system holds all that the node may write, so one size limits it all. It is mounted on /proc for
// as long as its parts are being put in place, because that is where a directory is sure to exist.
void MountPrivateFiles(const StubPlan& plan) {
  const char* options = plan.tmpfs_options.c_str();
  // One file system more shifts the device numbers of those that follow; the real /proc covers it.
  if (plan.shifted && mount("shift", kHiddenDirectory, "tmpfs", 0, "size=4k") != 0) Refuse(SetupStep::kPrivateFiles);
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOATIME;
  bool kept = plan.has_volume;
  if (kept && move_mount(kVolume, "", AT_FDCWD, kHiddenDirectory, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    Lose(SetupStep::kKeptFiles);
    kept = false;
  }
  if (!kept && mount("gyre", kHiddenDirectory, "tmpfs", kFlags, options) != 0) Refuse(SetupStep::kPrivateFiles);
  SendVolume();
  if (plan.shifted && !kept) {
    // Directories that come and go use inode numbers up.
    for (int i = 0; i < 7; ++i) {
      if (mkdir("/proc/shift", 0700) != 0 || rmdir("/proc/shift") != 0) Refuse(SetupStep::kPrivateFiles);
    }
  }
  for (size_t i = 0; i < plan.mounts.private_directories.size(); ++i) {
    const char* hidden = plan.hidden_directories[i].c_str();
    const char* shown = plan.mounts.private_directories[i].c_str();
    if (!MakeDirectory(plan, hidden, kShared) || mount(hidden, shown, nullptr, MS_BIND, nullptr) != 0) {
      Refuse(SetupStep::kPrivateFiles);
    }
  }
}

void MountAll(const StubPlan& plan) {
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) Refuse(SetupStep::kPrivateMounts);
  const size_t count = plan.mounts.through.size();
  // The originals get consecutive descriptors from kFirstFree on; a gap where one could not be opened.
  for (size_t i = 0; i < count; ++i) {
    const int target = kFirstFree + static_cast<int>(i);
    int original = open(plan.mounts.through[i].path.c_str(), O_PATH | O_CLOEXEC);
    if (original >= 0 && original != target) {
      dup3(original, target, O_CLOEXEC);
      close(original);
    }
  }
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes) != 0) Lose(SetupStep::kReadOnlyTree);

  MountPrivateFiles(plan);
  for (size_t i = 0; i < count; ++i) {
    const int original = kFirstFree + static_cast<int>(i);
    ShowEntry(plan, i, fcntl(original, F_GETFD) < 0 ? -1 : original);
    close(original);
  }
  if (chdir("/") != 0) Refuse(SetupStep::kPrivateFiles);
  umount2(kHiddenDirectory, MNT_DETACH);
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    Lose(SetupStep::kProc);
    if (plan.shifted) umount2(kHiddenDirectory, MNT_DETACH);
  }
}

void SetUpNetwork() {
  if (!RaiseLoopback()) return Lose(SetupStep::kLoopback);
  if (!FreeLoopbackOfTimers()) Lose(SetupStep::kLoopbackTimers);
}

// The rest of /proc stays writable, as programs name their threads there; these two reach the whole machine.
void ProtectMachine() {
  for (const char* path : {"/proc/sys", "/proc/sysrq-trigger"}) {
    int original = open(path, O_PATH | O_CLOEXEC);
    if (original < 0) continue;
    BindReadOnly(original, path);
    close(original);
  }
}

void DefaultSignals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal <= SIGRTMAX; ++signal) sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Limits are visible to the program (getrlimit, the address of its mappings), so they may not be the caller's.
void SetLimits(const StubPlan& plan) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const rlimit stack{kStackBytes, kStackBytes};
  if (setrlimit(RLIMIT_STACK, &stack) != 0) Lose(SetupStep::kStackLimit);
  // Counted by the kernel in what a process asks for, not in what it touches: the same in each run.
  const rlimit memory{plan.memory_bytes, plan.memory_bytes};
  if (plan.memory_bytes != 0 && setrlimit(RLIMIT_DATA, &memory) != 0) Lose(SetupStep::kMemoryLimit);
  // Some follow from the machine's memory by default.
  constexpr struct {
    __rlimit_resource resource;
    rlim_t most;
  } kLimits[] = {
      {RLIMIT_MEMLOCK, 8 << 20}, {RLIMIT_MSGQUEUE, 819200}, {RLIMIT_NICE, 0},           {RLIMIT_NOFILE, kOpenFiles},
      {RLIMIT_NPROC, 15000},     {RLIMIT_RTPRIO, 0},        {RLIMIT_SIGPENDING, 15000},
  };
  for (const auto& [resource, most] : kLimits) {
    rlimit limit{};
    getrlimit(resource, &limit);
    limit.rlim_cur = limit.rlim_max = std::min(most, limit.rlim_max);
    setrlimit(resource, &limit);
  }
}

void InstallFilter(const StubPlan& plan) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) Fail(SetupStep::kNoNewPrivileges);
  if (plan.filter_length == 0) return;
  sock_fprog program{static_cast<unsigned short>(plan.filter_length), const_cast<sock_filter*>(plan.filter)};
  // Kernels before 5.16 slow a filtered process down against Spectre unless told not to.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0) return;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) Fail(SetupStep::kSeccomp);
}

// The node's first process, up to its exec.
[[noreturn]] void RunMain(const StubPlan& plan) {
  if (!plan.pid_namespace) prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  if (personality(ADDR_NO_RANDOMIZE) < 0) Lose(SetupStep::kAddressRandomization);
  SetLimits(plan);
  umask(022);
  if (chdir(plan.node_directory.c_str()) != 0) Fail(SetupStep::kNodeDirectory);
  if (close_range(kReportWrite, ~0u, CLOSE_RANGE_CLOEXEC) != 0) fcntl(kReportWrite, F_SETFD, FD_CLOEXEC);
  DefaultSignals();
  InstallFilter(plan);
  execve(plan.bin, plan.argv.data(), plan.envp.data());
  Fail(SetupStep::kExec);
}

}  // namespace

void RunStub(const StubPlan& plan, const StubDescriptors& descriptors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "gyre-stub");
  // Without a pid namespace orphans come back here all the same.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  ArrangeDescriptors(descriptors);
  AwaitGo();
  if (chdir("/") != 0) _exit(127);
  umask(0);
  if (plan.user_namespace) MapIds(plan);
  if (plan.mount_namespace) MountAll(plan);
  if (plan.network_namespace) SetUpNetwork();
  if (plan.mount_namespace) ProtectMachine();
  if (plan.uts_namespace && sethostname("gyre", 4) != 0) Lose(SetupStep::kHostName);
  if (mkdir(plan.node_directory.c_str(), 0755) != 0 && errno != EEXIST) Fail(SetupStep::kNodeDirectory);

  Send(SetupReport::Kind::kReady, SetupStep::kFork, 0);
  AwaitGo();
  pid_t main = ForkInto(0);
  if (main == 0) RunMain(plan);
  if (main < 0) Fail(SetupStep::kFork);
  if (close_range(0, ~0u, 0) != 0) {
    for (int fd = 0; fd < kFirstFree; ++fd) close(fd);
  }
  while (waitpid(-1, nullptr, __WALL) > 0 || errno == EINTR) {
  }
  while (true) pause();
}

pid_t ForkInto(unsigned long namespaces) {
  return static_cast<pid_t>(syscall(SYS_clone, namespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

}  // namespace gyre
