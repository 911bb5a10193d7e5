// Longer than 600 lines: it is one oracle, whose definitions all ask of the same operations.
#include "tests/checkers/kafka_naive.h"

#include <algorithm>
#include <optional>
#include <set>

#include "sim/base/concat.h"

namespace gyre {
namespace {

struct Pair {
  std::optional<int64_t> offset;
  Json value;
};
using Message = std::pair<std::string, std::string>;  // a key, and what a value of it looks like
using Pairs = std::vector<std::pair<std::string, std::vector<Pair>>>;  // by key, in order of appearance

struct NaiveOp {
  uint32_t position = 0;
  OpType type = OpType::kOk;
  std::string f;
  int32_t process = 0;
  int64_t invoked = 0;  // ns
  int64_t time = 0;
  bool has_invocation = false;
  Pairs sends, polls;
  std::vector<std::string> keys;  // assigned
};

std::vector<Pair>& Of(Pairs* pairs, const std::string& key) {
  for (auto& [name, list] : *pairs) {
    if (name == key) return list;
  }
  pairs->push_back({key, {}});
  return pairs->back().second;
}

const std::vector<Pair>* Find(const Pairs& pairs, const std::string& key) {
  for (const auto& [name, list] : pairs) {
    if (name == key) return &list;
  }
  return nullptr;
}

std::string Name(const Json& key) { return key.is_string() ? key.AsString() : key.Dump(); }

std::optional<int64_t> Offset(const Json& json) {
  if (json.is_null()) return std::nullopt;
  const int64_t offset = json.is_int() ? json.AsInt() : static_cast<int64_t>(json.AsDouble());
  return offset < 0 ? std::nullopt : std::optional(offset);
}

NaiveOp ReadOp(const History& history, uint32_t i) {
  const Op& op = history[i];
  NaiveOp read;
  read.position = i;
  read.type = op.type == OpType::kInvoke ? OpType::kInfo : op.type;
  read.f = op.f.text();
  read.process = op.process.value();
  read.has_invocation = op.type == OpType::kInvoke || history.pair(i) != History::kNone;
  read.time = op.time.ns();
  read.invoked = history.pair(i) == History::kNone ? read.time : history[history.pair(i)].time.ns();
  if (!op.value.is_array()) return read;
  for (const Json& item : op.value.AsArray()) {
    if (read.f == "assign" || read.f == "subscribe") {
      read.keys.push_back(Name(item));
      continue;
    }
    const Json::Array& mop = item.AsArray();
    if (mop[0] == Json("send") && read.f != "poll") {
      const bool pair = mop[2].is_array() && op.type != OpType::kInvoke;
      const Json::Array empty;
      const Json::Array& both = pair ? mop[2].AsArray() : empty;
      Of(&read.sends, Name(mop[1])).push_back({both.empty() ? std::nullopt : Offset(both[0]),
                                              !pair ? mop[2] : both.size() > 1 ? both[1] : Json()});
    }
    if (mop[0] == Json("poll") && read.f != "send" && mop.size() > 1 && mop[1].is_object() &&
        op.type != OpType::kInvoke) {
      for (const auto& [key, list] : mop[1].AsObject()) {
        std::vector<Pair>& pairs = Of(&read.polls, key);
        if (!list.is_array()) continue;
        for (const Json& p : list.AsArray()) pairs.push_back({Offset(p.AsArray()[0]), p.AsArray()[1]});
      }
    }
  }
  return read;
}

bool IsMessages(const NaiveOp& op) { return op.f == "send" || op.f == "poll" || op.f == "txn"; }

class Naive {
 public:
  Naive(const History& history, Parity parity, bool ww_deps) : parity_(parity), ww_deps_(ww_deps) {
    for (uint32_t i = 0; i < history.size(); ++i) {
      if (history[i].process == kNemesis) continue;
      clients_ = true;
      if (history[i].type == OpType::kInvoke && history.pair(i) != History::kNone) continue;
      ops_.push_back(ReadOp(history, i));
    }
    for (size_t i = 0; i < history.size(); ++i) pairs_.push_back(history.pair(i));
    for (size_t i = 0; i < ops_.size(); ++i) {
      for (const auto& [key, list] : ops_[i].sends) {
        for (const Pair& p : list) writers_[Named(key, p.value)] = i;
      }
      for (const auto& [key, list] : ops_[i].polls) {
        if (ops_[i].type != OpType::kOk) continue;
        for (const Pair& p : list) polled_ok_.insert(Named(key, p.value));
      }
    }
    MakeLogs();
  }

