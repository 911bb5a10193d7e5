// The combinators, one class each, after Jepsen's generator/pure.clj. Where that threads an immutable successor
// through, these remember what Next last returned and move on when it is Taken.
#include "sim/generator.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"

namespace gyre {

void Generator::Update(const GeneratorContext&, const Op&, int32_t) {}

namespace {

Draw DrawFor(const GeneratorContext& context, std::string_view stream, const std::string& path, uint64_t index) {
  return Draw(context.seed, stream, Key(path).Add(index).hash());
}

std::vector<GeneratorPtr> CloneParts(const std::vector<GeneratorPtr>& parts, const std::string& path) {
  std::vector<GeneratorPtr> copies;
  for (size_t i = 0; i < parts.size(); ++i) copies.push_back(parts[i]->Clone(absl::StrCat(path, "/", i)));
  return copies;
}

class RepeatGenerator : public Generator {
 public:
  RepeatGenerator(std::string path, OpMaker maker, uint64_t limit, bool final)
      : path_(std::move(path)), maker_(std::move(maker)), limit_(limit), final_(final) {}

  Generated Next(const GeneratorContext& context) override {
    if (index_ == limit_) return Exhausted{};
    if (context.free_threads.empty()) return Pending{};
    Draw draw = DrawFor(context, "operation", path_, index_);
    auto [f, value] = maker_(index_, context, draw);
    return Emit{context.now, context.free_threads.front(), f, std::move(value), final_, path_, index_};
  }

  void Taken(const GeneratorContext&, const Emit&) override { ++index_; }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<RepeatGenerator>(std::move(path), maker_, limit_, final_);
  }

 private:
  std::string path_;
  OpMaker maker_;
  uint64_t limit_;
  bool final_;
  uint64_t index_ = 0;
};

class StaggerGenerator : public Generator {
 public:
  StaggerGenerator(std::string path, Duration mean, GeneratorPtr inner)
      : path_(std::move(path)), mean_(mean), inner_(std::move(inner)) {
    CHECK(mean_.ns() >= 0);
  }

  Generated Next(const GeneratorContext& context) override {
    Generated next = inner_->Next(context);
    if (Emit* emit = std::get_if<Emit>(&next); emit != nullptr && next_time_.has_value()) {
      emit->time = std::max(emit->time, *next_time_);
    }
    return next;
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    inner_->Taken(context, emit);
    const int64_t gap = mean_.ns() == 0 ? 0 : DrawFor(context, "gap", path_, taken_).Between(0, 2 * mean_.ns() - 1);
    ++taken_;
    next_time_ = emit.time + Duration(gap);
  }

  void Update(const GeneratorContext& context, const Op& op, int32_t thread) override {
    inner_->Update(context, op, thread);
  }

  GeneratorPtr Clone(std::string path) const override {
    GeneratorPtr inner = inner_->Clone(absl::StrCat(path, "/inner"));
    return std::make_unique<StaggerGenerator>(std::move(path), mean_, std::move(inner));
  }

 private:
  std::string path_;
  Duration mean_;
  GeneratorPtr inner_;
  std::optional<Instant> next_time_;
  uint64_t taken_ = 0;
};

class MixGenerator : public Generator {
 public:
  MixGenerator(std::string path, std::vector<GeneratorPtr> parts) : path_(std::move(path)), parts_(std::move(parts)) {
    for (size_t i = 0; i < parts_.size(); ++i) live_.push_back(i);
  }

  Generated Next(const GeneratorContext& context) override {
    while (!live_.empty()) {
      const size_t pick = DrawFor(context, "mix", path_, taken_).Below(live_.size());
      picked_ = live_[pick];
      Generated next = parts_[picked_]->Next(context);
      if (!std::holds_alternative<Exhausted>(next)) return next;
      live_.erase(live_.begin() + static_cast<ptrdiff_t>(pick));
    }
    return Exhausted{};
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    parts_[picked_]->Taken(context, emit);
    ++taken_;
  }

  void Update(const GeneratorContext& context, const Op& op, int32_t thread) override {
    for (const GeneratorPtr& part : parts_) part->Update(context, op, thread);
  }

  GeneratorPtr Clone(std::string path) const override {
    std::vector<GeneratorPtr> parts = CloneParts(parts_, path);
    return std::make_unique<MixGenerator>(std::move(path), std::move(parts));
  }

