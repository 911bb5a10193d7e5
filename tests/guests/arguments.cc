// argv[0] is the program's absolute path; so are /proc/self/exe and AT_EXECFN.
#include <limits.h>
#include <sys/auxv.h>

#include "guest.h"

int main(int argc, char** argv) {
  CHECK_EQ(argc, 1);
  CHECK_EQ(argv[0][0], '/');
  CHECK(std::strcmp(argv[0], reinterpret_cast<const char*>(getauxval(AT_EXECFN))) == 0);
  char path[PATH_MAX] = {};
  MUST(readlink("/proc/self/exe", path, sizeof path - 1));
  if (!Native()) CHECK(std::strcmp(argv[0], path) == 0);
  say("%s", argv[0]);
}
