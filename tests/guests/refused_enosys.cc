// rseq, io_uring_setup and perf_event_open are not there.
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "guest.h"

int main() {
  alignas(32) char area[32] = {};
  perf_event_attr attributes = {};
  attributes.size = sizeof attributes;
  if (!Native()) {
    CHECK_ERRNO(syscall(SYS_rseq, area, sizeof area, 0, 0x53053053), ENOSYS);
    CHECK_ERRNO(syscall(SYS_io_uring_setup, 8, area), ENOSYS);
    CHECK_ERRNO(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0), ENOSYS);
  }
  CHECK_ERRNO(syscall(100'000), ENOSYS);
  say("ENOSYS");
}
