// The environment is exactly what the host documents; PATH and LD_LIBRARY_PATH are the caller's.
#include <set>
#include <string>

#include "guest.h"

extern char** environ;

int main() {
  const std::set<std::string> exact = {"HOME=/tmp/gyre-node", "LANG=C.UTF-8",
                                       "TMPDIR=/tmp/gyre-node", "TZ=UTC", "USER=node"};
  std::set<std::string> seen;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    CHECK(seen.insert(text).second);
    const std::string name = text.substr(0, text.find('='));
    if (Native() || name == "PATH" || name == "LD_LIBRARY_PATH") continue;
    if (exact.count(text) == 0) Fail(__FILE__, __LINE__, "unexpected variable %s", text.c_str());
    say("%s", text.c_str());
  }
  for (const std::string& variable : exact) CHECK(Native() || seen.count(variable) == 1);
  CHECK(std::getenv("PATH") != nullptr);
  say("done");
}
