// TCP within a node is the kernel's, which decides much by its own clock: it delays acknowledgements, by up to 40 ms,
// and holds back short segments until one comes (Nagle), paces what it sends (bbr), sizes buffers by the round trips it
// measures, and keeps a closed connection's port for a minute. To a node, whose time is virtual, data would then arrive
// when it happens to. A packet that is sent over lo is received, and answered, before the call that sends it returns.
// So with each segment acknowledged at once and nothing measured, a call leaves all data where it can be read.
// tcp(7), rtnetlink(7), Documentation/networking/ip-sysctl.rst.
#include "sim/host/loopback.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gyre {
namespace {

// Sorted by path. One that this kernel does not have has nothing to be set.
constexpr struct {
  const char* path;
  const char* value;
} kSettings[] = {
    {"/proc/sys/net/core/somaxconn", "65535"},                   // see OnListen
    {"/proc/sys/net/ipv4/tcp_autocorking", "0"},                 // nothing waits for a transmission to be over
    {"/proc/sys/net/ipv4/tcp_congestion_control", "reno"},       // neither paces nor measures
    {"/proc/sys/net/ipv4/tcp_early_retrans", "0"},               // no probes of a silent peer
    {"/proc/sys/net/ipv4/tcp_max_tw_buckets", "0"},              // a closed connection's port is free
    {"/proc/sys/net/ipv4/tcp_moderate_rcvbuf", "0"},             // buffers keep their sizes, which are
    {"/proc/sys/net/ipv4/tcp_rmem", "4096 2097152 33554432"},    // about those to which they would grow
    {"/proc/sys/net/ipv4/tcp_slow_start_after_idle", "0"},       // a silence changes nothing
    {"/proc/sys/net/ipv4/tcp_timestamps", "0"},                  // packets do not tell the time
    {"/proc/sys/net/ipv4/tcp_wmem", "4096 2097152 4194304"},
};

bool Set(const char* path, const char* value) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT;
  const auto size = static_cast<ssize_t>(std::strlen(value));
  const bool set = write(fd, value, static_cast<size_t>(size)) == size;
  const int error = errno;
  close(fd);
  errno = error;
  return set;
}

struct Subnet {
  unsigned char family;
  unsigned char bits;
  unsigned char address[16];
  unsigned char source[4];  // IPv4: the address from which it is reached
};

// As the kernel has them when lo comes up.
constexpr Subnet kWhole = {AF_INET, 8, {127, 0, 0, 0}, {127, 0, 0, 1}};
constexpr Subnet kOne = {AF_INET, 32, {127, 0, 0, 1}, {127, 0, 0, 1}};
constexpr Subnet kSix = {AF_INET6, 128, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, {}};

// A message of rtnetlink(7) in the making.
struct RouteMessage {
  nlmsghdr header{};
  rtmsg route{};
  char attributes[128] = {};

  // Its place stays open for others within it until it is closed.
  rtattr* Add(unsigned short type, const void* data, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(reinterpret_cast<char*>(this) + NLMSG_ALIGN(header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
    if (size != 0) std::memcpy(RTA_DATA(attribute), data, size);
    header.nlmsg_len = static_cast<uint32_t>(NLMSG_ALIGN(header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
    return attribute;
  }
  void Close(rtattr* outer) {
    const char* end = reinterpret_cast<char*>(this) + header.nlmsg_len;
    outer->rta_len = static_cast<unsigned short>(end - reinterpret_cast<char*>(outer));
  }
};

// Sends it and awaits the kernel's answer, which comes before the call returns.
bool Ask(int netlink, RouteMessage& message) {
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[256];
  } answer{};
  if (send(netlink, &message, message.header.nlmsg_len, 0) < 0) return false;
  if (recv(netlink, &answer, sizeof answer, 0) < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return false;
  errno = -answer.error.error;
  return answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == 0;
}

RouteMessage About(const Subnet& subnet, unsigned short type, unsigned short flags, uint32_t priority) {
  RouteMessage message;
  message.header.nlmsg_len = NLMSG_LENGTH(sizeof message.route);
  message.header.nlmsg_type = type;
  message.header.nlmsg_flags = static_cast<unsigned short>(NLM_F_REQUEST | NLM_F_ACK | flags);
  message.route.rtm_family = subnet.family;
  message.route.rtm_dst_len = subnet.bits;
  message.route.rtm_table = RT_TABLE_LOCAL;
  message.route.rtm_protocol = RTPROT_KERNEL;
  message.route.rtm_scope = subnet.family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
  message.route.rtm_type = RTN_LOCAL;
  message.Add(RTA_DST, subnet.address, subnet.family == AF_INET ? 4 : 16);
  const uint32_t interface = if_nametoindex("lo");
  message.Add(RTA_OIF, &interface, sizeof interface);
  if (priority != 0) message.Add(RTA_PRIORITY, &priority, sizeof priority);
  return message;
}

// The way to the addresses of `subnet`, with each segment that goes it acknowledged at once.
bool Route(int netlink, const Subnet& subnet, unsigned short flags, uint32_t priority) {
  RouteMessage message = About(subnet, RTM_NEWROUTE, flags, priority);
  if (subnet.family == AF_INET) message.Add(RTA_PREFSRC, subnet.source, sizeof subnet.source);
  rtattr* metrics = message.Add(RTA_METRICS, nullptr, 0);
  const uint32_t yes = 1;
  message.Add(RTAX_QUICKACK, &yes, sizeof yes);
  message.Close(metrics);
  return Ask(netlink, message);
}

// Machines may have no IPv6.
bool HasSix() {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool has = fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (fd >= 0) close(fd);
  return has;
}

bool RouteAll(int netlink) {
  if (!Route(netlink, kWhole, NLM_F_CREATE | NLM_F_REPLACE, 0)) return false;
  if (!Route(netlink, kOne, NLM_F_CREATE | NLM_F_REPLACE, 0)) return false;
  if (!HasSix()) return true;
  // The kernel's own has priority 0, which no message can name to replace it: 0 stands for any.
  if (!Route(netlink, kSix, NLM_F_CREATE, 1)) return false;
  RouteMessage first = About(kSix, RTM_DELROUTE, 0, 0);
  return Ask(netlink, first);
}

}  // namespace

bool RaiseLoopback() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool raised = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return raised;
}

bool FreeLoopbackOfTimers() {
  for (const auto& setting : kSettings) {
    if (!Set(setting.path, setting.value)) return false;
  }
  const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  const bool routed = netlink >= 0 && RouteAll(netlink);
  const int error = errno;
  if (netlink >= 0) close(netlink);
  errno = error;
  return routed;
}

}  // namespace gyre
