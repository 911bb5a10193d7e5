// mincore: all pages that are mapped are in memory, whether they were touched or not; others are ENOMEM.
#include <sys/mman.h>

#include "guest.h"

int main() {
  constexpr std::size_t kPage = 4096;
  void* mapped = mmap(nullptr, 8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mapped != MAP_FAILED);
  char* pages = static_cast<char*>(mapped);
  pages[2 * kPage] = 1;
  unsigned char resident[9] = {7, 7, 7, 7, 7, 7, 7, 7, 7};
  MUST(mincore(pages, 8 * kPage, resident));
  if (!Native()) {
    for (int i = 0; i < 8; ++i) CHECK_EQ(int{resident[i]}, 1);
  }
  CHECK_EQ(int{resident[8]}, 7);
  MUST(munmap(pages + 4 * kPage, kPage));
  CHECK_ERRNO(mincore(pages, 8 * kPage, resident), ENOMEM);
  say("done");
}
