// An interned short string: operation names and the like, of which a run has few and a history millions.
// Comparing is comparing integers. Atoms live as long as the process. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace gyre {

class Atom {
 public:
  Atom() = default;  // the empty string
  Atom(std::string_view text);  // takes a lock
  Atom(const char* text) : Atom(std::string_view(text)) {}
  std::string_view text() const { return text_ == nullptr ? std::string_view("") : *text_; }
  bool operator==(const Atom&) const = default;

 private:
  const std::string* text_ = nullptr;  // the one of its content; nullptr: empty
};

}  // namespace gyre
