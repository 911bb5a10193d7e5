#include "checkers/linearizable.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "checkers/lanes.h"
#include "checkers/linear_search.h"
#include "checkers/linear_zones.h"
#include "checkers/witness.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMostLanes = 24;
constexpr size_t kMostSteps = 32;  // of a path, the last ones

struct Less {
  bool operator()(const Json& a, const Json& b) const { return Json::Compare(a, b) < 0; }
};

// The operations on one object: positions of their invocations, ascending.
struct Object {
  const Json* key = nullptr;  // nullptr: there are no keys
  std::vector<uint32_t> invocations;
};

bool IsKeyed(const Json& value) { return value.is_array() && value.AsArray().size() == 2; }

std::vector<Object> SplitByKey(const History& history, bool split) {
  std::vector<Object> objects;
  if (!split) objects.emplace_back();
  std::map<Json, size_t, Less> places;
  std::vector<uint32_t> unkeyed;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis || op.type != OpType::kInvoke) continue;
    if (!split) {
      objects[0].invocations.push_back(i);
    } else if (!IsKeyed(op.value)) {
      unkeyed.push_back(i);
    } else {
      const auto [found, is_new] = places.try_emplace(op.value.AsArray()[0], objects.size());
      if (is_new) objects.push_back({&op.value.AsArray()[0], {}});
      objects[found->second].invocations.push_back(i);
    }
  }
  for (Object& object : objects) {
    if (unkeyed.empty() || !split) continue;
    object.invocations.insert(object.invocations.end(), unkeyed.begin(), unkeyed.end());
    std::sort(object.invocations.begin(), object.invocations.end());
  }
  std::sort(objects.begin(), objects.end(), [](const Object& a, const Object& b) {
    return a.key != nullptr && b.key != nullptr && Json::Compare(*a.key, *b.key) < 0;
  });
  return objects;
}

// One object's verdict.
class Check {
 public:
  Check(const History& history, const CheckOptions& options, const LinearizableOptions& linearizable,
        const Object& object)
      : history_(history),
        options_(options),
        linearizable_(linearizable),
        object_(object),
        model_(FindLinearModel(linearizable.model)->make(linearizable.object)) {}

  Verdict Judge();
  bool saw_success() const { return saw_success_; }

 private:
  const Json& Inner(const Json& value) const {
    return object_.key != nullptr && IsKeyed(value) ? value.AsArray()[1] : value;
  }
  // The completion of an invocation if it is ok, else the invocation.
  const Op& Told(uint32_t invoke) const {
    const uint32_t pair = history_.pair(invoke);
    return pair != History::kNone && history_[pair].type == OpType::kOk ? history_[pair] : history_[invoke];
  }
  absl::Status Read();
  bool ZonesSayYes();
  Json Entry(uint32_t position) const { return ToJson(history_[position]); }
  // After the last calls of it, at most kMostSteps.
  std::vector<Json> StatesOf(const LinearPath& path) const;
  Json PathToJson(const LinearPath& path) const;
  Json Configs(const LinearOutcome& outcome) const;
  std::string Label(uint32_t invoke) const;
  Anomaly Explain(const LinearOutcome& outcome) const;
  Verdict Unreadable(const absl::Status& status) const;

  const History& history_;
  const CheckOptions& options_;
  const LinearizableOptions& linearizable_;
  const Object& object_;
  std::unique_ptr<LinearModel> model_;
  LinearProblem problem_;
  bool saw_success_ = false;
};

absl::Status Check::Read() {
  for (const uint32_t invoke : object_.invocations) {
    const uint32_t pair = history_.pair(invoke);
    CallEnd end = CallEnd::kNever;
    if (pair != History::kNone && history_[pair].type == OpType::kOk) end = CallEnd::kOk;
    if (pair != History::kNone && history_[pair].type == OpType::kFail) end = CallEnd::kFail;
    saw_success_ = saw_success_ || end == CallEnd::kOk;
    const Op& told = Told(invoke);
    const absl::StatusOr<std::optional<uint32_t>> kind = model_->KindOf(told.f, Inner(told.value), end);
    if (!kind.ok()) {
      return absl::Status(kind.status().code(), Concat("op ", told.index.value(), ": ", kind.status().message()));
    }
    if (!kind->has_value()) continue;
    while (problem_.pure.size() <= **kind) {
      problem_.pure.push_back(model_->IsPure(static_cast<uint32_t>(problem_.pure.size())));
    }
    problem_.calls.push_back({invoke, end == CallEnd::kNever ? LinearCall::kNever : pair, **kind});
  }
  problem_.initial = model_->initial();
  model_->Prune(&problem_);
  return absl::OkStatus();
}

