#include "sim/base/atom.h"

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

namespace gyre {
namespace {

struct Table {
  std::mutex mutex;
  std::deque<std::string> texts{""};                        // stable addresses
  std::unordered_map<std::string_view, uint32_t> ids{{"", 0}};  // looked up only, never iterated
};

Table& table() {
  static Table* instance = new Table;  // never destroyed: atoms outlive static destructors
  return *instance;
}

}  // namespace

Atom::Atom(std::string_view text) {
  Table& t = table();
  const std::lock_guard<std::mutex> lock(t.mutex);
  const auto found = t.ids.find(text);
  if (found != t.ids.end()) {
    id_ = found->second;
    return;
  }
  id_ = static_cast<uint32_t>(t.texts.size());
  t.texts.emplace_back(text);
  t.ids.emplace(t.texts.back(), id_);
}

std::string_view Atom::text() const {
  Table& t = table();
  const std::lock_guard<std::mutex> lock(t.mutex);
  return t.texts[id_];
}

}  // namespace gyre
