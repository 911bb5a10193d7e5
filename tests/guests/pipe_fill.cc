// One write of 1 MiB to a blocking pipe with a slow reader: it returns when all is written, and the
// thread waits meanwhile.
#include <thread>
#include <vector>

#include "guest.h"

int main() {
  constexpr std::size_t kSize = 1 << 20, kPiece = 4096;
  int ends[2];
  MUST(pipe(ends));
  const Ns nap = Span(10 * kMilli);
  std::size_t total = 0, wrong = 0;
  std::thread reader([&] {
    std::vector<unsigned char> piece(kPiece);
    for (;;) {
      const ssize_t n = MUST(read(ends[0], piece.data(), kPiece));
      if (n == 0) return;
      for (ssize_t i = 0; i < n; ++i)
        wrong += piece[i] != static_cast<unsigned char>((total + i) / 7);
      total += n;
      SleepFor(nap);
    }
  });
  std::vector<unsigned char> bytes(kSize);
  for (std::size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<unsigned char>(i / 7);
  const Ns start = now_ns();
  CHECK_EQ(write(ends[1], bytes.data(), kSize), kSize);
  const Ns elapsed = now_ns() - start;
  CHECK_GT(elapsed, 200 * nap);  // all but a pipe's capacity has been read
  MUST(close(ends[1]));
  reader.join();
  CHECK_EQ(total, kSize);
  CHECK_EQ(wrong, 0);
  say("writing took %lld ns", static_cast<long long>(elapsed));
}
