// stdin opened again by name: /dev/stdin is the same stream under a new file description.
#include <fcntl.h>

#include "lines.h"

int main() {
  const int again = MUST(open("/dev/stdin", O_RDONLY));
  CHECK_GT(again, 2);
  Echo echo;
  for (;;) MUST(echo.ReadFrom(again));
}