  NaiveKafka Run() {
    for (const NaiveOp& op : ops_) {
      if (!IsMessages(op)) continue;
      Internal(op, op.polls, "int-poll-skip", "int-nonmonotonic-poll");
      Internal(op, op.sends, "int-send-skip", "int-nonmonotonic-send");
      Precommitted(op);
      Reads(op);
    }
    Logs();
    LostWrites();
    External();
    Unseen();
    Lag();
    Cycles();
    return result_;
  }

 private:
  using Log = std::map<int64_t, std::vector<Json>>;

  void Add(const std::string& type, Json::Array error) { result_.errors[type].push_back(std::move(error)); }

  static bool Has(const std::vector<Json>& list, const Json& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  }

  // 1 and 1.0 are the same value.
  static Message Named(const std::string& key, const Json& value) {
    const bool rounded = value.kind() == Json::Kind::kDouble;
    return {key, rounded ? Json(static_cast<int64_t>(value.AsDouble())).Dump() : value.Dump()};
  }

  bool PolledOk(const std::string& key, const Json& value) const { return polled_ok_.count(Named(key, value)) > 0; }

  static bool Contains(const Pairs& pairs, const std::string& key, const Json& value) {
    const std::vector<Pair>* list = Find(pairs, key);
    return list && std::any_of(list->begin(), list->end(), [&](const Pair& p) { return p.value == value; });
  }

  const NaiveOp* Writer(const std::string& key, const Json& value) const {
    const auto found = writers_.find(Named(key, value));
    return found == writers_.end() ? nullptr : &ops_[found->second];
  }

  bool MustHaveCommitted(const NaiveOp& op) const {
    if (op.type == OpType::kOk) return true;
    if (op.type != OpType::kInfo) return false;
    for (const auto& [key, list] : op.sends) {
      for (const Pair& p : list) {
        if (PolledOk(key, p.value)) return true;
      }
    }
    return false;
  }

  // Which of several messages at an offset stands for it is free: the checker's choice is the one named first by any
  // operation, sends of an operation before its polls.
  size_t Appearance(const std::string& key, const Json& value) const {
    size_t count = 0;
    for (const NaiveOp& op : ops_) {
      for (const Pairs* pairs : {&op.sends, &op.polls}) {
        for (const auto& [name, list] : *pairs) {
          for (const Pair& p : list) {
            if (name == key && p.value == value) return count;
            ++count;
          }
        }
      }
    }
    return count;
  }

  void MakeLogs() {
    for (const NaiveOp& op : ops_) {
      for (const Pairs* pairs : {&op.sends, &op.polls}) {
        if (pairs == &op.sends && !MustHaveCommitted(op)) continue;
        for (const auto& [key, list] : *pairs) {
          for (const Pair& p : list) {
            if (!p.offset.has_value()) continue;
            std::vector<Json>& values = logs_[key][*p.offset];
            if (!Has(values, p.value)) values.push_back(p.value);
          }
        }
      }
    }
    for (auto& [key, log] : logs_) {
      for (auto& [offset, values] : log) {
        std::sort(values.begin(), values.end(),
                  [&, k = key](const Json& a, const Json& b) { return Appearance(k, a) < Appearance(k, b); });
        by_index_[key].push_back(values[0]);
      }
    }
  }

  std::optional<int64_t> Index(const std::string& key, const Json& value) const {
    const auto order = by_index_.find(key);
    if (order == by_index_.end()) return std::nullopt;
    for (size_t i = order->second.size(); i-- > 0;) {
      if (order->second[i] == value) return static_cast<int64_t>(i);
    }
    return std::nullopt;
  }

  int64_t Delta(const std::string& key, const Json& a, const Json& b) const {
    const std::optional<int64_t> from = Index(key, a), to = Index(key, b);
    return from.has_value() && to.has_value() ? *to - *from : 1;
  }

