// Locks of files, and FIFOs that wait for their other side: held until the kernel would not block. fcntl(2), fifo(7).
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/descriptors.h"

namespace gyre {

Outcome OnFlock(Call& call) {
  if ((call.args[1] & (LOCK_NB | LOCK_UN)) != 0) {
    call.node.probe_needed = true;
    return Pass();
  }
  // A lock belongs to the open file, which our borrowed descriptor shares.
  const ScopedFd borrowed = BorrowDescriptor(call.thread, static_cast<int>(call.args[0]));
  if (!borrowed.valid()) return Pass();
  if (flock(borrowed.get(), static_cast<int>(call.args[1]) | LOCK_NB) == 0) return Return(0);
  if (errno != EWOULDBLOCK) return Pass();
  const Outcome held = Hold(call, WaitKind::kFlock);
  call.thread.wait.fd = static_cast<int>(call.args[0]);
  call.thread.wait.events = static_cast<short>(call.args[1]);
  return held;
}

namespace {

constexpr int64_t kEndOfFile = INT64_MAX;

struct LockRange {
  bool writes = false;
  int64_t first = 0;
  int64_t last = kEndOfFile;
};

// The range as offsets from the start; false if the kernel would say EINVAL.
bool RangeOf(const struct flock& lock, int fd, LockRange* range) {
  int64_t from = 0;
  struct stat status;
  if (lock.l_whence == SEEK_CUR) from = lseek(fd, 0, SEEK_CUR);
  if (lock.l_whence == SEEK_END) from = fstat(fd, &status) == 0 ? status.st_size : -1;
  if (from < 0 || __builtin_add_overflow(from, lock.l_start, &range->first)) return false;
  range->writes = lock.l_type == F_WRLCK;
  range->last = kEndOfFile;
  if (lock.l_len > 0 && __builtin_add_overflow(range->first, lock.l_len - 1, &range->last)) return false;
  if (lock.l_len < 0) {
    range->last = range->first - 1;
    range->first += lock.l_len;
  }
  return range->first >= 0;
}

// Whether another process's lock is in the way. F_GETLK would not do: it answers for us, to whom the waiting process's
// own locks are in the way too. /proc/locks says whose each one is: proc(5).
bool IsLockedByOther(const Process& process, int fd, const LockRange& wanted) {
  struct stat status;
  if (fstat(fd, &status) != 0) return false;
  FILE* file = std::fopen("/proc/locks", "re");
  if (file == nullptr) return false;
  char line[256];
  bool found = false;
  while (!found && std::fgets(line, sizeof line, file) != nullptr) {
    char kind[16], access[16], end[32];
    int pid;
    unsigned int device_major, device_minor;
    unsigned long inode;
    long long first;
    // Those that wait have an arrow in the second column, which is no kind.
    if (std::sscanf(line, "%*d: %15s %*s %15s %d %x:%x:%lu %lld %31s", kind, access, &pid, &device_major, &device_minor,
                    &inode, &first, end) != 8) {
      continue;
    }
    const bool records = std::strcmp(kind, "POSIX") == 0 || std::strcmp(kind, "OFDLCK") == 0;
    if (!records || inode != status.st_ino || makedev(device_major, device_minor) != status.st_dev) continue;
    if (pid == process.pid || (!wanted.writes && std::strcmp(access, "WRITE") != 0)) continue;
    const int64_t last = std::strcmp(end, "EOF") == 0 ? kEndOfFile : std::atoll(end);
    found = first <= wanted.last && last >= wanted.first;
  }
  std::fclose(file);
  return found;
}

}  // namespace

bool RecordLockReady(Thread& thread) {
  const Process& process = *thread.process;
  const int fd = static_cast<int>(thread.regs.rdi);
  struct flock lock;
  const ScopedFd borrowed = BorrowDescriptor(thread, fd);
  if (!borrowed.valid() || !ReadValue(process.pid, thread.regs.rdx, &lock) || lock.l_type == F_UNLCK) return true;
  if (static_cast<int>(thread.regs.rsi) == F_OFD_SETLKW) {
    // Such a lock belongs to the open file, which our borrowed descriptor shares.
    return fcntl(borrowed.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK;
  }
  LockRange range;
  return !RangeOf(lock, borrowed.get(), &range) || !IsLockedByOther(process, borrowed.get(), range);
}

Outcome WaitForRecordLock(Call& call) {
  call.node.probe_needed = true;  // an unlock, perhaps
  if (RecordLockReady(call.thread)) return Pass();
  return Hold(call, WaitKind::kRecordLock);
}

namespace {

std::string LinkTo(const ScopedFd& fd) { return absl::StrCat("/proc/self/fd/", fd.get()); }

// Whether the FIFO is open for reading (or for writing) in some process.
bool HasReader(const ScopedFd& fifo) {
  return ScopedFd(open(LinkTo(fifo).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)).valid();
}
bool HasWriter(const ScopedFd& fifo) {
  const ScopedFd reader(open(LinkTo(fifo).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  int waiting = 0;
  if (ioctl(reader.get(), FIONREAD, &waiting) == 0 && waiting > 0) return true;
  // An empty one tells by its read: the end of the file when there is no writer.
  char byte;
  return read(reader.get(), &byte, 1) < 0 && errno == EAGAIN;
}

bool IsSameFile(const ScopedFd& a, const ScopedFd& b) {
  struct stat first, second;
  return fstat(a.get(), &first) == 0 && fstat(b.get(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

}  // namespace

bool FifoReady(const Thread& thread) {
  if (thread.fifo_keeper.valid()) return true;
  return thread.fifo_writes ? HasReader(thread.fifo) : HasWriter(thread.fifo);
}

// Of two that open the two sides both wait, so neither can be let into the kernel first. Who comes second finds the
// first one held, and from then on we keep both sides open until the first one's open is done: the kernel counts an
// opener that waits as present, too.
Outcome OpenFifo(Call& call, ScopedFd fifo, uint64_t flags) {
  Thread& self = call.thread;
  if (self.fifo_keeper.valid()) return PassToExit(self, AtExit::kFifoOpened);
  const uint64_t access = flags & O_ACCMODE;
  for (const auto& other : call.node.threads) {
    if (other->state != ThreadState::kHeld || other->wait.kind != WaitKind::kFifo) continue;
    if (other->fifo_keeper.valid()) continue;
    const bool meets = access == O_RDWR || (access == O_WRONLY) != other->fifo_writes;
    if (!meets || !IsSameFile(other->fifo, fifo)) continue;
    other->fifo_keeper = ScopedFd(open(LinkTo(fifo).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    call.node.probe_needed = true;
  }
  if (access == O_RDWR || (flags & O_NONBLOCK) != 0) return Pass();
  if (access == O_WRONLY ? HasReader(fifo) : HasWriter(fifo)) return Pass();
  self.fifo = std::move(fifo);
  self.fifo_writes = access == O_WRONLY;
  return Hold(call, WaitKind::kFifo);
}

}  // namespace gyre
