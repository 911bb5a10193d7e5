// /proc of other processes and of threads: what it tells of a child, of a thread and of process 1 repeats, whichever
// way it is read.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "proc.h"

static void Print(const std::string& path) {
  for (const std::string& line : Lines(ReadAll(path.c_str()))) say("%s: %s", path.c_str(), line.c_str());
}

static std::string ReadFrom(int directory, const char* name) {
  const int fd = MUST(openat(directory, name, O_RDONLY));
  std::string text(65536, '\0');
  text.resize(MUST(read(fd, text.data(), text.size())));
  MUST(close(fd));
  return text;
}

int main() {
  const pid_t child = MUST(fork());
  if (child == 0) {
    volatile long sum = 0;
    for (int i = 0; i < 100'000'000 && !Native(); ++i) sum = sum + i;  // time of a processor, which stat tells of
    for (;;) SleepFor(kHour);
  }
  SleepFor(Span(kSecond));
  const std::string directory = "/proc/" + std::to_string(child);
  const std::string own = "/proc/self/task/" + std::to_string(getpid());
  if (!Native()) {
    const std::string first_thread = directory + "/task/" + std::to_string(child);
    for (const std::string& of : {directory, first_thread, own, std::string("/proc/1")}) {
      for (const char* name : {"/stat", "/statm", "/status", "/io", "/schedstat"}) Print(of + name);
    }
    CHECK_EQ(std::stoi(ReadAll("/proc/1/stat")), 1);
    CHECK(ReadAll("/proc/1/status").find("\nPid:\t1\nPPid:\t0\n") != std::string::npos);
    CHECK(ReadAll("/proc/1/cmdline") == std::string("init", 5));
    CHECK(ReadAll("/proc/1/comm") == "init\n");
    CHECK(ReadAll("/proc/1/environ").empty());
    CHECK(ReadAll("/sys/devices/system/node/node0/meminfo").starts_with("Node 0 MemTotal:        4194304 kB\n"));
    CHECK(ReadAll("/proc/vmstat").starts_with("nr_free_pages "));
    Print(directory + "/cmdline");
    Print(directory + "/maps");
    Print(directory + "/smaps");
    Print(directory + "/fdinfo/1");
  }
  // Relative to a directory of /proc, as psutil and htop read it.
  const int from = MUST(open(directory.c_str(), O_RDONLY | O_DIRECTORY));
  const std::string relative = ReadFrom(from, "stat");
  CHECK_EQ(std::stoi(relative), child);
  CHECK(Native() || relative == ReadAll((directory + "/stat").c_str()));
  MUST(chdir("/proc"));
  CHECK(Native() || ReadFrom(AT_FDCWD, "stat") == ReadAll("/proc/stat"));

  MUST(kill(child, SIGKILL));
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  CHECK_ERRNO(open((directory + "/stat").c_str(), O_RDONLY), ENOENT);
  say("done");
}
