#include "checkers/kafka.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checkers/kafka_cycles.h"
#include "checkers/kafka_errors.h"
#include "checkers/kafka_history.h"
#include "checkers/kafka_lag.h"
#include "checkers/kafka_orders.h"
#include "checkers/kafka_words.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

using Kind = KafkaErrorKind;

constexpr char kEmptyGraph[] = "empty-transaction-graph";
constexpr size_t kMaxUnseen = 32;  // messages of a key in results

// How the errors of a kind that results tell are picked: in the order of the history, or by their delta.
enum class Order : uint8_t { kHistory, kLeastFirst, kGreatestLast };
struct Shown {
  Order order = Order::kHistory;
  size_t limit = 32;
};

Shown ShownOf(Kind kind) {
  switch (kind) {
    case Kind::kDuplicate:
    case Kind::kInconsistentOffsets: return {Order::kLeastFirst, 32};
    case Kind::kIntNonmonotonicPoll:
    case Kind::kIntNonmonotonicSend:
    case Kind::kNonmonotonicPoll:
    case Kind::kNonmonotonicSend: return {Order::kLeastFirst, 8};
    case Kind::kIntPollSkip:
    case Kind::kIntSendSkip:
    case Kind::kPollSkip: return {Order::kGreatestLast, 8};
    default: return {};
  }
}

// In which order anomalies are told: causes before what follows from them, as polls skip a message that is lost.
constexpr Kind kTold[] = {Kind::kNeverSent,           Kind::kG1a,         Kind::kInconsistentOffsets,
                          Kind::kDuplicate,           Kind::kLostWrite,   Kind::kPrecommittedRead,
                          Kind::kIntNonmonotonicSend, Kind::kIntSendSkip, Kind::kNonmonotonicSend,
                          Kind::kIntNonmonotonicPoll, Kind::kIntPollSkip, Kind::kNonmonotonicPoll,
                          Kind::kPollSkip};
static_assert(std::size(kTold) == kKafkaErrorKinds - 1);  // all but kUnseen

Json Seconds(int64_t ns) { return Json(static_cast<double>(ns) / 1e9); }

// The judge of one history; its parts become the result and the anomalies.
class Judgement {
 public:
  Judgement(const History& history, const CheckOptions& options, const KafkaOptions& kafka, KafkaHistory read)
      : history_(history),
        options_(options),
        kafka_(std::move(read)),
        orders_(OrderMessages(kafka_)),
        errors_(FindKafkaErrors(kafka_, orders_, options.parity)),
        cycles_(FindKafkaCycles(history, kafka_, orders_, kafka.ww_deps)),
        words_(history, kafka_, orders_, options) {
    allowed_ = {"G0", "G0-process", "G0-realtime", "PL-1-cycle-exists", "int-send-skip", "strong-PL-1-cycle-exists"};
    if (kafka.subscribe) allowed_.insert({"nonmonotonic-poll", "poll-skip"});
    if (kafka.ww_deps) {
      allowed_.insert({"G1c", "G1c-process", "G1c-realtime", "PL-2-cycle-exists", "strong-PL-2-cycle-exists"});
    }
    if (options.parity == Parity::kOurs) allowed_.insert(kEmptyGraph);
    if (!Clients()) cycles_.empty = false;
    FindMaxReads();
  }

