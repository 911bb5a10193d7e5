// uname and gethostname agree and are the same each run.
#include <sys/utsname.h>

#include "guest.h"

int main() {
  utsname names;
  MUST(uname(&names));
  char host[256];
  MUST(gethostname(host, sizeof host));
  CHECK(std::strcmp(host, names.nodename) == 0);
  CHECK(std::strcmp(names.sysname, "Linux") == 0);
  say("%s %s %s %s %s", names.sysname, names.nodename, names.release, names.version, names.machine);
}
