#include "checkers/linear_models.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "checkers/linear_registers.h"
#include "checkers/witness.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

struct HashJson {
  size_t operator()(const Json& json) const { return json.Hash(); }
};

absl::Status Unreadable(std::string_view model, Atom f, const Json& value, std::string_view expected) {
  return absl::InvalidArgumentError(
      Concat("a ", model, " has no ", f.text(), " of ", Quoted(value), "; expected ", expected));
}

// A model of any state and any call, with all steps remembered.
class RememberingModel : public LinearModel {
 public:
  explicit RememberingModel(const ModelOptions& options) : options_(options) {}

  uint32_t initial() override { return StateOf(Canonical(options_.initial)); }

  absl::StatusOr<std::optional<uint32_t>> KindOf(Atom f, const Json& value, CallEnd end) override {
    if (end == CallEnd::kFail) return std::nullopt;
    Call call{f, value, end == CallEnd::kOk};
    absl::StatusOr<bool> counts = Accepts(call);
    if (!counts.ok()) return counts.status();
    if (!*counts) return std::nullopt;
    const auto [found, is_new] = kinds_.try_emplace(
        Json(Json::Array{f.text(), value, call.returned}), static_cast<uint32_t>(calls_.size()));
    if (is_new) calls_.push_back(std::move(call));
    return found->second;
  }

  bool IsPure(uint32_t kind) override { return Reads(calls_[kind]); }

  uint32_t Step(uint32_t state, uint32_t kind) override {
    const auto [found, is_new] = steps_.try_emplace(uint64_t{state} << 32 | kind, kIllegal);
    if (!is_new) return found->second;
    Json next;
    if (!Apply(states_[state], calls_[kind], &next)) return kIllegal;
    const uint32_t after = StateOf(std::move(next));
    steps_[uint64_t{state} << 32 | kind] = after;
    return after;
  }

  Json Show(uint32_t state) override { return states_[state]; }

 protected:
  struct Call {
    Atom f;
    Json value;
    bool returned;
  };
  // Whether a call says anything; an error if it is none of this model's.
  virtual absl::StatusOr<bool> Accepts(const Call& call) = 0;
  virtual bool Reads(const Call& call) const = 0;
  // The state after the call; false if it is not legal in `state`.
  virtual bool Apply(const Json& state, const Call& call, Json* next) const = 0;
  virtual Json Canonical(Json state) const { return state; }
  const Call& KnownCall(uint32_t kind) const { return calls_[kind]; }

  ModelOptions options_;

 private:
  uint32_t StateOf(Json state) {
    const auto [found, is_new] = state_ids_.try_emplace(state, static_cast<uint32_t>(states_.size()));
    if (is_new) states_.push_back(std::move(state));
    return found->second;
  }

  std::vector<Json> states_;
  std::vector<Call> calls_;
  absl::flat_hash_map<Json, uint32_t, HashJson> state_ids_;  // all three are looked up only
  absl::flat_hash_map<Json, uint32_t, HashJson> kinds_;
  absl::flat_hash_map<uint64_t, uint32_t> steps_;
};

class MutexModel : public RememberingModel {
  using RememberingModel::RememberingModel;
  absl::StatusOr<bool> Accepts(const Call& call) override {
    if (call.f == Atom("acquire") || call.f == Atom("release")) return true;
    return Unreadable("mutex", call.f, call.value, "acquire or release");
  }
  bool Reads(const Call&) const override { return false; }
  bool Apply(const Json& state, const Call& call, Json* next) const override {
    const bool acquires = call.f == Atom("acquire");
    *next = Json(acquires);
    return state == Json(!acquires);
  }
  Json Canonical(Json state) const override { return Json(state == Json(true)); }
};

// Values of [f, key, value]s; a read of null says nothing, or that there is none.
class MultiRegisterModel : public RememberingModel {
  using RememberingModel::RememberingModel;

  static bool IsRead(const Json& f) { return f == Json("read") || f == Json("r"); }
  static bool IsWrite(const Json& f) { return f == Json("write") || f == Json("w"); }

