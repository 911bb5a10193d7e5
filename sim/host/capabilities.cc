// ProbeCapabilities of host.h: what this machine allows, found out by trying each thing in a child, where a refusal
// or a change of the process does no harm. One row of the table for one capability.
#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/host/host.h"
#include "sim/host/timestamps.h"

namespace gyre {
namespace {

// A probe runs in a child of its own and returns 0 or an errno.

int ErrorOf(long result) { return result < 0 ? errno : 0; }

// A process that only waits to be looked at; gone with the scope.
class Bystander {
 public:
  Bystander() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) pause();
  }
  ~Bystander() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, __WALL);
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

int WriteText(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ErrorOf(write(fd, text.data(), text.size()));
  close(fd);
  return error;
}

// New namespaces for the calling process, in the way in which a sandbox gets them: with a user namespace for all
// but root.
int Enter(int namespaces) {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (uid == 0 && (namespaces & CLONE_NEWUSER) == 0) return ErrorOf(unshare(namespaces));
  if (unshare(CLONE_NEWUSER) != 0) return errno;
  WriteText("/proc/self/setgroups", "deny");
  if (const int error = WriteText("/proc/self/uid_map", absl::StrCat("0 ", uid, " 1\n"))) return error;
  if (const int error = WriteText("/proc/self/gid_map", absl::StrCat("0 ", gid, " 1\n"))) return error;
  return ErrorOf(unshare(namespaces & ~CLONE_NEWUSER));
}

int EnterMounts() {
  if (const int error = Enter(CLONE_NEWNS)) return error;
  return ErrorOf(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
}

int ProbePtrace() {
  Bystander bystander;
  return ErrorOf(ptrace(PTRACE_SEIZE, bystander.pid(), nullptr, nullptr));
}

int ProbeYama() {
  std::ifstream file("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  file >> scope;
  return scope <= 1 || geteuid() == 0 ? 0 : EPERM;
}

int ProbeSeccomp() {
  unsigned action = SECCOMP_RET_TRACE;
  if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) return errno;
  sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{1, allow};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ErrorOf(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

int ProbePidfdGetfd() {
  Bystander bystander;
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, bystander.pid(), 0));
  if (pidfd < 0) return errno;
  const long fd = syscall(SYS_pidfd_getfd, pidfd, 1, 0);
  // That the descriptor does not exist says that looking was allowed.
  return fd >= 0 || errno == EBADF ? 0 : errno;
}

int ProbeReadMemory() {
  int here = 0, there = 7;
  Bystander bystander;
  iovec local{&here, sizeof here}, remote{&there, sizeof there};
  return ErrorOf(process_vm_readv(bystander.pid(), &local, 1, &remote, 1, 0));
}

int ProbeUserNamespace() { return Enter(CLONE_NEWUSER | CLONE_NEWNS); }
int ProbePidNamespace() { return Enter(CLONE_NEWPID); }
int ProbeNetworkNamespace() { return Enter(CLONE_NEWNET); }

int ProbeMountSetattr() {
  if (const int error = EnterMounts()) return error;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  return ErrorOf(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes));
}

int ProbeOverlay() {
  if (const int error = EnterMounts()) return error;
  if (mount("probe", "/tmp", "tmpfs", 0, "size=1m") != 0) return errno;
  for (const char* directory : {"/tmp/lower", "/tmp/upper", "/tmp/work"}) {
    if (mkdir(directory, 0755) != 0) return errno;
  }
  std::string options = "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work";
  struct stat status;
  // As in a user namespace, which maps the file system's root to nobody.
  const bool foreign_root = stat("/", &status) == 0 && status.st_uid != 0;
  if (foreign_root) options += ",userxattr";
  return ErrorOf(mount("overlay", "/tmp/lower", "overlay", 0, options.c_str()));
}

int ProbePersonality() {
  if (personality(ADDR_NO_RANDOMIZE) < 0) return errno;
  return (personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0 ? 0 : EPERM;
}

int ProbeCpuidFaulting() { return ErrorOf(syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0)); }

int ProbeTimestampFaulting() { return TimestampsCanFault() ? 0 : ENOTSUP; }

int ProbeMemoryCgroup() {
  std::ifstream file("/proc/self/cgroup");
  int error = ENOENT;
  for (std::string line; std::getline(file, line);) {
    const size_t controllers = line.find(':') + 1;
    const size_t path = line.find(':', controllers) + 1;
    const std::string names = line.substr(controllers, path - 1 - controllers);
    std::string directory;
    if (names == "memory") directory = absl::StrCat("/sys/fs/cgroup/memory", line.substr(path));
    if (names.empty()) directory = absl::StrCat("/sys/fs/cgroup", line.substr(path));
    if (directory.empty()) continue;
    if (names.empty()) {
      std::ifstream available(directory + "/cgroup.controllers");
      std::string all((std::istreambuf_iterator<char>(available)), std::istreambuf_iterator<char>());
      if (all.find("memory") == std::string::npos) continue;
    }
    if (access(directory.c_str(), W_OK) == 0) return 0;
    error = errno;
  }
  return error;
}

