#include "checkers/set_full.h"

#include <algorithm>
#include <string>
#include <vector>

#include "checkers/set_full_scan.h"
#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kMaxWorstStale = 8;
constexpr int64_t kNoLatency = -1;

enum class Outcome : uint8_t { kStable, kLost, kNeverRead };

struct Judged {
  const SetElement* element = nullptr;
  Outcome outcome = Outcome::kNeverRead;
  int64_t stable_latency = kNoLatency;  // ms
  int64_t lost_latency = kNoLatency;    // ms

  bool stale() const { return outcome == Outcome::kStable && stable_latency > 0; }
};

// Milliseconds, cut off, from `known` to just after the read at `last`; 0 when there was no such read.
int64_t Latency(const History& history, uint32_t known, uint32_t last) {
  const int64_t from = history[known].time.ns();
  const int64_t to = last == History::kNone ? 0 : history[last].time.ns() + 1;
  return std::max<int64_t>(0, to - from) / 1'000'000;
}

Judged Judge(const History& history, const SetElement& e) {
  const bool present = e.last_present != History::kNone;
  const bool absent = e.last_absent != History::kNone;
  Judged judged;
  judged.element = &e;
  if (present && (!absent || e.last_absent < e.last_present)) {
    judged.outcome = Outcome::kStable;
    judged.stable_latency = Latency(history, e.known, e.last_absent);
  } else if (e.known != History::kNone && absent && (!present || e.last_present < e.last_absent) &&
             e.known < e.last_absent) {
    judged.outcome = Outcome::kLost;
    judged.lost_latency = Latency(history, e.known, e.last_present);
  }
  return judged;
}

Json ValuesOf(const std::vector<const SetElement*>& elements) {
  Json::Array values;
  values.reserve(elements.size());
  for (const SetElement* element : elements) values.push_back(*element->value);
  return values;
}

// {"0": least, "0.5": ..., "1": greatest}
Json Quantiles(std::vector<int64_t> latencies) {
  struct Quantile {
    const char* name;
    size_t percent;
  };
  constexpr Quantile kQuantiles[] = {{"0", 0}, {"0.5", 50}, {"0.95", 95}, {"0.99", 99}, {"1", 100}};
  std::sort(latencies.begin(), latencies.end());
  Json::Object quantiles;
  for (const Quantile& q : kQuantiles) {
    const size_t index = std::min(latencies.size() - 1, latencies.size() * q.percent / 100);
    quantiles.emplace_back(q.name, latencies[index]);
  }
  return quantiles;
}

Json AsAdd(const Op& op, Atom add) {
  Json json = ToJson(op);
  if (op.f == add) json.Set("f", ":add");
  return json;
}

// The judge of one history; its parts become the result and the anomalies.
class SetFull {
 public:
  SetFull(const History& history, const CheckOptions& options, const SetFullOptions& set)
      : history_(history), options_(options), set_(set), scan_(ScanSet(history, set.add)) {
    for (const SetElement& element : scan_.elements) {
      if (element.add != History::kNone) judged_.push_back(Judge(history, element));
      if (options.parity == Parity::kMaelstrom) continue;
      if (element.unexpected_in != History::kNone) unexpected_.push_back(&element);
      if (element.copies > 1) duplicated_.push_back(&element);
    }
    const auto by_value = [](const SetElement* a, const SetElement* b) {
      return Json::Compare(*a->value, *b->value) < 0;
    };
    std::sort(judged_.begin(), judged_.end(),
              [&](const Judged& a, const Judged& b) { return by_value(a.element, b.element); });
    std::sort(unexpected_.begin(), unexpected_.end(), by_value);
    std::sort(duplicated_.begin(), duplicated_.end(), by_value);
    for (const Judged& judged : judged_) {
      if (judged.outcome == Outcome::kStable) ++stable_;
      if (judged.outcome == Outcome::kLost) lost_.push_back(judged.element);
      if (judged.outcome == Outcome::kNeverRead) never_read_.push_back(judged.element);
      if (judged.stale()) stale_.push_back(judged.element);
    }
  }

