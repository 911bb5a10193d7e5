#include "workloads/key_groups.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

class KeyGroupsGenerator : public Generator {
 public:
  KeyGroupsGenerator(std::string path, KeyGroupsOptions options)
      : path_(std::move(path)), options_(std::move(options)) {
    CHECK(options_.group_size > 0);
  }

  Generated Next(const GeneratorContext& context) override {
    if (context.free_threads.empty()) return Pending{};
    MakeGroups(context);
    const int32_t thread = context.free_threads.front();
    const size_t place = PlaceOf(thread);
    const uint64_t key = KeyFor(place, context.process_of[static_cast<size_t>(thread)]);
    const bool reads = Reads(context, place, thread);
    const std::string path = Concat(path_, "/", key, reads ? "/read" : "/write");
    const uint64_t index = key == groups_[place].key ? groups_[place].taken[reads] : 0;
    Draw draw(context.seed, "operation", Key(path).Add(index).hash());
    auto [f, value] = (reads ? options_.read : options_.write)(index, context, draw);
    return Emit{context.now, thread, f, Json(Json::Array{Json(key), std::move(value)}), false, path, index};
  }

  void Taken(const GeneratorContext& context, const Emit& emit) override {
    Group& group = groups_[PlaceOf(emit.thread)];
    const uint64_t key = emit.value.AsArray()[0].AsUint();
    if (key != group.key) {
      group = Group{key, {}, {}, group.mixed};
      next_key_ = key + 1;
    }
    group.processes.insert(context.process_of[static_cast<size_t>(emit.thread)]);
    ++group.taken[emit.path.ends_with("/read")];
    ++group.mixed;
  }

  GeneratorPtr Clone(std::string path) const override {
    return std::make_unique<KeyGroupsGenerator>(std::move(path), options_);
  }

 private:
  struct Group {
    uint64_t key = 0;
    std::set<ProcessId> processes;   // that worked on it
    uint64_t taken[2] = {0, 0};      // operations on it: not reads, reads
    uint64_t mixed = 0;              // operations of the group, on all keys
  };

  void MakeGroups(const GeneratorContext& context) {
    if (!groups_.empty()) return;
    threads_ = context.concurrency;
    groups_.resize(std::max(1u, threads_ / options_.group_size));
    for (Group& group : groups_) group.key = next_key_++;
  }

  size_t PlaceOf(int32_t thread) const {
    return std::min(static_cast<size_t>(thread) / options_.group_size, groups_.size() - 1);
  }

  uint32_t SizeOf(size_t place) const {
    const uint32_t before = static_cast<uint32_t>(place) * options_.group_size;
    return place + 1 == groups_.size() ? threads_ - before : options_.group_size;
  }

  // The key that the process works on now: its group's, or the next one if that has had its processes.
  uint64_t KeyFor(size_t place, ProcessId process) const {
    const Group& group = groups_[place];
    const size_t limit = std::max(options_.process_limit, 2 * SizeOf(place));
    const bool room = group.processes.size() < limit || group.processes.contains(process);
    return room ? group.key : next_key_;
  }

  bool Reads(const GeneratorContext& context, size_t place, int32_t thread) const {
    const uint32_t size = SizeOf(place);
    if (size > 1) return static_cast<size_t>(thread) - place * options_.group_size < size / 2;
    return Draw(context.seed, "mix", Key(path_).Add(place).Add(groups_[place].mixed).hash()).Below(2) == 0;
  }

  std::string path_;
  KeyGroupsOptions options_;
  uint32_t threads_ = 0;
  uint64_t next_key_ = 0;
  std::vector<Group> groups_;
};

}  // namespace

GeneratorPtr KeyGroups(std::string path, KeyGroupsOptions options) {
  return std::make_unique<KeyGroupsGenerator>(std::move(path), std::move(options));
}

}  // namespace gyre
