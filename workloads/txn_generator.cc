#include "workloads/txn_generator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/base/check.h"

namespace gyre {
namespace {

constexpr uint64_t kExponentialKeys = 10;
constexpr uint64_t kUniformKeys = 3;
constexpr uint64_t kGreatestSum = uint64_t{1} << 62;  // of weights

uint64_t KeyCountOf(const TxnLoad& options) {
  if (options.key_count != 0) return options.key_count;
  return options.key_dist == "uniform" ? kUniformKeys : kExponentialKeys;
}

Json ToJson(const MicroOp& op, const char* write) {
  return op.writes ? Json(Json::Array{write, op.key, op.value}) : Json(Json::Array{"r", op.key, nullptr});
}

class TxnGenerator : public Generator {
 public:
  TxnGenerator(std::string path, const TxnLoad& options, const char* write)
      : path_(std::move(path)), options_(options), write_(write), pool_(options) {}

  Generated Next(const GeneratorContext& context) override {
    if (context.free_threads.empty()) return Pending{};
    if (!made_.has_value()) made_ = Make(context.seed);
    return Emit{context.now, context.free_threads.front(), "txn", *made_, false, path_, index_};
  }

  void Taken(const GeneratorContext&, const Emit&) override {
    made_.reset();
    ++index_;
  }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<TxnGenerator>(std::move(path), options_, write_);
  }

 private:
  Json Make(uint64_t seed) {
    Draw draw(seed, "operation", Key(path_).Add(index_).hash());
    Json::Array txn;
    for (const MicroOp& op : pool_.Next(draw)) txn.push_back(ToJson(op, write_));
    return txn;
  }

  std::string path_;
  TxnLoad options_;
  const char* write_;
  TxnPool pool_;
  std::optional<Json> made_;  // the operation of index_, from when it was first asked for; pool_ is past it then
  uint64_t index_ = 0;
};

}  // namespace

PlaceTable::PlaceTable(uint64_t count, uint64_t base) : count_(count) {
  CHECK(count > 0 && base > 0);
  if (base == 1) return;
  uint64_t sum = 0;
  for (uint64_t weight = 1; weights_.size() < count && weight <= kGreatestSum - sum; weight *= base) {
    weights_.push_back(sum += weight);
    if (weight > kGreatestSum / base) break;
  }
  first_ = count - weights_.size();
}

uint64_t PlaceTable::Pick(Draw& draw) const {
  if (weights_.empty()) return draw.Below(count_);
  const uint64_t at = draw.Below(weights_.back());
  return first_ + static_cast<uint64_t>(std::upper_bound(weights_.begin(), weights_.end(), at) - weights_.begin());
}

TxnPool::TxnPool(const TxnLoad& options)
    : max_length_(options.max_length), max_writes_per_key_(options.max_writes_per_key),
      places_(KeyCountOf(options), options.key_dist == "uniform" ? 1 : options.key_dist_base),
      slots_(KeyCountOf(options)), next_key_(slots_.size()) {
  CHECK(max_length_ > 0 && max_writes_per_key_ > 0);
  for (uint64_t i = 0; i < slots_.size(); ++i) slots_[i].key = i;
}

std::vector<MicroOp> TxnPool::Next(Draw& draw) {
  std::vector<MicroOp> txn(1 + draw.Below(max_length_));
  for (size_t i = 0; i < txn.size();) {
    Slot& slot = slots_[places_.Pick(draw)];
    const bool writes = draw.Below(2) == 1;
    if (writes && slot.next_value > max_writes_per_key_) {
      slot = {next_key_++, 1};
      continue;
    }
    txn[i++] = {writes, slot.key, writes ? slot.next_value++ : 0};
  }
  return txn;
}

GeneratorPtr Transactions(std::string path, const TxnLoad& options, const char* write) {
  return std::make_unique<TxnGenerator>(std::move(path), options, write);
}

}  // namespace gyre
