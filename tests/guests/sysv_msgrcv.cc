// System V messages: msgrcv blocks until a message of its type comes; a host without them says why.
#include <sys/ipc.h>
#include <sys/msg.h>

#include <thread>

#include "guest.h"

struct Letter {
  long type;
  char text[8];
};

int main() {
  const int queue = msgget(IPC_PRIVATE, 0600);
  if (queue == -1) {
    CHECK_EQ(errno, ENOSYS);
    say("refused: %s", strerrorname_np(errno));
    return 0;
  }
  Letter in = {};
  CHECK_ERRNO(msgrcv(queue, &in, sizeof in.text, 2, IPC_NOWAIT), ENOMSG);
  const Ns start = now_ns();
  std::thread sender([&] {
    for (const long type : {1, 2}) {
      SleepFor(Span(kSecond));
      const Letter out = {type, "letter"};
      MUST(msgsnd(queue, &out, sizeof out.text, 0));
    }
  });
  CHECK_EQ(msgrcv(queue, &in, sizeof in.text, 2, 0), sizeof in.text);
  const Ns elapsed = CHECK_ELAPSED(start, Span(2 * kSecond));
  sender.join();
  MUST(msgctl(queue, IPC_RMID, nullptr));
  say("%s after %lld ns", in.text, static_cast<long long>(elapsed));
}
