#include "sim/base/atom.h"

#include <mutex>
#include <unordered_set>

#include "sim/base/digest.h"

namespace gyre {
namespace {

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return Hash64(text); }
};

struct Table {
  std::mutex mutex;
  std::unordered_set<std::string, Hash, std::equal_to<>> texts;  // stable addresses; looked up only, never iterated
};

Table& table() {
  static Table* instance = new Table;  // never destroyed: atoms outlive static destructors
  return *instance;
}

}  // namespace

Atom::Atom(std::string_view text) {
  if (text.empty()) return;
  Table& t = table();
  const std::lock_guard<std::mutex> lock(t.mutex);
  const auto found = t.texts.find(text);
  text_ = found != t.texts.end() ? &*found : &*t.texts.emplace(text).first;
}

}  // namespace gyre
