#include "tools/spelling.h"

#include <algorithm>

namespace gyre {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::vector<std::string> NearestNames(std::string_view word, const std::vector<std::string>& names) {
  std::vector<std::string> nearest;
  size_t least = std::max<size_t>(2, word.size() / 3);
  if (least >= word.size()) return nearest;  // nothing of it would be left
  for (const std::string& name : names) {
    const size_t distance = EditDistance(word, name);
    if (distance > least) continue;
    if (distance < least) nearest.clear();
    least = distance;
    nearest.push_back(name);
  }
  return nearest;
}

}  // namespace gyre
