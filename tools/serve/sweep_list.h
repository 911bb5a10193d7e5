// The sweeps of a store as the page lists them, counted as their records grow: what was read once is not read again.
// Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace gyre {

class SweepList {
 public:
  explicit SweepList(std::string root) : root_(std::move(root)) {}

  // [{"name", "workload", "first", "last", "valid", "invalid", "unknown", "broken"}, ...], the newest first: how many
  // seeds ended how. A record that is none has "error".
  std::string Json();

 private:
  static constexpr std::array<const char*, 4> kStates{"valid", "invalid", "unknown", "broken"};
  struct Known {
    uint64_t read = 0;       // bytes, all of whole lines
    std::string head;        // the first line's members, as JSON
    std::string error;
    std::array<uint64_t, 4> counts{};
  };
  static void ReadOn(const std::string& path, Known* known);
  static void Count(std::string_view line, Known* known);

  const std::string root_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace gyre
