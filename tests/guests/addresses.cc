// Where the program, its libraries, heap, stack and new mappings lie: no address is random.
#include <sys/auxv.h>
#include <sys/mman.h>

#include <thread>

#include "guest.h"

static int global;

int main() {
  int local = 0;
  void* mapped = MUST(mmap(nullptr, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  say("program %p library %p heap %p large %p mapped %p break %p", static_cast<void*>(&global),
      reinterpret_cast<void*>(&std::strlen), std::malloc(10), std::malloc(1 << 22), mapped,
      sbrk(0));
  say("stack %p entry %lx vdso %s", Native() ? nullptr : static_cast<void*>(&local),
      getauxval(AT_ENTRY), getauxval(AT_SYSINFO_EHDR) == 0 ? "hidden" : "there");
  std::thread([] {
    int on_thread = 0;
    say("thread's stack %p heap %p", static_cast<void*>(&on_thread), std::malloc(10));
  }).join();
}
