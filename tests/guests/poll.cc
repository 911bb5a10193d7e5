// poll: ready, expired, woken, zero and infinite timeout.
#include <poll.h>

#include "poll_rule.h"

int main() {
  CheckPollRule("poll", [](int fd, Ns timeout) {
    pollfd p = {fd, POLLIN, -1};
    const int ready = poll(&p, 1, timeout < 0 ? -1 : static_cast<int>(timeout / kMilli));
    CHECK_EQ(p.revents, ready == 1 ? POLLIN : 0);
    return ready;
  });
}
