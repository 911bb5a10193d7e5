// A terminal of the node's own works, and makes the run leaky: the kernel moves its data when it has the time.
#include <fcntl.h>
#include <stdlib.h>

#include "guest.h"

int main() {
  const int master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
  MUST(grantpt(master));
  MUST(unlockpt(master));
  say("a terminal");
}
