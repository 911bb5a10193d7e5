// What every guest shares: checks, clocks, one way to print.
//
// A guest is a tiny program for one rule of the host. It exits 0 after writing at least one line to
// stdout that must be the same in each run; a failed check names itself on stderr and exits 1.
// With GUEST_NATIVE in the environment a guest runs on the bare machine: long spans shrink, and
// what only the host promises (exact durations, its constants) is not checked.
//
// Units: all times are nanoseconds.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

using Ns = std::int64_t;

inline constexpr Ns kMicro = 1000;
inline constexpr Ns kMilli = 1000 * kMicro;
inline constexpr Ns kSecond = 1000 * kMilli;
inline constexpr Ns kHour = 3600 * kSecond;

// Where the host starts its clocks: 2030-01-01T00:00:00Z and 1000 s.
inline constexpr Ns kRealtimeStart = 1'893'456'000 * kSecond;
inline constexpr Ns kMonotonicStart = 1000 * kSecond;

inline bool Native() {
  static const bool native = std::getenv("GUEST_NATIVE") != nullptr;
  return native;
}

// Writes one line to stdout with one write(1).
[[gnu::format(printf, 1, 2)]] inline void say(const char* format, ...) {
  char line[8192];
  va_list args;
  va_start(args, format);
  const int wanted = std::vsnprintf(line, sizeof line - 1, format, args);
  va_end(args);
  std::size_t length = std::min<std::size_t>(wanted, sizeof line - 2);
  line[length++] = '\n';
  if (write(1, line, length) != static_cast<ssize_t>(length)) _exit(1);
}

[[noreturn, gnu::format(printf, 3, 4)]] inline void Fail(const char* file, int line,
                                                         const char* format, ...) {
  std::fprintf(stderr, "%s:%d: ", file, line);
  va_list args;
  va_start(args, format);
  std::vfprintf(stderr, format, args);
  va_end(args);
  std::fprintf(stderr, "\n");
  _exit(1);
}

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) Fail(__FILE__, __LINE__, "%s (errno %s)", #condition, std::strerror(errno)); \
  } while (0)

// For integers only.
#define CHECK_OP_(a, op, b)                                                                 \
  do {                                                                                      \
    const long long a_ = static_cast<long long>(a), b_ = static_cast<long long>(b);         \
    if (!(a_ op b_)) Fail(__FILE__, __LINE__, "%s %s %s: %lld, %lld", #a, #op, #b, a_, b_); \
  } while (0)
#define CHECK_EQ(a, b) CHECK_OP_(a, ==, b)
#define CHECK_NE(a, b) CHECK_OP_(a, !=, b)
#define CHECK_LT(a, b) CHECK_OP_(a, <, b)
#define CHECK_LE(a, b) CHECK_OP_(a, <=, b)
#define CHECK_GT(a, b) CHECK_OP_(a, >, b)
#define CHECK_GE(a, b) CHECK_OP_(a, >=, b)

// Ends the start-up, in which clock reads cost almost nothing: a program that has asked for stdin is past it.
inline void LeaveStartUp() {
  pollfd input = {0, POLLIN, 0};
  CHECK(poll(&input, 1, 0) >= 0);
}

// The call must fail with this errno.
#define CHECK_ERRNO(call, expected)                                               \
  do {                                                                            \
    const long long result_ = static_cast<long long>(call);                       \
    const int errno_ = errno;                                                     \
    if (result_ != -1 || errno_ != (expected))                                    \
      Fail(__FILE__, __LINE__, "%s: %lld, errno %s, expected %s", #call, result_, \
           result_ == -1 ? strerrorname_np(errno_) : "none", #expected);          \
  } while (0)

// The value of a call that must not return -1.
#define MUST(call) MustAt((call), #call, __FILE__, __LINE__)

template <typename T>
T MustAt(T result, const char* call, const char* file, int line) {
  if (result == (T)-1) Fail(file, line, "%s: %s", call, std::strerror(errno));
  return result;
}

inline constexpr Ns ToNs(const timespec& t) { return t.tv_sec * kSecond + t.tv_nsec; }

inline constexpr timespec ToTimespec(Ns ns) {
  return {static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
}

inline Ns now_ns(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t;
  MUST(clock_gettime(clock, &t));
  return ToNs(t);
}

// A span of virtual time; natively a hundredth of it, and never long.
inline Ns Span(Ns ns) { return Native() ? std::min(ns / 100, 200 * kMilli) : ns; }

inline void SleepFor(Ns ns) {
  const timespec t = ToTimespec(ns);
  MUST(nanosleep(&t, nullptr));
}

// `span` has passed since `start` (CLOCK_MONOTONIC) and, under the host, at most a few ticks of the
// clock more. The value is what passed.
#define CHECK_ELAPSED(start, span) CheckElapsedAt(start, span, __FILE__, __LINE__)

inline constexpr Ns kSlack = 20 * kMicro;

inline Ns CheckElapsedAt(Ns start, Ns span, const char* file, int line) {
  const Ns elapsed = now_ns() - start;
  if (elapsed < span || (!Native() && elapsed >= span + kSlack))
    Fail(file, line, "elapsed %lld ns, expected %lld ns", static_cast<long long>(elapsed),
         static_cast<long long>(span));
  return elapsed;
}
