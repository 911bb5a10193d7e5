// Op and History: what the clients did and saw, in Jepsen's terms. Times are since the history's zero (after
// setup). A history is immutable once built. Plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "sim/base/atom.h"
#include "sim/base/digest.h"
#include "sim/base/ids.h"
#include "sim/base/json.h"
#include "sim/base/time.h"

namespace gyre {

enum class OpType : uint8_t { kInvoke, kOk, kFail, kInfo };
std::string_view ToString(OpType type);  // "invoke", "ok", "fail", "info"

// One entry of a history: an invocation or a completion.
struct Op {
  OpIndex index;
  ProcessId process;
  OpType type = OpType::kInvoke;
  bool final = false;  // of the final phase (Jepsen's :final? true)
  Atom f;
  Instant time;
  Json value;
  Json error;      // null, or what went wrong: ["net-timeout"]-like values are keywords in EDN: see edn_json.h
  Json exception;  // null, or {"class": text, "message": text}: the client threw (Jepsen's :exception)
};

// What a process that invokes while an operation of its own is open means: an error, or that the earlier one never
// completes. Transcribed histories have such.
enum class Overlap : uint8_t { kRefused, kLeavesOpen };

class History {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  History() = default;
  // Checks that indices are dense, times do not go back, and no process has two open operations; pairs
  // invocations with completions. Unpaired completions are accepted (transcribed histories have them).
  static absl::StatusOr<History> Make(std::vector<Op> ops, Overlap overlap = Overlap::kRefused);

  const std::vector<Op>& ops() const { return ops_; }
  size_t size() const { return ops_.size(); }
  const Op& operator[](size_t i) const { return ops_[i]; }
  // The position of the other half of a pair, or kNone.
  uint32_t pair(size_t i) const { return pairs_[i]; }
  // Of canonical bytes of all entries.
  Digest digest() const;

 private:
  std::vector<Op> ops_;
  std::vector<uint32_t> pairs_;
};

// The canonical bytes of one entry, as digested.
void AddTo(DigestStream& digest, const Op& op);

}  // namespace gyre
