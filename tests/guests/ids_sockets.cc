// Credentials of sockets name processes as the node knows them: SO_PEERCRED of both sides, and those that come with a
// message, by themselves or as the sender says.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "guest.h"

// A byte with the credentials that go with it; those of `claimed` if the sender is to name them.
static void Send(int socket, pid_t claimed) {
  char byte = 'c';
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (claimed != 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN(sizeof(ucred));
    const ucred own = {claimed, getuid(), getgid()};
    std::memcpy(CMSG_DATA(header), &own, sizeof own);
  }
  CHECK_EQ(sendmsg(socket, &message, 0), 1);
  ucred after = {claimed, 0, 0};
  if (claimed != 0) std::memcpy(&after, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof after);
  CHECK_EQ(after.pid, claimed);  // what the sender wrote is as it was
}

static pid_t Receive(int socket) {
  char byte;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[256];
  mmsghdr messages[1] = {};
  messages[0].msg_hdr.msg_iov = &data;
  messages[0].msg_hdr.msg_iovlen = 1;
  messages[0].msg_hdr.msg_control = control;
  messages[0].msg_hdr.msg_controllen = sizeof control;
  static bool several = false;
  several = !several;
  if (several) {
    CHECK_EQ(MUST(recvmmsg(socket, messages, 1, 0, nullptr)), 1);
  } else {
    CHECK_EQ(MUST(recvmsg(socket, &messages[0].msg_hdr, 0)), 1);
  }
  const cmsghdr* header = CMSG_FIRSTHDR(&messages[0].msg_hdr);
  CHECK(header != nullptr);
  CHECK_EQ(header->cmsg_type, SCM_CREDENTIALS);
  ucred sender;
  std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
  return sender.pid;
}

static pid_t Peer(int socket) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  MUST(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size));
  CHECK_EQ(size, sizeof peer);
  return peer.pid;
}

int main() {
  int pair[2];
  MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  CHECK_EQ(Peer(pair[0]), getpid());
  const int on = 1;
  MUST(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  Send(pair[1], 0);
  CHECK_EQ(Receive(pair[0]), getpid());
  Send(pair[1], getpid());
  CHECK_EQ(Receive(pair[0]), getpid());

  sockaddr_un name = {AF_UNIX, "ids_sockets.name"};
  unlink(name.sun_path);
  const int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  MUST(bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof name));
  MUST(listen(listener, 1));
  const pid_t parent = getpid(), child = MUST(fork());
  if (child == 0) {
    const int client = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(connect(client, reinterpret_cast<const sockaddr*>(&name), sizeof name));
    CHECK_EQ(Peer(client), parent);
    Send(pair[1], 0);
    Send(pair[1], getpid());
    char byte;
    CHECK_EQ(read(client, &byte, 1), 1);
    _exit(0);
  }
  const int accepted = MUST(accept(listener, nullptr, nullptr));
  CHECK_EQ(Peer(accepted), child);
  const pid_t first = Receive(pair[0]), second = Receive(pair[0]);
  CHECK_EQ(first, child);
  CHECK_EQ(second, child);
  CHECK_EQ(write(accepted, "x", 1), 1);
  int status = 1;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  CHECK_EQ(Peer(accepted), child);  // also of one that has ended
  unlink(name.sun_path);
  say("parent %d child %d", parent, child);
}
