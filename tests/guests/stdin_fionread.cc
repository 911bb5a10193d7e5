// FIONREAD tells how much one read will give: one line after a first look.
#include <sys/ioctl.h>

#include "lines.h"

int main() {
  Echo echo;
  for (;;) {
    int waiting = 0;
    MUST(ioctl(0, FIONREAD, &waiting));
    if (waiting == 0) {
      SleepFor(Span(10 * kMilli));
      continue;
    }
    std::string bytes(waiting, '\0');
    const ssize_t size = MUST(read(0, bytes.data(), bytes.size()));
    CHECK_EQ(size, waiting);
    echo.Take(bytes.data(), size);
  }
}
