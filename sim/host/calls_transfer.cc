// send(2), recv(2) with MSG_WAITALL, sendfile(2), splice(2), pipe(7). A signal that interrupts such a call halfway has
// it return what was moved so far, whatever SA_RESTART says (calls_signal.cc); so does a time-out.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/descriptors.h"
#include "sim/host/injected_call.h"
#include "sim/host/transfer.h"

namespace gyre {
namespace {

// The kernel writes at most this much to a pipe that has room for one page without blocking.
constexpr uint64_t kPipeAtomic = 4096;
constexpr uint64_t kMostIovecs = 1024;
constexpr uint64_t kPieceBytes = 65536;

std::vector<Buffer> VectorBuffers(const Call& call, uint64_t address, uint64_t count) {
  std::vector<iovec> entries(std::min(count, kMostIovecs));
  std::vector<Buffer> buffers;
  if (!ReadMemory(call.pid(), address, entries.data(), entries.size() * sizeof(iovec))) return buffers;
  for (const iovec& entry : entries) buffers.push_back({reinterpret_cast<uint64_t>(entry.iov_base), entry.iov_len});
  return buffers;
}

// A descriptor in our hands that does not block as long as this lives.
class Unblocked {
 public:
  Unblocked(Thread& thread, int fd) : borrowed_(BorrowDescriptor(thread, fd)), flags_(fcntl(borrowed_.get(), F_GETFL)) {
    valid_ = flags_ >= 0 && fcntl(borrowed_.get(), F_SETFL, flags_ | O_NONBLOCK) == 0;
  }
  Unblocked(const Unblocked&) = delete;
  Unblocked& operator=(const Unblocked&) = delete;
  ~Unblocked() {
    if (valid_) fcntl(borrowed_.get(), F_SETFL, flags_);
  }
  bool valid() const { return valid_; }
  int get() const { return borrowed_.get(); }

