// Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002): take away a piece, and keep what
// is left if it still fails; when no piece of that size can go, halve the size; done when no single thing can go. The
// number of runs is about 2 k log2(n / k) for k things of n that matter.
//
// Of their algorithm the test of each piece alone is left out: it succeeds only when all that matters lies in one
// piece, and whoever asks has better guesses for that (what the anomaly's own witness names). After a success the
// search goes on behind the piece that went, not from the start: what could not go before rarely can now, and the
// last round, of single things, is repeated until nothing of it went.
#include "tools/delta_debugging.h"

#include <algorithm>

namespace gyre {
namespace {

// All but the piece of `size` things that begins at `begin`.
Remaining Without(const Remaining& all, size_t begin, size_t size) {
  Remaining rest(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(begin));
  const size_t end = std::min(begin + size, all.size());
  rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(end), all.end());
  return rest;
}

}  // namespace

Remaining Minimize(Remaining all, FirstFailing first_failing) {
  for (size_t size = all.size(); size > 0;) {
    bool went = false;
    for (size_t begin = 0; begin < all.size();) {
      const size_t pieces = (all.size() - begin + size - 1) / size;
      const std::optional<size_t> found =
          first_failing(pieces, [&](size_t i) { return Without(all, begin + i * size, size); });
      if (!found.has_value()) break;
      begin += *found * size;
      all = Without(all, begin, size);
      went = true;
    }
    if (size == 1 && went && !all.empty()) continue;
    size = size == 1 ? 0 : (std::min(size, all.size()) + 1) / 2;
  }
  return all;
}

}  // namespace gyre
