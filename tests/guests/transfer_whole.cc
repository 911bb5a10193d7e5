// Calls that move much to a slow peer block until all of it is moved: recv with MSG_WAITALL, sendmsg and sendfile, on
// a socket pair and on TCP; splice and vmsplice until there is room for some.
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include <functional>
#include <thread>
#include <vector>

#include "loopback.h"

static constexpr std::size_t kBytes = 12 << 20;
static std::vector<char> much(kBytes);

static int File() {
  const int file = MUST(open("/tmp", O_TMPFILE | O_RDWR, 0600));
  for (std::size_t done = 0; done < kBytes; done += 1 << 20) CHECK_EQ(write(file, much.data(), 1 << 20), 1 << 20);
  return file;
}

// Runs `send` on one end with a reader on the other that starts late, and tells how much came.
static void Drain(const char* what, int to, int from, const std::function<long long()>& send) {
  long long got = 0;
  std::thread reader([&] {
    SleepFor(Span(kSecond));
    std::vector<char> buffer(65536);
    for (long n; (n = read(from, buffer.data(), buffer.size())) > 0;) got += n;
  });
  const long long sent = send();
  MUST(close(to));
  reader.join();
  CHECK_EQ(sent, got);
  say("%s: %lld", what, got);
}

static void Pair(bool tcp, int ends[2]) {
  if (tcp) return ConnectedPair(ends);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

static void OnStreams(bool tcp) {
  int ends[2];
  Pair(tcp, ends);
  Drain("sendmsg", ends[0], ends[1], [&] {
    iovec halves[2] = {{much.data(), kBytes / 2}, {much.data(), kBytes / 2}};
    msghdr message = {};
    message.msg_iov = halves;
    message.msg_iovlen = 2;
    const long sent = MUST(sendmsg(ends[0], &message, 0));
    CHECK_EQ(sent, kBytes);
    return sent;
  });
  Pair(tcp, ends);
  Drain("sendfile", ends[0], ends[1], [&] {
    off_t offset = 1;
    const long sent = MUST(sendfile(ends[0], File(), &offset, kBytes));
    CHECK_EQ(sent, kBytes - 1);
    CHECK_EQ(offset, kBytes);
    return sent;
  });
  Pair(tcp, ends);
  std::thread writer([&] {
    for (int i = 0; i < 10; ++i) {
      SleepFor(Span(kSecond));
      MUST(write(ends[1], "0123456789", 10));
    }
    MUST(close(ends[1]));
  });
  char bytes[80];
  CHECK_EQ(recv(ends[0], bytes, sizeof bytes, MSG_WAITALL), 80);
  CHECK_EQ(recv(ends[0], bytes, sizeof bytes, MSG_WAITALL), 20);
  writer.join();
  say("recv: 80, and 20 at the end");
}

// Fills a pipe, which has room for some of it each time.
static void OnPipe(const char* what, const std::function<long long(int, long long)>& move) {
  int ends[2];
  MUST(pipe(ends));
  Drain(what, ends[1], ends[0], [&] {
    long long all = 0;
    while (all < static_cast<long long>(kBytes)) all += move(ends[1], all);
    return all;
  });
}

int main() {
  OnStreams(false);
  OnStreams(true);
  const int file = File();
  OnPipe("splice", [&](int to, long long done) {
    loff_t offset = done;
    return static_cast<long long>(MUST(splice(file, &offset, to, nullptr, kBytes - done, 0)));
  });
  OnPipe("vmsplice", [&](int to, long long done) {
    const iovec rest = {much.data() + done, static_cast<std::size_t>(kBytes - done)};
    return static_cast<long long>(MUST(vmsplice(to, &rest, 1, 0)));
  });
}
