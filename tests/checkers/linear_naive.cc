#include "tests/checkers/linear_naive.h"

#include <algorithm>
#include <vector>

namespace gyre {
namespace {

struct Call {
  std::string f;
  Json value;
  uint32_t invoke = 0;
  uint32_t ret = History::kNone;
  bool failed_cas = false;
};

bool Less(const Json& a, const Json& b) { return Json::Compare(a, b) < 0; }

std::vector<Call> CallsOf(const History& history, const ModelOptions& options) {
  std::vector<Call> calls;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.type != OpType::kInvoke || op.process == kNemesis) continue;
    Call call{std::string(op.f.text()), op.value, i, History::kNone, false};
    const uint32_t pair = history.pair(i);
    if (pair != History::kNone && history[pair].type == OpType::kOk) {
      call.ret = pair;
      call.value = history[pair].value;
    } else if (pair != History::kNone && history[pair].type == OpType::kFail) {
      if (options.failed_cas == FailedCas::kNothing || call.f != "cas") continue;
      call.failed_cas = true;
      call.ret = pair;
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

bool Place(const std::string& model, const ModelOptions& options, const std::vector<Call>& calls,
           std::vector<bool>& done, const Json& state) {
  uint32_t first_return = History::kNone;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (!done[i]) first_return = std::min(first_return, calls[i].ret);
  }
  if (first_return == History::kNone) return true;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (done[i] || calls[i].invoke > first_return) continue;
    Json next = state;
    const bool returned = calls[i].ret != History::kNone;
    const bool allowed = calls[i].failed_cas
                             ? calls[i].value.AsArray()[0] != state
                             : NaiveStep(model, options, calls[i].f, calls[i].value, returned, &next);
    if (!allowed) continue;
    done[i] = true;
    if (Place(model, options, calls, done, next)) return true;
    done[i] = false;
  }
  return false;
}

}  // namespace

Json NaiveInitial(const std::string& model, const ModelOptions& options) {
  if (model == "mutex") return Json(false);
  if (model == "kv") return Json("");
  if (model == "multi-register") return Json(Json::Object());
  if (model == "register" || model == "cas-register") return options.initial;
  return Json(Json::Array());
}

bool NaiveStep(const std::string& model, const ModelOptions& options, const std::string& f, const Json& value,
               bool returned, Json* state) {
  const bool wild = !returned || (value.is_null() && options.nil_read == NilRead::kWildcard);
  if (model == "mutex") {
    const bool allowed = *state == Json(f == "release");
    *state = Json(f == "acquire");
    return allowed;
  }
  if (f == "read" && model != "set") return wild || value == *state;
  if (f == "read") {
    if (wild) return true;
    Json::Array seen = value.AsArray();
    std::sort(seen.begin(), seen.end(), Less);
    return Json(seen) == *state;
  }
  if (f == "get") return !returned || value == *state;
  if (f == "write" || f == "put") {
    *state = value;
  } else if (f == "append") {
    *state = Json(state->AsString() + value.AsString());
  } else if (f == "cas") {
    if (value.AsArray()[0] != *state) return false;
    *state = Json(value.AsArray()[1]);
  } else if (f == "txn") {
    for (const Json& each : value.AsArray()) {
      const Json::Array& mop = each.AsArray();
      const Json* old = state->Find(mop[1].AsString());
      if (mop[0] == Json("write")) {
        state->Set(mop[1].AsString(), mop[2]);
      } else if (returned && !(mop[2].is_null() && options.nil_read == NilRead::kWildcard) &&
                 mop[2] != (old == nullptr ? Json() : *old)) {
        return false;
      }
    }
  } else if (f == "add" || f == "enqueue") {
    Json::Array& items = state->AsArray();
    if (f == "add" && std::find(items.begin(), items.end(), value) != items.end()) return true;
    items.push_back(value);
    if (f == "add") std::sort(items.begin(), items.end(), Less);
  } else if (f == "dequeue") {
    if (returned && value.is_null()) return true;
    Json::Array& items = state->AsArray();
    if (!returned && model == "unordered-queue") return true;  // whatever it took, nobody misses it
    const auto found = model == "fifo-queue" ? items.begin() : std::find(items.begin(), items.end(), value);
    if (found == items.end() || (returned && *found != value)) return false;
    items.erase(found);
  }
  return true;
}

bool NaiveLinearizable(const History& history, const std::string& model, const ModelOptions& options) {
  const std::vector<Call> calls = CallsOf(history, options);
  std::vector<bool> done(calls.size(), false);
  return Place(model, options, calls, done, NaiveInitial(model, options));
}

}  // namespace gyre
