// Virtual time, in integer nanoseconds. Instant is the true virtual time of the simulation, 0 at its start;
// LocalInstant is a node's own (semantics.md: one ClockMap per node converts). Plain values, any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace gyre {

class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(int64_t ns) : ns_(ns) {}
  constexpr int64_t ns() const { return ns_; }
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return Duration(ns_ + o.ns_); }
  constexpr Duration operator-(Duration o) const { return Duration(ns_ - o.ns_); }
  constexpr Duration operator*(int64_t k) const { return Duration(ns_ * k); }
  constexpr Duration operator/(int64_t k) const { return Duration(ns_ / k); }

 private:
  int64_t ns_ = 0;
};

constexpr Duration Nanoseconds(int64_t n) { return Duration(n); }
constexpr Duration Microseconds(int64_t n) { return Duration(n * 1000); }
constexpr Duration Milliseconds(int64_t n) { return Duration(n * 1000000); }
constexpr Duration Seconds(int64_t n) { return Duration(n * 1000000000); }

// The clocks of a simulation; the tag keeps them from being mixed.
template <typename Tag>
class BasicInstant {
 public:
  constexpr BasicInstant() = default;
  constexpr explicit BasicInstant(int64_t ns) : ns_(ns) {}
  constexpr int64_t ns() const { return ns_; }
  constexpr auto operator<=>(const BasicInstant&) const = default;
  constexpr BasicInstant operator+(Duration d) const { return BasicInstant(ns_ + d.ns()); }
  constexpr BasicInstant operator-(Duration d) const { return BasicInstant(ns_ - d.ns()); }
  constexpr Duration operator-(BasicInstant o) const { return Duration(ns_ - o.ns_); }
  // Later than any event: "never".
  static constexpr BasicInstant Max() { return BasicInstant(std::numeric_limits<int64_t>::max()); }

 private:
  int64_t ns_ = 0;
};
using Instant = BasicInstant<struct TrueTime>;
using LocalInstant = BasicInstant<struct LocalTime>;

// "12.003450s": seconds with as many decimals as needed, at least three, at most nine.
std::string FormatSeconds(int64_t ns);
inline std::string ToString(Duration d) { return FormatSeconds(d.ns()); }
template <typename Tag>
std::string ToString(BasicInstant<Tag> t) {
  return FormatSeconds(t.ns());
}

}  // namespace gyre
