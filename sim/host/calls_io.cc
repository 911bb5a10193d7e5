// Reading and writing descriptors: passed when the kernel cannot block, else held. What is stdin,
// stdout and stderr is known by the pipe's inode, since shells and libraries move descriptors about.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "sim/host/call_filter.h"
#include "sim/host/calls.h"
#include "sim/host/clocks.h"
#include "sim/host/descriptors.h"
#include "sim/host/injected_call.h"
#include "sim/host/private_files.h"
#include "sim/host/transfer.h"

namespace gyre {
namespace {

Outcome ReadStdin(Call& call, int fd) {
  Process& process = *call.thread.process;
  StdinPipe& in = call.node.in;
  call.node.AskStdin();
  const uint64_t size = TotalSize(Buffers(call));
  if (size == 0) return Pass();
  if (process.polled_stdin) {
    in.FeedOneLine();
  } else {
    in.FeedLinesThatFit(size);
  }
  if (in.in_pipe() > 0) {
    in.Consumed(std::min(size, in.in_pipe()));
    return Pass();
  }
  // Asking costs three calls, so only where the answer can be yes: the pipe that it was given blocks until somebody
  // tells it not to.
  const bool own = fd == 0 && !process.stdin_moved;
  if ((call.node.stdin_unblocked || !own) && (FlagsOf(call.thread, fd) & O_NONBLOCK) != 0) {
    return InVainOrHold(call, fd, POLLIN, true);
  }
  const Outcome held = Hold(call, WaitKind::kDescriptor);
  call.thread.wait.fd = fd;
  call.thread.wait.events = POLLIN;
  return held;
}

Outcome WriteStderr(Call& call, const std::vector<Buffer>& buffers) {
  std::string piece;
  uint64_t written = 0;
  for (const Buffer& buffer : buffers) {
    piece.resize(std::min<uint64_t>(buffer.size, 1 << 20));
    if (!ReadMemory(call.pid(), buffer.address, piece.data(), piece.size())) return Return(-EFAULT);
    call.node.err.Append(piece.data(), piece.size());
    written += piece.size();
    if (piece.size() < buffer.size) break;
  }
  return Return(static_cast<int64_t>(written));
}

}  // namespace

Outcome OnRead(Call& call) {
  const int fd = static_cast<int>(call.args[0]);
  Process& process = *call.thread.process;
  if (fd == 0 && !process.stdin_moved) return ReadStdin(call, fd);
  Outcome timer;
  if (ReadTimerfd(call, &timer)) return timer;
  DescriptorFacts facts = Inspect(call.thread, fd, POLLIN, true);
  AskSignalfd(call.thread, fd, &facts);
  if (facts.open && facts.inode == call.node.in.inode()) return ReadStdin(call, fd);
  if (facts.fifo) call.node.probe_needed = true;  // a full pipe has room now
  if (process.has_signalfd) call.thread.signals_told = 0;  // what comes after this read is news
  if (facts.ready && process.has_signalfd && !call.node.pid_namespace) {
    return PassToExit(call.thread, AtExit::kSignalsRead);
  }
  if (facts.ready && IsInotify(call.node, process, fd)) return PassToExit(call.thread, AtExit::kEventsRead);
  if (!facts.open || facts.ready) return Pass();
  return InVainOrHold(call, fd, POLLIN, (facts.flags & O_NONBLOCK) != 0);
}

Outcome OnWrite(Call& call) {
  const int fd = static_cast<int>(call.args[0]);
  Process& process = *call.thread.process;
  const std::vector<Buffer> buffers = Buffers(call);
  call.node.probe_needed = true;
  if (fd == 2 && !process.stderr_moved) return WriteStderr(call, buffers);
  const DescriptorFacts facts = Inspect(call.thread, fd, POLLOUT, true);
  if (!facts.open || facts.inode == call.node.out.inode()) return Pass();
  if (facts.inode == call.node.err.inode()) return WriteStderr(call, buffers);
  if ((facts.flags & O_NONBLOCK) != 0) return Pass();
  struct stat status;
  const ScopedFd file = SeeDescriptor(process, fd);
  if (fstat(file.get(), &status) != 0) return Pass();
  if (S_ISSOCK(status.st_mode)) return Send(call, fd, facts.ready);
  if (!facts.ready) return HoldFor(call, fd, POLLOUT);
  if (S_ISFIFO(status.st_mode)) return Fits(call) ? Pass() : WriteInPieces(call, fd, buffers);
  NoteWritten(call.node, status);
  return Pass();
}

// preadv2 and pwritev2. Whether RWF_NOWAIT finds an answer hangs on the kernel's version and on what it has in memory,
// so it is what readv(2) says of files that do not know the flag; programs go on with the plain call.
Outcome OnVectorAt(Call& call) {
  if ((call.args[5] & RWF_NOWAIT) != 0) return Return(-EOPNOTSUPP);
  if (static_cast<int64_t>(call.args[3]) != -1) return Pass();
  return call.nr == SYS_preadv2 ? OnRead(call) : OnWrite(call);
}

Outcome OnReceive(Call& call) {
  const int fd = static_cast<int>(call.args[0]);
  const size_t flags_slot = call.nr == SYS_recvmsg ? 2 : 3;
  const uint64_t flags = call.args[flags_slot];
  const DescriptorFacts facts = Inspect(call.thread, fd, POLLIN, false);
  call.node.probe_needed = true;
  // Neither of these waits for what is not there.
  if (!facts.open || (flags & (MSG_OOB | MSG_ERRQUEUE)) != 0) return Pass();
  const bool nonblocking = (facts.flags & O_NONBLOCK) != 0 || (flags & MSG_DONTWAIT) != 0;
  if (!facts.ready) return InVainOrHold(call, fd, POLLIN, nonblocking);
  if (nonblocking) return Pass();
  // The kernel would wait for the rest of what is asked for. Of several messages those that are there are enough.
  if (call.nr == SYS_recvmmsg) return PassWith(call, flags_slot, flags | MSG_WAITFORONE);
  if ((flags & MSG_WAITALL) == 0 || (flags & MSG_PEEK) != 0 || !IsStream(call.thread, fd)) return Pass();
  return ReceiveInPieces(call, fd);
}

Outcome OnSend(Call& call) {
  const int fd = static_cast<int>(call.args[0]);
  const bool plain = call.nr == SYS_sendto;
  const uint64_t flags = plain || call.nr == SYS_sendmmsg ? call.args[3] : call.args[2];
  if (plain && call.args[4] != 0) {
    if (const auto refused = RefuseOutside(call, "send to", call.args[4], call.args[5])) return *refused;
    BindIfUnbound(call, fd, call.args[4]);
  }
  call.node.probe_needed = true;
  const DescriptorFacts facts = Inspect(call.thread, fd, POLLOUT, false);
  if (!facts.open) return Pass();
  // A stream that waits for more sends what it has after a time of the kernel's own. A datagram waits for its rest.
  const bool more = (flags & MSG_MORE) != 0 && IsStream(call.thread, fd);
  if ((facts.flags & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0) return Send(call, fd, facts.ready && !more);
  return more ? PassWith(call, plain || call.nr == SYS_sendmmsg ? 3 : 2, flags & ~uint64_t{MSG_MORE}) : Pass();
}

Outcome OnAccept(Call& call) {
  const int fd = static_cast<int>(call.args[0]);
  const DescriptorFacts facts = Inspect(call.thread, fd, POLLIN, false);
  call.node.probe_needed = true;
  if (!facts.open || facts.ready) return Pass();
  return InVainOrHold(call, fd, POLLIN, (facts.flags & O_NONBLOCK) != 0);
}

namespace {

// Who makes stdin non-blocking is going to poll it, and who is signalled reads a line for each signal.
void NoteStdinFlags(Call& call, bool unblocked, bool async) {
  call.thread.process->polled_stdin = true;
  if (unblocked) call.node.stdin_unblocked = true;
  if (async) call.node.stdin_signals = true;
}

}  // namespace

Outcome OnFcntl(Call& call) {
  if (call.args[1] == F_SETLEASE || call.args[1] == F_NOTIFY) return Return(-EINVAL);
  if (call.args[1] == F_SETLKW || call.args[1] == F_OFD_SETLKW) return WaitForRecordLock(call);
  if (call.args[1] == F_SETOWN || call.args[1] == F_SETOWN_EX) call.node.kernel_signals = true;
  if (call.args[1] != F_SETFL) return Pass();
  const bool async = (call.args[2] & O_ASYNC) != 0;
  if (async) call.node.kernel_signals = true;
  const bool unblocked = (call.args[2] & O_NONBLOCK) != 0;
  if ((unblocked || async) && IsStdin(call.node, call.thread, static_cast<int>(call.args[0]))) {
    NoteStdinFlags(call, unblocked, async);
  }
  return Pass();
}

namespace {

// Requests that tell of the machine, with their sizes left out: they grow from kernel to kernel. Refused as by one that
// does not know them.
constexpr struct {
  uint64_t request;
  const char* reason;
} kTellingRequests[] = {
    {0x8906, "SIOCGSTAMP: when a datagram came, by the kernel's clock"},
    {_IOC(_IOC_READ, 0x89, 6, 0), "the same with a large time"},
    {0x8907, "SIOCGSTAMPNS"},
    {_IOC(_IOC_READ, 0x89, 7, 0), "the same with a large time"},
    {_IOC(_IOC_READ, 0xb7, 5, 0), "NS_GET_MNTNS_ID: a count of the machine's namespaces"},
    {_IOC(_IOC_READ, 0xb7, 10, 0), "NS_MNT_GET_INFO"},
    {_IOC(_IOC_READ, 0xb7, 11, 0), "NS_MNT_GET_NEXT"},
    {_IOC(_IOC_READ, 0xb7, 12, 0), "NS_MNT_GET_PREV"},
    {_IOC(_IOC_READ, 0xb7, 13, 0), "NS_GET_ID"},
    {_IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 0), "PIDFD_GET_INFO: the control group's number"},
};

bool Tells(uint64_t request) {
  constexpr uint64_t kSize = uint64_t{_IOC_SIZEMASK} << _IOC_SIZESHIFT;
  return std::any_of(std::begin(kTellingRequests), std::end(kTellingRequests),
                     [&](const auto& row) { return (static_cast<uint32_t>(request) & ~kSize) == row.request; });
}

}  // namespace

Outcome OnIoctl(Call& call) {
  if (Tells(call.args[1])) return Return(-ENOTTY);
  const bool async = call.args[1] == FIOASYNC;
  if (async || call.args[1] == FIOSETOWN || call.args[1] == SIOCSPGRP) call.node.kernel_signals = true;
  const bool asks = call.args[1] == FIONREAD || call.args[1] == FIONBIO || async;
  if (asks && IsStdin(call.node, call.thread, static_cast<int>(call.args[0]))) {
    NoteStdinFlags(call, call.args[1] == FIONBIO, async);
    call.node.in.FeedOneLine();
  }
  return Pass();
}

namespace {

// Descriptor `fd` (0 to 2) of the process becomes another file.
void Moved(Call& call, int fd) {
  Process& process = *call.thread.process;
  if (fd == 0) process.stdin_moved = true;
  if (fd == 2) process.stderr_moved = true;
  if (fd != 1 || process.stdout_moved) return;
  process.stdout_moved = true;
  // From now on this process's writes to descriptor 1 stop too: they may go to a pipe that can be full.
  const std::vector<sock_filter> filter = MakeFilter({.trap_stdout = true});
  const uint64_t program = (call.thread.regs.rsp - 4096) & ~uint64_t{15};
  const struct {
    uint64_t length, address;
  } header{filter.size(), program + 16};
  const uint64_t bytes = filter.size() * sizeof(sock_filter);
  if (WriteMemory(call.pid(), program, &header, sizeof header) &&
      WriteMemory(call.pid(), program + 16, filter.data(), bytes) &&
      InjectCall(call.thread, SYS_seccomp, {1 /* SET_MODE_FILTER */, 0, program}) == 0) {
    return;
  }
  call.node.Find("stdout", "moved its stdout, and the writes that follow could not be watched", false, true);
}

}  // namespace

Outcome OnClose(Call& call) {
  Moved(call, static_cast<int>(call.args[0]));
  call.node.probe_needed = true;
  return Pass();
}

Outcome OnDup(Call& call) {
  if (call.args[0] != call.args[1]) Moved(call, static_cast<int>(call.args[1]));
  return Pass();
}

}  // namespace gyre
