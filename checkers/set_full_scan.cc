// What happened to each element, in two passes, each linear in the total size of all reads.
//
// Forward, in the order of the history: adds begin an element's life, and each acknowledged read says of the elements
// it returned that they are known and were present. That costs the size of the read.
//
// What a read did *not* return is the costly part: Jepsen updates every element at every read, which is the number of
// reads times the number of elements. But of all reads that missed an element only the one that was invoked last
// matters. So the second pass visits reads from the latest invocation to the earliest and keeps the elements that no
// read so far has missed. Each kept element is either returned by the read at hand, which pays for it with its own
// size, or is missed, which settles it for good: the pass costs the total size of the reads plus the elements.
//
// One thing could spoil the sum: a read may only miss elements that were being added before it completed ("tracked so
// far", in the order of the history). Kept elements are linked in the order in which their adds were invoked, and a
// read walks them only up to its own completion; so it never walks over an element that it can neither return nor
// miss, however reads overlap.
#include "checkers/set_full_scan.h"

#include <cmath>

#include "absl/container/flat_hash_map.h"

namespace gyre {
namespace {

// Numbers each distinct element, by structure. Nearly all elements are 0, 1, 2, ...: those below `dense` are looked up
// by index, without a hash table's cache misses. The values must outlive the table.
class ElementTable {
 public:
  explicit ElementTable(size_t dense) : dense_(dense, History::kNone) {}

  // The element's number; `next` if it is new.
  uint32_t FindOrAdd(const Json& value, uint32_t next) {
    int64_t integer;
    if (AsInteger(value, &integer)) {
      if (integer < 0 || static_cast<uint64_t>(integer) >= dense_.size()) {
        return integers_.try_emplace(integer, next).first->second;
      }
      uint32_t& id = dense_[static_cast<size_t>(integer)];
      if (id == History::kNone) id = next;
      return id;
    }
    return others_.try_emplace(&value, next).first->second;
  }

 private:
  // 1 and 1.0 are the same number.
  static bool AsInteger(const Json& value, int64_t* integer) {
    if (value.is_int()) {
      *integer = value.AsInt();
      return true;
    }
    if (value.kind() != Json::Kind::kDouble) return false;
    const double number = value.AsDouble();
    if (std::trunc(number) != number || std::fabs(number) >= 9223372036854775808.0) return false;
    *integer = static_cast<int64_t>(number);
    return true;
  }

  struct HashPointee {
    size_t operator()(const Json* value) const { return value->Hash(); }
  };
  struct EqualPointees {
    bool operator()(const Json* a, const Json* b) const { return *a == *b; }
  };
  std::vector<uint32_t> dense_;
  absl::flat_hash_map<int64_t, uint32_t> integers_;                                // looked up only
  absl::flat_hash_map<const Json*, uint32_t, HashPointee, EqualPointees> others_;  // looked up only
};

// Nothing at all is the empty set, as in Clojure.
bool IsSet(const Json& value) { return value.is_array() || value.is_null(); }

class Scanner {
 public:
  Scanner(const History& history, Atom add) : history_(history), add_(add), table_(history.size()) {}

  SetScan Run() {
    for (uint32_t i = 0; i < history_.size(); ++i) {
      const Op& op = history_[i];
      if (op.process == kNemesis) continue;
      if (op.f == add_) {
        Add(op, i);
      } else if (op.f == read_ && op.type == OpType::kOk) {
        Read(op, i);
      }
    }
    FindAbsences();
    return std::move(scan_);
  }

 private:
  SetElement& ElementOf(const Json& value) {
    const uint32_t next = static_cast<uint32_t>(scan_.elements.size());
    const uint32_t id = table_.FindOrAdd(value, next);
    if (id == next) scan_.elements.emplace_back().value = &value;
    return scan_.elements[id];
  }

  void Add(const Op& op, uint32_t at) {
    SetElement& element = ElementOf(op.value);
    if (op.type == OpType::kInvoke) {
      element.add = at;
      element.known = element.last_present = element.last_absent = History::kNone;
    } else if (op.type == OpType::kOk && element.add != History::kNone && element.known == History::kNone) {
      element.known = at;
    }
  }

  void Read(const Op& op, uint32_t at) {
    if (!IsSet(op.value)) {
      if (scan_.unreadable == History::kNone) scan_.unreadable = at;
      return;
    }
    ++scan_.reads;
    if (op.value.is_null()) return;
    const uint32_t invoke = InvocationOf(at);
    for (const Json& value : op.value.AsArray()) {
      SetElement& element = ElementOf(value);
      if (element.seen_in != at) {
        element.seen_in = at;
        element.seen_copies = 0;
      }
      if (++element.seen_copies > element.copies) {
        element.copies = element.seen_copies;
        element.duplicated_in = at;
      }
      if (element.add == History::kNone) {
        if (element.unexpected_in == History::kNone) element.unexpected_in = at;
        continue;
      }
      if (element.known == History::kNone) element.known = at;
      if (element.last_present == History::kNone || element.last_present < invoke) element.last_present = invoke;
    }
  }

  // A read without an invocation (transcribed histories have them) counts as invoked where it completed.
  uint32_t InvocationOf(uint32_t completion) const {
    return history_.pair(completion) == History::kNone ? completion : history_.pair(completion);
  }

  // The acknowledged read that was invoked at `i`: the position of its completion, or kNone.
  uint32_t ReadInvokedAt(uint32_t i) const {
    const uint32_t completion = history_[i].type == OpType::kInvoke ? history_.pair(i) : i;
    if (completion == History::kNone || InvocationOf(completion) != i) return History::kNone;
    const Op& op = history_[completion];
    const bool is_read = op.f == read_ && op.type == OpType::kOk && op.process != kNemesis;
    return is_read ? completion : History::kNone;
  }

  // The second pass.
  void FindAbsences() {
    constexpr uint32_t kHead = 0;  // of the list of elements not missed yet; element id + 1 is its node
    std::vector<uint32_t> next(scan_.elements.size() + 1, History::kNone);
    uint32_t tail = kHead;
    for (uint32_t i = 0; i < history_.size(); ++i) {
      const Op& op = history_[i];
      if (op.f != add_ || op.type != OpType::kInvoke || op.process == kNemesis) continue;
      const uint32_t id = table_.FindOrAdd(op.value, History::kNone);
      if (scan_.elements[id].add == i) tail = next[tail] = id + 1;
    }
    for (SetElement& element : scan_.elements) element.seen_in = History::kNone;
    for (uint32_t i = static_cast<uint32_t>(history_.size()); i-- > 0 && next[kHead] != History::kNone;) {
      const uint32_t completion = ReadInvokedAt(i);
      if (completion == History::kNone) continue;
      const Json& value = history_[completion].value;
      if (!IsSet(value)) continue;
      if (value.is_array()) {
        for (const Json& v : value.AsArray()) scan_.elements[table_.FindOrAdd(v, History::kNone)].seen_in = i;
      }
      for (uint32_t before = kHead; next[before] != History::kNone;) {
        const uint32_t node = next[before];
        SetElement& element = scan_.elements[node - 1];
        if (element.add > completion) break;
        if (element.seen_in == i) {
          before = node;
          continue;
        }
        element.last_absent = i;
        next[before] = next[node];
      }
    }
  }

  const History& history_;
  const Atom add_;
  const Atom read_ = "read";
  ElementTable table_;
  SetScan scan_;
};

}  // namespace

SetScan ScanSet(const History& history, Atom add) { return Scanner(history, add).Run(); }

}  // namespace gyre