 private:
  ScopedFd borrowed_;
  int flags_;
  bool valid_ = false;
};

// Why a transfer stopped short of its end.
enum class Short : uint8_t { kNone, kFull, kEnd, kFault };

// Moves piece by piece, from where the call was held before, with `move`: it takes our copy of a piece and tells how
// much of it was moved, or -1. `errno` tells of kFault.
template <typename Move>
Short MoveAll(Call& call, const std::vector<Buffer>& buffers, bool inward, Move move) {
  uint64_t start = 0;
  std::string piece;
  for (const Buffer& buffer : buffers) {
    while (call.thread.moved < start + buffer.size) {
      const uint64_t at = call.thread.moved - start;
      piece.resize(std::min<uint64_t>(buffer.size - at, kPieceBytes));
      errno = EFAULT;
      if (!inward && !ReadMemory(call.pid(), buffer.address + at, piece.data(), piece.size())) return Short::kFault;
      const ssize_t done = move(piece);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return errno == EAGAIN ? Short::kFull : Short::kFault;
      if (done == 0) return Short::kEnd;
      const auto size = static_cast<uint64_t>(done);
      errno = EFAULT;
      if (inward && !WriteMemory(call.pid(), buffer.address + at, piece.data(), size)) return Short::kFault;
      call.thread.moved += size;
    }
    start += buffer.size;
  }
  return Short::kNone;
}

Outcome ReturnMoved(const Call& call) { return Return(static_cast<int64_t>(call.thread.moved)); }

}  // namespace

std::vector<Buffer> Buffers(const Call& call) {
  switch (call.nr) {
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv2:
    case SYS_pwritev2:
      return VectorBuffers(call, call.args[1], call.args[2]);
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_recvmsg:
    case SYS_recvmmsg: {
      msghdr message{};
      if (!ReadValue(call.pid(), call.args[1], &message)) return {};
      return VectorBuffers(call, reinterpret_cast<uint64_t>(message.msg_iov), message.msg_iovlen);
    }
    default:
      return {{call.args[1], call.args[2]}};
  }
}

uint64_t TotalSize(const std::vector<Buffer>& buffers) {
  uint64_t total = 0;
  for (const Buffer& buffer : buffers) total += buffer.size;
  return total;
}

Outcome HoldFor(Call& call, int fd, short events) {
  int64_t deadline = kNever;
  const ScopedFd borrowed = BorrowDescriptor(call.thread, fd);
  timeval timeout{};
  socklen_t size = sizeof timeout;
  const int option = events == POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (getsockopt(borrowed.get(), SOL_SOCKET, option, &timeout, &size) == 0 &&
      (timeout.tv_sec != 0 || timeout.tv_usec != 0)) {
    deadline = DeadlineAfter(call.node, FromTimespec({timeout.tv_sec, timeout.tv_usec * 1000}));
  }
  const Outcome held = Hold(call, WaitKind::kDescriptor, deadline);
  call.thread.wait.fd = fd;
  call.thread.wait.events = events;
  return held;
}

Outcome InVainOrHold(Call& call, int fd, short events, bool nonblocking) {
  if (!nonblocking) return HoldFor(call, fd, events);
  call.node.TickForVainPoll();
  return {Outcome::Kind::kYieldPass, 0};
}

Outcome PassWith(Call& call, size_t slot, uint64_t argument) {
  user_regs_struct regs = call.thread.regs;
  *ArgumentSlot(&regs, slot) = argument;
  if (!SetRegisters(call.thread.tid, regs)) return Pass();
  call.thread.replaced_slot = slot;
  call.thread.replaced_argument = call.args[slot];
  return PassToExit(call.thread, AtExit::kArgument);
}

bool IsStream(Thread& thread, int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  const ScopedFd borrowed = BorrowDescriptor(thread, fd);
  return getsockopt(borrowed.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

Outcome WriteInPieces(Call& call, int fd, const std::vector<Buffer>& buffers) {
  const Unblocked out(call.thread, fd);
  if (!out.valid()) return Pass();
  const Short stop = MoveAll(call, buffers, false,
                             [&](const std::string& piece) { return write(out.get(), piece.data(), piece.size()); });
  const int error = errno;
  call.node.probe_needed = true;
  if (stop == Short::kFull) return HoldFor(call, fd, POLLOUT);
  // With nothing written the kernel tells the error itself (and sends SIGPIPE).
  if (stop == Short::kFault && call.thread.moved == 0) return Pass();
  // A pipe that is broken halfway: the signal comes although what was written counts.
  struct stat status;
  if (stop == Short::kFault && error == EPIPE && fstat(out.get(), &status) == 0 && S_ISFIFO(status.st_mode)) {
    syscall(SYS_tgkill, call.pid(), call.thread.tid, SIGPIPE);
  }
  return ReturnMoved(call);
}

bool Fits(const Call& call) { return call.thread.moved == 0 && TotalSize(Buffers(call)) <= kPipeAtomic; }

namespace {

// To a stream that has room for some of it, or for none.
Outcome SendInPieces(Call& call, int fd) {
  const std::vector<Buffer> buffers = Buffers(call);
  if (call.nr != SYS_sendmsg && call.nr != SYS_sendmmsg) return WriteInPieces(call, fd, buffers);
  msghdr message{};
  if (!ReadValue(call.pid(), call.args[1], &message)) return Pass();
  // What travels beside the data, descriptors say, only the thread itself can send: with the first of it.
  if (message.msg_controllen != 0 && call.thread.moved == 0) {
    constexpr uint64_t kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const int64_t first = InjectCall(call.thread, SYS_sendmsg, {call.args[0], call.args[1], kFlags});
    if (first == -EAGAIN) return HoldFor(call, fd, POLLOUT);
    if (first < 0) return Pass();  // the call tells it once more
    call.thread.moved = static_cast<uint64_t>(first);
    call.node.probe_needed = true;
  }
  const Outcome sent = WriteInPieces(call, fd, buffers);
  if (call.nr == SYS_sendmsg || sent.kind != Outcome::Kind::kReturn) return sent;
  const auto size = static_cast<uint32_t>(sent.value);
  return Return(WriteValue(call.pid(), call.args[1] + offsetof(mmsghdr, msg_len), size) ? 1 : -EFAULT);
}

// A datagram where poll tells of no room: it says so earlier than the kernel makes a sender wait.
Outcome SendDatagram(Call& call, int fd) {
  if (call.nr == SYS_sendmsg || call.nr == SYS_sendmmsg) return HoldFor(call, fd, POLLOUT);
  std::string data;
  for (const Buffer& buffer : Buffers(call)) {
    std::string part(std::min<uint64_t>(buffer.size, 1 << 20), '\0');
    if (!ReadMemory(call.pid(), buffer.address, part.data(), part.size())) return Pass();
    data += part;
  }
  sockaddr_storage address{};
  const bool named = call.nr == SYS_sendto && call.args[4] != 0;
  const socklen_t size = named ? static_cast<socklen_t>(std::min<uint64_t>(call.args[5], sizeof address)) : 0;
  if (named && !ReadMemory(call.pid(), call.args[4], &address, size)) return Pass();
  const ScopedFd socket = BorrowDescriptor(call.thread, fd);
  const ssize_t sent = sendto(socket.get(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                              named ? reinterpret_cast<const sockaddr*>(&address) : nullptr, size);
  if (sent < 0 && errno == EAGAIN) return HoldFor(call, fd, POLLOUT);
  return sent < 0 ? Pass() : Return(sent);
}

}  // namespace

Outcome Send(Call& call, int fd, bool ready) {
  // Of several messages the kernel would wait to send all: it is asked to send the first.
  const bool several = call.nr == SYS_sendmmsg && call.args[2] > 1;
  if (IsStream(call.thread, fd)) {
    if (!ready || !Fits(call)) return SendInPieces(call, fd);
  } else if (!ready) {
    return SendDatagram(call, fd);
  }
  return several ? PassWith(call, 2, 1) : Pass();
}

Outcome ReceiveInPieces(Call& call, int fd) {
  const bool plain = call.nr == SYS_recvfrom;
  msghdr message{};
  if (!plain && !ReadValue(call.pid(), call.args[1], &message)) return Pass();
  // With what travels beside the data a part of it is the most there is.
  const size_t flags_slot = plain ? 3 : 2;
  const bool beside = plain ? call.args[4] != 0 : message.msg_controllen != 0;
  const uint64_t flags = call.args[flags_slot] & ~uint64_t{MSG_WAITALL};
  if (beside && call.thread.moved == 0) return PassWith(call, flags_slot, flags);
  const ScopedFd in = BorrowDescriptor(call.thread, fd);
  const Short stop = MoveAll(call, Buffers(call), true, [&](std::string& piece) {
    return recv(in.get(), piece.data(), piece.size(), static_cast<int>(flags) | MSG_DONTWAIT);
  });
  if (stop == Short::kFull) return HoldFor(call, fd, POLLIN);
  if (stop == Short::kFault && call.thread.moved == 0) return Return(-errno);
  if (!plain) {
    message.msg_namelen = 0;
    message.msg_flags = 0;
    WriteValue(call.pid(), call.args[1], message);
  }
  return ReturnMoved(call);
}

namespace {

// sendfile to a pipe or a stream, which has room for some of it. The node's own offset moves along.
Outcome SendFile(Call& call, int to, int from) {
  const Unblocked out(call.thread, to);
  const ScopedFd in = BorrowDescriptor(call.thread, from);
  off_t offset = 0;
  const uint64_t address = call.args[2];
  if (!out.valid() || (address != 0 && !ReadValue(call.pid(), address, &offset))) return Pass();
  ssize_t done = 0;
  while (call.thread.moved < call.args[3]) {
    done = sendfile(out.get(), in.get(), address != 0 ? &offset : nullptr, call.args[3] - call.thread.moved);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) break;
    call.thread.moved += static_cast<uint64_t>(done);
    if (address != 0) WriteValue(call.pid(), address, offset);
  }
  const bool full = done < 0 && errno == EAGAIN;
  if (full) return HoldFor(call, to, POLLOUT);
  return done < 0 && call.thread.moved == 0 ? Pass() : ReturnMoved(call);
}

// splice from a pipe, as much as it holds. Whether the kernel waits for the stream, only the stream's own flags say.
Outcome SpliceToStream(Call& call, int to, int from) {
  const Unblocked out(call.thread, to);
  const ScopedFd in = BorrowDescriptor(call.thread, from);
  if (!out.valid()) return Pass();
  ssize_t done = 0;
  while (call.thread.moved < call.args[4]) {
    done = splice(in.get(), nullptr, out.get(), nullptr, call.args[4] - call.thread.moved, SPLICE_F_NONBLOCK);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) break;
    call.thread.moved += static_cast<uint64_t>(done);
  }
  const int error = done < 0 ? errno : 0;
  int waiting = 0;
  if (error == EAGAIN && ioctl(in.get(), FIONREAD, &waiting) == 0 && waiting > 0) return HoldFor(call, to, POLLOUT);
  return error != 0 && error != EAGAIN && call.thread.moved == 0 ? Pass() : ReturnMoved(call);
}

// The descriptors between which a call moves data, -1: memory.
struct Ends {
  int from = -1;
  int to = -1;
};

Ends EndsOf(Call& call) {
  const int first = static_cast<int>(call.args[0]);
  switch (call.nr) {
    case SYS_sendfile: return {static_cast<int>(call.args[1]), first};
    case SYS_splice: return {first, static_cast<int>(call.args[2])};
    case SYS_tee: return {first, static_cast<int>(call.args[1])};
    default: break;  // vmsplice: from memory into a pipe, or from a pipe to memory
  }
  const int flags = FlagsOf(call.thread, first);
  return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY ? Ends{first, -1} : Ends{-1, first};
}

}  // namespace

Outcome OnSplice(Call& call) {
  const Ends ends = EndsOf(call);
  uint64_t flags = 0;  // sendfile has none
  if (call.nr == SYS_splice) flags = call.args[5];
  if (call.nr == SYS_tee || call.nr == SYS_vmsplice) flags = call.args[3];
  const bool nonblocking = (flags & SPLICE_F_NONBLOCK) != 0;
  call.node.probe_needed = true;
  if (ends.from >= 0) {
    const DescriptorFacts from = Inspect(call.thread, ends.from, POLLIN, true);
    // The kernel would move bytes that nobody counts.
    if (from.open && from.inode == call.node.in.inode()) return Return(-EINVAL);
    if (!from.open) return Pass();
    if (!from.ready && call.thread.moved > 0) return ReturnMoved(call);
    if (!from.ready) return InVainOrHold(call, ends.from, POLLIN, nonblocking || (from.flags & O_NONBLOCK) != 0);
  }
  if (ends.to < 0) return Pass();
  const DescriptorFacts to = Inspect(call.thread, ends.to, POLLOUT, true);
  const bool drained = to.inode == call.node.out.inode() || to.inode == call.node.err.inode();
  if (!to.open || drained) return Pass();
  const bool waits = (to.flags & O_NONBLOCK) == 0;
  if (call.nr == SYS_splice && IsStream(call.thread, ends.to)) {
    // With MORE the kernel holds it back for a time of its own.
    return waits ? SpliceToStream(call, ends.to, ends.from) : PassWith(call, 5, flags & ~uint64_t{SPLICE_F_MORE});
  }
  if (!waits || nonblocking) return Pass();
  if (!to.ready) return HoldFor(call, ends.to, POLLOUT);
  const bool in_parts = call.nr == SYS_sendfile && (to.fifo || IsStream(call.thread, ends.to));
  return in_parts ? SendFile(call, ends.to, ends.from) : Pass();
}

}  // namespace gyre
