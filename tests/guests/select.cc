// select (the system call of that name): ready, expired, woken, zero and infinite timeout.
#include <sys/select.h>
#include <sys/syscall.h>

#include "poll_rule.h"

int main() {
  CheckPollRule("select", [](int fd, Ns timeout) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    timeval t = {timeout / kSecond, timeout % kSecond / kMicro};
    const long ready =
        syscall(SYS_select, fd + 1, &readable, nullptr, nullptr, timeout < 0 ? nullptr : &t);
    CHECK_EQ(FD_ISSET(fd, &readable) ? 1 : 0, ready);
    return ready;
  });
}
