// The two events of a rename that a watch sees share a cookie, which is another one each time and repeats.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/uio.h>

#include "guest.h"

// An inotify_event of a name with one letter.
struct Event {
  int watch;
  std::uint32_t mask, cookie, length;
  char name[16];
};

static void CheckPair(const Event& from, const Event& to, std::uint32_t* last) {
  CHECK_EQ(from.mask, IN_MOVED_FROM);
  CHECK_EQ(to.mask, IN_MOVED_TO);
  CHECK_EQ(from.cookie, to.cookie);
  CHECK_NE(from.cookie, *last);
  CHECK_NE(from.cookie, 0);
  *last = from.cookie;
  if (!Native()) say("%.16s to %.16s: cookie %u", from.name, to.name, from.cookie);
}

int main() {
  MUST(chdir("/tmp"));
  MUST(close(MUST(open("a", O_CREAT | O_RDWR, 0644))));
  const int watch = MUST(inotify_init1(IN_CLOEXEC));
  CHECK_EQ(MUST(inotify_add_watch(watch, ".", IN_MOVE)), 1);
  MUST(rename("a", "b"));
  MUST(rename("b", "c"));
  Event events[4];
  CHECK_EQ(MUST(read(watch, events, sizeof events)), sizeof events);
  std::uint32_t last = 0;
  CheckPair(events[0], events[1], &last);
  CheckPair(events[2], events[3], &last);

  MUST(rename("c", "a"));
  Event from, to;
  const iovec buffers[] = {{&from, sizeof from}, {&to, sizeof to}};
  CHECK_EQ(MUST(readv(watch, buffers, 2)), sizeof from + sizeof to);
  CheckPair(from, to, &last);
  MUST(unlink("a"));
  say("done");
}