int ProbePipeCapacity() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return errno;
  return ErrorOf(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20));
}

struct Row {
  const char* name;
  int (*probe)();
  const char* purpose;
  const char* loss;
  const char* remedy;
};

constexpr char kContainer[] = "in a container: docker run --security-opt seccomp=unconfined --cap-add SYS_PTRACE";
constexpr char kNamespaces[] =
    "run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian), sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container: docker run --security-opt "
    "seccomp=unconfined --security-opt apparmor=unconfined --cap-add SYS_ADMIN";
constexpr char kProcessor[] = "nothing is to be done: the processor or the hypervisor does not offer it";

constexpr Row kRows[] = {
    {"cpuid faulting", ProbeCpuidFaulting, "hides the processor's model from programs",
     "programs see the real processor: a run may differ on another model", kProcessor},
    {"memory cgroup", ProbeMemoryCgroup, "limits the memory of a node as a whole",
     "memory is limited by RLIMIT_DATA, for each process alone", "run as root, or under systemd-run --user --scope"},
    {"mount namespace", EnterMounts, "private /tmp and a read-only file system",
     "nodes share /tmp but for their directories, and may change real files: runs are leaky", kNamespaces},
    {"mount_setattr", ProbeMountSetattr, "makes the file system read-only for nodes",
     "nodes may write wherever the caller may", "needs Linux 5.12 and a mount namespace (see there)"},
    {"network namespace", ProbeNetworkNamespace, "keeps nodes off the network",
     "nodes reach the machine's network: a run that uses it is leaky", kNamespaces},
    {"overlayfs", ProbeOverlay, "lets nodes write beside their program without changing it",
     "the program's directory is read-only, or without a mount namespace open to writes",
     "needs Linux 5.11 with CONFIG_OVERLAY_FS (modprobe overlay) and a mount namespace (see there)"},
    {"personality", ProbePersonality, "turns address randomization off",
     "what depends on addresses differs from run to run: runs are leaky", kContainer},
    {"pid namespace", ProbePidNamespace, "gives the processes of a node the same ids in each run",
     "process ids are made up, and nodes see the machine's processes in /proc: runs are leaky", kNamespaces},
    {"pidfd_getfd", ProbePidfdGetfd, "looks whether a node's descriptor is ready",
     "nothing but speed: the node is made to ask, by calls that it does not see", kContainer},
    {"pipe capacity", ProbePipeCapacity, "pipes of 1 MiB to and from nodes",
     "pipes of 64 KiB: large outputs take more steps", "sysctl fs.pipe-max-size=1048576 fs.pipe-user-pages-soft=0"},
    {"process_vm_readv", ProbeReadMemory, "reads and writes a node's memory in one call",
     "no node can be run", kContainer},
    {"PR_SET_TSC", ProbeTimestampFaulting, "traps rdtsc in code that a program writes to executable memory",
     "such a run is leaky, if rdtsc is in that memory in the end",
     kProcessor},
    {"ptrace", ProbePtrace, "stops nodes at their system calls", "no node can be run", kContainer},
    {"seccomp", ProbeSeccomp, "chooses which system calls stop", "no node can be run", kContainer},
    {"user namespace", ProbeUserNamespace, "namespaces without being root",
     "namespaces only for root", kNamespaces},
    {"Yama ptrace_scope", ProbeYama, "allows to trace one's own children", "no node can be run",
     "sysctl kernel.yama.ptrace_scope=1"},
};

// Runs the probe in a child; its errno.
int Probe(int (*probe)()) {
  const pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int error = probe();
    _exit(error < 256 ? error : EPERM);
  }
  int status = 0;
  while (waitpid(child, &status, __WALL) < 0 && errno == EINTR) {
  }
  // A system call filter may kill who calls what it forbids.
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

}  // namespace

std::vector<Capability> ProbeCapabilities() {
  std::vector<Capability> capabilities;
  for (const Row& row : kRows) {
    const int error = Probe(row.probe);
    capabilities.push_back({row.name, error == 0, error == 0 ? row.purpose : strerror(error), row.loss, row.remedy});
  }
  return capabilities;
}

}  // namespace gyre