  Verdict Run() const {
    Verdict verdict;
    verdict.valid = Valid();
    verdict.details = Details();
    Tell(lost_, &SetFull::Lost, &verdict.anomalies);
    if (set_.linearizable) Tell(stale_, &SetFull::Stale, &verdict.anomalies);
    Tell(duplicated_, &SetFull::Duplicated, &verdict.anomalies);
    Tell(unexpected_, &SetFull::Unexpected, &verdict.anomalies);
    return verdict;
  }

 private:
  using Elements = std::vector<const SetElement*>;

  Validity Valid() const {
    if (!lost_.empty() || !duplicated_.empty() || !unexpected_.empty()) return Validity::kInvalid;
    if (stable_ == 0) return Validity::kUnknown;
    if (set_.linearizable && !stale_.empty()) return Validity::kInvalid;
    return scan_.unreadable == History::kNone ? Validity::kValid : Validity::kUnknown;
  }

  Json Details() const {
    Json::Object details{{"valid?", ToJson(Valid())},
                         {"attempt-count", static_cast<int64_t>(judged_.size())},
                         {"stable-count", stable_},
                         {"lost-count", static_cast<int64_t>(lost_.size())},
                         {"lost", ValuesOf(lost_)},
                         {"never-read-count", static_cast<int64_t>(never_read_.size())},
                         {"never-read", ValuesOf(never_read_)},
                         {"stale-count", static_cast<int64_t>(stale_.size())},
                         {"stale", ValuesOf(stale_)},
                         {"worst-stale", WorstStale()}};
    std::vector<int64_t> stable_latencies, lost_latencies;
    for (const Judged& judged : judged_) {
      if (judged.stable_latency != kNoLatency) stable_latencies.push_back(judged.stable_latency);
      if (judged.lost_latency != kNoLatency) lost_latencies.push_back(judged.lost_latency);
    }
    if (!stable_latencies.empty()) details.emplace_back("stable-latencies", Quantiles(std::move(stable_latencies)));
    if (!lost_latencies.empty()) details.emplace_back("lost-latencies", Quantiles(std::move(lost_latencies)));
    Json::Object copies;
    for (const SetElement* element : duplicated_) {
      const Json& value = *element->value;
      copies.emplace_back(value.is_string() ? value.AsString() : value.Dump(), int64_t{element->copies});
    }
    details.emplace_back("duplicated-count", static_cast<int64_t>(duplicated_.size()));
    details.emplace_back("duplicated", std::move(copies));
    if (options_.parity == Parity::kOurs) {
      details.emplace_back("unexpected-count", static_cast<int64_t>(unexpected_.size()));
      details.emplace_back("unexpected", ValuesOf(unexpected_));
      if (Valid() == Validity::kUnknown) details.emplace_back("error", WhyUnknown());
    }
    return details;
  }

  std::string WhyUnknown() const {
    if (scan_.unreadable != History::kNone) {
      return Concat("the read that completed at op ", scan_.unreadable, " has a value that is no list: ",
                          Quoted(history_[scan_.unreadable].value));
    }
    if (judged_.empty()) return "nothing was added, so nothing was checked";
    if (scan_.reads == 0) return "no read was answered, so nothing was checked";
    return "no element was ever read, and none was known to be in the set when a read began: nothing was checked";
  }

  // The elements that took longest to be in every read. Among equals the greater first, as in Jepsen.
  Json WorstStale() const {
    std::vector<const Judged*> worst;
    for (const Judged& judged : judged_) {
      if (judged.stale()) worst.push_back(&judged);
    }
    std::reverse(worst.begin(), worst.end());
    std::stable_sort(worst.begin(), worst.end(),
                     [](const Judged* a, const Judged* b) { return a->stable_latency > b->stable_latency; });
    if (worst.size() > kMaxWorstStale) worst.resize(kMaxWorstStale);
    Json::Array told;
    for (const Judged* judged : worst) {
      const SetElement& e = *judged->element;
      told.push_back(Json::ObjectOf({{"element", *e.value},
                                     {"outcome", ":stable"},
                                     {"stable-latency", judged->stable_latency},
                                     {"lost-latency", Json()},
                                     {"known", AsAdd(history_[e.known], set_.add)},
                                     {"last-absent", AsAdd(history_[e.last_absent], set_.add)}}));
    }
    return told;
  }