  Verdict Run() const {
    Verdict verdict;
    if (options_.parity == Parity::kMaelstrom && !errors_[Kind::kNeverSent].empty()) return NeverSent();
    std::map<std::string, Json> by_type = ByType();
    std::vector<Json> types, bad;
    for (const auto& [type, errors] : by_type) {
      types.push_back(Concat(":", type));
      if (allowed_.count(type) == 0) bad.push_back(types.back());
    }
    std::string unknown;
    if (!bad.empty()) {
      verdict.valid = Validity::kInvalid;
    } else if (options_.parity == Parity::kOurs) {
      const std::vector<uint32_t>& not_looked_for = errors_.not_looked_for;
      unknown = kafka_.polls_ok == 0      ? "no poll was answered, so nothing was checked"
                : !not_looked_for.empty() ? words_.NotLookedFor(not_looked_for)
                : cycles_.empty           ? "no two operations are ordered by anything, so nothing was checked"
                                          : "";
      if (!unknown.empty()) verdict.valid = Validity::kUnknown;
    }
    verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)},
                                      {"worst-realtime-lag", Lag()},
                                      {"bad-error-types", Json(std::move(bad))},
                                      {"error-types", Json(std::move(types))},
                                      {"info-txn-causes", InfoCauses()}});
    for (auto& [type, errors] : by_type) verdict.details.Set(type, std::move(errors));
    if (!unknown.empty()) verdict.details.Set("error", unknown);
    Tell(&verdict.anomalies);
    return verdict;
  }

 private:
  // Whether any client did anything: else there is no graph to be empty.
  bool Clients() const {
    return std::any_of(history_.ops().begin(), history_.ops().end(),
                       [](const Op& op) { return op.process != kNemesis; });
  }

  // Of each lost write an operation that polled what its bound is from.
  void FindMaxReads() {
    std::map<uint32_t, uint32_t> reads;  // message -> operation
    for (const KafkaError& error : errors_[Kind::kLostWrite]) reads.emplace(error.message2, History::kNone);
    if (reads.empty()) return;
    for (uint32_t i = 0; i < kafka_.ops.size(); ++i) {
      const KafkaOp& op = kafka_.ops[i];
      if (op.f != KafkaF::kMessages || op.type != OpType::kOk) continue;
      for (const KafkaRun& run : kafka_.PollsOf(op)) {
        for (const KafkaRecord& record : kafka_.RecordsOf(run)) {
          const auto found = reads.find(record.message);
          if (found != reads.end() && found->second == History::kNone) found->second = i;
        }
      }
    }
    for (KafkaError& error : errors_[Kind::kLostWrite]) error.op2 = reads[error.message2];
  }

  Verdict NeverSent() const {
    Verdict verdict;
    verdict.valid = Validity::kUnknown;
    verdict.details = Json::ObjectOf(
        {{"valid?", ToJson(verdict.valid)},
         {"error", words_.AnomalyOf(Kind::kNeverSent, errors_[Kind::kNeverSent][0]).text}});
    return verdict;
  }

  std::map<std::string, Json> ByType() const {
    std::map<std::string, Json> by_type;
    for (size_t k = 0; k < kKafkaErrorKinds; ++k) {
      const Kind kind = static_cast<Kind>(k);
      if (errors_[kind].empty()) continue;
      by_type.emplace(NameOf(kind), kind == Kind::kUnseen ? Unseen() : Condensed(kind));
    }
    std::map<std::string, std::vector<const KafkaCycle*>> cycles;
    for (const KafkaCycle& cycle : cycles_.cycles) cycles[cycle.type].push_back(&cycle);
    for (auto& [type, found] : cycles) {
      std::stable_sort(found.begin(), found.end(), [](const KafkaCycle* a, const KafkaCycle* b) {
        return a->steps.size() < b->steps.size();
      });
      Json::Array errs;
      for (size_t i = 0; i < std::min<size_t>(found.size(), 8); ++i) errs.push_back(words_.ErrOf(*found[i]));
      by_type.emplace(type, CountAndErrs(found.size(), std::move(errs)));
    }
    std::map<std::string, std::vector<const KafkaCycleExists*>> exist;
    for (const KafkaCycleExists& exists : cycles_.exist) exist[exists.type].push_back(&exists);
    for (const auto& [type, found] : exist) {
      Json::Array errs;
      for (size_t i = 0; i < std::min<size_t>(found.size(), 32); ++i) errs.push_back(words_.ErrOf(*found[i]));
      by_type.emplace(type, CountAndErrs(found.size(), std::move(errs)));
    }
    if (cycles_.empty) by_type.emplace(kEmptyGraph, CountAndErrs(1, true));
    return by_type;
  }

  static Json CountAndErrs(size_t count, Json errs) {
    return Json::ObjectOf({{"count", static_cast<int64_t>(count)}, {"errs", std::move(errs)}});
  }

  Json Condensed(Kind kind) const {
    const std::vector<KafkaError>& errors = errors_[kind];
    const Shown shown = ShownOf(kind);
    std::vector<const KafkaError*> picked;
    for (const KafkaError& error : errors) picked.push_back(&error);
    if (shown.order != Order::kHistory) {
      std::stable_sort(picked.begin(), picked.end(),
                       [](const KafkaError* a, const KafkaError* b) { return a->delta < b->delta; });
    }
    const size_t count = std::min(picked.size(), shown.limit);
    const size_t begin = shown.order == Order::kGreatestLast ? picked.size() - count : 0;
    Json::Array errs;
    for (size_t i = begin; i < begin + count; ++i) errs.push_back(words_.ErrOf(kind, *picked[i]));
    return CountAndErrs(errors.size(), std::move(errs));
  }

  // The errors of kUnseen, those of a key together, keys in the order of their names.
  std::vector<KafkaError> UnseenByKey() const {
    std::vector<KafkaError> unseen = errors_[Kind::kUnseen];
    std::stable_sort(unseen.begin(), unseen.end(), [this](const KafkaError& a, const KafkaError& b) {
      return a.key != b.key && kafka_.keys[a.key] < kafka_.keys[b.key];
    });
    return unseen;
  }

  Json Unseen() const {
    const std::vector<KafkaError> errors = UnseenByKey();
    Json::Object counts, messages;
    for (size_t i = 0; i < errors.size();) {
      Json::Array values;
      const uint32_t key = errors[i].key;
      for (; i < errors.size() && errors[i].key == key; ++i) {
        values.push_back(*kafka_.messages[errors[i].message].value);
      }
      counts.emplace_back(kafka_.keys[key], static_cast<int64_t>(values.size()));
      std::sort(values.begin(), values.end(), [](const Json& a, const Json& b) { return Json::Compare(a, b) < 0; });
      if (values.size() > kMaxUnseen) values.resize(kMaxUnseen);
      messages.emplace_back(kafka_.keys[key], std::move(values));
    }
    Instant time;
    for (const KafkaOp& op : kafka_.ops) {
      if (op.f == KafkaF::kMessages && op.type == OpType::kOk) time = history_[op.position].time;
    }
    return Json::ObjectOf({{"time", time.ns()}, {"unseen", std::move(counts)}, {"messages", std::move(messages)}});
  }

  Json Lag() const {
    const KafkaLag lag = WorstRealtimeLag(history_, kafka_);
    if (!lag.found) return Json::ObjectOf({{"time", Seconds(0)}, {"lag", Seconds(0)}});
    return Json::ObjectOf({{"time", Seconds(lag.time.ns())},
                           {"process", int64_t{lag.process.value()}},
                           {"key", kafka_.keys[lag.key]},
                           {"lag", Seconds(lag.lag.ns())}});
  }

  // The distinct errors with which nobody knows what came of an operation.
  Json InfoCauses() const {
    Json::Array causes;
    for (const KafkaOp& op : kafka_.ops) {
      const Op& entry = history_[op.position];
      if (op.f != KafkaF::kMessages || entry.type != OpType::kInfo) continue;
      if (std::find(causes.begin(), causes.end(), entry.error) == causes.end()) causes.push_back(entry.error);
    }
    return causes;
  }

  void Tell(std::vector<Anomaly>* anomalies) const {
    for (const Kind kind : kTold) {
      if (allowed_.count(NameOf(kind)) > 0) continue;
      for (size_t i = 0; i < std::min(errors_[kind].size(), kMaxAnomaliesOfAKind); ++i) {
        anomalies->push_back(words_.AnomalyOf(kind, errors_[kind][i]));
      }
    }
    TellUnseen(anomalies);
    std::map<std::string, size_t> told;
    const auto tell = [&](const auto& found) {
      for (const auto& one : found) {
        if (allowed_.count(one.type) > 0 || told[one.type]++ >= kMaxAnomaliesOfAKind) continue;
        anomalies->push_back(words_.AnomalyOf(one));
      }
    };
    tell(cycles_.cycles);
    if (told.empty()) tell(cycles_.exist);
    if (!cycles_.empty || allowed_.count(kEmptyGraph) > 0) return;
    anomalies->push_back({kEmptyGraph, "no two operations are ordered by anything: there is nothing to judge", Json()});
  }

  void TellUnseen(std::vector<Anomaly>* anomalies) const {
    const std::vector<KafkaError> errors = UnseenByKey();
    size_t told = 0;
    for (size_t i = 0; i < errors.size() && told < kMaxAnomaliesOfAKind; ++told) {
      size_t next = i;
      while (next < errors.size() && errors[next].key == errors[i].key) ++next;
      anomalies->push_back(words_.Unseen(errors.data() + i, errors.data() + next));
      i = next;
    }
  }

  const History& history_;
  const CheckOptions& options_;
  const KafkaHistory kafka_;
  const KafkaOrders orders_;
  KafkaErrors errors_;
  KafkaCycles cycles_;
  const KafkaWords words_;
  std::set<std::string> allowed_;  // error types that do not make a history invalid
};

}  // namespace

Verdict CheckKafka(const History& history, const CheckOptions& options, const KafkaOptions& kafka) {
  KafkaHistory read = ReadKafkaHistory(history);
  if (read.unreadable.empty()) return Judgement(history, options, kafka, std::move(read)).Run();
  Verdict verdict;
  verdict.valid = Validity::kUnknown;
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"error", std::move(read.unreadable)}});
  return verdict;
}

}  // namespace gyre
