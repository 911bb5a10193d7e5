// Sockets of a node: within it they work, what leads out is refused and told. Ports and names that the kernel would
// pick at random are counted up instead, by binding the socket from outside before the node's call: ip(7), unix(7).
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/host/calls.h"
#include "sim/host/descriptors.h"
#include "sim/host/transfer.h"

namespace gyre {
namespace {

// The kernel's default range of ephemeral ports.
constexpr uint16_t kFirstPort = 32768;
constexpr uint16_t kLastPort = 60999;

constexpr int kMostWaiting = 65535;

// Whether the address is on the loopback network, a unix socket of the node's own, or none of our business.
// `text` names it for people.
bool IsInside(Call& call, uint64_t address, uint64_t size, std::string* text) {
  sockaddr_storage storage{};
  if (address == 0 || size < sizeof(sa_family_t) || size > sizeof storage) return true;
  if (!ReadMemory(call.pid(), address, &storage, size)) return true;
  char name[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &in.sin_addr, name, sizeof name);
    *text = absl::StrCat(name, ":", ntohs(in.sin_port));
    const uint32_t ip = ntohl(in.sin_addr.s_addr);
    return ip >> 24 == 127 || ip == INADDR_ANY;
  }
  if (storage.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &in.sin6_addr, name, sizeof name);
    *text = absl::StrCat("[", name, "]:", ntohs(in.sin6_port));
    return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&in.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr) && in.sin6_addr.s6_addr[12] == 127);
  }
  if (storage.ss_family == AF_UNIX) {
    const auto& un = reinterpret_cast<const sockaddr_un&>(storage);
    *text = std::string(un.sun_path, strnlen(un.sun_path, size - sizeof(sa_family_t)));
    if (text->empty() || (*text)[0] != '/') return true;  // abstract names belong to the network namespace
    return absl::StartsWith(*text, "/tmp/") || absl::StartsWith(*text, "/var/tmp/") ||
           absl::StartsWith(*text, "/dev/shm/");
  }
  return true;
}

uint16_t NextPort(NodeState& node) {
  const uint16_t port = node.next_port;
  node.next_port = port == kLastPort ? kFirstPort : static_cast<uint16_t>(port + 1);
  return port;
}

// Binds the socket to `address` (AF_INET or AF_INET6) with the next port that is free. Returns 0 or an errno.
int BindToNextPort(NodeState& node, int socket, sockaddr_storage* address) {
  const bool six = address->ss_family == AF_INET6;
  for (int tries = 0; tries <= kLastPort - kFirstPort; ++tries) {
    const uint16_t port = htons(NextPort(node));
    (six ? reinterpret_cast<sockaddr_in6*>(address)->sin6_port : reinterpret_cast<sockaddr_in*>(address)->sin_port) =
        port;
    const socklen_t size = six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (bind(socket, reinterpret_cast<const sockaddr*>(address), size) == 0) return 0;
    if (errno != EADDRINUSE) return errno;
  }
  return EADDRINUSE;
}

uint16_t PortOf(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<const sockaddr_in&>(address).sin_port;
}

// Which of the sockets that share a port (SO_REUSEPORT) gets a connection or a datagram hangs on a number that the
// kernel drew when the network namespace was made. Here it is the first of them.
void ChooseFirst(Call& call, int socket) {
  sock_filter first[] = {{BPF_RET | BPF_K, 0, 0, 0}};
  const sock_fprog program{1, first};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0) return;
  call.node.Find("network", "shares a port between sockets, and which of them gets what comes is the kernel's choice",
                 false, true, &call.thread);
}

bool SharesPort(int socket) {
  int shares = 0, domain = 0;
  socklen_t size = sizeof shares;
  if (getsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &shares, &size) != 0 || shares == 0) return false;
  size = sizeof domain;
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && (domain == AF_INET || domain == AF_INET6);
}

bool IsInternet(const sockaddr_storage& address) {
  return address.ss_family == AF_INET || address.ss_family == AF_INET6;
}

}  // namespace

