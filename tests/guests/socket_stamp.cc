// When a datagram came is not told: by no request for its time stamp, as by no option that would send one along; and a
// socket does not tell which of the machine's networks it is in.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guest.h"

int main() {
  const int fd = MUST(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  MUST(bind(fd, reinterpret_cast<const sockaddr*>(&address), size));
  MUST(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size));
  char byte = 'x';
  CHECK_EQ(MUST(sendto(fd, &byte, 1, 0, reinterpret_cast<const sockaddr*>(&address), size)), 1);
  CHECK_EQ(MUST(recv(fd, &byte, 1, 0)), 1);
  long long time[2] = {-1, -1};
  if (!Native()) {
    for (const unsigned long request : {static_cast<unsigned long>(SIOCGSTAMP_OLD), SIOCGSTAMP_NEW,
                                        static_cast<unsigned long>(SIOCGSTAMPNS_OLD), SIOCGSTAMPNS_NEW}) {
      CHECK_ERRNO(ioctl(fd, request, time), ENOTTY);
    }
    CHECK_EQ(time[0], -1);
    const int on = 1;
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on), ENOPROTOOPT);
    std::uint64_t network = 0;
    size = sizeof network;
    MUST(getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &network, &size));
    say("network %llu", static_cast<unsigned long long>(network));
  }
  int waiting = 1;
  MUST(ioctl(fd, FIONREAD, &waiting));
  CHECK_EQ(waiting, 0);
  say("done");
}