bool Check::ZonesSayYes() {
  const auto accesses = model_->UniqueWrites(problem_);
  return accesses.has_value() && ZonesAreLinearizable(problem_, *accesses);
}

std::vector<Json> Check::StatesOf(const LinearPath& path) const {
  std::vector<uint32_t> kinds;
  for (const uint32_t call : path.calls) kinds.push_back(problem_.calls[call].kind);
  std::vector<Json> states = model_->Replay(kinds, kMostSteps);
  if (states.empty()) states.push_back(model_->Show(problem_.initial));
  return states;
}

Json Check::PathToJson(const LinearPath& path) const {
  const std::vector<Json> states = StatesOf(path);
  Json::Array steps;
  const size_t first = path.calls.size() - std::min(path.calls.size(), kMostSteps);
  for (size_t i = first; i < path.calls.size(); ++i) {
    steps.push_back(Json::ObjectOf({{"op", Entry(Told(problem_.calls[path.calls[i]].invoke).index.value())},
                                    {"model", states[i - first]}}));
  }
  return steps;
}

Json Check::Configs(const LinearOutcome& outcome) const {
  Json::Array configs;
  for (const LinearPath& path : outcome.paths) {
    Json config = Json::ObjectOf({{"model", StatesOf(path).back()}});
    config.Set("last-op", path.calls.empty() ? Json()
                                             : Entry(Told(problem_.calls[path.calls.back()].invoke).index.value()));
    Json::Array pending;
    if (outcome.answer == LinearOutcome::Answer::kNot) {
      const uint32_t now = problem_.calls[outcome.stuck].ret;
      for (uint32_t i = 0; i < problem_.calls.size() && problem_.calls[i].invoke < now; ++i) {
        if (problem_.calls[i].ret < now || pending.size() == kMostLanes) continue;
        if (std::find(path.calls.begin(), path.calls.end(), i) != path.calls.end()) continue;
        pending.push_back(Entry(problem_.calls[i].invoke));
      }
    }
    config.Set("pending", std::move(pending));
    configs.push_back(std::move(config));
  }
  return configs;
}

std::string Check::Label(uint32_t invoke) const {
  const Op& told = Told(invoke);
  const Json& value = Inner(told.value);
  std::string label(told.f.text());
  if (!value.is_null() || told.type == OpType::kOk) label += Concat(" ", Quoted(value));
  if (history_.pair(invoke) != History::kNone && history_[history_.pair(invoke)].type == OpType::kFail) {
    label += " failed";
  }
  return label;
}

Anomaly Check::Explain(const LinearOutcome& outcome) const {
  const LinearCall& stuck = problem_.calls[outcome.stuck];
  const Op& told = Told(stuck.invoke);
  Anomaly anomaly;
  anomaly.kind = "nonlinearizable";
  std::string states;
  for (const LinearPath& path : outcome.paths) {
    states += Concat(states.empty() ? "" : " or ", Quoted(StatesOf(path).back()));
  }
  anomaly.text = Concat(
      object_.key == nullptr ? "" : Concat("key ", Quoted(*object_.key), ": "), "no order of the operations explains ",
      Label(stuck.invoke), " of ", Who(told, options_), " (", When(history_, stuck.invoke),
      "). Every order of all that completed before leaves ", states,
      outcome.path_count > outcome.paths.size() ? " (and others like these)" : "",
      ", and from there no order of what was pending lets it happen before it completed.\n");
  // What was under way with it, and of the rest the latest.
  std::vector<Lane> lanes;
  for (uint32_t i = static_cast<uint32_t>(problem_.calls.size()); i-- > 0 && lanes.size() < kMostLanes;) {
    const LinearCall& call = problem_.calls[i];
    if (call.invoke > stuck.ret) continue;
    const bool is_near = call.ret == LinearCall::kNever || call.ret + 8 >= stuck.invoke;
    if (!is_near && lanes.size() >= kMostLanes / 2) break;
    lanes.push_back({call.invoke, call.ret == LinearCall::kNever || call.ret > stuck.ret ? History::kNone : call.ret,
                     Label(call.invoke), i == outcome.stuck});
  }
  std::reverse(lanes.begin(), lanes.end());
  anomaly.text += DrawLanes(history_, lanes, options_);
  anomaly.text.pop_back();
  Json::Array operations;
  for (const Lane& lane : lanes) operations.push_back(Positions(history_, lane.invoke));
  Json::Array paths;
  for (const LinearPath& path : outcome.paths) paths.push_back(PathToJson(path));
  anomaly.witness = Json::ObjectOf({{"op", Positions(history_, stuck.invoke)},
                                    {"prefix", int64_t{stuck.ret} + 1},
                                    {"operations", std::move(operations)},
                                    {"paths", std::move(paths)}});
  if (object_.key != nullptr) anomaly.witness.Set("key", *object_.key);
  return anomaly;
}