 private:
  std::string path_;
  std::vector<GeneratorPtr> parts_;
  std::vector<size_t> live_;  // parts that are not exhausted
  size_t picked_ = 0;
  uint64_t taken_ = 0;
};

// Of several answers: the soonest operation, or until when all are pending, or that all are exhausted.
class Soonest {
 public:
  void Clear() {
    ties_.clear();
    pending_ = false;
    until_ = Instant::Max();
  }

  void Add(Generated answer, size_t from) {
    if (Pending* pending = std::get_if<Pending>(&answer)) {
      pending_ = true;
      until_ = std::min(until_, pending->until);
    } else if (Emit* emit = std::get_if<Emit>(&answer)) {
      if (!ties_.empty() && ties_.front().first.time < emit->time) return;
      if (!ties_.empty() && emit->time < ties_.front().first.time) ties_.clear();
      ties_.emplace_back(std::move(*emit), from);
    }
  }

  // `from` is set if an operation is returned. One that may turn up earlier comes first: ask again then.
  Generated Pick(Draw draw, size_t* from) {
    if (!ties_.empty() && ties_.front().first.time <= until_) {
      auto& [emit, source] = ties_[ties_.size() == 1 ? 0 : draw.Below(ties_.size())];
      *from = source;
      return std::move(emit);
    }
    if (pending_) return Pending{until_};
    return Exhausted{};
  }

 private:
  std::vector<std::pair<Emit, size_t>> ties_;
  bool pending_ = false;
  Instant until_ = Instant::Max();
};

class AnyGenerator : public Generator {
 public:
  AnyGenerator(std::string path, std::vector<GeneratorPtr> parts) : path_(std::move(path)), parts_(std::move(parts)) {}

  Generated Next(const GeneratorContext& context) override {
    Soonest soonest;
    for (size_t i = 0; i < parts_.size(); ++i) soonest.Add(parts_[i]->Next(context), i);
    return soonest.Pick(DrawFor(context, "any", path_, taken_), &picked_);
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    parts_[picked_]->Taken(context, emit);
    ++taken_;
  }

  void Update(const GeneratorContext& context, const Op& op, int32_t thread) override {
    for (const GeneratorPtr& part : parts_) part->Update(context, op, thread);
  }

  GeneratorPtr Clone(std::string path) const override {
    std::vector<GeneratorPtr> parts = CloneParts(parts_, path);
    return std::make_unique<AnyGenerator>(std::move(path), std::move(parts));
  }

 private:
  std::string path_;
  std::vector<GeneratorPtr> parts_;
  size_t picked_ = 0;
  uint64_t taken_ = 0;
};

class EachThreadGenerator : public Generator {
 public:
  EachThreadGenerator(std::string path, GeneratorPtr fresh) : path_(std::move(path)), fresh_(std::move(fresh)) {}

  Generated Next(const GeneratorContext& context) override {
    soonest_.Clear();
    alone_ = context;
    for (size_t i = 0; i < context.free_threads.size(); ++i) {
      const int32_t thread = context.free_threads[i];
      alone_.free_threads.assign(1, thread);
      alone_.all_threads.assign(1, thread);
      soonest_.Add(OfThread(thread).Next(alone_), i);
    }
    size_t from = 0;
    Generated next = soonest_.Pick(DrawFor(context, "each-thread", path_, taken_), &from);
    // A busy thread may have more to do than its free siblings.
    const bool all_free = context.free_threads.size() == context.all_threads.size();
    if (std::holds_alternative<Exhausted>(next) && !all_free) return Pending{};
    return next;
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    OfThread(emit.thread).Taken(context, emit);
    ++taken_;
  }

  void Update(const GeneratorContext& context, const Op& op, int32_t thread) override {
    OfThread(thread).Update(context, op, thread);
  }

  GeneratorPtr Clone(std::string path) const override {
    GeneratorPtr fresh = fresh_->Clone(absl::StrCat(path, "/inner"));
    return std::make_unique<EachThreadGenerator>(std::move(path), std::move(fresh));
  }

 private:
  Generator& OfThread(int32_t thread) {
    GeneratorPtr& own = of_thread_[thread];
    if (own == nullptr) own = fresh_->Clone(absl::StrCat(path_, "/", thread));
    return *own;
  }