  absl::StatusOr<bool> Accepts(const Call& call) override {
    bool readable = call.value.is_array();
    bool writes = false;
    for (const Json& each : readable ? call.value.AsArray() : Json::Array()) {
      readable = readable && each.is_array() && each.AsArray().size() == 3 &&
                 (IsRead(each.AsArray()[0]) || IsWrite(each.AsArray()[0]));
      writes = writes || (readable && IsWrite(each.AsArray()[0]));
    }
    if (!readable) return Unreadable("multi-register", call.f, call.value, R"([["read" or "write", key, value], ...])");
    return call.returned || writes;
  }
  bool Reads(const Call& call) const override {
    return std::all_of(call.value.AsArray().begin(), call.value.AsArray().end(),
                       [](const Json& each) { return IsRead(each.AsArray()[0]); });
  }
  bool Apply(const Json& state, const Call& call, Json* next) const override {
    *next = state;
    for (const Json& each : call.value.AsArray()) {
      const Json& key = each.AsArray()[1];
      const Json& value = each.AsArray()[2];
      const std::string name = key.is_string() ? key.AsString() : key.Dump();
      if (IsWrite(each.AsArray()[0])) {
        next->Set(name, value);
        continue;
      }
      // What a call that never returned read is not known.
      if (!call.returned || (value.is_null() && options_.nil_read == NilRead::kWildcard)) continue;
      const Json* found = next->Find(name);
      if (value != (found == nullptr ? Json() : *found)) return false;
    }
    return true;
  }
  Json Canonical(Json state) const override { return state.is_object() ? std::move(state) : Json(Json::Object()); }
};

// enqueue and dequeue; a dequeue of null says nothing.
class QueueModel : public RememberingModel {
 public:
  QueueModel(const ModelOptions& options, bool fifo) : RememberingModel(options), fifo_(fifo) {}

