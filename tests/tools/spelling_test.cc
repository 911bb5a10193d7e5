#include "tools/spelling.h"

#include <doctest/doctest.h>

namespace gyre {
namespace {

TEST_CASE("what a mistyped name may have meant") {
  using Names = std::vector<std::string>;
  struct Row {
    const char* word;
    Names nearest;
  };
  const Names names{"PL-1", "PL-2", "causal", "serializable", "session-serializable"};
  const Row kRows[] = {
      {"causal", {"causal"}},
      {"casual", {"causal"}},
      {"serialisable", {"serializable"}},
      {"seriable", {}},
      {"sesion_serialisable", {"session-serializable"}},
      {"PL-3", {"PL-1", "PL-2"}},
      {"PL", {}},
      {"x", {}},
      {"", {}},
      {"linearizable", {}},
  };
  for (const Row& row : kRows) CHECK_MESSAGE(NearestNames(row.word, names) == row.nearest, std::string(row.word));
  CHECK(EditDistance("kitten", "sitting") == 3);
  CHECK(EditDistance("", "abc") == 3);
}

}  // namespace
}  // namespace gyre
