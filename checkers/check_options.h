// What every workload's checker may be told beside the history. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gyre {

// Whose verdict is wanted where ours differs from the reference implementation (workloads/README.md lists where).
enum class Parity : uint8_t { kOurs, kMaelstrom };

struct CheckOptions {
  Parity parity = Parity::kOurs;
  // Only to name nodes in words: process p is client thread p mod `concurrency`, and thread t talks to
  // nodes[t mod size]. Empty or 0 where a history comes from a file: then no node is named.
  std::vector<std::string> nodes;
  uint32_t concurrency = 0;
  // Of transactions: what the history should be, all of them; names of consistency_models.h.
  std::vector<std::string> consistency_models{"strict-serializable"};
};

// Anomalies told in words for one kind; the counts in the details are always whole.
inline constexpr size_t kMaxAnomaliesOfAKind = 8;

}  // namespace gyre
