// Resource limits are the same each run, and no core is written.
#include <sys/resource.h>

#include "guest.h"

int main() {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit;
    MUST(getrlimit(static_cast<__rlimit_resource>(resource), &limit));
    if (resource == RLIMIT_CORE && !Native()) CHECK_EQ(limit.rlim_cur, 0);
    // Of a machine with little memory these are lower.
    if (resource == RLIMIT_SIGPENDING && !Native()) CHECK_LE(limit.rlim_max, 15000);
    if (resource == RLIMIT_MEMLOCK && !Native()) CHECK_LE(limit.rlim_max, 8 << 20);
    say("%d: %llx %llx", resource, static_cast<unsigned long long>(limit.rlim_cur),
        static_cast<unsigned long long>(limit.rlim_max));
  }
}
