// A timerfd by other descriptors: copies in the process and in a child, whichever is left when the first is closed, and
// one that was sent over a socket. All are one timer, of virtual time.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "timerfd.h"

static void CheckRead(int fd, Ns start, Ns span) {
  CHECK_EQ(Expirations(fd), 1);
  CHECK_ELAPSED(start, span);
}

static void CheckPoll(int fd, Ns start, Ns span) {
  pollfd wanted = {fd, POLLIN, 0};
  CHECK_EQ(poll(&wanted, 1, -1), 1);
  CHECK_ELAPSED(start, span);
}

static void Use(const char* what, int fd) {
  const Ns span = Span(5 * kSecond);
  Ns start = now_ns();
  Arm(fd, span, 0);
  itimerspec left;
  MUST(timerfd_gettime(fd, &left));
  CHECK_LE(ToNs(left.it_value), span);
  CheckRead(fd, start, span);
  start = now_ns();
  Arm(fd, span, 0);
  CheckPoll(fd, start, span);
  CHECK(Native() || ToNs(left.it_value) == span);
  say("%s", what);
}

template <typename Run>
static void InChild(Run run) {
  const pid_t child = MUST(fork());
  if (child == 0) {
    run();
    _exit(0);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
}

static int SentOverSocket(int fd) {
  int ends[2], received;
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  char byte = 'x';
  iovec data = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  CHECK_EQ(MUST(sendmsg(ends[0], &message, 0)), 1);
  CHECK_EQ(MUST(recvmsg(ends[1], &message, 0)), 1);
  std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
  return received;
}

int main() {
  const int first = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const int copy = MUST(dup(first));
  Use("its own", first);
  Use("a copy", copy);
  Use("a copy with a high number", MUST(fcntl(first, F_DUPFD_CLOEXEC, 100)));
  Use("one that was sent", SentOverSocket(first));
  InChild([&] { Use("a child's", first); });

  // Armed here, read there and here by what is left.
  const Ns start = now_ns(), second = Span(kSecond);
  Arm(first, 5 * second, second);
  InChild([&] {
    for (int i = 0; i < 3; ++i) CheckRead(first, start, (5 + i) * second);
  });
  MUST(close(first));
  CheckPoll(copy, start, 8 * second);
  CheckRead(copy, start, 8 * second);
  say("periodic");
}
