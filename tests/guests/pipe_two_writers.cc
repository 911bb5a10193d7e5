// Two threads fill one pipe; both block, both finish, and no write of up to PIPE_BUF bytes is torn.
#include <string>
#include <thread>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe(ends));
  auto fill = [&](char name) {
    const std::string line(1000, name);
    for (int i = 0; i < 300; ++i) CHECK_EQ(write(ends[1], line.data(), 1000), 1000);
  };
  std::thread a(fill, 'a'), b(fill, 'b');
  std::string order;
  for (int i = 0; i < 600; ++i) {
    char line[1000];
    std::size_t got = 0;
    while (got < sizeof line) got += MUST(read(ends[0], line + got, sizeof line - got));
    CHECK(std::count(line, line + 1000, line[0]) == 1000);
    if (order.empty() || order.back() != line[0]) order += line[0];
  }
  a.join();
  b.join();
  say("runs: %s", Native() ? "" : order.c_str());
}
