#include "tests/bench/txn_history.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

constexpr int64_t kWritesPerKey = 16;
constexpr uint64_t kPool = 10;
constexpr uint64_t kLongestLag = 6;  // writes that a read of a broken transaction may miss

// What a key's register or list holds, as far back as anybody may look.
struct Key {
  int64_t name = 0;
  int64_t written = 0;
  Json::Array list;  // or the values of a register, the last one its own
};

class Generator {
 public:
  explicit Generator(const LargeTxnOptions& options) : options_(options), draw_(1, "bench", 0) {
    for (uint64_t i = 0; i < kPool; ++i) pool_.push_back({next_key_++, 0, {}});
    for (uint32_t i = 0; i < options.concurrency; ++i) free_.push_back(static_cast<int32_t>(i));
    ops_.reserve(2 * static_cast<size_t>(options.txns));
  }

  History Make() {
    const uint32_t first_broken = options_.txns / 2;
    const uint32_t broken = static_cast<uint32_t>(uint64_t{options_.txns} * options_.percent_broken / 100);
    uint32_t begun = 0;
    while (begun < options_.txns || !open_.empty()) {
      if (begun < options_.txns && !free_.empty() && draw_.Below(2) == 0) {
        stale_ = begun >= first_broken && begun - first_broken < broken;
        Begin();
        ++begun;
      } else if (!open_.empty()) {
        End();
      }
    }
    absl::StatusOr<History> history = History::Make(std::move(ops_));
    CHECK_THAT(history.ok(), history.status().ToString());
    return *std::move(history);
  }

 private:
  struct Open {
    int32_t process = 0;
    Json value;  // of the completion
  };

  void Record(int32_t process, OpType type, Json value) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
    op.time = Instant() + Microseconds(static_cast<int64_t>(ops_.size()));
    op.process = ProcessId(process);
    op.type = type;
    op.f = Atom("txn");
    op.value = std::move(value);
    ops_.push_back(std::move(op));
  }

  Key& DrawKey() {
    // Place i is twice as likely as place i - 1.
    uint64_t drawn = draw_.Below((uint64_t{1} << kPool) - 1) + 1;
    size_t place = 0;
    while (drawn >>= 1) ++place;
    return pool_[place];
  }

  Json Read(const Key& key) {
    size_t seen = key.list.size();
    if (stale_) seen -= std::min<uint64_t>(seen, draw_.Below(kLongestLag));
    if (options_.objects == TxnObjects::kRegisters) return seen == 0 ? Json() : key.list[seen - 1];
    return seen == 0 ? Json() : Json(Json::Array(key.list.begin(), key.list.begin() + static_cast<int64_t>(seen)));
  }

  // A transaction begins and takes effect; or it will fail.
  void Begin() {
    const bool fails = draw_.Below(50) == 0;
    Json::Array asked;
    Json::Array done;
    const uint64_t length = 1 + draw_.Below(4);
    for (uint64_t i = 0; i < length; ++i) {
      Key& key = DrawKey();
      if (draw_.Below(2) == 0) {
        asked.push_back(Json::Array{"r", key.name, Json()});
        done.push_back(Json::Array{"r", key.name, fails ? Json() : Read(key)});
        continue;
      }
      if (key.written == kWritesPerKey) key = {next_key_++, 0, {}};
      const Json value(++key.written);
      if (!fails) key.list.push_back(value);
      asked.push_back(Json::Array{options_.objects == TxnObjects::kLists ? "append" : "w", key.name, value});
      done.push_back(asked.back());
    }
    const int32_t process = free_.front();
    free_.pop_front();
    Record(process, OpType::kInvoke, asked);
    open_.push_back({process, fails ? Json() : Json(std::move(done))});
  }

  void End() {
    const size_t place = draw_.Below(open_.size());
    Open txn = std::move(open_[place]);
    open_.erase(open_.begin() + static_cast<int64_t>(place));
    if (txn.value.is_null()) {
      Record(txn.process, OpType::kFail, InvocationOf(txn.process));
      free_.push_back(txn.process);
    } else if (draw_.Below(50) == 0) {
      Record(txn.process, OpType::kInfo, InvocationOf(txn.process));
      free_.push_back(txn.process + static_cast<int32_t>(options_.concurrency));
    } else {
      Record(txn.process, OpType::kOk, std::move(txn.value));
      free_.push_back(txn.process);
    }
  }

  Json InvocationOf(int32_t process) const {
    for (auto op = ops_.rbegin(); op != ops_.rend(); ++op) {
      if (op->process.value() == process) return op->value;
    }
    return Json();
  }

  const LargeTxnOptions options_;
  Draw draw_;
  std::vector<Key> pool_;
  int64_t next_key_ = 0;
  bool stale_ = false;
  std::deque<int32_t> free_;
  std::vector<Open> open_;
  std::vector<Op> ops_;
};

}  // namespace

History LargeTxnHistory(const LargeTxnOptions& options) { return Generator(options).Make(); }

}  // namespace gyre
