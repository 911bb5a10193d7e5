// pselect6: ready, expired, woken, zero and infinite timeout.
#include <sys/select.h>

#include "poll_rule.h"

int main() {
  CheckPollRule("pselect6", [](int fd, Ns timeout) {
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(fd, &readable);
    const timespec t = ToTimespec(timeout);
    const int ready =
        pselect(fd + 1, &readable, &writable, nullptr, timeout < 0 ? nullptr : &t, nullptr);
    CHECK_EQ(FD_ISSET(fd, &readable) ? 1 : 0, ready);
    return ready;
  });
}
