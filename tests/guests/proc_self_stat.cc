// /proc/self/stat and its kin: each field repeats, its length too, and the ids are the node's own.
#include <pthread.h>
#include <sys/wait.h>

#include "proc.h"

// The fields that tools build a tree of processes from.
static void CheckFields(pid_t parent) {
  char name[32], state;
  int id, shown_parent, group;
  long pages;
  const std::string stat = ReadAll("/proc/self/stat");
  int end = 0;
  CHECK_EQ(std::sscanf(stat.c_str(), "%d (%31[^)]) %c %d %d%n", &id, name, &state, &shown_parent, &group, &end), 5);
  // From the session on, up to the size.
  constexpr char kOthers[] = "%*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %ld";
  CHECK_EQ(std::sscanf(stat.c_str() + end, kOthers, &pages), 1);
  CHECK_EQ(id, getpid());
  CHECK(std::strcmp(name, "a name") == 0);
  CHECK_EQ(state, 'R');
  CHECK_EQ(shown_parent, parent);
  CHECK_EQ(group, getpgrp());
  CHECK_GT(pages, 0);
}

int main() {
  CHECK_EQ(pthread_setname_np(pthread_self(), "a name"), 0);
  const pid_t child = MUST(fork());
  if (child == 0) {
    MUST(setpgid(0, 0));
    CheckFields(getppid());
    _exit(0);
  }
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  CheckFields(getppid());
  for (const std::string& path :
       {std::string("/proc/self/stat"), "/proc/" + std::to_string(getpid()) + "/stat",
        std::string("/proc/self/statm"), std::string("/proc/thread-self/stat"),
        std::string("/proc/self/schedstat"), std::string("/proc/self/io")}) {
    const std::string text = ReadAll(path.c_str());
    CHECK(!text.empty());
    if (path.find("stat") == path.size() - 4 && path.find("sched") == std::string::npos)
      CHECK_EQ(std::stoi(text), getpid());
    for (const std::string& line : Lines(text)) say("%s: %s", path.c_str(), line.c_str());
  }
}
