#include "tests/fuzz/made_history.h"

#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "checkers/consistency_models.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMostOps = 120;
// So many jumps of 64 bits shifted by this stay within the times that a history may have.
constexpr int kLongestJumpShift = 10;
constexpr int kDeepest = 4;

// What the values of an operation look like.
enum class Shape : uint8_t {
  kNull,
  kElement,
  kElements,
  kFromTo,         // [element, element]
  kText,
  kKeyed,          // [key, element]
  kKeyedElements,  // [key, [element...]]
  kKeyedFromTo,
  kKeyedText,
  kListTxn,
  kRegisterTxn,
  kMultiTxn,  // [["read" or "write", key, element]...]
  kKafkaTxn,
  kKeys,
  kAnything,
};

struct OperationRow {
  const char* kinds;  // of histories that have it, separated by spaces; "": all that no other row names
  const char* f;
  Shape invoked, completed;
};

constexpr OperationRow kOperations[] = {
    {"broadcast", "broadcast", Shape::kElement, Shape::kElement},
    {"broadcast g-set set set-full linear-set", "read", Shape::kNull, Shape::kElements},
    {"g-set set set-full linear-set", "add", Shape::kElement, Shape::kElement},
    {"cas-register register", "read", Shape::kNull, Shape::kElement},
    {"cas-register register", "write", Shape::kElement, Shape::kElement},
    {"cas-register register", "cas", Shape::kFromTo, Shape::kFromTo},
    {"counter g-counter pn-counter", "read", Shape::kNull, Shape::kElement},
    {"counter g-counter pn-counter", "add", Shape::kElement, Shape::kElement},
    {"echo", "echo", Shape::kText, Shape::kText},
    {"fifo-queue queue total-queue unordered-queue", "enqueue", Shape::kElement, Shape::kElement},
    {"fifo-queue queue total-queue unordered-queue", "dequeue", Shape::kNull, Shape::kElement},
    {"queue total-queue", "drain", Shape::kNull, Shape::kElements},
    {"kafka", "txn", Shape::kKafkaTxn, Shape::kKafkaTxn},
    {"kafka", "poll", Shape::kKafkaTxn, Shape::kKafkaTxn},
    {"kafka", "send", Shape::kKafkaTxn, Shape::kKafkaTxn},
    {"kafka", "assign", Shape::kKeys, Shape::kKeys},
    {"kafka", "subscribe", Shape::kKeys, Shape::kKeys},
    {"kafka", "crash", Shape::kNull, Shape::kNull},
    {"kv", "get", Shape::kKeyed, Shape::kKeyedText},
    {"kv", "put", Shape::kKeyedText, Shape::kKeyedText},
    {"kv", "append", Shape::kKeyedText, Shape::kKeyedText},
    {"lin-kv cas-register register", "read", Shape::kKeyed, Shape::kKeyed},
    {"lin-kv cas-register register", "write", Shape::kKeyed, Shape::kKeyed},
    {"lin-kv cas-register register", "cas", Shape::kKeyedFromTo, Shape::kKeyedFromTo},
    {"linear-set", "read", Shape::kKeyed, Shape::kKeyedElements},
    {"list-append txn-list-append", "txn", Shape::kListTxn, Shape::kListTxn},
    {"multi-register", "txn", Shape::kMultiTxn, Shape::kMultiTxn},
    {"mutex", "acquire", Shape::kNull, Shape::kNull},
    {"mutex", "release", Shape::kNull, Shape::kNull},
    {"rw-register txn-rw-register", "txn", Shape::kRegisterTxn, Shape::kRegisterTxn},
    {"unique-ids", "generate", Shape::kNull, Shape::kElement},
    {"", "read", Shape::kNull, Shape::kAnything},
    {"", "write", Shape::kAnything, Shape::kAnything},
};

std::vector<const OperationRow*> OperationsOf(std::string_view kind) {
  std::vector<const OperationRow*> own, others;
  for (const OperationRow& row : kOperations) {
    if (row.kinds[0] == '\0') others.push_back(&row);
    for (const absl::string_view each : absl::StrSplit(row.kinds, ' ')) {
      if (ToStd(each) == kind) own.push_back(&row);
    }
  }
  return own.empty() ? others : own;
}

Json MakeNumber(Bytes& bytes) {
  static const char* const kDigits[] = {"18446744073709551616", "-9223372036854775809", "1",
                                        "100000000000000000000000000000000000000000"};
  static const Json kNumbers[] = {INT64_MAX, INT64_MIN, UINT64_MAX, 9007199254740993, 9007199254740992.0, 1e300, -0.0,
                                  0.5, 5e-324, -1, 4095, 4096, int64_t{1} << 62, 1e19, 1.0};
  switch (bytes.Below(4)) {
    case 0:
      return static_cast<int64_t>(bytes.Word());
    case 1:
      return Json::BigInteger(kDigits[bytes.Below(std::size(kDigits))]);
    default:
      return kNumbers[bytes.Below(std::size(kNumbers))];
  }
}

