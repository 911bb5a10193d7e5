// MSG_MORE and its kin: of a stream, what is sent can be read at once, as the kernel would hold it back for a time of
// its own; of datagrams, the rest is waited for, and it is one datagram.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "loopback.h"

static int Waiting(int fd) {
  int bytes = -1;
  MUST(ioctl(fd, FIONREAD, &bytes));
  return bytes;
}

static msghdr MessageOf(iovec* data) {
  msghdr message = {};
  message.msg_iov = data;
  message.msg_iovlen = 1;
  return message;
}

static void Stream() {
  int ends[2], pipes[2];
  ConnectedPair(ends);
  MUST(pipe(pipes));
  char text[] = "abc";
  iovec data = {text, 3};
  const msghdr message = MessageOf(&data);
  mmsghdr messages[2] = {{message, 0}, {message, 0}};
  int expected = 0;
  const auto check = [&](const char* what, long sent) {
    expected += 3;
    CHECK_EQ(sent, 3);
    if (!Native()) CHECK_EQ(Waiting(ends[1]), expected);
    say("%s", what);
  };
  for (const int flags : {int{MSG_MORE}, MSG_MORE | MSG_DONTWAIT}) {
    check("send", send(ends[0], text, 3, flags));
    check("sendmsg", sendmsg(ends[0], &message, flags));
    check("sendmmsg", MUST(sendmmsg(ends[0], messages, 1, flags)) == 1 ? messages[0].msg_len : -1);
  }
  for (const int flags : {0, O_NONBLOCK}) {
    MUST(fcntl(ends[0], F_SETFL, flags));
    CHECK_EQ(write(pipes[1], text, 3), 3);
    check("splice", splice(pipes[0], nullptr, ends[0], nullptr, 3, SPLICE_F_MORE));
  }
}

static void Datagrams() {
  const int to = MUST(socket(AF_INET, SOCK_DGRAM, 0)), from = MUST(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address = LoopbackAddress(0);
  MUST(bind(to, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  address = LoopbackAddress(PortOf(to));
  MUST(connect(from, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  CHECK_EQ(MUST(send(from, "12", 2, MSG_MORE)), 2);
  SleepFor(Span(kSecond));
  CHECK_EQ(Waiting(to), 0);
  CHECK_EQ(MUST(send(from, "34", 2, 0)), 2);
  char bytes[8];
  CHECK_EQ(MUST(recv(to, bytes, sizeof bytes, 0)), 4);
  say("datagram %.4s", bytes);
}

int main() {
  Stream();
  Datagrams();
}
