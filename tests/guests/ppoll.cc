// ppoll: ready, expired, woken, zero and infinite timeout.
#include <poll.h>

#include "poll_rule.h"

int main() {
  CheckPollRule("ppoll", [](int fd, Ns timeout) {
    pollfd p = {fd, POLLIN, -1};
    const timespec t = ToTimespec(timeout);
    const int ready = ppoll(&p, 1, timeout < 0 ? nullptr : &t, nullptr);
    CHECK_EQ(p.revents, ready == 1 ? POLLIN : 0);
    return ready;
  });
}
