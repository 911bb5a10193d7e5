// preadv2 and pwritev2 without an offset are readv and writev, also of stdin and of a full pipe; with RWF_NOWAIT no
// file supports them.
#include <fcntl.h>
#include <sys/uio.h>

#include <thread>

#include "lines.h"

// Of a regular file the answer would tell what is cached.
void OfFiles() {
  const int fd = MUST(open("file", O_RDWR | O_CREAT, 0600));
  char bytes[4] = "abc";
  const iovec part[] = {{bytes, 3}};
  CHECK_EQ(pwritev2(fd, part, 1, 5, 0), 3);
  CHECK_EQ(preadv2(fd, part, 1, 6, 0), 2);
  CHECK_EQ(bytes[0], 'b');
  MUST(lseek(fd, 7, SEEK_SET));
  CHECK_EQ(preadv2(fd, part, 1, -1, 0), 1);
  CHECK_EQ(bytes[0], 'c');
  if (Native()) return;
  CHECK_ERRNO(preadv2(fd, part, 1, 6, RWF_NOWAIT), EOPNOTSUPP);
  CHECK_ERRNO(pwritev2(fd, part, 1, -1, RWF_NOWAIT), EOPNOTSUPP);
}

// What does not fit waits for the reader.
void OfPipes() {
  int ends[2];
  MUST(pipe(ends));
  static char bytes[100'000];
  const Ns start = now_ns();
  std::thread reader([&] {
    SleepFor(Span(kSecond));
    for (size_t left = sizeof bytes; left > 0;) {
      static char taken[50'000];
      const iovec part[] = {{taken, sizeof taken}};
      left -= MUST(preadv2(ends[0], part, 1, -1, 0));
    }
  });
  const iovec part[] = {{bytes, sizeof bytes}};
  CHECK_EQ(pwritev2(ends[1], part, 1, -1, 0), static_cast<ssize_t>(sizeof bytes));
  CHECK_ELAPSED(start, Span(kSecond));
  reader.join();
}

int main() {
  OfFiles();
  OfPipes();
  Echo echo;
  for (;;) {
    char bytes[20];
    const iovec parts[] = {{bytes, 5}, {bytes + 5, 15}};
    if (!Native()) CHECK_ERRNO(preadv2(0, parts, 2, -1, RWF_NOWAIT), EOPNOTSUPP);
    echo.Take(bytes, MUST(preadv2(0, parts, 2, -1, 0)));
  }
}
