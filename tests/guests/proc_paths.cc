// Paths of /proc with the id of a process or thread, by any call: those of the node's own are there, others are not.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <string>
#include <thread>

#include "guest.h"

static std::string LinkAt(int directory, const std::string& path) {
  char target[256] = {};
  MUST(readlinkat(directory, path.c_str(), target, sizeof target - 1));
  return target;
}

// Each way to ask whether a path is there. The same answer from all.
static bool IsThere(const std::string& path) {
  struct stat status;
  struct statx more;
  struct statfs system;
  const char* name = path.c_str();
  const bool there = stat(name, &status) == 0;
  CHECK_EQ(lstat(name, &status) == 0, there);
  CHECK_EQ(syscall(SYS_stat, name, &status) == 0, there);
  CHECK_EQ(statx(AT_FDCWD, name, 0, STATX_BASIC_STATS, &more) == 0, there);
  CHECK_EQ(access(name, F_OK) == 0, there);
  CHECK_EQ(faccessat(AT_FDCWD, name, F_OK, AT_EACCESS) == 0, there);
  CHECK_EQ(statfs(name, &system) == 0, there);
  return there;
}

int main() {
  const pid_t parent = getpid(), child = MUST(fork());
  if (child == 0) {
    for (;;) pause();
  }
  const std::string own = "/proc/" + std::to_string(parent), of_child = "/proc/" + std::to_string(child);
  CHECK(IsThere(own));
  CHECK(IsThere(of_child));
  CHECK(IsThere(of_child + "/"));
  CHECK(IsThere(of_child + "/task/" + std::to_string(child) + "/comm"));
  CHECK(!IsThere("/proc/" + std::to_string(child + 100)));
  CHECK(!IsThere(own + "/task/" + std::to_string(child)));
  std::thread([&] {
    const std::string id = std::to_string(syscall(SYS_gettid));
    CHECK(IsThere("/proc/self/task/" + id));
    CHECK(IsThere(own + "/task/" + id));
    const int file = MUST(open(("/proc/self/task/" + id + "/comm").c_str(), O_RDONLY));
    close(file);
    CHECK(LinkAt(AT_FDCWD, "/proc/thread-self") == std::to_string(parent) + "/task/" + id);
  }).join();

  CHECK(LinkAt(AT_FDCWD, "/proc/self") == std::to_string(parent));
  const std::string program = LinkAt(AT_FDCWD, "/proc/self/exe");
  CHECK(LinkAt(AT_FDCWD, own + "/exe") == program);
  CHECK(LinkAt(AT_FDCWD, of_child + "/exe") == program);
  CHECK_EQ(open(("/proc/" + std::to_string(child + 100) + "/comm").c_str(), O_RDONLY), -1);

  // Relative to a directory of /proc, as tools do that have listed it.
  const int proc = MUST(open("/proc", O_RDONLY | O_DIRECTORY));
  CHECK(LinkAt(proc, std::to_string(child) + "/exe") == program);
  const int comm = MUST(openat(proc, (std::to_string(child) + "/comm").c_str(), O_RDONLY));
  close(comm);
  MUST(chdir(of_child.c_str()));
  CHECK(IsThere("comm"));
  CHECK(IsThere("task/" + std::to_string(child)));
  CHECK(!IsThere("task/" + std::to_string(parent)));
  MUST(chdir("/proc"));
  CHECK(IsThere(std::to_string(parent)));

  MUST(kill(child, SIGKILL));
  int status = 0;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK(!IsThere(of_child));
  say("parent %d child %d", parent, child);
}
