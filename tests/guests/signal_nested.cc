// A handler interrupted by another signal's handler, or by its own with SA_NODEFER; a signal masked
// during a handler comes after it.
#include <signal.h>

#include <string>

#include "guest.h"

static char order[32];
static int length;

static void Note(char c) { order[length++] = c; }

static void Catch(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  MUST(sigaction(signal, &action, nullptr));
}

int main() {
  auto outer = [](int) {
    static int depth = 0;
    Note('(');
    if (depth++ == 0) raise(SIGUSR1);  // masked here: comes when this returns
    raise(SIGUSR2);
    Note(')');
  };
  Catch(SIGUSR1, outer, 0);
  Catch(
      SIGUSR2, [](int) { Note('2'); }, 0);
  MUST(raise(SIGUSR1));
  CHECK(std::string(order, length) == "(2)(2)");

  auto itself = [](int) {
    Note('[');
    if (length < 10) raise(SIGHUP);
    Note(']');
  };
  Catch(SIGHUP, itself, SA_NODEFER);
  MUST(raise(SIGHUP));
  CHECK(std::string(order, length) == "(2)(2)[[[[]]]]");
  say("%s", order);
}
