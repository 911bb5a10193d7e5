#include "sim/services/services.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/services/service.h"

namespace gyre {
namespace {

// One copy of a map; every request takes effect when it is handled.
class LinKv : public KvService {
 public:
  explicit LinKv(const ServiceOptions& options) : KvService("lin-kv", options) {}

 private:
  Json AnswerKv(const std::string&, const KvRequest& request) override {
    const auto found = values_.find(request.key);
    KvEffect effect = ApplyKv(request, found == values_.end() ? nullptr : &found->second);
    if (effect.writes) values_[request.key] = request.value;
    return std::move(effect.reply);
  }

  absl::flat_hash_map<Json, Json, HashJson> values_;  // looked up only
};

// The same map, sequentially consistent: what changes nothing may be answered from any of the latest states, as long as
// no client sees an older state than it has seen.
class SeqKv : public KvService {
 public:
  explicit SeqKv(const ServiceOptions& options) : KvService("seq-kv", options) {
    CHECK(options.seq_kv_states > 0);
  }

 private:
  struct Version {
    uint64_t state;  // since which it holds
    Json value;
  };

  const Json* ValueAt(const Json& key, uint64_t state) const {
    const auto found = versions_.find(key);
    if (found == versions_.end()) return nullptr;
    const std::vector<Version>& versions = found->second;
    const auto after = std::upper_bound(versions.begin(), versions.end(), state,
                                        [](uint64_t s, const Version& version) { return s < version.state; });
    return after == versions.begin() ? nullptr : &std::prev(after)->value;
  }

  void Write(const Json& key, const Json& value) {
    ++newest_;
    std::vector<Version>& versions = versions_[key];
    versions.push_back({newest_, value});
    // Of those that hold no more, nobody asks for any but the one that the oldest state has.
    size_t old = 0;
    while (old + 1 < versions.size() && versions[old + 1].state <= Oldest()) ++old;
    versions.erase(versions.begin(), versions.begin() + static_cast<ptrdiff_t>(old));
  }

  uint64_t Oldest() const { return newest_ - std::min(newest_, options().seq_kv_states - 1); }

  Json AnswerKv(const std::string& client, const KvRequest& request) override {
    uint64_t& seen = seen_[client];
    const uint64_t from = std::max(seen, Oldest());
    const uint64_t states = newest_ - from + 1;
    // How many states it lies behind the newest.
    const int64_t behind = Choose([&](Draw& draw) { return static_cast<int64_t>(states - 1 - draw.Below(states)); });
    const uint64_t state = newest_ - std::min(static_cast<uint64_t>(std::max<int64_t>(behind, 0)), states - 1);
    const Json* then = ValueAt(request.key, state);
    KvEffect effect = ApplyKv(request, then);
    if (!effect.writes || (then != nullptr && *then == request.value)) {
      seen = state;
      return std::move(effect.reply);
    }
    effect = ApplyKv(request, ValueAt(request.key, newest_));
    if (effect.writes) Write(request.key, request.value);
    seen = newest_;
    return std::move(effect.reply);
  }

  uint64_t newest_ = 0;
  absl::flat_hash_map<Json, std::vector<Version>, HashJson> versions_;  // both are looked up only
  absl::flat_hash_map<std::string, uint64_t> seen_;
};

// Replicas of a map in which the last writer by Lamport clock wins. With each request a random one learns what another
// knows, and then a random one answers.
class LwwKv : public KvService {
 public:
  explicit LwwKv(const ServiceOptions& options) : KvService("lww-kv", options), replicas_(options.lww_kv_replicas) {
    CHECK(!replicas_.empty());
  }

 private:
  struct Stamp {
    uint64_t time = 0;
    size_t replica = 0;  // that wrote it: two writes of one time have an order too
    auto operator<=>(const Stamp&) const = default;
  };
  struct Written {
    Stamp stamp;
    Json value;
  };
  struct Replica {
    uint64_t clock = 0;
    absl::flat_hash_map<Json, Written, HashJson> values;
  };

  void Merge(const Replica& from, Replica* into) {
    into->clock = std::max(into->clock, from.clock);
    for (const auto& [key, written] : from.values) {  // any order: the later write of each key stays
      Written& known = into->values[key];
      if (known.stamp < written.stamp) known = written;
    }
  }

  Json AnswerKv(const std::string&, const KvRequest& asked) override {
    // Three replicas in one number: who tells, who learns, who answers.
    const uint64_t count = replicas_.size();
    const auto chosen = static_cast<uint64_t>(Choose([&](Draw& draw) {
      const uint64_t from = draw.Below(count);
      const uint64_t into = draw.Below(count);
      return static_cast<int64_t>((from * count + into) * count + draw.Below(count));
    }));
    const size_t from = chosen / count / count % count;
    const size_t into = chosen / count % count;
    if (from != into) Merge(replicas_[from], &replicas_[into]);
    const size_t place = chosen % count;
    Replica& replica = replicas_[place];
    KvRequest request = asked;
    request.create = false;
    const auto found = replica.values.find(request.key);
    KvEffect effect = ApplyKv(request, found == replica.values.end() ? nullptr : &found->second.value);
    if (effect.writes) replica.values[request.key] = {{++replica.clock, place}, request.value};
    return std::move(effect.reply);
  }

  std::vector<Replica> replicas_;
};

// Gives out 0, 1, 2, ...
class LinTso : public Service {
 public:
  explicit LinTso(const ServiceOptions& options) : Service("lin-tso", options) {}

 private:
  Json Answer(const std::string&, const std::string& type, const Json&) override {
    constexpr int kNotSupported = 10;
    if (type != "ts") return ErrorBody(kNotSupported, Concat("there is no request \"", type, "\" here: use ts"));
    return Json::ObjectOf({{"type", "ts_ok"}, {"ts", next_++}});
  }

  uint64_t next_ = 0;
};

template <typename Kind>
std::unique_ptr<Node> Make(const ServiceOptions& options) {
  return std::make_unique<Kind>(options);
}

constexpr ServiceRow kServices[] = {
    {"lin-kv", "A linearizable map.", Make<LinKv>},
    {"lin-tso", "A linearizable source of timestamps: `ts` is answered by `ts_ok` with `ts` 0, 1, 2, ...",
     Make<LinTso>},
    {"lww-kv", "A map of several replicas; the last writer wins, and replicas learn of each other now and then.",
     Make<LwwKv>},
    {"seq-kv", "A sequentially consistent map: a client may see an old state, but never one older than it saw before.",
     Make<SeqKv>},
};

}  // namespace

absl::Span<const ServiceRow> Services() { return kServices; }

const ServiceRow* FindService(std::string_view name) {
  for (const ServiceRow& row : kServices) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace gyre