Json MakeNested(Bytes& bytes, int depth) {
  const size_t size = depth < kDeepest ? bytes.Below(4) : 0;
  switch (bytes.Below(7)) {
    case 0:
      return Json();
    case 1:
      return bytes.Below(2) == 1;
    case 2:
      return static_cast<int>(bytes.Below(5));
    case 3:
      return MakeNumber(bytes);
    case 4:
      return bytes.Take(bytes.Below(6));
    case 5: {
      Json::Array items;
      for (size_t i = 0; i < size; ++i) items.push_back(MakeNested(bytes, depth + 1));
      return items;
    }
    default: {
      Json::Object members;
      for (size_t i = 0; i < size; ++i) {
        members.emplace_back(std::string(1, static_cast<char>('w' + bytes.Below(4))), MakeNested(bytes, depth + 1));
      }
      return members;
    }
  }
}

Json MakeElement(Bytes& bytes) {
  if (bytes.Rarely(24)) return MakeAnything(bytes);
  return static_cast<int>(bytes.Below(8));
}

// Keys are few, and of mixed types.
Json MakeKey(Bytes& bytes) {
  static const Json kKeys[] = {"x", "y", 0, 1, "x", "y", Json(), 0.5, 1.0, Json(Json::Array{"x"}), "1"};
  return kKeys[bytes.Below(std::size(kKeys))];
}

// Mostly what a list is after a few elements were appended.
Json MakeElements(Bytes& bytes) {
  Json::Array elements;
  const bool ascending = bytes.Below(2) == 0;
  const size_t size = bytes.Below(7);
  for (size_t i = 0; i < size; ++i) elements.push_back(ascending ? Json(static_cast<int>(i)) : MakeElement(bytes));
  return bytes.Rarely(16) ? Json() : Json(std::move(elements));
}

Json MakeText(Bytes& bytes) {
  static const char* const kTexts[] = {"", "a", "b", "ab", "ba", "aab", ":a"};
  return kTexts[bytes.Below(std::size(kTexts))];
}

Json MakeKafkaMop(Bytes& bytes) {
  const auto record = [&]() -> Json {
    const Json offset = bytes.Rarely(24) ? MakeAnything(bytes) : Json(static_cast<int>(bytes.Below(6)));
    return Json::Array{offset, MakeElement(bytes)};
  };
  if (bytes.Below(2) == 0) {
    return Json::Array{"send", MakeKey(bytes), bytes.Below(2) == 0 ? record() : MakeElement(bytes)};
  }
  if (bytes.Rarely(4)) return Json::Array{"poll"};
  Json polled{Json::Object()};
  for (size_t keys = bytes.Below(3); keys > 0; --keys) {
    Json::Array records;
    for (size_t size = bytes.Below(4); size > 0; --size) records.push_back(record());
    polled.Set(bytes.Below(2) == 0 ? "x" : "y", std::move(records));
  }
  return Json::Array{"poll", std::move(polled)};
}

Json MakeTxn(Shape shape, Bytes& bytes) {
  Json::Array mops;
  for (size_t size = bytes.Below(4); size > 0; --size) {
    if (bytes.Rarely(64)) {
      mops.push_back(MakeAnything(bytes));
    } else if (shape == Shape::kKafkaTxn) {
      mops.push_back(MakeKafkaMop(bytes));
    } else {
      const bool reads = bytes.Below(2) == 0;
      const char* f = reads ? "r" : "w";
      if (shape == Shape::kListTxn && !reads) f = "append";
      if (shape == Shape::kMultiTxn) f = reads ? "read" : "write";
      const Json key = MakeKey(bytes);
      Json value = reads && shape == Shape::kListTxn ? MakeElements(bytes) : MakeElement(bytes);
      if (reads && bytes.Rarely(8)) value = Json();
      mops.push_back(Json::Array{f, key, std::move(value)});
    }
  }
  return mops;
}

