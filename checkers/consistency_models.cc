#include "checkers/consistency_models.h"

namespace gyre {
namespace {

constexpr std::string_view kNames[] = {
    "1SR", "PL-1", "PL-2", "PL-2+", "PL-2.99", "PL-2L", "PL-3", "PL-3U", "PL-CS", "PL-FCV", "PL-MSR", "PL-SI",
    "PL-SS", "PRAM", "causal", "causal-cerone", "conflict-serializable", "consistent-view", "cursor-stability",
    "forward-consistent-view", "linearizable", "monotonic-atomic-view", "monotonic-reads", "monotonic-snapshot-read",
    "monotonic-view", "monotonic-writes", "parallel-snapshot-isolation", "prefix", "read-atomic", "read-committed",
    "read-uncommitted", "read-your-writes", "repeatable-read", "sequential", "serializable", "session-serializable",
    "snapshot-isolation", "strict-serializable", "strong-PL-1", "strong-PL-2", "strong-read-committed",
    "strong-read-uncommitted", "strong-serializable", "strong-session-PL-1", "strong-session-PL-2",
    "strong-session-read-committed", "strong-session-read-uncommitted", "strong-session-serializable",
    "strong-session-snapshot-isolation", "strong-snapshot-isolation", "update-atomic", "update-serializable",
    "view-serializable", "writes-follow-reads",
};

}  // namespace

absl::Span<const std::string_view> ConsistencyModelNames() { return kNames; }

}  // namespace gyre
