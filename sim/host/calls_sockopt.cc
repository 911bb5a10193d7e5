// Options of sockets: those by which the kernel would bring in its own clock or chance, to set or to ask for. A table
// for each. socket(7), tcp(7), unix(7).
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/host/calls.h"
#include "sim/host/descriptors.h"
#include "sim/host/private_files.h"

namespace gyre {
namespace {

// A call of setsockopt or getsockopt on a socket in our hands.
struct OptionCall {
  Call& call;
  int socket;
  int level() const { return static_cast<int>(call.args[1]); }
  int name() const { return static_cast<int>(call.args[2]); }
  uint64_t value() const { return call.args[3]; }
};

Outcome Ignore(OptionCall&) { return Return(0); }
Outcome NoSuchOption(OptionCall&) { return Return(-ENOPROTOOPT); }

// A close that waits until the peer has taken all: it sends it all the same, and does not wait.
Outcome Linger(OptionCall& option) {
  linger value{};
  if (option.call.args[4] < sizeof value || !ReadValue(option.call.pid(), option.value(), &value)) return Pass();
  return value.l_onoff != 0 && value.l_linger > 0 ? Return(0) : Pass();
}

struct OptionRow {
  int level;
  int name;
  Outcome (*handle)(OptionCall&);
  const char* reason;
};

// To set. Sorted by level and name.
constexpr OptionRow kToSet[] = {
    {SOL_SOCKET, SO_LINGER, Linger, "close would block"},
    {SOL_SOCKET, SO_TIMESTAMP_OLD, NoSuchOption, "the kernel's clock"},
    {SOL_SOCKET, SO_TIMESTAMPNS_OLD, NoSuchOption, "the kernel's clock"},
    {SOL_SOCKET, SO_TIMESTAMPING_OLD, NoSuchOption, "the kernel's clock"},
    {SOL_SOCKET, SO_TIMESTAMP_NEW, NoSuchOption, "the kernel's clock"},
    {SOL_SOCKET, SO_TIMESTAMPNS_NEW, NoSuchOption, "the kernel's clock"},
    {SOL_SOCKET, SO_TIMESTAMPING_NEW, NoSuchOption, "the kernel's clock"},
    {IPPROTO_TCP, TCP_CORK, Ignore, "the kernel sends what is corked after 200 ms of its own time"},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, Ignore, "the kernel gives up the wait for data by its own clock"},
    {IPPROTO_TCP, TCP_CONGESTION, Ignore, "others than reno measure and pace"},
};

// Answers with `size` bytes of `value`, or as many as the caller has room for.
Outcome Answer(OptionCall& option, const void* value, socklen_t size) {
  socklen_t room = 0;
  const pid_t pid = option.call.pid();
  if (!ReadValue(pid, option.call.args[4], &room)) return Return(-EFAULT);
  const socklen_t told = std::min(room, size);
  const bool written = WriteMemory(pid, option.value(), value, told) && WriteValue(pid, option.call.args[4], told);
  return Return(written ? 0 : -EFAULT);
}

// The state of a connection without its measurements.
Outcome TellConnection(OptionCall& option) {
  tcp_info real{};
  socklen_t size = sizeof real;
  if (getsockopt(option.socket, IPPROTO_TCP, TCP_INFO, &real, &size) != 0) return Return(-errno);
  tcp_info told{};
  told.tcpi_state = real.tcpi_state;
  told.tcpi_options = real.tcpi_options;
  told.tcpi_snd_wscale = real.tcpi_snd_wscale;
  told.tcpi_rcv_wscale = real.tcpi_rcv_wscale;
  told.tcpi_rto = 200000;
  told.tcpi_snd_mss = real.tcpi_snd_mss;
  told.tcpi_rcv_mss = real.tcpi_rcv_mss;
  told.tcpi_unacked = real.tcpi_unacked;
  told.tcpi_pmtu = real.tcpi_pmtu;
  told.tcpi_rtt = 10;
  told.tcpi_rttvar = 5;
  told.tcpi_snd_cwnd = 10;
  told.tcpi_advmss = real.tcpi_advmss;
  return Answer(option, &told, std::min<socklen_t>(size, sizeof told));
}

Outcome TellCookie(OptionCall& option) {
  struct stat status;
  if (fstat(option.socket, &status) != 0) return Return(-errno);
  const uint64_t cookie = FileOf(option.call.node, status).number;
  return Answer(option, &cookie, sizeof cookie);
}

Outcome TellProcessor(OptionCall& option) {
  const int processor = 0;
  return Answer(option, &processor, sizeof processor);
}

Outcome TellNetwork(OptionCall& option) {
  const uint64_t cookie = 1;
  return Answer(option, &cookie, sizeof cookie);
}

// To ask for; each has its row in call_table.cc.
constexpr OptionRow kToTell[] = {
    {SOL_SOCKET, SO_INCOMING_CPU, TellProcessor, "one processor"},
    {SOL_SOCKET, SO_NETNS_COOKIE, TellNetwork, "a count of the machine's"},
    {SOL_SOCKET, SO_COOKIE, TellCookie, "a count of the machine's"},
    {IPPROTO_TCP, TCP_INFO, TellConnection, "the kernel's clock"},
    {IPPROTO_TCP, TCP_TIMESTAMP, NoSuchOption, "the kernel's clock"},
    {IPPROTO_TCP, TCP_CC_INFO, NoSuchOption, "the kernel's clock"},
};

template <size_t N>
Outcome Decide(Call& call, const OptionRow (&rows)[N]) {
  for (const OptionRow& row : rows) {
    if (row.level != static_cast<int>(call.args[1]) || row.name != static_cast<int>(call.args[2])) continue;
    const ScopedFd socket = BorrowDescriptor(call.thread, static_cast<int>(call.args[0]));
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0) return Pass();
    OptionCall option{call, socket.get()};
    return row.handle(option);
  }
  return Pass();
}

}  // namespace

Outcome OnSetsockopt(Call& call) { return Decide(call, kToSet); }
Outcome OnGetsockopt(Call& call) { return Decide(call, kToTell); }

}  // namespace gyre
