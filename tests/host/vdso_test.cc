// Patches a copy of this process's own vDSO and calls its functions.
#include "sim/host/vdso.h"

#include <doctest/doctest.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#include <cstring>
#include <string>

#include "sim/host/elf_image.h"

namespace gyre {
namespace {

constexpr size_t kImageBytes = 8192;
constexpr int64_t kTick = 1000;
constexpr int64_t kRealtime = 1'893'456'000'000'000'000;
constexpr int64_t kMonotonic = 1'000'000'000'000;

struct Page {
  int64_t now = 5, tick = kTick, limit = INT64_MAX, realtime = kRealtime, monotonic = kMonotonic, reads = 0;
};

class PatchedVdso {
 public:
  PatchedVdso() {
    const auto* original = reinterpret_cast<const uint8_t*>(getauxval(AT_SYSINFO_EHDR));
    // A mapping of its own, within 2^47 but beyond 2^32, as a node has it.
    page_ = static_cast<Page*>(mmap(reinterpret_cast<void*>(0x600000000000), 4096, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    code_ = static_cast<uint8_t*>(
        mmap(nullptr, kImageBytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    *page_ = Page();
    std::memcpy(code_, original, kImageBytes);
    auto patches = PatchVdso({code_, kImageBytes}, reinterpret_cast<uint64_t>(page_));
    REQUIRE_MESSAGE(patches.ok(), patches.status());
    for (const VdsoPatch& patch : *patches) std::memcpy(code_ + patch.offset, patch.bytes.data(), patch.bytes.size());
  }
  ~PatchedVdso() {
    munmap(page_, 4096);
    munmap(code_, kImageBytes);
  }

  Page& page() { return *page_; }

  template <typename F>
  F* Function(std::string_view name) {
    uint64_t address = 0;
    ElfImage::Parse({code_, kImageBytes})->VisitSymbols(SHT_DYNSYM, [&](const ElfImage::Symbol& symbol) {
      if (symbol.name == name) address = symbol.address;
    });
    return address == 0 ? nullptr : reinterpret_cast<F*>(code_ + address);
  }

 private:
  Page* page_;
  uint8_t* code_;
};

TEST_CASE("each clock shows its base plus the node's time, and ticks") {
  PatchedVdso vdso;
  auto* clock_gettime = vdso.Function<int(clockid_t, timespec*)>("__vdso_clock_gettime");
  REQUIRE(bool{clock_gettime != nullptr});
  struct Row {
    clockid_t clock;
    int64_t base;
  };
  constexpr Row kRows[] = {
      {CLOCK_BOOTTIME, kMonotonic},         {CLOCK_MONOTONIC, kMonotonic},    {CLOCK_MONOTONIC_COARSE, kMonotonic},
      {CLOCK_MONOTONIC_RAW, kMonotonic},    {CLOCK_REALTIME, kRealtime},      {CLOCK_REALTIME_COARSE, kRealtime},
      {CLOCK_TAI, kRealtime},
  };
  int64_t now = vdso.page().now;
  int64_t reads = 0;
  for (const Row& row : kRows) {
    CAPTURE(row.clock);
    for (int64_t step : {int64_t{0}, int64_t{999'999'000}, int64_t{123'456'789'012}}) {
      now = vdso.page().now += step;
      timespec time{};
      CHECK(clock_gettime(row.clock, &time) == 0);
      now += kTick;
      CHECK(time.tv_sec * 1'000'000'000 + time.tv_nsec == row.base + now);
      CHECK(time.tv_nsec < 1'000'000'000);
      CHECK(vdso.page().now == now);
      CHECK(vdso.page().reads == ++reads);
    }
  }
}

TEST_CASE("other clocks and reads at the limit are system calls and change nothing") {
  PatchedVdso vdso;
  auto* clock_gettime = vdso.Function<int(clockid_t, timespec*)>("__vdso_clock_gettime");
  timespec time{}, real{};
  for (clockid_t clock : {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID}) {
    CHECK(clock_gettime(clock, &time) == 0);
    CHECK(time.tv_sec < kRealtime / 1'000'000'000);
  }
  CHECK(clock_gettime(99, &time) == -EINVAL);
  CHECK(clock_gettime(-1, &time) == -EINVAL);
  vdso.page().limit = vdso.page().now + kTick;
  CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0);
  ::clock_gettime(CLOCK_REALTIME, &real);
  CHECK(real.tv_sec - time.tv_sec <= 1);
  CHECK(vdso.page().reads == 0);
  CHECK(vdso.page().now == Page().now);
  vdso.page().limit += 1;
  CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0);
  CHECK(vdso.page().reads == 1);
}

TEST_CASE("gettimeofday and time") {
  PatchedVdso vdso;
  auto* gettimeofday = vdso.Function<int(timeval*, struct timezone*)>("__vdso_gettimeofday");
  auto* time = vdso.Function<time_t(time_t*)>("__vdso_time");
  REQUIRE(bool{gettimeofday != nullptr});
  REQUIRE(bool{time != nullptr});
  vdso.page().now = 7'654'321'999;
  timeval value{};
  struct timezone zone {
    9, 9
  };
  CHECK(gettimeofday(&value, &zone) == 0);
  CHECK(value.tv_sec == kRealtime / 1'000'000'000 + 7);
  CHECK(value.tv_usec == 654'322);
  CHECK(zone.tz_minuteswest == 0);
  CHECK(zone.tz_dsttime == 0);
  CHECK(gettimeofday(nullptr, nullptr) == 0);
  time_t stored = 0;
  CHECK(time(&stored) == kRealtime / 1'000'000'000 + 7);
  CHECK(stored == kRealtime / 1'000'000'000 + 7);
  CHECK(time(nullptr) == stored);
  CHECK(vdso.page().now == 7'654'321'999 + 4 * kTick);
  CHECK(vdso.page().reads == 4);
  vdso.page().limit = 0;
  CHECK(time(nullptr) - ::time(nullptr) <= 1);
  CHECK(vdso.page().reads == 4);
}

TEST_CASE("the processor is 0, random bytes come from the system") {
  PatchedVdso vdso;
  if (auto* getcpu = vdso.Function<int(unsigned*, unsigned*, void*)>("__vdso_getcpu")) {
    unsigned cpu = 9, node = 9;
    CHECK(getcpu(&cpu, &node, nullptr) == 0);
    CHECK(cpu == 0);
    CHECK(node == 0);
  }
  if (auto* getrandom = vdso.Function<ssize_t(void*, size_t, unsigned, void*, size_t)>("__vdso_getrandom")) {
    uint64_t words[2] = {0, 0};
    CHECK(getrandom(words, sizeof words, 0, nullptr, 0) == sizeof words);
    CHECK(words[0] != words[1]);
    CHECK(getrandom(nullptr, 0, 0, words, ~size_t{0}) == -ENOSYS);
  }
  if (auto* getres = vdso.Function<int(clockid_t, timespec*)>("__vdso_clock_getres")) {
    timespec resolution{};
    CHECK(getres(CLOCK_MONOTONIC, &resolution) == 0);
    CHECK(resolution.tv_sec == 0);
  }
  CHECK(vdso.page().reads == 0);
}

TEST_CASE("an image of no known form is refused") {
  const std::string bytes(kImageBytes, 'x');
  CHECK(!PatchVdso({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, 0x1000).ok());
}

}  // namespace
}  // namespace gyre
