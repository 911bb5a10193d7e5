// An interned short string: operation names and the like, of which a run has few and a history millions.
// Comparing is comparing integers. Atoms live as long as the process. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace gyre {

class Atom {
 public:
  Atom() = default;  // the empty string
  Atom(std::string_view text);
  Atom(const char* text) : Atom(std::string_view(text)) {}
  std::string_view text() const;
  bool operator==(const Atom&) const = default;

 private:
  uint32_t id_ = 0;
};

}  // namespace gyre
