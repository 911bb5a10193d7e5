#include "sim/host/call_text.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "sim/host/calls.h"

namespace gyre {
namespace {

constexpr size_t kMostText = 32;   // bytes of a string or buffer
constexpr size_t kMostItems = 8;   // of an array
constexpr size_t kLongestPath = 4096;

// How the arguments of a call read, a letter each:
//   A  directory of a path            b  bytes given, their number is the next argument
//   c  clock                          d  descriptor
//   e  epoll operation                f  flags of open
//   g  signal                         h  bits, hexadecimal
//   i  signed number                  x  address
//   k  flags of clone                 m  mode, octal
//   n  name of a socket (sockaddr), its length is the next argument
//   o  bytes got, as many as the result
//   p  protection                     q  flags of mmap
//   s  path or other text             t  time given (timespec)
//   u  unsigned number                v  vector of texts (argv)
//   w  options of wait
//   y  pollfds, their number is the next argument
//   F  operation of a futex           P  two descriptors got
//   T  time got (timespec)            V  iovecs given, their number is the next argument
struct Signature {
  int nr;
  const char* arguments;
};
#define CALL(name, arguments) {SYS_##name, arguments}
constexpr Signature kSignatures[] = {
    CALL(accept, "dxx"), CALL(accept4, "dxxh"), CALL(access, "sm"), CALL(alarm, "u"), CALL(arch_prctl, "xx"),
    CALL(bind, "dnu"), CALL(brk, "x"), CALL(chdir, "s"), CALL(chmod, "sm"), CALL(clock_getres, "cT"),
    CALL(clock_gettime, "cT"), CALL(clock_nanosleep, "chtx"), CALL(clone, "kxxxx"), CALL(clone3, "xu"),
    CALL(close, "d"), CALL(close_range, "uuh"), CALL(connect, "dnu"), CALL(creat, "sm"), CALL(dup, "d"),
    CALL(dup2, "dd"), CALL(dup3, "ddf"), CALL(epoll_create, "i"), CALL(epoll_create1, "h"), CALL(epoll_ctl, "dedx"),
    CALL(epoll_pwait, "dxiixu"), CALL(epoll_pwait2, "dxitxu"), CALL(epoll_wait, "dxii"), CALL(eventfd, "u"),
    CALL(eventfd2, "uh"), CALL(execve, "svx"), CALL(execveat, "Asvxh"), CALL(exit, "i"), CALL(exit_group, "i"),
    CALL(faccessat, "Asm"), CALL(faccessat2, "Asmh"), CALL(fadvise64, "diui"), CALL(fallocate, "dhuu"),
    CALL(fchdir, "d"), CALL(fchmod, "dm"), CALL(fchmodat, "Asm"), CALL(fchown, "duu"), CALL(fchownat, "Asuuh"),
    CALL(fcntl, "dih"), CALL(fdatasync, "d"), CALL(flock, "di"), CALL(fork, ""), CALL(fstat, "dx"),
    CALL(fstatfs, "dx"), CALL(fsync, "d"), CALL(ftruncate, "du"), CALL(futex, "xFuxxx"), CALL(futex_waitv, "xuhtc"),
    CALL(getcpu, "xxx"), CALL(getcwd, "su"), CALL(getdents64, "dxu"), CALL(getegid, ""), CALL(geteuid, ""),
    CALL(getgid, ""), CALL(getpeername, "dxx"), CALL(getpgrp, ""), CALL(getpid, ""), CALL(getppid, ""),
    CALL(getrandom, "ouh"), CALL(getrusage, "ix"), CALL(getsockname, "dxx"), CALL(getsockopt, "diixx"),
    CALL(gettid, ""), CALL(gettimeofday, "xx"), CALL(getuid, ""), CALL(inotify_add_watch, "dsh"),
    CALL(inotify_init, ""), CALL(inotify_init1, "h"), CALL(ioctl, "dhx"), CALL(kill, "ig"), CALL(link, "ss"),
    CALL(linkat, "AsAsh"), CALL(listen, "di"), CALL(lseek, "dii"), CALL(lstat, "sx"), CALL(madvise, "xui"),
    CALL(memfd_create, "sh"), CALL(mkdir, "sm"), CALL(mkdirat, "Asm"), CALL(mmap, "xupqdu"), CALL(mprotect, "xup"),
    CALL(mremap, "xuuhx"), CALL(munmap, "xu"), CALL(nanosleep, "tx"), CALL(newfstatat, "Asxh"), CALL(open, "sfm"),
    CALL(openat, "Asfm"), CALL(openat2, "Asxu"), CALL(pause, ""), CALL(pidfd_open, "ih"),
    CALL(pidfd_send_signal, "dgxh"), CALL(pipe, "P"), CALL(pipe2, "Pf"), CALL(poll, "yui"), CALL(ppoll, "yutxu"),
    CALL(prctl, "ihhhh"), CALL(pread64, "douu"), CALL(preadv2, "dxuixh"), CALL(prlimit64, "iixx"),
    CALL(pselect6, "ixxxtx"),
    CALL(pwrite64, "dbuu"), CALL(pwritev2, "dxuixh"),
    CALL(read, "dou"), CALL(readlink, "sou"), CALL(readlinkat, "Asou"), CALL(readv, "dxu"),
    CALL(recvfrom, "douhxx"), CALL(recvmsg, "dxh"), CALL(rename, "ss"), CALL(renameat, "AsAs"),
    CALL(renameat2, "AsAsh"), CALL(rmdir, "s"), CALL(rseq, "xuxx"), CALL(rt_sigaction, "gxxu"),
    CALL(rt_sigprocmask, "ixxu"), CALL(rt_sigreturn, ""), CALL(rt_sigsuspend, "xu"), CALL(rt_sigtimedwait, "xxtu"),
    CALL(sched_getaffinity, "iux"), CALL(sched_setaffinity, "iux"), CALL(sched_yield, ""), CALL(select, "ixxxx"),
    CALL(sendfile, "ddxu"), CALL(sendmsg, "dxh"), CALL(sendto, "dbuhnu"), CALL(set_robust_list, "xu"),
    CALL(set_tid_address, "x"), CALL(setitimer, "ixx"), CALL(setpgid, "ii"), CALL(setsid, ""),
    CALL(setsockopt, "diixu"), CALL(shutdown, "di"), CALL(sigaltstack, "xx"), CALL(signalfd4, "ixuh"),
    CALL(socket, "ihi"), CALL(socketpair, "ihiP"), CALL(splice, "dxdxuh"), CALL(stat, "sx"), CALL(statfs, "sx"),
    CALL(statx, "Ashhx"), CALL(symlink, "ss"), CALL(symlinkat, "sAs"), CALL(sysinfo, "x"), CALL(tgkill, "iig"),
    CALL(time, "x"), CALL(timer_create, "cxx"), CALL(timer_delete, "i"), CALL(timer_settime, "ihxx"),
    CALL(timerfd_create, "ch"), CALL(timerfd_gettime, "dx"), CALL(timerfd_settime, "dhxx"), CALL(times, "x"),
    CALL(tkill, "ig"), CALL(truncate, "su"), CALL(umask, "m"), CALL(uname, "x"), CALL(unlink, "s"),
    CALL(unlinkat, "Ash"), CALL(utimensat, "Asxh"), CALL(vfork, ""), CALL(wait4, "ixwx"), CALL(waitid, "iixwx"),
    CALL(write, "dbu"), CALL(writev, "dVu"),
};
#undef CALL
constexpr char kUnknownSignature[] = "xxxxxx";

struct Bit {
  uint64_t value;
  const char* name;
};
#define BIT(name) {static_cast<uint64_t>(name), #name}
constexpr Bit kOpenFlags[] = {BIT(O_CREAT), BIT(O_EXCL), BIT(O_NOCTTY), BIT(O_TRUNC), BIT(O_APPEND), BIT(O_NONBLOCK),
                              BIT(O_DSYNC), BIT(O_DIRECT), BIT(O_DIRECTORY), BIT(O_NOFOLLOW), BIT(O_CLOEXEC),
                              BIT(O_PATH)};
constexpr Bit kProtections[] = {BIT(PROT_READ), BIT(PROT_WRITE), BIT(PROT_EXEC)};
constexpr Bit kMapFlags[] = {BIT(MAP_SHARED), BIT(MAP_PRIVATE), BIT(MAP_FIXED), BIT(MAP_ANONYMOUS), BIT(MAP_NORESERVE),
                             BIT(MAP_STACK), BIT(MAP_DENYWRITE)};
constexpr Bit kCloneFlags[] = {BIT(CLONE_VM), BIT(CLONE_FS), BIT(CLONE_FILES), BIT(CLONE_SIGHAND), BIT(CLONE_VFORK),
                               BIT(CLONE_THREAD), BIT(CLONE_SYSVSEM), BIT(CLONE_SETTLS), BIT(CLONE_PARENT_SETTID),
                               BIT(CLONE_CHILD_CLEARTID), BIT(CLONE_CHILD_SETTID)};
constexpr Bit kPollEvents[] = {BIT(POLLIN), BIT(POLLPRI), BIT(POLLOUT), BIT(POLLERR), BIT(POLLHUP), BIT(POLLNVAL)};
constexpr Bit kWaitOptions[] = {BIT(WNOHANG), BIT(WUNTRACED), BIT(WEXITED), BIT(WCONTINUED), BIT(WNOWAIT)};
#undef BIT

// "A|B|0x40"; "0" for none.
std::string Bits(uint64_t value, absl::Span<const Bit> bits, const char* none = "0") {
  std::string text;
  for (const Bit& bit : bits) {
    if ((value & bit.value) != bit.value) continue;
    absl::StrAppend(&text, text.empty() ? "" : "|", bit.name);
    value &= ~bit.value;
  }
  if (value != 0) absl::StrAppendFormat(&text, "%s0x%x", text.empty() ? "" : "|", value);
  return text.empty() ? none : text;
}

std::string Address(uint64_t value) { return value == 0 ? "NULL" : absl::StrFormat("0x%x", value); }

// One of `names` by its place; a number beyond them.
std::string OneOf(uint64_t value, absl::Span<const char* const> names) {
  return value < names.size() ? names[value] : absl::StrCat(static_cast<int64_t>(value));
}

std::string Clock(uint64_t id) {
  constexpr const char* kNames[] = {"CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID",
                                    "CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC_RAW", "CLOCK_REALTIME_COARSE",
                                    "CLOCK_MONOTONIC_COARSE", "CLOCK_BOOTTIME"};
  return OneOf(id, kNames);
}

std::string FutexOperation(uint64_t operation) {
  constexpr const char* kNames[] = {"FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE",
                                    "FUTEX_WAKE_OP", "FUTEX_LOCK_PI", "FUTEX_UNLOCK_PI", "FUTEX_TRYLOCK_PI",
                                    "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI",
                                    "FUTEX_CMP_REQUEUE_PI", "FUTEX_LOCK_PI2"};
  std::string text = OneOf(operation & FUTEX_CMD_MASK, kNames);
  if ((operation & FUTEX_PRIVATE_FLAG) != 0) text += "_PRIVATE";
  if ((operation & FUTEX_CLOCK_REALTIME) != 0) text += "|FUTEX_CLOCK_REALTIME";
  return text;
}

std::string OpenFlags(uint64_t flags) {
  constexpr const char* kModes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
  const std::string rest = Bits(flags & ~uint64_t{O_ACCMODE}, kOpenFlags, "");
  return absl::StrCat(kModes[flags & O_ACCMODE], rest.empty() ? "" : "|", rest);
}

std::string Quoted(std::string_view bytes, bool cut) {
  return absl::StrCat("\"", absl::CEscape(absl::string_view(bytes.data(), bytes.size())), "\"", cut ? "..." : "");
}

// Reads the arguments of one stopped call.
class Reader {
 public:
  Reader(pid_t pid, const user_regs_struct& regs, std::optional<int64_t> result)
      : pid_(pid), args_{regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9}, result_(result) {}