  void Tell(const Elements& elements, Anomaly (SetFull::*tell)(const SetElement&) const,
            std::vector<Anomaly>* anomalies) const {
    for (size_t i = 0; i < std::min(elements.size(), kMaxAnomaliesOfAKind); ++i) {
      anomalies->push_back((this->*tell)(*elements[i]));
    }
  }

  // "process 0 at n1 added 7 (ops 4 to 5, 1.200s to 1.210s)", and since when it is known if a read told.
  std::string Added(const SetElement& e) const {
    std::string text = Concat(Who(history_[e.add], options_), " added it (", When(history_, e.add), ")");
    if (e.known != History::kNone && history_[e.known].f != set_.add) {
      text += Concat("; the read of ", Who(history_[e.known], options_), " (", When(history_, e.known),
                      ") was the first to return it");
    }
    return text;
  }

  std::string TheRead(uint32_t at) const {
    return Concat("the read of ", Who(history_[at], options_), " (", When(history_, at), ")");
  }

  Json Witness(const SetElement& e) const {
    Json witness = Json::ObjectOf({{"element", *e.value}});
    if (e.add != History::kNone) witness.Set("add", Positions(history_, e.add));
    return witness;
  }

  Anomaly Lost(const SetElement& e) const {
    std::string text = Concat("element ", Quoted(*e.value), " is lost: ", Added(e), ". But ", TheRead(e.last_absent),
                                    " began after it was known to be in the set, and did not return it. ");
    Json witness = Witness(e);
    witness.Set("known", int64_t{e.known});
    witness.Set("missed-by", Positions(history_, e.last_absent));
    if (e.last_present == History::kNone) {
      text += Concat("No read ever returned it.");
    } else {
      text += Concat("The last read to return it was that of ", Who(history_[e.last_present], options_), " (",
                      When(history_, e.last_present), "), which began earlier.");
      witness.Set("last-present", Positions(history_, e.last_present));
    }
    return {"lost", std::move(text), std::move(witness)};
  }

  Anomaly Stale(const SetElement& e) const {
    Json witness = Witness(e);
    witness.Set("known", int64_t{e.known});
    witness.Set("missed-by", Positions(history_, e.last_absent));
    return {"stale",
            Concat("element ", Quoted(*e.value), " appeared late: ", Added(e), ". But ", TheRead(e.last_absent),
                         " began ", Latency(history_, e.known, e.last_absent),
                         " ms after it was known to be in the set, and did not return it."),
            std::move(witness)};
  }

  Anomaly Duplicated(const SetElement& e) const {
    Json witness = Witness(e);
    witness.Set("read", Positions(history_, e.duplicated_in));
    return {"duplicated",
            Concat("element ", Quoted(*e.value), " is duplicated: ", TheRead(e.duplicated_in), " returned it ",
                         e.copies, " times. A set has each element once."),
            std::move(witness)};
  }

  Anomaly Unexpected(const SetElement& e) const {
    std::string text = Concat("element ", Quoted(*e.value), " was never added when ", TheRead(e.unexpected_in),
                                    " returned it.");
    for (const Judged& judged : judged_) {
      const std::string explanation = Float64Explanation(*judged.element->value, *e.value);
      if (explanation.empty()) continue;
      text += explanation;
      break;
    }
    Json witness = Witness(e);
    witness.Set("read", Positions(history_, e.unexpected_in));
    return {"unexpected", std::move(text), std::move(witness)};
  }

  const History& history_;
  const CheckOptions& options_;
  const SetFullOptions& set_;
  const SetScan scan_;
  std::vector<Judged> judged_;  // by element
  Elements lost_, never_read_, stale_, duplicated_, unexpected_;
  int64_t stable_ = 0;
};

}  // namespace

Verdict CheckSetFull(const History& history, const CheckOptions& options, const SetFullOptions& set) {
  return SetFull(history, options, set).Run();
}

}  // namespace gyre
