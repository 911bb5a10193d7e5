// exec from a thread that is not the first: the others die, the process keeps its id and its
// output.
#include <sys/syscall.h>

#include <string>
#include <thread>

#include "guest.h"

int main(int argc, char** argv) {
  const std::string pid = std::to_string(getpid());
  if (argc > 1) {
    CHECK(pid == argv[1]);
    CHECK_EQ(getpid(), syscall(SYS_gettid));
    SleepFor(Span(kSecond));
    say("the new program runs as the same process");
    return 0;
  }
  std::thread([] { SleepFor(kHour); }).detach();
  std::thread([&] {
    SleepFor(Span(kSecond));
    execl("/proc/self/exe", argv[0], pid.c_str(), static_cast<char*>(nullptr));
    Fail(__FILE__, __LINE__, "exec: %s", std::strerror(errno));
  }).detach();
  pause();
}
