#include "workloads/kafka_generator.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace gyre {
namespace {

constexpr Ratio kAssigns{1, 64};
constexpr Ratio kWidened{1, 3};
constexpr Duration kPollGap = Milliseconds(200);  // on average

const Atom kAssign = "assign";
const Atom kCrash = "crash";
const Atom kPoll = "poll";
const Atom kSend = "send";

// Only what fits: what a node answered otherwise has ended its operation with an error.
std::optional<int64_t> OffsetOf(const Json& offset) {
  if (offset.is_int()) return offset.AsInt();
  return offset.kind() == Json::Kind::kDouble ? std::optional(static_cast<int64_t>(offset.AsDouble())) : std::nullopt;
}

void Raise(const std::string& key, std::optional<int64_t> offset, KafkaHighest* highest) {
  if (!offset.has_value()) return;
  int64_t& known = highest->try_emplace(key, *offset).first->second;
  known = std::max(known, *offset);
}

// The offsets that an acknowledged operation was told of.
KafkaHighest SentBy(const Op& op) {
  KafkaHighest sent;
  if (op.f != kSend) return sent;
  for (const Json& mop : op.value.AsArray()) {
    Raise(mop.AsArray()[1].AsString(), OffsetOf(mop.AsArray()[2].AsArray()[0]), &sent);
  }
  return sent;
}

KafkaHighest PolledBy(const Op& op) {
  KafkaHighest polled;
  if (op.f != kPoll) return polled;
  for (const Json& mop : op.value.AsArray()) {
    for (const auto& [key, messages] : mop.AsArray()[1].AsObject()) {
      if (!messages.is_array()) continue;
      for (const Json& message : messages.AsArray()) Raise(key, OffsetOf(message.AsArray()[0]), &polled);
    }
  }
  return polled;
}

std::string NameOf(uint64_t key) { return std::to_string(key); }

class OperationsGenerator : public Generator {
 public:
  OperationsGenerator(std::string path, const TxnLoad& options, std::shared_ptr<KafkaHighest> highest)
      : path_(std::move(path)), options_(options), highest_(std::move(highest)), pool_(OneMop(options)) {}

  Generated Next(const GeneratorContext& context) override {
    if (context.free_threads.empty()) return Pending{};
    if (!next_.has_value()) {
      Draw draw(context.seed, "operation", Key(path_).Add("micro").Add(made_).hash());
      next_ = pool_.Next(draw).front();
    }
    Emit emit{context.now, context.free_threads.front(), kPoll, Json(), false, path_, taken_};
    Draw draw(context.seed, "operation", Key(path_).Add(taken_).hash());
    if (draw.Chance(kAssigns)) {
      emit.f = kAssign;
      emit.value = KeysWith(NameOf(next_->key), draw.Chance(kWidened));
    } else if (next_->writes) {
      emit.f = kSend;
      emit.value = Json::Array{Json::Array{"send", NameOf(next_->key), next_->value}};
    } else {
      emit.value = Json::Array{Json::Array{"poll"}};
    }
    return emit;
  }

  void Taken(const GeneratorContext&, const Emit& emit) override {
    ++taken_;
    if (emit.f == kAssign) return;
    next_.reset();
    ++made_;
  }

  void Update(const GeneratorContext&, const Op& op, int32_t) override {
    if (op.type != OpType::kOk) return;
    for (const auto& [key, offset] : SentBy(op)) {
      Raise(key, offset, &sent_);
      Raise(key, offset, highest_.get());
    }
    for (const auto& [key, offset] : PolledBy(op)) {
      Raise(key, offset, &polled_);
      Raise(key, offset, highest_.get());
    }
    for (auto polled = polled_.begin(); polled != polled_.end();) {
      const auto sent = sent_.find(polled->first);
      if (sent != sent_.end() && polled->second < sent->second) {
        ++polled;
        continue;
      }
      if (sent != sent_.end()) sent_.erase(sent);
      polled = polled_.erase(polled);
    }
  }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<OperationsGenerator>(std::move(path), options_, highest_);
  }