std::optional<Outcome> RefuseOutside(Call& call, const char* what, uint64_t address, uint64_t size) {
  std::string text;
  if (IsInside(call, address, size, &text)) return std::nullopt;
  // A service of the machine (nscd, a bus): libraries look for them at every start and do without.
  if (text[0] == '/' && call.nr == SYS_connect) return Return(-ENOENT);
  if (call.node.config->allow_network) {
    call.node.reaches_outside = true;
    call.node.Find("network", absl::StrCat("was let out of the simulation, to ", what, " ", text, " (--allow-network)"),
                   false, true, &call.thread);
    return std::nullopt;
  }
  call.node.Find("network",
                 absl::StrCat("tried to ", what, " ", text,
                              " and was refused (EACCES): a node reaches others only by messages on stdout; "
                              "--allow-network lets it out"));
  return Return(-EACCES);
}

void BindIfUnbound(Call& call, int fd, uint64_t address) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  sa_family_t family = AF_UNSPEC;
  if (address != 0 && (!ReadValue(call.pid(), address, &family) || (family != AF_INET && family != AF_INET6))) return;
  const ScopedFd socket = BorrowDescriptor(call.thread, fd);
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return;
  int type = 0;
  size = sizeof type;
  getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &size);
  if (!IsInternet(own) || PortOf(own) != 0 || (type != SOCK_STREAM && type != SOCK_DGRAM)) return;
  // A port that waits out its last connection, for so long of wall time, is as good as free.
  int before = 0;
  const int reuse = 1;
  size = sizeof before;
  getsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &before, &size);
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  BindToNextPort(call.node, socket.get(), &own);
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &before, sizeof before);
}

// Of a family other than those that stay within the node.
Outcome OnSocket(Call& call) {
  call.node.Find("network", absl::StrCat("tried to make a socket of address family ", call.args[0],
                                         " and was refused (EAFNOSUPPORT): it would lead out of the node"));
  return Return(-EAFNOSUPPORT);
}

Outcome OnConnect(Call& call) {
  if (const auto refused = RefuseOutside(call, "connect to", call.args[1], call.args[2])) return *refused;
  if (call.args[1] != 0) BindIfUnbound(call, static_cast<int>(call.args[0]), call.args[1]);
  call.node.probe_needed = true;
  return Pass();
}

Outcome OnBind(Call& call) {
  if (const auto refused = RefuseOutside(call, "bind to", call.args[1], call.args[2])) return *refused;
  sockaddr_storage address{};
  const size_t size = call.args[2];
  if (size < sizeof(sa_family_t) || size > sizeof address || !ReadMemory(call.pid(), call.args[1], &address, size)) {
    return Pass();
  }
  const ScopedFd socket = BorrowDescriptor(call.thread, static_cast<int>(call.args[0]));
  if (!socket.valid()) return Pass();
  if (IsInternet(address) && PortOf(address) == 0 && size >= sizeof(sockaddr_in)) {
    return Return(-BindToNextPort(call.node, socket.get(), &address));
  }
  // Datagrams come from here on; connections once it listens.
  int type = 0;
  socklen_t type_size = sizeof type;
  getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &type_size);
  if (type == SOCK_DGRAM && SharesPort(socket.get()) &&
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) == 0) {
    ChooseFirst(call, socket.get());
    return Return(0);
  }
  if (address.ss_family == AF_UNIX && size == sizeof(sa_family_t)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = absl::StrFormat("%05x", call.node.next_socket_name++);
    std::memcpy(name.sun_path + 1, text.data(), text.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    return Return(bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), length) == 0 ? 0 : -errno);
  }
  return Pass();
}

// With as many connections waiting to be accepted as may be, so that no connect blocks until there is room, or until
// the kernel's clock has it try again.
Outcome OnListen(Call& call) {
  BindIfUnbound(call, static_cast<int>(call.args[0]), 0);
  const ScopedFd socket = BorrowDescriptor(call.thread, static_cast<int>(call.args[0]));
  if (!SharesPort(socket.get())) return PassWith(call, 1, kMostWaiting);
  if (listen(socket.get(), kMostWaiting) != 0) return Return(-errno);
  ChooseFirst(call, socket.get());
  return Return(0);
}

Outcome OnShutdown(Call& call) {
  call.node.probe_needed = true;
  return Pass();
}

}  // namespace gyre
