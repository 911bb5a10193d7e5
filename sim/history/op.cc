#include "sim/history/op.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

// Far enough from the ends of 64 bits that differences of times, and sums of two, need no care.
constexpr Instant kMostTime(int64_t{1} << 61);
constexpr Instant kLeastTime(-kMostTime.ns());

// Whether `op` begins something. The nemesis's entries are all :info, in turn a beginning and an end.
bool Begins(const Op& op, bool is_open) {
  return op.type == OpType::kInvoke || (op.process == kNemesis && op.type == OpType::kInfo && !is_open);
}

absl::Status CheckEntry(const Op& op, size_t place, Instant previous) {
  if (op.index.value() != place) {
    return absl::InvalidArgumentError(
        Concat("entry ", place, " of the history has index ", op.index.value(), ": indices must be 0, 1, 2, ..."));
  }
  if (op.time < previous) {
    return absl::InvalidArgumentError(Concat("entry ", place, " of the history is at ", ToString(op.time),
                                             ", before the entry in front of it, at ", ToString(previous)));
  }
  if (op.time < kLeastTime || kMostTime < op.time) {
    return absl::InvalidArgumentError(Concat("entry ", place, " of the history is at ", ToString(op.time),
                                             ", more than 73 years from its zero"));
  }
  if (op.process < kNemesis) {
    return absl::InvalidArgumentError(
        Concat("entry ", place, " of the history has process ", op.process.value(), ", which is negative"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view ToString(OpType type) {
  switch (type) {
    case OpType::kInvoke:
      return "invoke";
    case OpType::kOk:
      return "ok";
    case OpType::kFail:
      return "fail";
    case OpType::kInfo:
      return "info";
  }
  CHECK_THAT(false, "an OpType of another value");
}

absl::StatusOr<History> History::Make(std::vector<Op> ops, Overlap overlap) {
  if (ops.size() >= kNone) return absl::InvalidArgumentError("a history has at most 2^32 - 1 entries");
  History history;
  history.pairs_.assign(ops.size(), kNone);
  absl::flat_hash_map<ProcessId, uint32_t> open;  // looked up only
  Instant previous = ops.empty() ? Instant() : ops[0].time;
  for (uint32_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    const absl::Status status = CheckEntry(op, i, previous);
    if (!status.ok()) return status;
    previous = op.time;
    const auto found = open.find(op.process);
    if (Begins(op, found != open.end())) {
      if (found != open.end() && overlap == Overlap::kRefused) {
        return absl::InvalidArgumentError(Concat("entry ", i, " of the history: process ", op.process.value(),
                                                 " invokes ", op.f.text(), " while its operation of entry ",
                                                 found->second, " is open"));
      }
      open[op.process] = i;
    } else if (found != open.end()) {
      history.pairs_[i] = found->second;
      history.pairs_[found->second] = i;
      open.erase(found);
    }
  }
  history.ops_ = std::move(ops);
  return history;
}

Digest History::digest() const {
  DigestStream stream;
  stream.Add(ops_.size());
  for (const Op& op : ops_) AddTo(stream, op);
  return stream.Get();
}

void AddTo(DigestStream& digest, const Op& op) {
  digest.Add(op.index.value());
  digest.Add(static_cast<uint64_t>(op.time.ns()));
  digest.Add(static_cast<uint64_t>(static_cast<int64_t>(op.process.value())));
  digest.Add(static_cast<uint64_t>(op.type) * 2 + (op.final ? 1 : 0));
  digest.Add(op.f.text());
  thread_local std::string text;  // kept for its capacity
  for (const Json* json : {&op.value, &op.error, &op.exception}) {
    text.clear();
    json->AppendCanonicalTo(text);
    digest.Add(text);
  }
}

}  // namespace gyre
