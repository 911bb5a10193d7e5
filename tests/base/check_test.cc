#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES  // CHECK is ours here
#include "sim/base/check.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

namespace gyre {
namespace {

struct Ending {
  int status;
  std::string output;
};

// What a child does that runs `body`, its stderr included.
template <typename Body>
Ending RunChild(Body body) {
  int ends[2];
  DOCTEST_REQUIRE(pipe(ends) == 0);
  std::cout.flush();  // or the child's exit would print what is buffered a second time
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // doctest has taken it
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(ends[1], 2);
    body();
    _exit(0);
  }
  close(ends[1]);
  Ending ending;
  char buffer[4096];
  for (ssize_t size; (size = read(ends[0], buffer, sizeof buffer)) > 0;) {
    ending.output.append(buffer, static_cast<size_t>(size));
  }
  close(ends[0]);
  DOCTEST_REQUIRE(waitpid(child, &ending.status, 0) == child);
  return ending;
}

DOCTEST_TEST_CASE("a failed CHECK says where, prints the context and exits with 255") {
  const Ending ending = RunChild([] {
    SetCheckContext([]() -> std::string { return "seed 7, at 1.500s"; });
    CheckFailed("a < b", "sim/x.cc", 12, "a is 3");
  });
  DOCTEST_CHECK(WIFEXITED(ending.status));
  DOCTEST_CHECK(WEXITSTATUS(ending.status) == 255);
  DOCTEST_CHECK(ending.output ==
        "gyre: internal error: CHECK(a < b) failed at sim/x.cc:12: a is 3\n"
        "seed 7, at 1.500s\n"
        "This is a bug in gyre, not in your program: please report it with the lines above.\n");
}

DOCTEST_TEST_CASE("a CHECK that fails in the context does not come back") {
  const Ending ending = RunChild([] {
    SetCheckContext([]() -> std::string { CheckFailed("inner", "y.cc", 2, ""); });
    CheckFailed("outer", "x.cc", 1, "");
  });
  DOCTEST_CHECK(WEXITSTATUS(ending.status) == 255);
  DOCTEST_CHECK(ending.output ==
        "gyre: internal error: CHECK(outer) failed at x.cc:1\n"
        "gyre: internal error: CHECK(inner) failed at y.cc:2\n"
        "This is a bug in gyre, not in your program: please report it with the lines above.\n");
}

DOCTEST_TEST_CASE("GYRE_ABORT=1 makes it abort") {
  const Ending ending = RunChild([] {
    setenv("GYRE_ABORT", "1", 1);
    CheckFailed("a", "x.cc", 1, "");
  });
  DOCTEST_CHECK(WIFSIGNALED(ending.status));
  DOCTEST_CHECK(WTERMSIG(ending.status) == SIGABRT);
}

}  // namespace
}  // namespace gyre