Json MakeValue(Shape shape, Bytes& bytes) {
  if (bytes.Rarely(64)) return MakeAnything(bytes);
  const auto from_to = [&]() -> Json { return Json::Array{MakeElement(bytes), MakeElement(bytes)}; };
  switch (shape) {
    case Shape::kNull:
      return Json();
    case Shape::kElement:
      return MakeElement(bytes);
    case Shape::kElements:
    case Shape::kKeys:
      return MakeElements(bytes);
    case Shape::kFromTo:
      return from_to();
    case Shape::kText:
      return MakeText(bytes);
    case Shape::kKeyed:
      return Json::Array{MakeKey(bytes), MakeElement(bytes)};
    case Shape::kKeyedElements:
      return Json::Array{MakeKey(bytes), MakeElements(bytes)};
    case Shape::kKeyedFromTo:
      return Json::Array{MakeKey(bytes), from_to()};
    case Shape::kKeyedText:
      return Json::Array{MakeKey(bytes), MakeText(bytes)};
    case Shape::kListTxn:
    case Shape::kRegisterTxn:
    case Shape::kMultiTxn:
    case Shape::kKafkaTxn:
      return MakeTxn(shape, bytes);
    case Shape::kAnything:
      return MakeAnything(bytes);
  }
  return Json();
}

Json MakeOption(std::string_view name, Bytes& bytes) {
  static const char* const kAnomalies[] = {"G0", "G1a", "G1b", "G1c", "G-single", "G2-item", "lost-update", "none"};
  if (bytes.Rarely(32)) return MakeAnything(bytes);
  if (name == "init") return MakeElement(bytes);
  if (name == "cycle-search-timeout") return static_cast<int>(bytes.Below(3));
  if (name == "failed-cas") return bytes.Below(2) == 0 ? "mismatch" : "nothing";
  if (name == "nil-read") return bytes.Below(2) == 0 ? "absent" : "any";
  if (name == "sub-via") return bytes.Below(2) == 0 ? "assign" : "subscribe";
  if (name == "anomalies") return Json::Array{kAnomalies[bytes.Below(std::size(kAnomalies))]};
  if (name == "consistency-models") {
    const absl::Span<const std::string_view> models = ConsistencyModelNames();
    return Json::Array{models[bytes.Below(models.size())]};
  }
  return bytes.Below(2) == 0;
}

}  // namespace

Json MakeAnything(Bytes& bytes) { return MakeNested(bytes, 0); }

std::vector<Op> MakeOps(const Judge& judge, Bytes& bytes) {
  const std::vector<const OperationRow*> rows = OperationsOf(judge.kind);
  std::map<int32_t, std::pair<const OperationRow*, Json>> open;
  std::vector<Op> ops;
  Instant now;
  while (!bytes.empty() && ops.size() < kMostOps) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops.size()));
    op.process = ProcessId(static_cast<int32_t>(bytes.Below(7)) - 1);
    now = now + Milliseconds(static_cast<int64_t>(bytes.Below(3)));
    if (bytes.Rarely(128)) now = now + Nanoseconds(static_cast<int64_t>(bytes.Word() >> kLongestJumpShift));
    op.time = now;
    op.final = bytes.Rarely(4);
    const auto found = open.find(op.process.value());
    const bool unpaired = bytes.Rarely(32);
    if ((found == open.end()) == unpaired || op.process == kNemesis) {
      static constexpr OpType kEnds[] = {OpType::kOk, OpType::kOk, OpType::kInfo, OpType::kOk, OpType::kFail};
      op.type = op.process == kNemesis ? OpType::kInfo : kEnds[bytes.Below(std::size(kEnds))];
      const OperationRow& row = found == open.end() ? *rows[bytes.Below(rows.size())] : *found->second.first;
      op.f = Atom(row.f);
      const bool same = found != open.end() && row.completed == row.invoked && bytes.Below(3) == 0;
      op.value = same ? found->second.second : MakeValue(row.completed, bytes);
      if (op.type != OpType::kOk && bytes.Rarely(4)) op.error = MakeAnything(bytes);
      if (op.type == OpType::kInfo && bytes.Rarely(4)) op.exception = MakeAnything(bytes);
      if (found != open.end()) open.erase(found);
    } else {
      const OperationRow& row = *rows[bytes.Below(rows.size())];
      op.f = Atom(row.f);
      op.value = MakeValue(row.invoked, bytes);
      open[op.process.value()] = {&row, op.value};
    }
    ops.push_back(std::move(op));
  }
  return ops;
}

Json MakeOpts(const Judge& judge, Bytes& bytes) {
  if (bytes.Below(2) == 0) return Json();
  Json opts{Json::Object()};
  for (const absl::string_view name : absl::StrSplit(judge.options, ' ', absl::SkipEmpty())) {
    if (bytes.Below(2) == 1) opts.Set(ToStd(name), MakeOption(ToStd(name), bytes));
  }
  return opts;
}

CheckOptions MakeCheckOptions(Bytes& bytes) {
  CheckOptions options;
  options.parity = bytes.Below(2) == 0 ? Parity::kOurs : Parity::kMaelstrom;
  if (bytes.Below(2) == 1) {
    options.nodes = {"n1", "n2", "n3"};
    options.concurrency = 6;
  }
  return options;
}

}  // namespace gyre
