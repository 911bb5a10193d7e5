// Blocking reads of stdin, seven bytes at most each: what does not fit waits for the next read.
#include "lines.h"

int main() {
  Echo echo;
  for (;;) {
    char bytes[7];
    echo.Take(bytes, MUST(read(0, bytes, sizeof bytes)));
  }
}
