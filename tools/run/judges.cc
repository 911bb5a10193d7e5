#include "tools/run/judges.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "checkers/consistency_models.h"
#include "checkers/counter.h"
#include "checkers/echo.h"
#include "checkers/exceptions.h"
#include "checkers/kafka.h"
#include "checkers/linearizable.h"
#include "checkers/list_append.h"
#include "checkers/pn_counter.h"
#include "checkers/queue.h"
#include "checkers/rw_register.h"
#include "checkers/set.h"
#include "checkers/set_full.h"
#include "checkers/stats.h"
#include "checkers/unique_ids.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

absl::Status Wrong(std::string_view name, std::string_view expected, const Json& value) {
  return absl::InvalidArgumentError(Concat("the option \"", name, "\" must be ", expected, ", but is ", Quoted(value)));
}

const Json* Find(const Json& opts, std::string_view name) {
  const Json* member = opts.Find(name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

absl::Status TakeFlag(const Json& opts, std::string_view name, bool* flag) {
  const Json* member = Find(opts, name);
  if (member == nullptr) return absl::OkStatus();
  if (!member->is_bool()) return Wrong(name, "true or false", *member);
  *flag = member->AsBool();
  return absl::OkStatus();
}

template <typename Value>
struct Choice {
  const char* name;
  Value value;
};

template <typename Value>
absl::Status TakeChoice(const Json& opts, std::string_view name, const Choice<Value> (&choices)[2], Value* value) {
  const Json* member = Find(opts, name);
  if (member == nullptr) return absl::OkStatus();
  for (const Choice<Value>& choice : choices) {
    if (*member != Json(choice.name)) continue;
    *value = choice.value;
    return absl::OkStatus();
  }
  return Wrong(name, Concat("\"", choices[0].name, "\" or \"", choices[1].name, "\""), *member);
}

constexpr char kObjectOptions[] = "failed-cas init keyed nil-read";

// An object of the model `model`.
absl::StatusOr<Verdict> Linearize(const char* model, const History& history, const CheckOptions& options,
                                  const Json& opts) {
  constexpr Choice<NilRead> kNilReads[] = {{"absent", NilRead::kLiteral}, {"any", NilRead::kWildcard}};
  constexpr Choice<FailedCas> kFailedCases[] = {{"mismatch", FailedCas::kMismatch}, {"nothing", FailedCas::kNothing}};
  LinearizableOptions linearizable;
  linearizable.model = model;
  if (const Json* initial = opts.Find("init")) linearizable.object.initial = *initial;
  absl::Status status = TakeFlag(opts, "keyed", &linearizable.split_keys);
  status.Update(TakeChoice(opts, "nil-read", kNilReads, &linearizable.object.nil_read));
  status.Update(TakeChoice(opts, "failed-cas", kFailedCases, &linearizable.object.failed_cas));
  if (!status.ok()) return status;
  return CheckLinearizable(history, options, linearizable);
}

absl::StatusOr<Verdict> JudgeObject(const Judge& self, const History& history, const CheckOptions& options,
                                    const Json& opts) {
  return Linearize(self.kind, history, options, opts);
}

absl::StatusOr<Verdict> JudgeLinKv(const Judge&, const History& history, const CheckOptions& options,
                                   const Json& opts) {
  Json keyed = opts.is_object() ? opts : Json(Json::Object());
  keyed.Set("keyed", true);
  return Linearize("cas-register", history, options, keyed);
}

// The model of that name; the kind `set` is Jepsen's checker.
absl::StatusOr<Verdict> JudgeLinearSet(const Judge&, const History& history, const CheckOptions& options,
                                       const Json& opts) {
  return Linearize("set", history, options, opts);
}

absl::StatusOr<Verdict> JudgeSetFull(const Judge& self, const History& history, const CheckOptions& options,
                                     const Json& opts) {
  SetFullOptions set;
  if (self.kind == std::string_view("broadcast")) set.add = "broadcast";
  if (const absl::Status status = TakeFlag(opts, "linearizable?", &set.linearizable); !status.ok()) return status;
  return CheckSetFull(history, options, set);
}

// `sub-via`: how keys come to processes: "assign", "subscribe", or a list of these.
absl::StatusOr<Verdict> JudgeKafka(const Judge&, const History& history, const CheckOptions& options,
                                   const Json& opts) {
  KafkaOptions kafka;
  if (const absl::Status status = TakeFlag(opts, "ww-deps", &kafka.ww_deps); !status.ok()) return status;
  if (const Json* member = Find(opts, "sub-via")) {
    const Json::Array ways = member->is_array() ? member->AsArray() : Json::Array{*member};
    for (const Json& way : ways) {
      if (way != Json("assign") && way != Json("subscribe")) {
        return Wrong("sub-via", "\"assign\", \"subscribe\" or a list of these", *member);
      }
      kafka.subscribe = kafka.subscribe || way == Json("subscribe");
    }
  }
  return CheckKafka(history, options, kafka);
}

// A checker that has no options of its own.
template <Verdict (*check)(const History&, const CheckOptions&)>
absl::StatusOr<Verdict> Plain(const Judge&, const History& history, const CheckOptions& options, const Json&) {
  return check(history, options);
}

template <Verdict (*check)(const History&)>
absl::StatusOr<Verdict> Telling(const Judge&, const History& history, const CheckOptions&, const Json&) {
  return check(history);
}

constexpr char kTxnOptions[] = "anomalies consistency-models cycle-search-timeout";

// A list of names, or null for none.
absl::Status TakeNames(const Json& opts, std::string_view name, std::vector<std::string>* names) {
  const Json* member = opts.Find(name);
  if (member == nullptr) return absl::OkStatus();
  names->clear();
  if (member->is_null()) return absl::OkStatus();
  if (!member->is_array()) return Wrong(name, "a list of names", *member);
  for (const Json& each : member->AsArray()) {
    if (!each.is_string()) return Wrong(name, "a list of names", *member);
    names->push_back(each.AsString());
  }
  return absl::OkStatus();
}

absl::StatusOr<IsolationOptions> IsolationOptionsOf(const CheckOptions& options, const Json& opts) {
  IsolationOptions isolation;
  isolation.models = options.consistency_models;
  absl::Status status = TakeNames(opts, "consistency-models", &isolation.models);
  status.Update(TakeNames(opts, "anomalies", &isolation.anomalies));
  status.Update(TakeFlag(opts, "linearizable-keys?", &isolation.linearizable_keys));
  status.Update(TakeFlag(opts, "sequential-keys?", &isolation.sequential_keys));
  status.Update(TakeFlag(opts, "wfr-keys?", &isolation.writes_follow_reads));
  bool sessions = false;
  status.Update(TakeFlag(opts, "sessions", &sessions));
  if (sessions) isolation.sessions = Sessions::kInAllModels;
  if (!status.ok()) return status;
  for (const std::string& model : isolation.models) {
    const absl::Span<const std::string_view> names = ConsistencyModelNames();
    if (std::find(names.begin(), names.end(), model) != names.end()) continue;
    return absl::InvalidArgumentError(Concat("there is no consistency model '", model, "'; there are ",
                                             absl::StrJoin(names, ", ", [](std::string* out, std::string_view each) {
                                               out->append(each);
                                             })));
  }
  return isolation;
}

absl::StatusOr<Verdict> JudgeListAppend(const Judge&, const History& history, const CheckOptions& options,
                                        const Json& opts) {
  const absl::StatusOr<IsolationOptions> isolation = IsolationOptionsOf(options, opts);
  if (!isolation.ok()) return isolation.status();
  return CheckListAppend(history, options, *isolation);
}

// The workload, whose writes follow reads.
absl::StatusOr<Verdict> JudgeTxnRwRegister(const Judge&, const History& history, const CheckOptions& options,
                                           const Json& opts) {
  absl::StatusOr<IsolationOptions> isolation = IsolationOptionsOf(options, opts);
  if (!isolation.ok()) return isolation.status();
  CheckOptions asked = options;
  asked.consistency_models = isolation->models;
  return CheckRwRegister(history, asked);
}

absl::StatusOr<Verdict> JudgeRwRegister(const Judge&, const History& history, const CheckOptions& options,
                                        const Json& opts) {
  const absl::StatusOr<IsolationOptions> isolation = IsolationOptionsOf(options, opts);
  if (!isolation.ok()) return isolation.status();
  return CheckRwRegister(history, options, *isolation);
}

constexpr char kSetFullKeys[] =
    "attempt-count stable-count lost-count lost never-read-count never-read stale-count stale duplicated-count "
    "duplicated stable-latencies lost-latencies";
constexpr char kPnCounterKeys[] = "final-reads acceptable";

constexpr Judge kJudges[] = {
    {"broadcast", "linearizable?", kSetFullKeys, JudgeSetFull},
    {"cas-register", kObjectOptions, "", JudgeObject},
    {"counter", "", "reads errors", Plain<CheckCounter>},
    {"echo", "", "", Plain<CheckEcho>},
    {"exceptions", "", "", Telling<CheckExceptions>},
    {"fifo-queue", kObjectOptions, "", JudgeObject},
    {"g-counter", "", kPnCounterKeys, Plain<CheckPnCounter>},
    {"g-set", "linearizable?", kSetFullKeys, JudgeSetFull},
    {"kafka", "sub-via ww-deps", "bad-error-types error-types", JudgeKafka},
    {"kv", kObjectOptions, "", JudgeObject},
    {"lin-kv", "failed-cas init nil-read", "failures", JudgeLinKv},
    {"linear-set", kObjectOptions, "", JudgeLinearSet},
    {"list-append", kTxnOptions, "also-not", JudgeListAppend},
    {"multi-register", kObjectOptions, "", JudgeObject},
    {"mutex", kObjectOptions, "", JudgeObject},
    {"pn-counter", "", kPnCounterKeys, Plain<CheckPnCounter>},
    {"queue", "", "", Plain<CheckQueue>},
    {"register", kObjectOptions, "", JudgeObject},
    {"rw-register", "anomalies consistency-models cycle-search-timeout linearizable-keys? sequential-keys? sessions "
     "wfr-keys?",
     "also-not", JudgeRwRegister},
    {"set", "", "attempt-count acknowledged-count ok-count ok lost-count lost recovered-count recovered "
     "unexpected-count unexpected", Plain<CheckSet>},
    {"set-full", "linearizable?", kSetFullKeys, JudgeSetFull},
    {"stats", "", "count ok-count fail-count info-count by-f", Plain<CheckStats>},
    {"total-queue", "", "attempt-count acknowledged-count ok-count unexpected-count unexpected duplicated-count "
     "duplicated lost-count lost recovered-count recovered", Plain<CheckTotalQueue>},
    {"txn-list-append", kTxnOptions, "also-not", JudgeListAppend},
    {"txn-rw-register", "consistency-models", "also-not", JudgeTxnRwRegister},
    {"unique-ids", "", "attempted-count acknowledged-count duplicated-count duplicated range", Plain<CheckUniqueIds>},
    {"unordered-queue", kObjectOptions, "", JudgeObject},
};

}  // namespace

absl::Span<const Judge> Judges() { return kJudges; }

const Judge* FindJudge(std::string_view kind) {
  for (const Judge& judge : kJudges) {
    if (judge.kind == kind) return &judge;
  }
  return nullptr;
}

}  // namespace gyre
