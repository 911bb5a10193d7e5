// A log with an offset has all lower ones: the times at which offsets were first known to exist are a staircase, kept
// as its steps, of which there are no more than operations; an offset's time is found by bisection.
//
// The reference implementation asks at every poll about every key that the process is assigned. But as long as a
// process has seen no more of a key, its lag only grows: what counts is the last poll before it sees more, lets the key
// go, or ends. So a key costs something when a poll or an assignment names it, not at every poll.
#include "checkers/kafka_lag.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace gyre {
namespace {

struct Step {
  int64_t offset;  // and all lower ones that no step before has
  Instant time;
};

class Lags {
 public:
  Lags(const History& history, const KafkaHistory& kafka)
      : history_(history), kafka_(kafka), steps_(kafka.keys.size()) {}

  KafkaLag Run() {
    for (const KafkaOp& op : kafka_.ops) {
      if (op.type == OpType::kFail || op.f != KafkaF::kMessages) continue;
      for (uint32_t r = op.first_send; r < op.end; ++r) Exists(kafka_.runs[r], history_[op.position].time);
    }
    processes_.resize(kafka_.processes);
    for (const KafkaOp& op : kafka_.ops) {
      if (op.type != OpType::kOk) continue;
      if (op.f != KafkaF::kMessages) {
        Assign(op);
      } else if (op.polls) {
        Poll(op);
      }
    }
    for (Process& process : processes_) {
      for (const auto& [key, place] : process.places) Settle(process, key, place);
    }
    return worst_;
  }

 private:
  // How far a process has seen a key, and the polls since.
  struct Place {
    int64_t offset = kNoOffset;  // the highest seen
    uint32_t polls = 0;          // of the process when it had seen so far
  };
  struct Process {
    std::vector<std::pair<uint32_t, Place>> places;  // by key, in the order of assignment
    absl::flat_hash_map<uint32_t, uint32_t> at;      // key -> in places
    uint32_t polls = 0;
    uint32_t last = History::kNone;  // position of the last poll's completion
  };

  void Exists(const KafkaRun& run, Instant time) {
    int64_t highest = kNoOffset;
    for (const KafkaRecord& record : kafka_.RecordsOf(run)) highest = std::max(highest, record.offset);
    std::vector<Step>& steps = steps_[run.key];
    if (highest != kNoOffset && (steps.empty() || steps.back().offset < highest)) steps.push_back({highest, time});
  }

  void Assign(const KafkaOp& op) {
    Process& process = processes_[op.process];
    Process assigned;
    assigned.polls = process.polls;
    assigned.last = process.last;
    for (const auto& [key, place] : process.places) Settle(process, key, place);
    if (op.f == KafkaF::kAssign) {
      for (const KafkaRun& run : kafka_.PollsOf(op)) {
        const auto found = process.at.find(run.key);
        Place place;
        if (found != process.at.end()) place.offset = process.places[found->second].second.offset;
        place.polls = process.polls;
        if (assigned.at.try_emplace(run.key, static_cast<uint32_t>(assigned.places.size())).second) {
          assigned.places.emplace_back(run.key, place);
        }
      }
    }
    process = std::move(assigned);
  }

  void Poll(const KafkaOp& op) {
    Process& process = processes_[op.process];
    for (uint32_t r = op.first_send; r < op.end; ++r) {
      const KafkaRun& run = kafka_.runs[r];
      int64_t highest = kNoOffset;
      for (const KafkaRecord& record : kafka_.RecordsOf(run)) highest = std::max(highest, record.offset);
      const auto [found, is_new] = process.at.try_emplace(run.key, static_cast<uint32_t>(process.places.size()));
      if (is_new) process.places.emplace_back(run.key, Place{kNoOffset, process.polls});
      Place& place = process.places[found->second].second;
      if (!is_new && highest <= place.offset) continue;
      Settle(process, run.key, place);
      place.offset = std::max(highest, place.offset);
      place.polls = process.polls;
    }
    if (process.places.empty()) return;
    if (!worst_.found) Take(op.position, process.places[0].first, Duration(0));
    ++process.polls;
    process.last = op.position;
  }

  // The lag at the last poll of the process, if there was one since it saw `place`.
  void Settle(const Process& process, uint32_t key, const Place& place) {
    if (place.polls == process.polls) return;
    const std::vector<Step>& steps = steps_[key];
    const auto step = std::upper_bound(steps.begin(), steps.end(), place.offset,
                                       [](int64_t offset, const Step& s) { return offset < s.offset; });
    if (step == steps.end()) return;
    Take(process.last, key, Invoked(process.last) - step->time);
  }

  Instant Invoked(uint32_t position) const {
    const uint32_t invocation = history_.pair(position);
    return history_[invocation == History::kNone ? position : invocation].time;
  }

  void Take(uint32_t position, uint32_t key, Duration lag) {
    const bool first = !worst_.found;
    if (!first && (lag < worst_.lag || (lag == worst_.lag && position >= at_))) return;
    if (!first && lag <= Duration(0)) return;
    worst_ = {true, Invoked(position), history_[position].process, key, std::max(lag, Duration(0))};
    at_ = position;
  }

  const History& history_;
  const KafkaHistory& kafka_;
  std::vector<std::vector<Step>> steps_;  // by key
  std::vector<Process> processes_;
  KafkaLag worst_;
  uint32_t at_ = 0;  // the position of the poll that was worst
};

}  // namespace

KafkaLag WorstRealtimeLag(const History& history, const KafkaHistory& kafka) { return Lags(history, kafka).Run(); }

}  // namespace gyre
