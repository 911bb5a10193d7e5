// Files keep the times at which they were written, in whatever order one looks at them later; a
// pipe's number is one, in fstat and in /proc.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "guest.h"

static void Append(const char* name) {
  const int fd = MUST(open(name, O_CREAT | O_APPEND | O_WRONLY, 0600));
  MUST(write(fd, "x", 1));
  MUST(close(fd));
}

static Ns TimeOf(const char* name) {
  struct stat s;
  MUST(stat(name, &s));
  return ToNs(s.st_mtim);
}

int main() {
  for (const char* name : {"first", "second", "third"}) Append(name);
  for (const char* name : {"third", "first", "second"}) {
    SleepFor(Span(kSecond));
    Append(name);
  }
  SleepFor(Span(kHour));
  const Ns second = TimeOf("second"), first = TimeOf("first"), third = TimeOf("third");
  CHECK(third <= first && first <= second);
  if (!Native()) CHECK(first - third >= kSecond && second - first >= kSecond && second - first < kHour);
  const Ns before = now_ns(CLOCK_REALTIME);
  MUST(utimes("first", nullptr));
  if (!Native()) CHECK(TimeOf("first") >= before - kMilli && TimeOf("first") <= before + kMilli);

  int ends[2];
  MUST(pipe(ends));
  struct stat s;
  MUST(fstat(ends[0], &s));
  char link[64] = {}, expected[64], path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
  MUST(readlink(path, link, sizeof link - 1));
  std::snprintf(expected, sizeof expected, "pipe:[%llu]", static_cast<unsigned long long>(s.st_ino));
  CHECK_EQ(std::strcmp(link, expected), 0);
  say("%lld %lld %lld %s", static_cast<long long>(third), static_cast<long long>(first),
      static_cast<long long>(second), link);
}
