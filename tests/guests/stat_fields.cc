// stat, fstat, lstat, statx of a new file: its numbers and its times repeat, and the times are
// virtual.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "guest.h"

static void Show(const char* what, const struct stat& s) {
  const long long written = static_cast<long long>(ToNs(s.st_mtim));
  if (!Native()) CHECK(written >= kRealtimeStart && written < kRealtimeStart + 24 * kHour);
  say("%s ino %llu dev %u:%u links %llu size %lld blocks %lld of %lld atime %lld mtime %lld ctime "
      "%lld",
      what, static_cast<unsigned long long>(s.st_ino), major(s.st_dev), minor(s.st_dev),
      static_cast<unsigned long long>(s.st_nlink), static_cast<long long>(s.st_size),
      static_cast<long long>(s.st_blocks), static_cast<long long>(s.st_blksize),
      static_cast<long long>(ToNs(s.st_atim)), written, static_cast<long long>(ToNs(s.st_ctim)));
}

int main() {
  const int fd = MUST(open("file", O_CREAT | O_RDWR, 0600));
  struct stat s;
  MUST(fstat(fd, &s));
  Show("made", s);
  const Ns made = ToNs(s.st_mtim);
  SleepFor(Span(kHour));
  MUST(write(fd, "x", 1));
  MUST(stat("file", &s));
  Show("written", s);
  if (!Native()) CHECK_GE(ToNs(s.st_mtim) - made, kHour);
  MUST(symlink("file", "link"));
  MUST(lstat("link", &s));
  Show("link", s);
  MUST(stat(".", &s));
  Show("directory", s);
  struct statx x;
  MUST(statx(AT_FDCWD, "file", 0, STATX_ALL, &x));
  if (!Native() && (x.stx_mask & STATX_BTIME)) CHECK_EQ(x.stx_btime.tv_sec, made / kSecond);
  say("statx ino %llu mtime %lld mount %llu", static_cast<unsigned long long>(x.stx_ino),
      static_cast<long long>(x.stx_mtime.tv_sec), static_cast<unsigned long long>(x.stx_mnt_id));
}
