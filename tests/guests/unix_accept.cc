// A unix-domain server and client in one process.
#include <sys/un.h>

#include "echo_server.h"

int main() {
  sockaddr_un address = {AF_UNIX, "guest.sock"};
  CheckListenAccept(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  MUST(unlink("guest.sock"));
}
