// statfs of the private directory tells of the node's volume, not of the machine's disk.
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "guest.h"

int main() {
  struct statfs s;
  MUST(statfs(".", &s));
  CHECK_GT(s.f_bsize, 0);
  if (!Native()) CHECK_LE(static_cast<long long>(s.f_bavail) * s.f_bsize, 256 << 20);
  struct statvfs v;
  MUST(statvfs(".", &v));
  say("type %lx blocks %llu free %llu of %ld files %llu free %llu fsid %lx", s.f_type,
      static_cast<unsigned long long>(s.f_blocks), static_cast<unsigned long long>(s.f_bfree),
      s.f_bsize, static_cast<unsigned long long>(s.f_files),
      static_cast<unsigned long long>(s.f_ffree), v.f_fsid);
}
