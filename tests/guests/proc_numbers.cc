// Numbers, times and links of files that the kernel makes up as they are looked at: of /proc, of namespaces, of what
// has no path. They repeat, and are the same by whatever way one asks: by name, relative, through a link, by
// descriptor, in a listing, in fdinfo.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "proc.h"

struct Facts {
  dev_t device;
  ino_t number;
};

static Facts FactsOf(const char* name, const struct stat& status) {
  if (!Native()) {
    say("%s: %lu on %lu, %lu links, changed %ld", name, static_cast<unsigned long>(status.st_ino),
        static_cast<unsigned long>(status.st_dev), static_cast<unsigned long>(status.st_nlink),
        static_cast<long>(status.st_mtime));
    for (const timespec& time : {status.st_atim, status.st_mtim, status.st_ctim}) CHECK_GE(ToNs(time), kRealtimeStart);
  }
  return {status.st_dev, status.st_ino};
}

static Facts ByName(const char* path, bool follow) {
  struct stat status;
  MUST((follow ? stat : lstat)(path, &status));
  struct statx extended;
  MUST(statx(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &extended));
  CHECK_EQ(extended.stx_ino, status.st_ino);
  CHECK_EQ(extended.stx_nlink, status.st_nlink);
  CHECK_EQ(extended.stx_mtime.tv_sec, status.st_mtime);
  return FactsOf(path, status);
}

static Facts ByDescriptor(const char* name, int fd) {
  struct stat status;
  MUST(fstat(fd, &status));
  return FactsOf(name, status);
}

static void CheckSame(Facts a, Facts b) {
  CHECK_EQ(a.device, b.device);
  CHECK_EQ(a.number, b.number);
}

static std::string LinkAt(const char* path) {
  char target[256];
  return {target, static_cast<size_t>(MUST(readlink(path, target, sizeof target)))};
}

static ino_t Listed(const char* directory, const std::string& name) {
  DIR* listing = opendir(directory);
  CHECK(listing != nullptr);
  while (const dirent* entry = readdir(listing)) {
    if (name != entry->d_name) continue;
    const ino_t number = entry->d_ino;
    MUST(closedir(listing));
    return number;
  }
  CHECK(false);
}

static void CheckNamespaces() {
  const int fd = MUST(open("/proc/self/ns/pid", O_RDONLY));
  const Facts named = ByName("/proc/self/ns/pid", true);
  CheckSame(named, ByDescriptor("its descriptor", fd));
  CHECK(LinkAt("/proc/self/ns/pid") == "pid:[" + std::to_string(named.number) + "]");
  MUST(symlink("/proc/self/ns", "/tmp/link"));
  for (const char* directory : {"/proc/self/ns", "/tmp/link"}) {
    MUST(chdir(directory));
    CHECK(LinkAt("pid") == LinkAt("/proc/self/ns/pid"));
    CheckSame(ByName("pid", true), named);
  }
  CHECK(LinkAt("/tmp/link/pid") == LinkAt("/proc/self/ns/pid"));
  CHECK_NE(ByName("/proc/self/ns/mnt", true).number, named.number);
  MUST(unlink("/tmp/link"));
  MUST(close(fd));
}

static void CheckProc() {
  const std::string own = "/proc/" + std::to_string(getpid());
  CHECK_EQ(ByName("/proc", true).number, 1);
  CHECK_NE(ByName("/proc/self", false).number, ByName("/proc/self", true).number);
  CheckSame(ByName("/proc/self", true), ByName(own.c_str(), false));
  const int fd = MUST(open((own + "/limits").c_str(), O_RDONLY));
  const Facts limits = ByName("/proc/self/limits", true);
  CheckSame(limits, ByName((own + "/limits").c_str(), false));
  CheckSame(limits, ByDescriptor("the same opened", fd));
  const int directory = MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
  struct stat status;
  MUST(fstatat(directory, "limits", &status, 0));
  CheckSame(limits, FactsOf("limits there", status));
  CHECK_EQ(Listed("/proc/self", "limits"), limits.number);
  CHECK_EQ(Listed("/proc/self", ".."), 1);
  CHECK_EQ(Listed("/proc", std::to_string(getpid())), ByName("/proc/self", true).number);
  MUST(close(directory));
  MUST(close(fd));
}

static void CheckNameless() {
  const int memory = MUST(memfd_create("memory", 0)), event = MUST(eventfd(0, 0)), set = MUST(epoll_create1(0));
  const int watch = MUST(inotify_init1(0)), process = static_cast<int>(MUST(syscall(SYS_pidfd_open, getpid(), 0)));
  epoll_event wanted = {EPOLLIN, {}};
  MUST(epoll_ctl(set, EPOLL_CTL_ADD, event, &wanted));
  MUST(inotify_add_watch(watch, "/tmp", IN_CREATE));
  const int file = MUST(open("/tmp/locked", O_RDWR | O_CREAT, 0644));
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  MUST(fcntl(file, F_SETLK, &lock));
  for (const int fd : {memory, event, set, watch, process, file}) {
    ByDescriptor("a descriptor", fd);
    if (Native()) continue;
    for (const std::string& line : Lines(ReadAll(("/proc/self/fdinfo/" + std::to_string(fd)).c_str()))) {
      say("%s", line.c_str());
    }
  }
  MUST(ftruncate(memory, 4096));
  const void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, memory, 0);
  CHECK(mapped != MAP_FAILED);
  for (const std::string& line : Lines(ReadAll("/proc/self/maps"))) {
    if (!Native() && line.find("memfd:") != std::string::npos) say("%s", line.c_str());
  }
}

// Mounts are counted for the whole machine.
static void CheckMounts() {
  constexpr unsigned kUnique = 0x4000;  // STATX_MNT_ID_UNIQUE
  for (const char* path : {"/usr/bin/env", "/dev/null", "/proc/self/limits", "/tmp"}) {
    for (const unsigned mask : {STATX_MNT_ID, kUnique}) {
      struct statx status;
      MUST(statx(AT_FDCWD, path, 0, mask, &status));
      if (!Native()) say("%s is on mount %llu", path, static_cast<unsigned long long>(status.stx_mnt_id));
    }
  }
}

int main() {
  CheckMounts();
  CheckNamespaces();
  CheckProc();
  CheckNameless();
  say("done");
}
