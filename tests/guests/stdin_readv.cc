// Blocking readv of stdin, into buffers smaller than a line.
#include <sys/uio.h>

#include "lines.h"

int main() {
  Echo echo;
  for (;;) {
    char bytes[20];
    const iovec parts[] = {{bytes, 5}, {bytes + 5, 15}};
    echo.Take(bytes, MUST(readv(0, parts, 2)));
  }
}
