#include "tools/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

#include "tools/exit_status.h"

namespace gyre {
namespace {

volatile int asked = 0;

void OnSignal(int) {
  if (asked != 0) _exit(static_cast<int>(ExitStatus::kInterrupted));
  asked = 1;
}

}  // namespace

void CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a wait that the host or a sweep is in must return and see the flag.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

const volatile int* InterruptFlag() { return &asked; }

}  // namespace gyre
