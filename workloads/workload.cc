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

GeneratorPtr MainPhase(const WorkloadOptions& options, GeneratorPtr workload) {
  return TimeLimit(options.time_limit, options.rate.num == 0
                                           ? Sleep(options.time_limit)
                                           : Stagger("clients", MeanGap(options.rate), std::move(workload)));
}

SimulationLoad MakeLoad(const WorkloadOptions& options, Workload workload) {
  SimulationLoad load;
  load.client = std::move(workload.client);
  load.generator = MainPhase(options, std::move(workload.generator));
  load.final_generator = std::move(workload.final_generator);
  load.setup = std::move(workload.setup);
  return load;
}

}  // namespace gyre
