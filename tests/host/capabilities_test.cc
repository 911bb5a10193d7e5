#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "sim/host/host.h"

namespace gyre {
namespace {

TEST_CASE("capabilities are probed without a trace") {
  const std::vector<Capability> first = ProbeCapabilities();
  const std::vector<Capability> second = ProbeCapabilities();
  REQUIRE(first.size() == second.size());
  std::set<std::string> names;
  for (size_t i = 0; i < first.size(); ++i) {
    CAPTURE(first[i].name);
    CHECK(names.insert(first[i].name).second);
    CHECK(first[i].available == second[i].available);
    CHECK(first[i].detail == second[i].detail);
    CHECK(!first[i].detail.empty());
    CHECK(!first[i].loss.empty());
    CHECK(!first[i].remedy.empty());
  }
  for (const char* name : {"mount namespace", "overlayfs", "personality", "pid namespace", "pidfd_getfd", "ptrace",
                           "seccomp", "user namespace"}) {
    CHECK(names.count(name) == 1);
  }
}

}  // namespace
}  // namespace gyre
