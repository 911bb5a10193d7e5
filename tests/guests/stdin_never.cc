// A guest that never reads its input and ends by itself, with input waiting.
#include "guest.h"

int main() {
  SleepFor(Span(kHour));
  say("summary: unread");
}