  Json Skipped(const std::string& key, const Json& a, const Json& b) const {
    Json::Array skipped;
    for (int64_t i = *Index(key, a) + 1; i < *Index(key, b); ++i) skipped.push_back(by_index_.at(key)[i]);
    return skipped;
  }

  void Internal(const NaiveOp& op, const Pairs& pairs, const char* skip, const char* nonmonotonic) {
    for (const auto& [key, list] : pairs) {
      for (size_t i = 1; i < list.size(); ++i) {
        const Json& a = list[i - 1].value;
        const Json& b = list[i].value;
        const int64_t delta = Delta(key, a, b);
        if (delta > 1) Add(skip, {key, a, b, delta, Skipped(key, a, b), int64_t{op.position}});
        if (delta < 1) Add(nonmonotonic, {key, a, b, delta, int64_t{op.position}});
      }
    }
  }

  void Precommitted(const NaiveOp& op) {
    for (const auto& [key, polled] : op.polls) {
      for (const Pair& p : polled) {
        if (!Contains(op.sends, key, p.value)) continue;
        Add("precommitted-read", {key, p.value, int64_t{op.position}});
        break;
      }
    }
  }

  void Reads(const NaiveOp& op) {
    for (const auto& [key, polled] : op.polls) {
      for (const Pair& p : polled) {
        bool failed = false;
        for (const NaiveOp& w : ops_) failed = failed || (w.type == OpType::kFail && Contains(w.sends, key, p.value));
        if (op.type == OpType::kOk && failed) {
          Add("G1a", {key, p.value, int64_t{Writer(key, p.value)->position}, int64_t{op.position}});
        }
        if (Writer(key, p.value) != nullptr) continue;
        if (told_.insert(Named(key, p.value)).second) Add("never-sent", {key, p.value, int64_t{op.position}});
      }
    }
  }

