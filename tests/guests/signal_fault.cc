// A program's own faults reach its handlers: SIGSEGV on an alternate stack, SIGILL by ud2 (not
// taken for a patched instruction), SIGFPE, SIGTRAP.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <string>

#include "guest.h"

static sigjmp_buf back;
static std::string caught;

static void Handle(int signal) {
  caught += std::string(sigabbrev_np(signal)) + " ";
  siglongjmp(back, 1);
}

int main() {
  static char stack[64 * 1024];
  const stack_t alternate = {stack, 0, sizeof stack};
  MUST(sigaltstack(&alternate, nullptr));
  struct sigaction action = {};
  action.sa_handler = Handle;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGILL, SIGFPE, SIGTRAP})
    MUST(sigaction(signal, &action, nullptr));
  void* hole = MUST(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (sigsetjmp(back, 1) == 0) *static_cast<volatile char*>(hole) = 1;
  if (sigsetjmp(back, 1) == 0) asm volatile("ud2");
  if (sigsetjmp(back, 1) == 0)
    asm volatile("xorl %%ecx, %%ecx; idivl %%ecx" ::: "eax", "ecx", "edx");
  if (sigsetjmp(back, 1) == 0) asm volatile("int3");
  CHECK(caught == "SEGV ILL FPE TRAP ");
  say("%s", caught.c_str());
}
