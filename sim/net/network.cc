#include "sim/net/network.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/digest.h"

namespace gyre {

Network::Network(const NetworkConfig& config, Decisions* decisions) : config_(config), decisions_(decisions) {
  CHECK(decisions != nullptr);
}

uint64_t Network::NameHash(NodeId id, const Roster& roster) {
  while (name_hashes_.size() <= id.value()) {
    name_hashes_.push_back(Hash64(roster.name(NodeId(static_cast<uint32_t>(name_hashes_.size())))));
  }
  return name_hashes_[id.value()];
}

uint64_t Network::FateKey(const Message& message, const Roster& roster) {
  const uint64_t src = NameHash(message.src, roster);
  const uint64_t dest = NameHash(message.dest, roster);
  const uint64_t content = Key("link").Add(src).Add(dest).Add(message.content_hash).hash();
  uint64_t occurrence = 0;
  if (!seen_.insert(content).second) occurrence = ++repeated_[content];
  return Key("fate").Add(content).Add(occurrence).hash();
}

int64_t Network::DrawDelay(bool between_servers, Draw& draw) const {
  Duration delay = config_.jitter.ns() > 0
                       ? Duration(static_cast<int64_t>(draw.Below(static_cast<uint64_t>(config_.jitter.ns()))))
                       : Duration();
  if (!between_servers) return (delay + config_.client_latency).ns();
  switch (config_.distribution) {
    case LatencyDistribution::kConstant:
      delay = delay + config_.latency;
      break;
    case LatencyDistribution::kUniform:
      delay = delay + Duration(draw.Between(0, 2 * config_.latency.ns()));
      break;
    case LatencyDistribution::kExponential:
      delay = delay + draw.Exponential(config_.latency);
      break;
  }
  return delay.ns();
}

Deliveries Network::Route(const Message& message, const Roster& roster, Instant now) {
  const uint64_t key = FateKey(message, roster);
  const bool between_servers =
      roster.role(message.src) != NodeRole::kClient && roster.role(message.dest) != NodeRole::kClient;
  // Asked even without a loss rate: an override may lose one message of a run that loses none.
  const bool lost = decisions_->Choose("loss", key, now, 0, [&](Draw& draw) {
    return static_cast<int64_t>(between_servers && draw.Chance(config_.loss));
  }) != 0;
  if (lost) return {};
  const int64_t delay =
      decisions_->Choose("delay", key, now, 0, [&](Draw& draw) { return DrawDelay(between_servers, draw); });
  // An override may say anything; a message cannot arrive before it was sent.
  return {Delivery{now + Duration(delay < 0 ? 0 : delay), key}};
}

void Network::Partition(const Grudge& grudge, const Roster& roster) {
  dropped_by_.assign(roster.size(), {});
  for (const auto& [node, dropped] : grudge) {
    NodeId dest;
    CHECK_THAT(roster.Find(node, &dest), node);
    for (const std::string& name : dropped) {
      NodeId src;
      CHECK_THAT(roster.Find(name, &src), name);
      dropped_by_[dest.value()].push_back(src);
    }
    std::sort(dropped_by_[dest.value()].begin(), dropped_by_[dest.value()].end());
  }
}

std::string_view Network::Admit(const Message& message) const {
  if (message.dest.value() >= dropped_by_.size()) return "";
  const std::vector<NodeId>& dropped = dropped_by_[message.dest.value()];
  return std::binary_search(dropped.begin(), dropped.end(), message.src) ? "partition" : "";
}

}  // namespace gyre
