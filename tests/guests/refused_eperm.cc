// unshare, mount, ptrace, keyctl, setns, bpf and their kin are refused, and so is a clone into a
// new namespace.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "guest.h"

int main() {
  if (Native()) {
    say("nothing to check natively");
    return 0;
  }
  char attributes[128] = {};
  for (const int flags : {CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS}) {
    CHECK_ERRNO(unshare(flags), EPERM);
    CHECK_ERRNO(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0), EPERM);
  }
  CHECK_ERRNO(mount("none", "/tmp", "tmpfs", 0, nullptr), EPERM);
  CHECK_ERRNO(umount2("/tmp", MNT_DETACH), EPERM);
  CHECK_ERRNO(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr), EPERM);
  CHECK_ERRNO(syscall(SYS_keyctl, 0, -3, 0, 0, 0), EPERM);
  CHECK_ERRNO(syscall(SYS_add_key, "user", "k", "v", 1, -3), EPERM);
  const int space = open("/proc/self/ns/uts", O_RDONLY);
  CHECK_ERRNO(setns(space >= 0 ? space : 0, 0), EPERM);
  CHECK_ERRNO(syscall(SYS_bpf, 0, attributes, sizeof attributes), EPERM);
  say("EPERM");
}
