// recvmsg and recvmmsg block; a descriptor travels in a message, and works on the other side.
#include <sys/socket.h>

#include <thread>

#include "guest.h"

int main() {
  int ends[2], gift[2];
  MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
  MUST(pipe(gift));
  char byte = 'x';
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const Ns start = now_ns();
  std::thread sender([&] {
    msghdr out = message;
    alignas(cmsghdr) char data[CMSG_SPACE(sizeof(int))] = {};
    out.msg_control = data;
    cmsghdr* header = CMSG_FIRSTHDR(&out);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &gift[1], sizeof(int));
    SleepFor(Span(kSecond));
    CHECK_EQ(sendmsg(ends[1], &out, 0), 1);
    SleepFor(Span(kSecond));
    CHECK_EQ(send(ends[1], "y", 1, 0), 1);
  });
  CHECK_EQ(recvmsg(ends[0], &message, 0), 1);
  CHECK_ELAPSED(start, Span(kSecond));
  int received;
  std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
  MUST(write(received, "z", 1));
  CHECK_EQ(read(gift[0], &byte, 1), 1);
  CHECK_EQ(byte, 'z');
  mmsghdr batch = {};
  batch.msg_hdr.msg_iov = &part;
  batch.msg_hdr.msg_iovlen = 1;
  CHECK_EQ(recvmmsg(ends[0], &batch, 1, 0, nullptr), 1);
  CHECK_EQ(byte, 'y');
  say("both after %lld ns", static_cast<long long>(CHECK_ELAPSED(start, Span(2 * kSecond))));
  sender.join();
}
