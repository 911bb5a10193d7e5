// Much data that goes to a slow reader with descriptors beside it (sendmsg, sendmmsg), or out of a pipe (splice): the
// call blocks until all of it is on its way, and the descriptors come with the first of it.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <functional>
#include <vector>

#include "guest.h"

static std::vector<char> much(2 << 20);

// How many descriptors came with the message, which are closed.
static long CloseReceived(msghdr* message) {
  long count = 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr; header = CMSG_NXTHDR(message, header)) {
    const std::size_t size = header->cmsg_len - CMSG_LEN(0);
    for (std::size_t at = 0; at < size; at += sizeof(int)) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + at, sizeof fd);
      MUST(close(fd));
      ++count;
    }
  }
  return count;
}

[[noreturn]] static void Read(int fd, long wanted, long descriptors) {
  SleepFor(Span(kSecond));
  std::vector<char> bytes(100000);
  long got = 0, received = 0;
  for (;;) {
    alignas(cmsghdr) char control[256];
    iovec data = {bytes.data(), bytes.size()};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const long size = MUST(recvmsg(fd, &message, 0));
    if (size == 0) break;
    received += CloseReceived(&message);
    if (got == 0) CHECK_EQ(received, descriptors);
    got += size;
  }
  CHECK_EQ(got, wanted);
  CHECK_EQ(received, descriptors);
  _exit(0);
}

static void Run(const char* what, long wanted, long descriptors, const std::function<long(int)>& send) {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  const Ns start = now_ns();
  const pid_t reader = MUST(fork());
  if (reader == 0) {
    MUST(close(ends[0]));
    Read(ends[1], wanted, descriptors);
  }
  MUST(close(ends[1]));
  CHECK_EQ(send(ends[0]), wanted);
  CHECK_GE(now_ns() - start, Span(kSecond));
  MUST(close(ends[0]));
  int status;
  CHECK_EQ(MUST(waitpid(reader, &status, 0)), reader);
  CHECK_EQ(status, 0);
  say("%s: %ld bytes, %ld descriptors", what, wanted, descriptors);
}

int main() {
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {};
  iovec halves[2] = {{much.data(), much.size() / 2}, {much.data(), much.size() / 2}};
  msghdr message = {};
  message.msg_iov = halves;
  message.msg_iovlen = 2;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(3 * sizeof(int));
  const int descriptors[3] = {0, 1, 2};
  std::memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
  const auto size = static_cast<long>(much.size());
  Run("sendmsg", size, 3, [&](int fd) { return MUST(sendmsg(fd, &message, 0)); });
  Run("sendmmsg", size, 3, [&](int fd) {
    mmsghdr messages[1] = {{message, 0}};
    CHECK_EQ(MUST(sendmmsg(fd, messages, 1, 0)), 1);
    return static_cast<long>(messages[0].msg_len);
  });
  Run("splice", 1 << 20, 0, [&](int fd) {
    int pipes[2];
    MUST(pipe(pipes));
    MUST(fcntl(pipes[1], F_SETPIPE_SZ, 1 << 20));
    CHECK_EQ(MUST(write(pipes[1], much.data(), 1 << 20)), 1 << 20);
    return MUST(splice(pipes[0], nullptr, fd, nullptr, 1 << 20, 0));
  });
}
