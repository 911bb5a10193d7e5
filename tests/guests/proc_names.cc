// What /proc tells is sealed by whatever name it is opened: with dots, from a directory, through a link, by an id.
#include <sys/syscall.h>

#include "proc.h"

static std::string ReadAt(int directory, const char* path) {
  const int fd = MUST(openat(directory, path, O_RDONLY));
  char bytes[65536];
  std::string text;
  while (const ssize_t n = MUST(read(fd, bytes, sizeof bytes))) text.append(bytes, n);
  MUST(close(fd));
  return text;
}

int main() {
  const std::string pid = "/proc/" + std::to_string(getpid()) + "/";
  const std::string task = "/proc/self/task/" + std::to_string(syscall(SYS_gettid)) + "/";
  MUST(symlink("/proc/meminfo", "memory"));
  MUST(symlink("/proc/self/statm", "pages"));
  MUST(symlink("pages", "again"));
  MUST(symlink("/proc/self", "own"));
  MUST(symlink("../../../../../../../../proc/meminfo", "up"));
  const int proc = MUST(open("/proc", O_RDONLY | O_DIRECTORY));
  const int self = MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
  const int home = MUST(open(".", O_RDONLY | O_DIRECTORY));
  const std::string memory = ReadAll("/proc/meminfo"), pages = ReadAll("/proc/self/statm");
  const struct {
    int directory;
    std::string path;
    const std::string& expected;
  } kNames[] = {
      {AT_FDCWD, "//proc/./meminfo", memory},    {AT_FDCWD, "/proc/self/../meminfo", memory},
      {AT_FDCWD, "memory", memory},              {home, "up", memory},
      {proc, "meminfo", memory},                 {proc, "self/statm", pages},
      {self, "statm", pages},                    {self, "../meminfo", memory},
      {AT_FDCWD, "pages", pages},                {AT_FDCWD, "again", pages},
      {AT_FDCWD, "own/statm", pages},            {home, "own/task/../../meminfo", memory},
      {AT_FDCWD, pid + "statm", pages},          {AT_FDCWD, task + "statm", pages},
      {AT_FDCWD, "/proc/thread-self/statm", pages},
  };
  for (const auto& name : kNames) {
    const std::string content = ReadAt(name.directory, name.path.c_str());
    if (!Native() && content != name.expected) Fail(__FILE__, __LINE__, "%s: %s", name.path.c_str(), content.c_str());
  }
  MUST(chdir("/proc"));
  if (!Native()) CHECK(ReadAll("meminfo") == memory);
  // The links, and what they are read by, are as they were.
  char target[64] = {};
  CHECK_EQ(readlinkat(home, "again", target, sizeof target), 5);
  CHECK(std::string(target) == "pages");
  say("%s%s%s", memory.c_str(), pages.c_str(), ReadAll((task + "stat").c_str()).c_str());
}
