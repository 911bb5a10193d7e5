// adjtimex reads the clock too: the time in it is the virtual one, or the call is refused.
#include <sys/timex.h>

#include "guest.h"

int main() {
  timex t = {};
  const int state = adjtimex(&t);
  if (state == -1) {
    say("refused: errno %d", errno);
    return 0;
  }
  const Ns now = t.time.tv_sec * kSecond;
  if (!Native()) CHECK(now >= kRealtimeStart && now < kRealtimeStart + kHour);
  say("state %d sec %lld offset %ld freq %ld", state, static_cast<long long>(t.time.tv_sec),
      t.offset, t.freq);
}
