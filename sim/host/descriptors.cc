// Two ways to a descriptor of another process. pidfd_getfd(2) takes a copy of it in one call. Default containers deny
// that call, and a socket, an eventfd or an epoll set cannot be opened a second time through /proc; but a thread that
// stands before a call can be made to make others (injected_call.h). So it sends us the descriptor over a unix socket,
// unix(7), or, where we only want to know whether it is ready, polls it for us. Both are the same in effect, and the
// program cannot tell. What is copied is given back at once: a socket that we kept would never close.
//
// The socket's name is a file, since abstract names end at the border of a network namespace; it is there only while
// the descriptor is on its way.
//
// Such a poll is two stops, and that of a copy three calls. So the former asks for all threads of the process that
// wait, and the answers of both are kept until a thread of the node runs, or we write to stdin or show a timer: between
// two stops the same is asked twice, by the call and before the node counts as quiescent.
#include "sim/host/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"
#include "sim/host/injected_call.h"
#include "sim/host/remote.h"

namespace gyre {
namespace {

// Taken by pidfd_getfd. `denied`: the machine does not let us, which says nothing of the descriptor.
ScopedFd TakeDescriptor(const Process& process, int fd, bool* denied) {
  ScopedFd taken(static_cast<int>(syscall(SYS_pidfd_getfd, process.pidfd.get(), fd, 0)));
  *denied = !taken.valid() && (errno != EBADF || !process.pidfd.valid());
  return taken;
}

// A message with one descriptor, as it lies in the sender's memory.
struct Letter {
  msghdr message;
  iovec data;
  sockaddr_un to;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  char byte;
};

Letter LetterAt(uint64_t address, const char* to, int fd) {
  const auto at = [&](size_t offset) { return reinterpret_cast<void*>(address + offset); };
  Letter letter{};
  letter.to.sun_family = AF_UNIX;
  std::strncpy(letter.to.sun_path, to, sizeof letter.to.sun_path - 1);
  letter.data = {at(offsetof(Letter, byte)), 1};
  letter.message.msg_name = at(offsetof(Letter, to));
  letter.message.msg_namelen = sizeof letter.to;
  letter.message.msg_iov = static_cast<iovec*>(at(offsetof(Letter, data)));
  letter.message.msg_iovlen = 1;
  letter.message.msg_control = at(offsetof(Letter, control));
  letter.message.msg_controllen = sizeof letter.control;
  cmsghdr header{};
  header.cmsg_level = SOL_SOCKET;
  header.cmsg_type = SCM_RIGHTS;
  header.cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(letter.control, &header, sizeof header);
  std::memcpy(letter.control + CMSG_LEN(0), &fd, sizeof fd);
  return letter;
}

// The socket for letters, bound to a name that the node's processes reach as `inside`. Gone with the scope.
class LetterBox {
 public:
  explicit LetterBox(const Process& process) : inside_(absl::StrCat("/tmp/.g", getpid())) {
    outside_ = absl::StrCat("/proc/", process.pid, "/root", inside_);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (outside_.size() >= sizeof name.sun_path) return;
    std::strcpy(name.sun_path, outside_.c_str());
    unlink(outside_.c_str());
    socket_ = ScopedFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) socket_.Reset();
  }
  ~LetterBox() {
    if (socket_.valid()) unlink(outside_.c_str());
  }
  LetterBox(const LetterBox&) = delete;
  LetterBox& operator=(const LetterBox&) = delete;
  bool valid() const { return socket_.valid(); }
  const char* inside() const { return inside_.c_str(); }

  ScopedFd Take() { return ReceiveDescriptor(socket_.get()); }

 private:
  const std::string inside_;
  std::string outside_;
  ScopedFd socket_;
};

// Has the thread send it.
ScopedFd SendDescriptor(Thread& thread, int fd) {
  LetterBox box(*thread.process);
  const BorrowedMemory memory(thread, sizeof(Letter));
  if (!box.valid() || memory.address() == 0) return ScopedFd();
  const Letter letter = LetterAt(memory.address(), box.inside(), fd);
  if (!WriteValue(thread.process->pid, memory.address(), letter)) return ScopedFd();
  const int64_t sender = InjectCall(thread, SYS_socket, {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0});
  if (sender < 0) return ScopedFd();
  InjectCall(thread, SYS_sendmsg, {static_cast<uint64_t>(sender), memory.address(), MSG_DONTWAIT | MSG_NOSIGNAL});
  InjectCall(thread, SYS_close, {static_cast<uint64_t>(sender)});
  return box.Take();
}

DescriptorFacts FactsOf(const pollfd& polled) {
  DescriptorFacts facts;
  facts.open = (polled.revents & POLLNVAL) == 0;
  facts.revents = polled.revents;
  facts.ready = facts.open && polled.revents != 0;
  return facts;
}

// Has the thread ask. False if it could not.
bool PollByThread(Thread& thread, std::vector<pollfd>* entries) {
  const size_t size = entries->size() * sizeof(pollfd);
  const pid_t pid = thread.process->pid;
  const BorrowedMemory memory(thread, size);
  if (memory.address() == 0 || !WriteMemory(pid, memory.address(), entries->data(), size)) return false;
  const int64_t result = InjectCall(thread, SYS_poll, {memory.address(), entries->size(), 0});
  return result >= 0 && ReadMemory(pid, memory.address(), entries->data(), size);
}

pollfd PollOneByThread(Thread& thread, int fd, short events) {
  std::vector<pollfd> entries = {{fd, events, 0}};
  return PollByThread(thread, &entries) ? entries[0] : pollfd{fd, events, POLLNVAL};
}

// Whether what the process was told still holds. What comes from outside the node comes at any time.
bool IsFresh(const NodeState& node, const Answers& answers) {
  return answers.stops == node.stops && answers.changes == node.changes && answers.fed == node.in.fed() &&
         !node.probe_needed && !node.reaches_outside;
}

const pollfd* KnownAnswer(const NodeState& node, const Answers& answers, int fd, short events) {
  if (!IsFresh(node, answers)) return nullptr;
  for (const pollfd& entry : answers.entries) {
    if (entry.fd == fd && entry.events == events) return &entry;
  }
  return nullptr;
}

void Remember(const NodeState& node, Answers* answers, const pollfd& answer) {
  if (node.probe_needed) return;
  if (!IsFresh(node, *answers)) *answers = {node.stops, node.changes, node.in.fed(), {}};
  answers->entries.push_back(answer);
}

// What poll says of it, whose number with us is another one.
pollfd PollBorrowed(const ScopedFd& borrowed, int fd, short events) {
  if (!borrowed.valid()) return {fd, events, POLLNVAL};
  pollfd entry{borrowed.get(), events, 0};
  poll(&entry, 1, 0);
  return {fd, events, entry.revents};
}

void Identify(int fd, DescriptorFacts* facts) {
  struct stat status;
  if (fstat(fd, &status) != 0) return;
  facts->fifo = S_ISFIFO(status.st_mode);
  facts->inode = facts->fifo ? status.st_ino : 0;
}

std::string PathOf(const Process& process, const char* directory, int fd) {
  return absl::StrCat("/proc/", process.pid, "/", directory, "/", fd);
}

}  // namespace

