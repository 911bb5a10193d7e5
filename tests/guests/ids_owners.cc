// fcntl names processes as the node knows them: who holds a lock, and who gets a descriptor's signals.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const int file = MUST(open("ids_owners.lock", O_RDWR | O_CREAT | O_TRUNC, 0600));
  int ready[2], done[2], stream[2];
  MUST(pipe(ready));
  MUST(pipe(done));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_start = 10;
  lock.l_len = 5;
  const pid_t parent = getpid(), child = MUST(fork());
  char byte;
  if (child == 0) {
    MUST(fcntl(file, F_SETLK, &lock));
    CHECK_EQ(write(ready[1], "r", 1), 1);
    CHECK_EQ(read(done[0], &byte, 1), 1);
    _exit(0);
  }
  CHECK_EQ(read(ready[0], &byte, 1), 1);
  struct flock asked = lock;
  MUST(fcntl(file, F_GETLK, &asked));
  CHECK_EQ(asked.l_type, F_WRLCK);
  CHECK_EQ(asked.l_pid, child);
  asked = lock;
  asked.l_pid = 0;
  MUST(fcntl(file, F_OFD_GETLK, &asked));
  CHECK_EQ(asked.l_pid, child);
  asked = lock;
  asked.l_start = 100;
  MUST(fcntl(file, F_GETLK, &asked));
  CHECK_EQ(asked.l_type, F_UNLCK);

  MUST(fcntl(stream[0], F_SETOWN, child));
  CHECK_EQ(fcntl(stream[0], F_GETOWN), child);
  MUST(fcntl(stream[0], F_SETOWN, -getpgrp()));
  f_owner_ex owner = {};
  MUST(fcntl(stream[0], F_GETOWN_EX, &owner));
  CHECK_EQ(owner.type, F_OWNER_PGRP);
  CHECK_EQ(owner.pid, getpgrp());
  owner = {F_OWNER_PID, parent};
  MUST(fcntl(stream[0], F_SETOWN_EX, &owner));
  CHECK_EQ(owner.pid, parent);
  CHECK_EQ(fcntl(stream[0], F_GETOWN), parent);
  int id = child;
  MUST(ioctl(stream[0], FIOSETOWN, &id));
  CHECK_EQ(id, child);
  id = 0;
  MUST(ioctl(stream[0], FIOGETOWN, &id));
  CHECK_EQ(id, child);
  CHECK_ERRNO(fcntl(99, F_GETOWN), EBADF);

  CHECK_EQ(write(done[1], "d", 1), 1);
  int status = 1;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(status, 0);
  unlink("ids_owners.lock");
  say("parent %d child %d", parent, child);
}
