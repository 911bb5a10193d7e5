// getrusage: the same numbers each run, for the process, the thread and the children; time never
// goes back.
#include <sys/resource.h>

#include "guest.h"

int main() {
  for (const int who : {RUSAGE_SELF, RUSAGE_THREAD, RUSAGE_CHILDREN}) {
    rusage a, b;
    MUST(getrusage(who, &a));
    volatile char used[1 << 16];
    for (std::size_t i = 0; i < sizeof used; i += 4096) used[i] = 1;
    MUST(getrusage(who, &b));
    CHECK_GE(b.ru_utime.tv_sec, a.ru_utime.tv_sec);
    say("user %ld.%06ld system %ld.%06ld rss %ld faults %ld %ld switches %ld %ld",
        b.ru_utime.tv_sec, b.ru_utime.tv_usec, b.ru_stime.tv_sec, b.ru_stime.tv_usec, b.ru_maxrss,
        b.ru_minflt, b.ru_majflt, b.ru_nvcsw, b.ru_nivcsw);
  }
  rusage ignored;
  CHECK_ERRNO(getrusage(static_cast<__rusage_who>(99), &ignored), EINVAL);
}
