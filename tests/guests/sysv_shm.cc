// System V shared memory: a child sees what its parent wrote, a segment knows its processes and attachments, and its
// times are virtual.
#include <sys/shm.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  const int id = MUST(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
  auto* word = static_cast<volatile int*>(shmat(id, nullptr, 0));
  CHECK(word != reinterpret_cast<void*>(-1));
  *word = 1;
  const pid_t child = MUST(fork());
  if (child == 0) {
    while (*word != 2) SleepFor(kMilli);
    *word = 3;
    _exit(0);
  }
  SleepFor(Span(kSecond));
  *word = 2;
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
  CHECK_EQ(*word, 3);
  shmid_ds segment;
  MUST(shmctl(id, IPC_STAT, &segment));
  CHECK_EQ(segment.shm_nattch, 1);
  CHECK_EQ(segment.shm_cpid, getpid());
  if (!Native()) {
    for (const time_t time : {segment.shm_atime, segment.shm_ctime}) CHECK_GE(time, kRealtimeStart / kSecond);
    say("id %d, attached %ld, left %ld", id, static_cast<long>(segment.shm_atime),
        static_cast<long>(segment.shm_dtime));
  }
  MUST(shmdt(const_cast<int*>(word)));
  MUST(shmctl(id, IPC_RMID, nullptr));
  CHECK_ERRNO(shmctl(id, IPC_STAT, &segment), EINVAL);
  say("done");
}