 private:
  absl::StatusOr<bool> Accepts(const Call& call) override {
    if (call.f == Atom("enqueue")) return true;
    if (call.f == Atom("dequeue") && call.returned) return !call.value.is_null();
    // A dequeue that never returned may have taken any element. Without order nobody needs that it did; with it, those
    // behind do.
    if (call.f == Atom("dequeue")) return fifo_;
    return Unreadable("queue", call.f, call.value, "enqueue or dequeue");
  }
  bool Reads(const Call&) const override { return false; }
  bool Apply(const Json& state, const Call& call, Json* next) const override {
    Json::Array after = state.AsArray();
    if (call.f == Atom("enqueue")) {
      after.push_back(call.value);
    } else {
      const auto found = fifo_ ? after.begin() : std::find(after.begin(), after.end(), call.value);
      if (found == after.end() || (call.returned && *found != call.value)) return false;
      after.erase(found);
    }
    *next = Canonical(Json(std::move(after)));
    return true;
  }
  Json Canonical(Json state) const override {
    if (!state.is_array()) return Json(Json::Array());
    if (!fifo_) {
      std::sort(state.AsArray().begin(), state.AsArray().end(),
                [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
    }
    return state;
  }

  bool fifo_;
};

// add and read; a read's order and copies do not count.
class SetModel : public RememberingModel {
  using RememberingModel::RememberingModel;
  absl::StatusOr<bool> Accepts(const Call& call) override {
    if (call.f == Atom("add")) return true;
    if (call.f != Atom("read")) return Unreadable("set", call.f, call.value, "add or read");
    if (!call.returned || (call.value.is_null() && options_.nil_read == NilRead::kWildcard)) return false;
    if (!call.value.is_array() && !call.value.is_null()) return Unreadable("set", call.f, call.value, "a list");
    return true;
  }
  bool Reads(const Call& call) const override { return call.f == Atom("read"); }
  bool Apply(const Json& state, const Call& call, Json* next) const override {
    if (call.f == Atom("read")) {
      *next = state;
      return Canonical(call.value) == state;
    }
    Json::Array items = state.AsArray();
    items.push_back(call.value);
    *next = Canonical(Json(std::move(items)));
    return true;
  }
  Json Canonical(Json state) const override {
    if (!state.is_array()) return Json(Json::Array());
    Json::Array& items = state.AsArray();
    std::sort(items.begin(), items.end(), [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return state;
  }
};

// get, put and append of texts, one key of them.
// A text that no get's text begins with is as good as any other such: until the next put no get can return it. All of
// them are one state, null; otherwise each order of appends that nobody saw would be one of its own.
class TextModel : public RememberingModel {
  using RememberingModel::RememberingModel;
  absl::StatusOr<bool> Accepts(const Call& call) override {
    const bool gets = call.f == Atom("get");
    if (!gets && call.f != Atom("put") && call.f != Atom("append")) {
      return Unreadable("kv", call.f, call.value, "get, put or append");
    }
    if (gets && !call.returned) return false;
    if (!call.value.is_string()) return Unreadable("kv", call.f, call.value, "a string");
    return true;
  }
  bool Reads(const Call& call) const override { return call.f == Atom("get"); }
  bool Apply(const Json& state, const Call& call, Json* next) const override {
    if (call.f == Atom("get")) {
      *next = state;
      return call.value == state;
    }
    *next = Json();
    if (call.f == Atom("append") && state.is_null()) return true;
    std::string text = call.f == Atom("put") ? call.value.AsString() : state.AsString() + call.value.AsString();
    if (IsObserved(text)) *next = Json(std::move(text));
    return true;
  }
  Json Canonical(Json state) const override { return state.is_string() ? std::move(state) : Json(""); }
  // All gets are known now.
  void Prune(LinearProblem* problem) override {
    for (const LinearCall& call : problem->calls) {
      if (IsPure(call.kind)) observed_.emplace_back(KnownCall(call.kind).value.AsString());
    }
    std::sort(observed_.begin(), observed_.end());
    observed_.erase(std::unique(observed_.begin(), observed_.end()), observed_.end());
  }
  std::vector<Json> Replay(absl::Span<const uint32_t> kinds, size_t last) override {
    std::vector<Json> states;
    std::string text = Canonical(options_.initial).AsString();
    for (size_t i = 0; i < kinds.size(); ++i) {
      const Call& call = KnownCall(kinds[i]);
      if (call.f == Atom("put")) text = call.value.AsString();
      if (call.f == Atom("append")) text += call.value.AsString();
      if (i + last >= kinds.size()) states.emplace_back(text);
    }
    return states;
  }

 private:
  // Whether some get returned what begins with it.
  bool IsObserved(std::string_view text) const {
    const auto found = std::lower_bound(observed_.begin(), observed_.end(), text);
    return found != observed_.end() && std::string_view(*found).substr(0, text.size()) == text;
  }

  std::vector<std::string> observed_;  // what gets returned, sorted
};

template <typename Model>
std::unique_ptr<LinearModel> Make(const ModelOptions& options) {
  return std::make_unique<Model>(options);
}
template <bool fifo>
std::unique_ptr<LinearModel> MakeQueue(const ModelOptions& options) {
  return std::make_unique<QueueModel>(options, fifo);
}

constexpr LinearModelRow kModels[] = {
    {"cas-register", "read, write, cas [from, to]", false, MakeRegister},
    {"fifo-queue", "enqueue, dequeue", false, MakeQueue<true>},
    {"kv", "get, put, append; values are [key, text]", true, Make<TextModel>},
    {"multi-register", "txn [[read or write, key, value], ...]", false, Make<MultiRegisterModel>},
    {"mutex", "acquire, release", false, Make<MutexModel>},
    {"register", "read, write", false, MakeRegister},
    {"set", "add, read", false, Make<SetModel>},
    {"unordered-queue", "enqueue, dequeue", false, MakeQueue<false>},
};

}  // namespace

std::vector<Json> LinearModel::Replay(absl::Span<const uint32_t> kinds, size_t last) {
  std::vector<Json> states;
  uint32_t state = initial();
  for (size_t i = 0; i < kinds.size(); ++i) {
    state = Step(state, kinds[i]);
    if (i + last >= kinds.size()) states.push_back(Show(state));
  }
  return states;
}

absl::Span<const LinearModelRow> LinearModels() { return kModels; }

const LinearModelRow* FindLinearModel(std::string_view name) {
  for (const LinearModelRow& row : kModels) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace gyre
