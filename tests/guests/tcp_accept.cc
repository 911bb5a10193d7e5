// A TCP server and client in one process, over the loopback of the node's own network.
#include <arpa/inet.h>
#include <netinet/in.h>

#include "echo_server.h"

int main() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CheckListenAccept(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}