  std::string path_;
  GeneratorPtr fresh_;
  std::map<int32_t, GeneratorPtr> of_thread_;
  uint64_t taken_ = 0;
  GeneratorContext alone_;  // of one thread; this and the next kept for their capacity
  Soonest soonest_;
};

class TimeLimitGenerator : public Generator {
 public:
  TimeLimitGenerator(Duration limit, GeneratorPtr inner) : limit_(limit), inner_(std::move(inner)) {}

  Generated Next(const GeneratorContext& context) override {
    if (over_) return Exhausted{};
    Generated next = inner_->Next(context);
    const Emit* emit = std::get_if<Emit>(&next);
    // Without a cutoff this is the first operation, and within any limit but an empty one.
    if (emit != nullptr && emit->time >= cutoff_.value_or(emit->time + limit_)) {
      over_ = true;
      return Exhausted{};
    }
    return next;
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    if (!cutoff_.has_value()) cutoff_ = emit.time + limit_;
    inner_->Taken(context, emit);
  }

  void Update(const GeneratorContext& context, const Op& op, int32_t thread) override {
    inner_->Update(context, op, thread);
  }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<TimeLimitGenerator>(limit_, inner_->Clone(std::move(path)));
  }

 private:
  Duration limit_;
  GeneratorPtr inner_;
  std::optional<Instant> cutoff_;
  bool over_ = false;
};

class PhasesGenerator : public Generator {
 public:
  explicit PhasesGenerator(std::vector<GeneratorPtr> parts) : parts_(std::move(parts)) {}

  Generated Next(const GeneratorContext& context) override {
    while (at_ < parts_.size()) {
      const bool all_idle = context.free_threads.size() == context.all_threads.size();
      if (!started_ && !all_idle) return Pending{};
      started_ = true;
      Generated next = parts_[at_]->Next(context);
      if (!std::holds_alternative<Exhausted>(next)) return next;
      ++at_;
      started_ = false;
    }
    return Exhausted{};
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override { parts_[at_]->Taken(context, emit); }

  void Update(const GeneratorContext& context, const Op& op, int32_t thread) override {
    if (at_ < parts_.size()) parts_[at_]->Update(context, op, thread);
  }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<PhasesGenerator>(CloneParts(parts_, path));
  }

 private:
  std::vector<GeneratorPtr> parts_;
  size_t at_ = 0;
  bool started_ = false;  // the part at at_ was asked, all threads having been idle
};

class SleepGenerator : public Generator {
 public:
  explicit SleepGenerator(Duration duration) : duration_(duration) {}

  Generated Next(const GeneratorContext& context) override {
    if (!until_.has_value()) until_ = context.now + duration_;
    if (context.now >= *until_) return Exhausted{};
    return Pending{*until_};
  }

  void Taken(const GeneratorContext&, const Emit&) override { CHECK(false); }

  GeneratorPtr Clone(std::string) const override { return std::make_unique<SleepGenerator>(duration_); }

 private:
  Duration duration_;
  std::optional<Instant> until_;  // since it was first asked
};

}  // namespace

GeneratorPtr Repeat(std::string path, OpMaker maker, uint64_t limit, bool final) {
  return std::make_unique<RepeatGenerator>(std::move(path), std::move(maker), limit, final);
}
GeneratorPtr Stagger(std::string path, Duration mean, GeneratorPtr inner) {
  return std::make_unique<StaggerGenerator>(std::move(path), mean, std::move(inner));
}
GeneratorPtr Mix(std::string path, std::vector<GeneratorPtr> parts) {
  return std::make_unique<MixGenerator>(std::move(path), std::move(parts));
}
GeneratorPtr EachThread(std::string path, GeneratorPtr inner) {
  return std::make_unique<EachThreadGenerator>(std::move(path), std::move(inner));
}
GeneratorPtr Any(std::string path, std::vector<GeneratorPtr> parts) {
  return std::make_unique<AnyGenerator>(std::move(path), std::move(parts));
}
GeneratorPtr TimeLimit(Duration limit, GeneratorPtr inner) {
  return std::make_unique<TimeLimitGenerator>(limit, std::move(inner));
}
GeneratorPtr Phases(std::vector<GeneratorPtr> parts) { return std::make_unique<PhasesGenerator>(std::move(parts)); }
GeneratorPtr Sleep(Duration duration) { return std::make_unique<SleepGenerator>(duration); }

}  // namespace gyre
