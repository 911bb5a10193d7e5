#include "sim/net/network.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace gyre {
namespace {

// Servers n1, n2; client c1.
struct Wires {
  explicit Wires(const NetworkConfig& config, std::vector<Decision> overrides = {})
      : decisions(1, std::move(overrides), [this](const Decision& decision) { recorded.push_back(decision); }),
        network(config, &decisions) {}

  // The delay in ns of a message, -1 if it is lost.
  int64_t Send(NodeId src, NodeId dest, uint64_t content) {
    Message message;
    message.src = src;
    message.dest = dest;
    message.content_hash = content;
    const Deliveries deliveries = network.Route(message, roster, Instant(1000));
    return deliveries.empty() ? -1 : (deliveries[0].at - Instant(1000)).ns();
  }

  Roster roster;
  NodeId n1 = roster.Add("n1", NodeRole::kServer);
  NodeId n2 = roster.Add("n2", NodeRole::kServer);
  NodeId c1 = roster.Add("c1", NodeRole::kClient);
  std::vector<Decision> recorded;
  Decisions decisions;
  Network network;
};

TEST_CASE("which delays apply to whom") {
  struct Row {
    const char* name;
    NetworkConfig config;
    int64_t between_servers[2];  // at least, at most
    int64_t from_client[2];
  };
  const Row rows[] = {
      {"nothing", {.jitter = Nanoseconds(0)}, {0, 0}, {0, 0}},
      {"jitter", {.jitter = Nanoseconds(100)}, {0, 99}, {0, 99}},
      {"constant", {.latency = Nanoseconds(5000), .jitter = Nanoseconds(100)}, {5000, 5099}, {0, 99}},
      {"uniform",
       {.latency = Nanoseconds(5000), .distribution = LatencyDistribution::kUniform, .jitter = Nanoseconds(0)},
       {0, 10000},
       {0, 0}},
      {"exponential",
       {.latency = Nanoseconds(5000), .distribution = LatencyDistribution::kExponential, .jitter = Nanoseconds(0)},
       {0, 5000 * 44},
       {0, 0}},
      {"client latency", {.jitter = Nanoseconds(100), .client_latency = Nanoseconds(7000)}, {0, 99}, {7000, 7099}},
      {"both",
       {.latency = Nanoseconds(5000), .jitter = Nanoseconds(0), .client_latency = Nanoseconds(7000)},
       {5000, 5000},
       {7000, 7000}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    Wires wires(row.config);
    for (uint64_t content = 0; content < 500; ++content) {
      const int64_t servers = wires.Send(wires.n1, wires.n2, content);
      CHECK(servers >= row.between_servers[0]);
      CHECK(servers <= row.between_servers[1]);
      const int64_t client = wires.Send(wires.c1, wires.n2, content);
      CHECK(client >= row.from_client[0]);
      CHECK(client <= row.from_client[1]);
      const int64_t reply = wires.Send(wires.n2, wires.c1, content);
      CHECK(reply >= row.from_client[0]);
      CHECK(reply <= row.from_client[1]);
    }
  }
}

TEST_CASE("the means are right") {
  for (const LatencyDistribution distribution : {LatencyDistribution::kUniform, LatencyDistribution::kExponential}) {
    Wires wires({.latency = Microseconds(100), .distribution = distribution, .jitter = Nanoseconds(0)});
    int64_t sum = 0;
    for (uint64_t content = 0; content < 5000; ++content) sum += wires.Send(wires.n1, wires.n2, content);
    CHECK(sum / 5000 > 96000);
    CHECK(sum / 5000 < 104000);
  }
}

TEST_CASE("loss: at its rate, between servers only") {
  Wires wires({.jitter = Nanoseconds(0), .loss = Ratio{1, 4}});
  int lost = 0;
  for (uint64_t content = 0; content < 4000; ++content) {
    lost += wires.Send(wires.n1, wires.n2, content) < 0;
    CHECK(wires.Send(wires.c1, wires.n2, content) == 0);
  }
  CHECK(lost > 900);
  CHECK(lost < 1100);
}

TEST_CASE("a fate is keyed by link, content and occurrence, not by what else was sent") {
  const NetworkConfig config{.jitter = Milliseconds(1)};
  Wires alone(config);
  const int64_t first = alone.Send(alone.n1, alone.n2, 42);
  const int64_t second = alone.Send(alone.n1, alone.n2, 42);
  const int64_t third = alone.Send(alone.n1, alone.n2, 42);
  CHECK(first != second);
  CHECK(second != third);
  Wires crowded(config);
  crowded.Send(crowded.n2, crowded.n1, 42);
  crowded.Send(crowded.n1, crowded.n2, 41);
  CHECK(crowded.Send(crowded.n1, crowded.n2, 42) == first);
  crowded.Send(crowded.c1, crowded.n2, 42);
  CHECK(crowded.Send(crowded.n1, crowded.n2, 42) == second);
  CHECK(crowded.Send(crowded.n1, crowded.n2, 42) == third);
}

TEST_CASE("overrides lose, save and move single messages") {
  const NetworkConfig config{.jitter = Milliseconds(1)};
  Wires plain(config);
  plain.Send(plain.n1, plain.n2, 42);
  REQUIRE(plain.recorded.size() == 1);
  const Decision delay = plain.recorded[0];
  CHECK(delay.kind == "delay");
  CHECK(delay.at == 1000);
  const std::string& key = delay.key;

  CHECK(Wires(config, {{"delay", key, 123, 0}}).Send(plain.n1, plain.n2, 42) == 123);
  CHECK(Wires(config, {{"delay", key, -5, 0}}).Send(plain.n1, plain.n2, 42) == 0);
  CHECK(Wires(config, {{"loss", key, 1, 0}}).Send(plain.n1, plain.n2, 42) == -1);
  const NetworkConfig lossy{.jitter = Nanoseconds(0), .loss = Ratio{1, 1}};
  CHECK(Wires(lossy, {{"loss", key, 0, 0}}).Send(plain.n1, plain.n2, 42) == 0);
}

}  // namespace
}  // namespace gyre
