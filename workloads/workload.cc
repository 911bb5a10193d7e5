#include "workloads/workload.h"

#include <utility>

#include "sim/base/check.h"

namespace gyre {
namespace {

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

// 1 / rate, cut off to nanoseconds.
Duration MeanGap(const Ratio& rate) {
  CHECK(rate.num > 0 && rate.den > 0 && rate.den <= kNanosecondsPerSecond);
  return Nanoseconds(static_cast<int64_t>(kNanosecondsPerSecond * rate.den / rate.num));
}

}  // namespace

GeneratorPtr MainPhase(const WorkloadOptions& options, GeneratorPtr workload, GeneratorPtr nemesis) {
  GeneratorPtr clients = options.rate.num == 0 ? Sleep(options.time_limit)
                                               : Stagger("clients", MeanGap(options.rate), std::move(workload));
  clients = OnClients(std::move(clients));
  if (nemesis == nullptr) return TimeLimit(options.time_limit, std::move(clients));
  std::vector<GeneratorPtr> both;
  both.push_back(OnNemesis(std::move(nemesis)));
  both.push_back(std::move(clients));
  return TimeLimit(options.time_limit, Any("main", std::move(both)));
}

SimulationLoad MakeLoad(const WorkloadOptions& options, Workload workload, GeneratorPtr nemesis) {
  SimulationLoad load;
  load.client = std::move(workload.client);
  load.generator = MainPhase(options, std::move(workload.generator), std::move(nemesis));
  if (workload.final_generator != nullptr) load.final_generator = OnClients(std::move(workload.final_generator));
  load.setup = std::move(workload.setup);
  return load;
}

}  // namespace gyre
