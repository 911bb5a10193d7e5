#include "checkers/txn_history.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr uint32_t kNone = 0xffffffff;
// Values from 0 to below this are looked up in an array for each key; they are nearly all.
constexpr int64_t kSmallValues = 4096;

struct HashJson {
  size_t operator()(const Json* json) const { return json->Hash(); }
};
struct SameJson {
  bool operator()(const Json* a, const Json* b) const { return *a == *b; }
};
struct KeyAndValue {
  uint32_t key;
  const Json* value;
  bool operator==(const KeyAndValue& other) const { return key == other.key && *value == *other.value; }
  template <typename H>
  friend H AbslHashValue(H h, const KeyAndValue& pair) {
    return H::combine(std::move(h), pair.key, pair.value->Hash());
  }
};

// The integer that a number is, also one written as 1.0: values are equal by structure.
std::optional<int64_t> IntegerOf(const Json& json) {
  if (json.is_int()) return json.AsInt();
  if (json.kind() != Json::Kind::kDouble) return std::nullopt;
  const double value = json.AsDouble();
  if (value != std::floor(value) || std::fabs(value) >= 9223372036854775808.0) return std::nullopt;
  return static_cast<int64_t>(value);
}

}  // namespace

class TxnReader {
 public:
  TxnReader(const History& history, ObjectKind kind) : kind_(kind) {
    out_.history_ = &history;
    write_ = kind == ObjectKind::kList ? "append" : "w";
  }

  absl::StatusOr<TxnHistory> Read() {
    const History& history = *out_.history_;
    out_.txns_.reserve(history.size() / 2 + 1);
    out_.mops_.reserve(history.size() * 2);
    for (uint32_t i = 0; i < history.size(); ++i) {
      const Op& op = history[i];
      if (op.process == kNemesis) continue;
      const uint32_t pair = history.pair(i);
      if (op.type == OpType::kInvoke && pair != History::kNone) continue;
      Txn txn;
      txn.entry = i;
      txn.invocation = op.type == OpType::kInvoke ? i : pair;
      txn.type = op.type;
      txn.process = op.process;
      txn.first_mop = static_cast<uint32_t>(out_.mops_.size());
      if (const absl::Status status = ReadValue(op); !status.ok()) return status;
      txn.mop_count = static_cast<uint32_t>(out_.mops_.size()) - txn.first_mop;
      out_.txns_.push_back(txn);
    }
    return std::move(out_);
  }

 private:
  absl::Status ReadValue(const Op& op) {
    if (op.value.is_null()) return absl::OkStatus();
    if (!op.value.is_array()) return Wrong(op, op.value, "is no list of micro-operations");
    for (const Json& mop : op.value.AsArray()) {
      if (!mop.is_array() || mop.AsArray().size() < 2 || mop.AsArray().size() > 3) {
        return Wrong(op, mop, "is no micro-operation [f, key, value]");
      }
      if (const absl::Status status = ReadMop(op, mop); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadMop(const Op& op, const Json& json) {
    static const Json null{};
    const Json::Array& parts = json.AsArray();
    const Json& value = parts.size() == 3 ? parts[2] : null;
    const bool is_read = parts[0].is_string() && parts[0].AsString() == "r";
    if (!is_read && !(parts[0].is_string() && parts[0].AsString() == write_)) {
      return Wrong(op, json, Concat("is neither a read, \"r\", nor a write, \"", write_, "\""));
    }
    Mop mop;
    mop.kind = is_read ? MopKind::kRead : MopKind::kWrite;
    mop.key = KeyOf(parts[1]);
    mop.null = is_read && value.is_null();
    if (!is_read) {
      mop.version = VersionOf(mop.key, value);
    } else if (!mop.null && kind_ == ObjectKind::kRegister) {
      mop.version = VersionOf(mop.key, value);
    } else if (!mop.null) {
      if (!value.is_array()) return Wrong(op, json, "reads what is no list");
      mop.first = static_cast<uint32_t>(out_.elements_.size());
      mop.length = static_cast<uint32_t>(value.AsArray().size());
      for (const Json& element : value.AsArray()) out_.elements_.push_back(VersionOf(mop.key, element));
    }
    out_.mops_.push_back(mop);
    return absl::OkStatus();
  }

  static absl::Status Wrong(const Op& op, const Json& json, std::string_view what) {
    constexpr size_t kMostShown = 200;
    std::string text = json.Dump();
    if (text.size() > kMostShown) text = Concat(text.substr(0, kMostShown), "...");
    return absl::InvalidArgumentError(Concat("op ", op.index.value(), ": ", text, " ", what));
  }

  uint32_t KeyOf(const Json& key) {
    const auto next = static_cast<uint32_t>(out_.keys_.size());
    uint32_t* place = nullptr;
    if (const std::optional<int64_t> integer = IntegerOf(key)) {
      place = &integer_keys_.try_emplace(*integer, next).first->second;
    } else {
      place = &keys_.try_emplace(&key, next).first->second;
    }
    if (*place == next) {
      out_.keys_.push_back(&key);
      small_.emplace_back();
    }
    return *place;
  }

  uint32_t VersionOf(uint32_t key, const Json& value) {
    const auto next = static_cast<uint32_t>(out_.versions_.size());
    const std::optional<int64_t> integer = IntegerOf(value);
    uint32_t* place = nullptr;
    if (integer.has_value() && *integer >= 0 && *integer < kSmallValues) {
      std::vector<uint32_t>& small = small_[key];
      if (small.size() <= static_cast<size_t>(*integer)) small.resize(static_cast<size_t>(*integer) + 1, kNone);
      place = &small[static_cast<size_t>(*integer)];
      if (*place == kNone) *place = next;
    } else if (integer.has_value()) {
      place = &integers_.try_emplace(std::pair(key, *integer), next).first->second;
    } else {
      place = &values_.try_emplace(KeyAndValue{key, &value}, next).first->second;
    }
    if (*place == next) out_.versions_.push_back({key, &value});
    return *place;
  }

  TxnHistory out_;
  ObjectKind kind_;
  const char* write_;
  // All of these are looked up only.
  absl::flat_hash_map<int64_t, uint32_t> integer_keys_;
  absl::flat_hash_map<const Json*, uint32_t, HashJson, SameJson> keys_;
  std::vector<std::vector<uint32_t>> small_;  // by key
  absl::flat_hash_map<std::pair<uint32_t, int64_t>, uint32_t> integers_;
  absl::flat_hash_map<KeyAndValue, uint32_t> values_;
};

absl::StatusOr<TxnHistory> TxnHistory::Read(const History& history, ObjectKind kind) {
  return TxnReader(history, kind).Read();
}

}  // namespace gyre
