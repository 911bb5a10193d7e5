// Sockets of families that lead out of the node, or tell the kernel's chance, are refused; those within it are there.
#include <sys/socket.h>

#include "guest.h"

int main() {
  for (const int family : {AF_UNIX, AF_INET, AF_NETLINK}) {
    MUST(close(MUST(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0))));
  }
  if (!Native()) {
    for (const int family : {AF_ALG, AF_PACKET, AF_TIPC, AF_VSOCK, AF_XDP}) {
      for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW}) {
        CHECK_ERRNO(socket(family, type, 0), EAFNOSUPPORT);
      }
    }
  }
  say("done");
}
