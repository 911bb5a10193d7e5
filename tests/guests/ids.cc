// Process, thread and user ids are the same each run, and count up from the first process.
#include <sys/syscall.h>
#include <sys/wait.h>

#include <thread>

#include "guest.h"

int main() {
  CHECK_EQ(getpid(), syscall(SYS_gettid));
  say("pid %d ppid %d pgid %d sid %d", getpid(), getppid(), getpgid(0), getsid(0));
  say("uid %u %u gid %u %u", getuid(), geteuid(), getgid(), getegid());
  for (int i = 0; i < 3; ++i) std::thread([] { say("tid %ld", syscall(SYS_gettid)); }).join();
  for (int i = 0; i < 2; ++i) {
    const pid_t parent = getpid();
    const pid_t child = MUST(fork());
    if (child == 0) {
      CHECK_EQ(getppid(), parent);
      say("child %d", getpid());
      _exit(0);
    }
    int status;
    CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
    CHECK_EQ(status, 0);
  }
}