Verdict Check::Unreadable(const absl::Status& status) const {
  Verdict verdict;
  verdict.valid = Validity::kUnknown;
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", ToStd(status.message())}});
  verdict.anomalies.push_back({"not-of-the-model", std::string(status.message()), Json()});
  return verdict;
}

Verdict Check::Judge() {
  if (const absl::Status read = Read(); !read.ok()) return Unreadable(read);
  Verdict verdict;
  verdict.details = Json::ObjectOf({{"valid?", true}});
  if (ZonesSayYes()) return verdict;
  LinearModel* model = model_.get();
  const LinearOutcome outcome = FindLinearization(
      problem_, [model](uint32_t state, uint32_t kind) { return model->Step(state, kind); },
      linearizable_.step_budget);
  switch (outcome.answer) {
    case LinearOutcome::Answer::kLinearizable:
      verdict.details.Set("configs", Configs(outcome));
      verdict.details.Set("final-paths", Json::Array());
      return verdict;
    case LinearOutcome::Answer::kGaveUp:
      verdict.valid = Validity::kUnknown;
      verdict.details = Json::ObjectOf(
          {{"valid?", ToJson(verdict.valid)},
           {"error", Concat("gave up after ", outcome.steps, " steps: too many operations were under way at once")}});
      return verdict;
    case LinearOutcome::Answer::kNot:
      break;
  }
  verdict.valid = Validity::kInvalid;
  const LinearCall& stuck = problem_.calls[outcome.stuck];
  uint32_t previous = History::kNone;
  for (const LinearCall& call : problem_.calls) {
    if (call.ret < stuck.ret && (previous == History::kNone || call.ret > previous)) previous = call.ret;
  }
  Json::Array paths;
  for (const LinearPath& path : outcome.paths) paths.push_back(PathToJson(path));
  verdict.details = Json::ObjectOf({{"valid?", false},
                                    {"op", Entry(stuck.ret)},
                                    {"previous-ok", previous == History::kNone ? Json() : Entry(previous)},
                                    {"last-op", previous == History::kNone ? Json() : Entry(previous)},
                                    {"configs", Configs(outcome)},
                                    {"final-paths", std::move(paths)},
                                    {"analyzer", ":linear"}});
  verdict.anomalies.push_back(Explain(outcome));
  return verdict;
}

std::string KeyName(const Json& key) { return key.is_string() ? key.AsString() : key.Dump(); }

}  // namespace

Verdict CheckLinearizable(const History& history, const CheckOptions& options,
                          const LinearizableOptions& linearizable) {
  const LinearModelRow* row = FindLinearModel(linearizable.model);
  CHECK_THAT(row != nullptr, linearizable.model);
  const bool split = linearizable.split_keys || row->keyed;
  Verdict all;
  Json::Object results;
  Json::Array failures;
  bool saw_success = false;
  for (const Object& object : SplitByKey(history, split)) {
    Check check(history, options, linearizable, object);
    Verdict one = check.Judge();
    saw_success = saw_success || check.saw_success();
    all.valid = Merge(all.valid, one.valid);
    if (one.valid == Validity::kInvalid && object.key != nullptr) failures.push_back(*object.key);
    for (Anomaly& anomaly : one.anomalies) {
      if (all.anomalies.size() < kMaxAnomaliesOfAKind) all.anomalies.push_back(std::move(anomaly));
    }
    if (!split) {
      all.details = std::move(one.details);
    } else {
      results.emplace_back(KeyName(*object.key), Json::ObjectOf({{"valid?", ToJson(one.valid)},
                                                                 {"linearizable", std::move(one.details)}}));
    }
  }
  if (split) all.details = Json::ObjectOf({{"results", std::move(results)}, {"failures", std::move(failures)}});
  if (all.valid == Validity::kValid && !saw_success && options.parity == Parity::kOurs) {
    all.valid = Validity::kUnknown;
    all.details.Set("error", "no operation succeeded, so nothing was checked");
  }
  all.details.Set("valid?", ToJson(all.valid));
  return all;
}

Verdict CheckLinKv(const History& history, const CheckOptions& options) {
  LinearizableOptions linearizable;
  linearizable.split_keys = true;
  return CheckLinearizable(history, options, linearizable);
}

}  // namespace gyre