  std::string Text(char how, size_t i) const;

 private:
  std::string Buffer(uint64_t address, uint64_t size) const {
    char bytes[kMostText];
    const size_t shown = std::min<uint64_t>(size, kMostText);
    if (!ReadMemory(pid_, address, bytes, shown)) return Address(address);
    return Quoted({bytes, shown}, size > shown);
  }
  std::string Path(uint64_t address) const {
    std::string path;
    if (address == 0 || !ReadString(pid_, address, kLongestPath, &path)) return Address(address);
    return Quoted(path, false);
  }
  std::string Time(uint64_t address) const {
    timespec time;
    if (address == 0 || !ReadValue(pid_, address, &time)) return Address(address);
    return absl::StrFormat("{%d.%09d}", time.tv_sec, time.tv_nsec);
  }
  std::string Texts(uint64_t address) const;
  std::string Polls(uint64_t address, uint64_t count) const;
  std::string Vectors(uint64_t address, uint64_t count) const;
  std::string SocketName(uint64_t address, uint64_t size) const;
  bool got() const { return result_.has_value() && *result_ >= 0; }

  const pid_t pid_;
  const uint64_t args_[6];
  const std::optional<int64_t> result_;
};

std::string Reader::Texts(uint64_t address) const {
  std::string text;
  uint64_t at;
  for (size_t i = 0; ReadValue(pid_, address + 8 * i, &at) && at != 0; ++i) {
    if (i == kMostItems) return absl::StrCat("[", text, ", ...]");
    absl::StrAppend(&text, i == 0 ? "" : ", ", Path(at));
  }
  return absl::StrCat("[", text, "]");
}

std::string Reader::Polls(uint64_t address, uint64_t count) const {
  std::string text;
  pollfd poll;
  for (size_t i = 0; i < std::min<uint64_t>(count, kMostItems); ++i) {
    if (!ReadValue(pid_, address + i * sizeof poll, &poll)) return Address(address);
    absl::StrAppend(&text, i == 0 ? "" : ", ", "{", poll.fd, ", ",
                    Bits(static_cast<uint16_t>(poll.events), kPollEvents));
    if (got()) absl::StrAppend(&text, " -> ", Bits(static_cast<uint16_t>(poll.revents), kPollEvents));
    text += "}";
  }
  return absl::StrCat("[", text, count > kMostItems ? ", ..." : "", "]");
}

std::string Reader::Vectors(uint64_t address, uint64_t count) const {
  std::string text;
  iovec vector;
  for (size_t i = 0; i < std::min<uint64_t>(count, kMostItems); ++i) {
    if (!ReadValue(pid_, address + i * sizeof vector, &vector)) return Address(address);
    absl::StrAppend(&text, i == 0 ? "" : ", ",
                    Buffer(reinterpret_cast<uint64_t>(vector.iov_base), vector.iov_len));
  }
  return absl::StrCat("[", text, count > kMostItems ? ", ..." : "", "]");
}

std::string Reader::SocketName(uint64_t address, uint64_t size) const {
  uint8_t bytes[110] = {};
  if (address == 0 || size < 2 || !ReadMemory(pid_, address, bytes, std::min<uint64_t>(size, sizeof bytes - 1))) {
    return Address(address);
  }
  const int family = bytes[0] | bytes[1] << 8;
  if (family == AF_UNIX) {
    const bool abstract = bytes[2] == 0;
    const char* path = reinterpret_cast<const char*>(bytes) + (abstract ? 3 : 2);
    return absl::StrCat("{AF_UNIX, ", abstract ? "@" : "", Quoted(std::string(path), false), "}");
  }
  const int port = bytes[2] << 8 | bytes[3];
  if (family == AF_INET) return absl::StrFormat("{%d.%d.%d.%d:%d}", bytes[4], bytes[5], bytes[6], bytes[7], port);
  if (family == AF_INET6) return absl::StrFormat("{AF_INET6, port %d}", port);
  return absl::StrFormat("{family %d}", family);
}

std::string Reader::Text(char how, size_t i) const {
  const uint64_t value = args_[i];
  const uint64_t next = i < 5 ? args_[i + 1] : 0;
  constexpr const char* kEpollOperations[] = {"0", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL", "EPOLL_CTL_MOD"};
  switch (how) {
    case 'A':
      return static_cast<int>(value) == AT_FDCWD ? "AT_FDCWD" : absl::StrCat(static_cast<int>(value));
    case 'b':
      return Buffer(value, next);
    case 'c':
      return Clock(value);
    case 'd':
    case 'i':
      return absl::StrCat(static_cast<int32_t>(value));
    case 'e':
      return OneOf(value, kEpollOperations);
    case 'f':
      return OpenFlags(value);
    case 'F':
      return FutexOperation(value);
    case 'g':
      return SignalName(static_cast<int>(value));
    case 'h':
      return value == 0 ? "0" : absl::StrFormat("0x%x", value);
    case 'k':
      return absl::StrCat(Bits(value & ~uint64_t{CSIGNAL}, kCloneFlags), "|",
                          SignalName(static_cast<int>(value & CSIGNAL)));
    case 'm':
      return absl::StrFormat("0%o", value & 0xffffffff);
    case 'n':
      return SocketName(value, next);
    case 'o':
      return got() ? Buffer(value, static_cast<uint64_t>(*result_)) : Address(value);
    case 'p':
      return Bits(value, kProtections, "PROT_NONE");
    case 'P': {
      int pair[2];
      if (!got() || !ReadValue(pid_, value, &pair)) return Address(value);
      return absl::StrCat("[", pair[0], ", ", pair[1], "]");
    }
    case 'q':
      return Bits(value, kMapFlags);
    case 's':
      return Path(value);
    case 't':
      return Time(value);
    case 'T':
      return got() ? Time(value) : Address(value);
    case 'u':
      return absl::StrCat(value);
    case 'v':
      return Texts(value);
    case 'V':
      return Vectors(value, next);
    case 'w':
      return Bits(value, kWaitOptions);
    case 'y':
      return Polls(value, next);
    default:
      return Address(value);
  }
}

std::string_view ArgumentsOf(uint64_t nr, const user_regs_struct& regs) {
  std::string_view arguments = kUnknownSignature;
  for (const Signature& signature : kSignatures) {
    if (static_cast<uint64_t>(signature.nr) == nr) arguments = signature.arguments;
  }
  // A mode is only looked at when a file may be made.
  const bool no_mode = (nr == SYS_open && (regs.rsi & O_CREAT) == 0) || (nr == SYS_openat && (regs.rdx & O_CREAT) == 0);
  return no_mode ? arguments.substr(0, arguments.size() - 1) : arguments;
}

}  // namespace

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? absl::StrCat("SIG", name) : absl::StrCat(signal);
}

std::string CallName(uint64_t nr) {
  const CallRow* row = FindCall(nr);
  return row != nullptr ? row->name : absl::StrCat("call ", nr);
}

std::string CallText(pid_t pid, const user_regs_struct& regs, std::optional<int64_t> result) {
  const Reader reader(pid, regs, result);
  std::string text = absl::StrCat(CallName(regs.orig_rax), "(");
  size_t i = 0;
  for (const char how : ArgumentsOf(regs.orig_rax, regs)) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", reader.Text(how, i));
    ++i;
  }
  return text + ")";
}

std::string ResultText(const user_regs_struct& regs, int64_t result) {
  constexpr int64_t kMostErrors = 4095, kRestart = 512, kRestartLast = 516;
  if (result <= -kRestart && result >= -kRestartLast) return "? (interrupted, to be made again)";
  if (result < 0 && result >= -kMostErrors) {
    const int error = static_cast<int>(-result);
    const char* name = strerrorname_np(error);
    return absl::StrCat("-1 ", name != nullptr ? name : absl::StrCat("error ", error), " (", strerror(error), ")");
  }
  const bool address = regs.orig_rax == SYS_mmap || regs.orig_rax == SYS_brk || regs.orig_rax == SYS_mremap ||
                       regs.orig_rax == SYS_shmat;
  return address ? Address(static_cast<uint64_t>(result)) : absl::StrCat(result);
}

}  // namespace gyre
