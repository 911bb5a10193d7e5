// An inotify descriptor blocks its reader until a file changes, and polls as ready then.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>

#include <thread>

#include "guest.h"

int main() {
  const int watcher = MUST(inotify_init1(IN_CLOEXEC));
  MUST(inotify_add_watch(watcher, ".", IN_CREATE | IN_DELETE));
  const Ns start = now_ns();
  std::thread maker([] {
    SleepFor(Span(2 * kSecond));
    MUST(close(MUST(open("made", O_CREAT | O_WRONLY, 0600))));
    SleepFor(Span(kSecond));
    MUST(unlink("made"));
  });
  alignas(inotify_event) char bytes[1024];
  CHECK_GT(MUST(read(watcher, bytes, sizeof bytes)), 0);
  const auto* event = reinterpret_cast<const inotify_event*>(bytes);
  CHECK_EQ(event->mask, IN_CREATE);
  CHECK(std::strcmp(event->name, "made") == 0);
  CHECK_ELAPSED(start, Span(2 * kSecond));
  pollfd p = {watcher, POLLIN, 0};
  CHECK_EQ(MUST(poll(&p, 1, -1)), 1);
  say("%s gone after %lld ns", event->name,
      static_cast<long long>(CHECK_ELAPSED(start, Span(3 * kSecond))));
  maker.join();
}