  void Logs() {
    for (const auto& [key, log] : logs_) {
      std::vector<Json> values;
      int64_t index = 0;
      for (const auto& [offset, at] : log) {
        if (at.size() > 1) {
          std::vector<Json> sorted = at;
          std::sort(sorted.begin(), sorted.end(), [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
          Add("inconsistent-offsets", {key, offset, index, Json(sorted)});
        }
        ++index;
        for (const Json& value : at) {
          if (!Has(values, value)) values.push_back(value);
        }
      }
      for (const Json& value : values) {
        Json::Array offsets;
        for (const auto& [offset, at] : log) {
          if (Has(at, value)) offsets.push_back(offset);
        }
        const int64_t count = static_cast<int64_t>(offsets.size());
        if (count > 1) Add("duplicate", {key, value, count, std::move(offsets)});
      }
    }
  }

  void LostWrites() {
    for (const auto& [key, log] : logs_) {
      std::vector<Json> values;
      std::vector<int64_t> first, last;
      int64_t index = 0;
      for (const auto& [offset, at] : log) {
        for (const Json& value : at) {
          const size_t place = static_cast<size_t>(std::find(values.begin(), values.end(), value) - values.begin());
          if (place == values.size()) {
            values.push_back(value);
            first.push_back(index);
            last.push_back(index);
          }
          last[place] = index;
        }
        ++index;
      }
      int64_t bound = -1;
      for (size_t i = 0; i < values.size(); ++i) {
        if (PolledOk(key, values[i])) bound = std::max(bound, first[i]);
      }
      for (size_t i = 0; i < values.size(); ++i) {
        if (last[i] > bound || PolledOk(key, values[i])) continue;
        const NaiveOp* writer = Writer(key, values[i]);
        if (writer == nullptr || !MustHaveCommitted(*writer)) continue;
        Add("lost-write", {key, values[i], first[i], bound, int64_t{writer->position}});
      }
    }
  }

  struct Last {
    const NaiveOp* op = nullptr;
    const Json* value = nullptr;
  };

  void External() {
    std::map<std::pair<int32_t, std::string>, Last> polled, sent;
    for (const NaiveOp& op : ops_) {
      if (op.f == "assign" || op.f == "subscribe") {
        if (op.type == OpType::kFail) continue;
        for (auto* lasts : {&polled, &sent}) {
          std::erase_if(*lasts, [&](const auto& item) {
            return item.first.first == op.process &&
                   std::find(op.keys.begin(), op.keys.end(), item.first.second) == op.keys.end();
          });
        }
        continue;
      }
      if (!IsMessages(op)) continue;
      for (const auto& [key, list] : op.polls) {
        Last& last = polled[{op.process, key}];
        if (last.value != nullptr && !list.empty()) {
          const Json& a = *last.value;
          const Json& b = list[0].value;
          const int64_t delta = Delta(key, a, b);
          if (delta > 1) {
            Add("poll-skip", {key, delta, Skipped(key, a, b), int64_t{last.op->position}, int64_t{op.position}});
          }
          if (delta < 1) {
            Add("nonmonotonic-poll", {key, a, b, delta, int64_t{last.op->position}, int64_t{op.position}});
          }
        }
        if (op.type != OpType::kOk) continue;
        if (!list.empty()) last = {&op, &list.back().value};
        if (list.empty() && parity_ == Parity::kMaelstrom) last = {};
      }
      if (op.type == OpType::kFail) continue;
      for (const auto& [key, list] : op.sends) {
        Last& last = sent[{op.process, key}];
        const int64_t delta = last.value == nullptr ? 1 : Delta(key, *last.value, list[0].value);
        if (delta < 1) {
          Add("nonmonotonic-send",
              {key, *last.value, list[0].value, delta, int64_t{last.op->position}, int64_t{op.position}});
        }
        last = {&op, &list.back().value};
      }
    }
  }

  // The fold of the reference implementation, as it stands: see KafkaErrors.
  void Unseen() {
    std::map<std::string, std::vector<Json>> sent, polled;
    for (const NaiveOp& op : ops_) {
      if (op.type != OpType::kOk || !IsMessages(op)) continue;
      std::map<std::string, std::vector<Json>> unseen;
      for (const auto& [key, list] : op.sends) {
        for (const Pair& p : list) {
          if (!Has(sent[key], p.value)) sent[key].push_back(p.value);
        }
      }
      for (const auto& [key, list] : op.polls) {
        std::vector<Json>& values = polled[key];
        for (const Pair& p : list) {
          if (!Has(values, p.value)) values.push_back(p.value);
        }
      }
      for (const auto& [key, values] : sent) {
        unseen[key];
        for (const Json& value : values) {
          if (!Has(polled[key], value)) unseen[key].push_back(value);
        }
      }
      for (const auto& [key, values] : polled) {
        if (parity_ == Parity::kMaelstrom && sent.find(key) == sent.end()) unseen[key] = values;
      }
      sent = unseen;
    }
    for (const auto& [key, values] : sent) {
      for (const Json& value : values) {
        if (parity_ == Parity::kMaelstrom || LookedFor(key, value)) Add("unseen", {key, value});
      }
    }
  }

  // Whether an answered poll of the key began after the message was first acknowledged. A poll is of the keys that it
  // returns, and of those that its process was last assigned.
  bool LookedFor(const std::string& key, const Json& value) const {
    const auto acknowledges = [&](const NaiveOp& op) {
      const std::vector<Pair>* list = Find(op.sends, key);
      return op.type == OpType::kOk && list != nullptr &&
             std::any_of(list->begin(), list->end(), [&](const Pair& p) { return p.value == value; });
    };
    const auto first = std::find_if(ops_.begin(), ops_.end(), acknowledges);
    if (first == ops_.end()) return false;
    for (size_t i = 0; i < ops_.size(); ++i) {
      const NaiveOp& op = ops_[i];
      const uint32_t invoked = pairs_[op.position] == History::kNone ? op.position : pairs_[op.position];
      if ((op.f != "poll" && op.f != "txn") || op.type != OpType::kOk || invoked <= first->position) continue;
      if (Find(op.polls, key) != nullptr || Assigned(i, key)) return true;
    }
    return false;
  }

  bool Assigned(size_t i, const std::string& key) const {
    for (size_t before = i; before-- > 0;) {
      const NaiveOp& op = ops_[before];
      if (op.process != ops_[i].process || op.type == OpType::kFail) continue;
      if (op.f != "assign" && op.f != "subscribe") continue;
      return op.type == OpType::kOk && std::find(op.keys.begin(), op.keys.end(), key) != op.keys.end();
    }
    return false;
  }

  static std::optional<int64_t> Highest(const NaiveOp& op, const std::string& key) {
    std::optional<int64_t> highest;
    for (const Pairs* pairs : {&op.sends, &op.polls}) {
      const std::vector<Pair>* list = Find(*pairs, key);
      if (list == nullptr) continue;
      for (const Pair& p : *list) {
        if (p.offset.has_value() && (!highest.has_value() || *p.offset > *highest)) highest = p.offset;
      }
    }
    return highest;
  }

  // When it was first known that the key has an offset above `offset`; nothing when never.
  std::optional<int64_t> Expired(const std::string& key, int64_t offset) const {
    for (const NaiveOp& op : ops_) {
      if (op.type == OpType::kFail || !IsMessages(op)) continue;
      const std::optional<int64_t> highest = Highest(op, key);
      if (highest.has_value() && *highest > offset) return op.time;
    }
    return std::nullopt;
  }

  void Lag() {
    std::map<int32_t, std::map<std::string, int64_t>> places;
    bool found = false;
    for (const NaiveOp& op : ops_) {
      if (op.type != OpType::kOk) continue;
      std::map<std::string, int64_t>& at = places[op.process];
      if (op.f == "assign") {
        std::map<std::string, int64_t> assigned;
        for (const std::string& key : op.keys) assigned[key] = at.count(key) > 0 ? at[key] : -1;
        at = assigned;
      } else if (op.f == "subscribe") {
        at.clear();
      } else if (op.f == "poll" || op.f == "txn") {
        for (const Pairs* pairs : {&op.sends, &op.polls}) {
          for (const auto& [key, list] : *pairs) {
            at[key] = std::max(at.count(key) > 0 ? at[key] : -1, Highest(op, key).value_or(-1));
          }
        }
        for (const auto& [key, offset] : at) {
          const std::optional<int64_t> expired = Expired(key, offset);
          const int64_t lag = std::max<int64_t>(0, expired.has_value() ? op.invoked - *expired : 0);
          if (found && lag <= result_.worst_lag) continue;
          found = true;
          result_.worst_lag = lag;
          result_.worst_lag_time = op.invoked;
        }
      }
    }
  }

  using Matrix = std::vector<std::vector<bool>>;

  Matrix Closure(bool ww, bool wr, bool realtime) const {
    const size_t n = ops_.size();
    Matrix reach(n, std::vector<bool>(n, false));
    for (size_t a = 0; a < n; ++a) {
      for (size_t b = 0; b < n; ++b) {
        if (a == b || !IsMessages(ops_[a]) || !IsMessages(ops_[b])) continue;
        reach[a][b] = (ww && Ww(a, b)) || (wr && Wr(a, b)) || (realtime && Realtime(a, b));
      }
    }
    for (size_t k = 0; k < n; ++k) {
      for (size_t a = 0; a < n; ++a) {
        if (!reach[a][k]) continue;
        for (size_t b = 0; b < n; ++b) reach[a][b] = reach[a][b] || reach[k][b];
      }
    }
    return reach;
  }

  bool Wr(size_t a, size_t b) const {
    for (const auto& [key, list] : ops_[b].polls) {
      for (const Pair& p : list) {
        if (Writer(key, p.value) == &ops_[a]) return true;
      }
    }
    return false;
  }

  bool Ww(size_t a, size_t b) const {
    for (const auto& [key, list] : ops_[b].sends) {
      for (const Pair& p : list) {
        const std::optional<int64_t> index = Index(key, p.value);
        if (Writer(key, p.value) != &ops_[b] || !index.has_value() || *index == 0) continue;
        if (Writer(key, by_index_.at(key)[*index - 1]) == &ops_[a]) return true;
      }
    }
    return false;
  }

  bool Realtime(size_t a, size_t b) const {
    if (ops_[a].type != OpType::kOk || !ops_[b].has_invocation) return false;
    const uint32_t pair = pairs_[ops_[b].position];
    return ops_[a].position < (pair == History::kNone ? ops_[b].position : pair);
  }

  // The components of more than one operation; each a list of positions.
  static std::vector<std::vector<size_t>> Components(const Matrix& reach) {
    std::vector<std::vector<size_t>> found;
    for (size_t a = 0; a < reach.size(); ++a) {
      std::vector<size_t> component;
      for (size_t b = 0; b < reach.size(); ++b) {
        if (a == b || (reach[a][b] && reach[b][a])) component.push_back(b);
      }
      if (component.size() > 1 && component[0] == a) found.push_back(component);
    }
    return found;
  }

  void Cycles() {
    const Matrix all = Closure(ww_deps_, true, true);
    result_.empty_graph = clients_;
    for (const std::vector<bool>& row : all) {
      if (std::find(row.begin(), row.end(), true) != row.end()) result_.empty_graph = false;
    }
    struct Model {
      const char* name;
      bool ww, wr, realtime;
      const char* unless[3];
    };
    const Model models[] = {{"PL-1", true, false, false, {"", "", ""}},
                            {"PL-2", true, true, false, {"PL-1", "", ""}},
                            {"strong-PL-1", true, false, true, {"PL-1", "", ""}},
                            {"strong-PL-2", true, true, true, {"PL-1", "PL-2", "strong-PL-1"}}};
    for (const std::vector<size_t>& whole : Components(all)) {
      std::set<std::string> broken;
      for (const Model& model : models) {
        if (std::any_of(std::begin(model.unless), std::end(model.unless),
                        [&](const char* name) { return broken.count(name) > 0; })) {
          continue;
        }
        const Matrix reach = Closure(model.ww && ww_deps_, model.wr, model.realtime);
        std::vector<size_t> best;
        for (const std::vector<size_t>& part : Components(reach)) {
          if (std::find(whole.begin(), whole.end(), part[0]) == whole.end()) continue;
          if (best.empty() || part.size() < best.size()) best = part;
        }
        if (best.empty()) continue;
        broken.insert(model.name);
        Json::Array positions;
        for (const size_t i : best) positions.push_back(int64_t{ops_[i].position});
        result_.exist[Concat(model.name, "-cycle-exists")].push_back(std::move(positions));
      }
    }
  }

  const Parity parity_;
  const bool ww_deps_;
  bool clients_ = false;
  std::vector<NaiveOp> ops_;
  std::vector<uint32_t> pairs_;
  std::map<Message, size_t> writers_;  // the last
  std::set<Message> polled_ok_, told_;
  std::map<std::string, Log> logs_;
  std::map<std::string, std::vector<Json>> by_index_;
  NaiveKafka result_;

 public:
  // Whether the step from one position to another is an edge of that kind.
  bool IsStep(const std::string& kind, int64_t from, int64_t to) const {
    const auto at = [&](int64_t position) {
      return static_cast<size_t>(std::find_if(ops_.begin(), ops_.end(), [&](const NaiveOp& op) {
                                   return int64_t{op.position} == position;
                                 }) - ops_.begin());
    };
    const size_t a = at(from), b = at(to);
    if (a == ops_.size() || b == ops_.size()) return false;
    return kind == ":ww" ? ww_deps_ && Ww(a, b) : kind == ":wr" ? Wr(a, b) : Realtime(a, b);
  }
};

Json Index(const Json& op) { return *op.Find("index"); }
}  // namespace

NaiveKafka JudgeKafkaNaively(const History& history, Parity parity, bool ww_deps) {
  return Naive(history, parity, ww_deps).Run();
}

std::string WrongCycle(const History& history, const Json& cycle, bool ww_deps) {
  const Naive naive(history, Parity::kMaelstrom, ww_deps);
  const Json::Array& ops = cycle.Find("cycle")->AsArray();
  const Json::Array& steps = cycle.Find("steps")->AsArray();
  if (ops.size() != steps.size() + 1 || ops.size() < 3 || ops.front() != ops.back()) return "it is no cycle";
  bool wr = false, realtime = false;
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string kind = steps[i].Find("type")->AsString();
    if (!naive.IsStep(kind, Index(ops[i]).AsInt(), Index(ops[i + 1]).AsInt())) {
      return Concat("no step: ", steps[i].Dump());
    }
    wr = wr || kind == ":wr";
    realtime = realtime || kind == ":realtime";
  }
  const std::string type = Concat(wr ? ":G1c" : ":G0", realtime ? "-realtime" : "");
  return *cycle.Find("type") == Json(type) ? "" : Concat("it is a ", type);
}

}  // namespace gyre