 private:
  static TxnLoad OneMop(TxnLoad options) {
    options.max_length = 1;
    return options;
  }

  // The key and, if `unseen`, first those with messages that no poll has reached.
  Json KeysWith(const std::string& key, bool unseen) const {
    Json::Array keys;
    for (const auto& [name, offset] : sent_) {
      if (unseen) keys.push_back(name);
    }
    if (!unseen || sent_.count(key) == 0) keys.push_back(key);
    return keys;
  }

  const std::string path_;
  const TxnLoad options_;
  const std::shared_ptr<KafkaHighest> highest_;
  TxnPool pool_;
  std::optional<MicroOp> next_;  // drawn and not taken; an assign leaves it
  uint64_t made_ = 0;            // operations drawn before it
  uint64_t taken_ = 0;
  KafkaHighest sent_;            // of keys whose polls have not reached what was sent
  KafkaHighest polled_;
};

// Of one thread.
class FinalPollsGenerator : public Generator {
 public:
  FinalPollsGenerator(std::string path, std::shared_ptr<const KafkaHighest> highest)
      : path_(std::move(path)), highest_(std::move(highest)) {}

  Generated Next(const GeneratorContext& context) override {
    if (!started_) {
      started_ = true;
      waiting_ = *highest_;
    }
    if (waiting_.empty()) return Exhausted{};
    if (context.free_threads.empty()) return Pending{};
    const int32_t thread = context.free_threads.front();
    Emit emit{context.now, thread, kCrash, Json(), true, path_, taken_};
    const ProcessId process = context.process_of[static_cast<size_t>(thread)];
    if (crashed_ && process != assigned_) {
      Json::Array keys;
      for (const auto& [key, offset] : *highest_) keys.push_back(key);
      emit.f = kAssign;
      emit.value = std::move(keys);
    } else if (crashed_) {
      emit.f = kPoll;
      emit.value = Json::Array{Json::Array{"poll"}};
      emit.time = std::max(emit.time, next_poll_);
    }
    return emit;
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    if (emit.f == kCrash) crashed_ = true;
    if (emit.f == kAssign) assigned_ = context.process_of[static_cast<size_t>(emit.thread)];
    if (emit.f == kPoll) {
      Draw draw(context.seed, "gap", Key(path_).Add(taken_).hash());
      next_poll_ = emit.time + Duration(draw.Between(0, 2 * kPollGap.ns() - 1));
    }
    ++taken_;
  }

  void Update(const GeneratorContext&, const Op& op, int32_t) override {
    if (op.type != OpType::kOk) return;
    for (const auto& [key, offset] : PolledBy(op)) {
      const auto found = waiting_.find(key);
      if (found != waiting_.end() && found->second <= offset) waiting_.erase(found);
    }
  }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<FinalPollsGenerator>(std::move(path), highest_);
  }

 private:
  const std::string path_;
  const std::shared_ptr<const KafkaHighest> highest_;
  KafkaHighest waiting_;  // what the polls have not reached
  bool started_ = false;
  bool crashed_ = false;
  ProcessId assigned_{-1};  // the process that has all keys
  Instant next_poll_;
  uint64_t taken_ = 0;
};

}  // namespace

GeneratorPtr KafkaOperations(std::string path, const TxnLoad& options, std::shared_ptr<KafkaHighest> highest) {
  return std::make_unique<OperationsGenerator>(std::move(path), options, std::move(highest));
}

GeneratorPtr KafkaFinalPolls(std::string path, Duration limit, std::shared_ptr<const KafkaHighest> highest) {
  GeneratorPtr polls = std::make_unique<FinalPollsGenerator>(path, std::move(highest));
  return TimeLimit(limit, EachThread(std::move(path), std::move(polls)));
}

}  // namespace gyre