ScopedFd BorrowDescriptor(Thread& thread, int fd) {
  bool denied;
  ScopedFd taken = TakeDescriptor(*thread.process, fd, &denied);
  return denied && thread.at_call ? SendDescriptor(thread, fd) : std::move(taken);
}

bool IsNamed(pid_t pid, int fd, const char* name) {
  char target[32] = {};
  const std::string link = absl::StrCat("/proc/", pid, "/fd/", fd);
  return readlink(link.c_str(), target, sizeof target - 1) > 0 && std::strcmp(target, name) == 0;
}

ScopedFd SeeDescriptor(const Process& process, int fd) {
  bool denied;
  ScopedFd taken = TakeDescriptor(process, fd, &denied);
  if (!denied) return taken;
  return ScopedFd(open(PathOf(process, "fd", fd).c_str(), O_PATH | O_CLOEXEC));
}

bool IsAnswered(const NodeState& node, const Process& process, const std::vector<pollfd>& entries) {
  return std::all_of(entries.begin(), entries.end(), [&](const pollfd& entry) {
    return KnownAnswer(node, process.answers, entry.fd, entry.events) != nullptr;
  });
}

void AskTogether(NodeState& node, Thread& thread, std::vector<pollfd> entries) {
  if (!thread.at_call || !PollByThread(thread, &entries)) return;
  thread.process->answers = {node.stops, node.changes, node.in.fed(), std::move(entries)};
}

int FlagsOf(Thread& thread, int fd) {
  bool denied;
  const ScopedFd taken = TakeDescriptor(*thread.process, fd, &denied);
  if (!denied) return fcntl(taken.get(), F_GETFL);
  return static_cast<int>(std::strtol(FieldOf(PathOf(*thread.process, "fdinfo", fd), "flags").c_str(), nullptr, 8));
}

DescriptorFacts Probe(NodeState& node, Thread& thread, int fd, short events) {
  if (const pollfd* known = KnownAnswer(node, thread.process->answers, fd, events)) return FactsOf(*known);
  bool denied;
  const ScopedFd taken = TakeDescriptor(*thread.process, fd, &denied);
  // Of a process that has just been killed it says nothing of the machine.
  node.getfd_denied = node.getfd_denied || (denied && errno != ESRCH);
  const pollfd answer =
      denied && thread.at_call ? PollOneByThread(thread, fd, events) : PollBorrowed(taken, fd, events);
  Remember(node, &thread.process->answers, answer);
  return FactsOf(answer);
}

DescriptorFacts Inspect(Thread& thread, int fd, short events, bool with_identity) {
  bool denied;
  ScopedFd taken = TakeDescriptor(*thread.process, fd, &denied);
  DescriptorFacts facts;
  if (denied && thread.at_call) {
    facts = FactsOf(PollOneByThread(thread, fd, events));
    if (!facts.open) return facts;
    facts.flags = FlagsOf(thread, fd);
    if (with_identity) taken = SeeDescriptor(*thread.process, fd);
  } else {
    facts = FactsOf(PollBorrowed(taken, fd, events));
    if (!facts.open) return facts;
    facts.flags = fcntl(taken.get(), F_GETFL);
  }
  if (with_identity) Identify(taken.get(), &facts);
  return facts;
}

void AskSignalfd(const Thread& thread, int fd, DescriptorFacts* facts) {
  if (!thread.process->has_signalfd || !facts->open) return;
  // Only a signalfd's fdinfo has the line.
  const std::string mask = FieldOf(PathOf(*thread.process, "fdinfo", fd), "sigmask");
  if (!mask.empty()) facts->ready = HasPending(thread, std::strtoull(mask.c_str(), nullptr, 16));
}

uint64_t SignalsAt(const Thread& thread, int fd) {
  const std::string mask = FieldOf(PathOf(*thread.process, "fdinfo", fd), "sigmask");
  return mask.empty() ? 0 : PendingOf(thread) & std::strtoull(mask.c_str(), nullptr, 16);
}

bool IsStdin(NodeState& node, Thread& thread, int fd) {
  if (fd == 0 && !thread.process->stdin_moved) return true;
  DescriptorFacts facts;
  Identify(SeeDescriptor(*thread.process, fd).get(), &facts);
  return facts.inode == node.in.inode();
}

}  // namespace gyre
