// Nothing outside the node can be reached: a connect fails, at once and for good.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "guest.h"

int main() {
  if (Native()) {
    say("nothing to check natively");
    return 0;
  }
  const Ns start = now_ns();
  for (const char* host : {"192.0.2.1", "8.8.8.8", "10.0.0.1"}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      const int fd = MUST(socket(AF_INET, type, 0));
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(53);
      CHECK_EQ(inet_pton(AF_INET, host, &address.sin_addr), 1);
      CHECK_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), -1);
      say("%s type %d: %s", host, type, strerrorname_np(errno));
      MUST(close(fd));
    }
  }
  CHECK_ELAPSED(start, 0);
  struct if_nameindex* names = if_nameindex();
  CHECK(names != nullptr);
  for (struct if_nameindex* n = names; n->if_index != 0; ++n) {
    CHECK(std::strcmp(n->if_name, "lo") == 0);
    say("interface %u %s", n->if_index, n->if_name);
  }
}
