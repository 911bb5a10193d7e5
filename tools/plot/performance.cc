#include "tools/plot/performance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "tools/plot/calls.h"
#include "tools/plot/chart.h"

namespace gyre {
namespace {

constexpr size_t kMostPoints = 20'000;
constexpr int64_t kMostBuckets = 120;
constexpr size_t kShapes = 6;  // dashes of functions; colours are those of types and quantiles

constexpr std::string_view kStyle =
    ".ok { fill: var(--ok); } .info { fill: var(--info); } .fail { fill: var(--fail); }\n"
    "path.ok, path.info, path.fail, .q { fill: none; stroke-width: 1.6; } path.ok { stroke: var(--ok); }\n"
    "path.info { stroke: var(--info); } path.fail { stroke: var(--fail); } circle { fill-opacity: 0.75; }\n"
    ".f1 { stroke-dasharray: 6 3; } .f2 { stroke-dasharray: 2 3; } .f3 { stroke-dasharray: 9 3 2 3; }\n"
    ".f4 { stroke-dasharray: 12 4; } .f5 { stroke-dasharray: 1 6; }\n"
    ".q0 { stroke: #2f8fe0; fill: #2f8fe0; } .q1 { stroke: #1a9c6c; fill: #1a9c6c; }\n"
    ".q2 { stroke: #d98200; fill: #d98200; } .q3 { stroke: #e0177a; fill: #e0177a; } path.q { fill: none; }\n";

double Milliseconds(const Call& call) { return static_cast<double>((call.to - call.from).ns()) / 1e6; }

// A logarithmic axis in whole decades around the latencies of those calls that ended.
ValueAxis LatencyAxis(const std::vector<Call>& calls) {
  double least = 1e9;
  double most = 0;
  for (const Call& call : calls) {
    if (call.completion == History::kNone) continue;
    least = std::min(least, std::max(Milliseconds(call), 1e-6));
    most = std::max(most, Milliseconds(call));
  }
  if (most == 0) least = 0.1, most = 1;
  const double low = std::pow(10, std::floor(std::log10(least)));
  const double high = std::pow(10, std::ceil(std::log10(most) - 1e-9));
  return {"latency, ms", Scale::kLogarithmic, low, std::max(high, low * 10)};
}

// The width of a bucket that gives at most kMostBuckets, at least a second.
Duration BucketOf(Instant end) {
  const double seconds = static_cast<double>(end.ns()) / 1e9 / static_cast<double>(kMostBuckets);
  return Seconds(static_cast<int64_t>(seconds <= 1 ? 1 : RoundUp(seconds)));
}

std::string Shape(std::string_view name, size_t function) {
  return function == 0 ? std::string(name) : Concat(name, " f", function % kShapes);
}

using Legend = std::vector<std::pair<std::string, std::string>>;

}  // namespace

std::string LatencyRaw(const History& history) {
  const std::vector<Call> calls = CallsOf(history);
  const size_t step = std::max<size_t>((calls.size() + kMostPoints - 1) / kMostPoints, 1);
  Legend legend = {{"ok", "ok"}, {"info", "info"}, {"fail", "fail"}};
  if (step > 1) legend.emplace_back("none", Concat("1 of ", step, " is drawn"));
  Chart chart("latency-raw", EndOf(history), LatencyAxis(calls), FaultWindowsOf(history), legend,
              Concat(kStyle, ".none { fill: none; }\n"));
  for (size_t i = 0; i < calls.size(); i += step) {
    const Call& call = calls[i];
    const std::string tip = Concat("op ", call.invoke, ", process ", call.process.value(), ": ", call.f, ", ",
                                   ToString(call.type), ", ", ToString(call.to - call.from));
    chart.svg().Dot(ToString(call.type), chart.X(call.from), chart.Y(Milliseconds(call)), 2,
                    calls.size() <= kMostPoints / 4 ? tip : "");
  }
  return std::move(chart).Finish();
}

std::string LatencyQuantiles(const History& history) {
  constexpr std::pair<double, const char*> kQuantiles[] = {{0.5, "0.5"}, {0.95, "0.95"}, {0.99, "0.99"}, {1, "1"}};
  const std::vector<Call> calls = CallsOf(history);
  const std::vector<std::string_view> functions = FunctionsOf(calls);
  const Duration bucket = BucketOf(EndOf(history));
  std::map<std::pair<std::string_view, int64_t>, std::vector<double>> latencies;
  for (const Call& call : calls) {
    if (call.completion == History::kNone) continue;
    latencies[{call.f, call.from.ns() / bucket.ns()}].push_back(Milliseconds(call));
  }
  for (auto& [key, values] : latencies) std::sort(values.begin(), values.end());

  Legend legend;
  for (size_t f = 0; f < functions.size(); ++f) {
    for (size_t q = 0; q < std::size(kQuantiles); ++q) {
      legend.emplace_back(Shape(Concat("q q", q), f), Concat(functions[f], " ", kQuantiles[q].second));
    }
  }
  Chart chart("latency-quantiles", EndOf(history), LatencyAxis(calls), FaultWindowsOf(history), legend, kStyle);
  for (size_t f = 0; f < functions.size(); ++f) {
    for (size_t q = 0; q < std::size(kQuantiles); ++q) {
      bool begun = false;
      for (const auto& [key, values] : latencies) {
        if (key.first != functions[f]) continue;
        const size_t rank = std::min(static_cast<size_t>(static_cast<double>(values.size()) * kQuantiles[q].first),
                                     values.size() - 1);
        const double x = chart.X(std::min(Instant((bucket * key.second + bucket / 2).ns()), EndOf(history)));
        const double y = chart.Y(values[rank]);
        if (begun) chart.svg().To(x, y);
        else chart.svg().Begin(Shape(Concat("q q", q), f), x, y);
        begun = true;
      }
      if (begun) chart.svg().End();
    }
  }
  return std::move(chart).Finish();
}

std::string Rate(const History& history) {
  const std::vector<Call> calls = CallsOf(history);
  const std::vector<std::string_view> functions = FunctionsOf(calls);
  const Duration bucket = BucketOf(EndOf(history));
  // A last bucket that is mostly beyond the end would look like a fall.
  const int64_t rest = EndOf(history).ns() % bucket.ns();
  const size_t buckets = std::max<size_t>(
      static_cast<size_t>(EndOf(history).ns() / bucket.ns()) + (rest > bucket.ns() / 2 ? 1 : 0), 1);
  std::map<std::pair<std::string_view, OpType>, std::vector<uint64_t>> counts;
  for (const Call& call : calls) {
    if (call.completion == History::kNone) continue;
    std::vector<uint64_t>& line = counts[{call.f, call.type}];
    line.resize(buckets);
    const size_t at = static_cast<size_t>(call.to.ns() / bucket.ns());
    if (at < buckets) ++line[at];
  }
  const auto function_of = [&](std::string_view name) {
    return static_cast<size_t>(std::find(functions.begin(), functions.end(), name) - functions.begin());
  };
  const double width = static_cast<double>(bucket.ns()) / 1e9;
  double most = 0;
  Legend legend;
  for (const auto& [key, line] : counts) {
    legend.emplace_back(Shape(ToString(key.second), function_of(key.first)),
                        Concat(key.first, " ", ToString(key.second)));
    for (const uint64_t count : line) most = std::max(most, static_cast<double>(count) / width);
  }
  Chart chart("rate", EndOf(history), {"completions a second", Scale::kLinear, 0, RoundUp(std::max(most, 1.0))},
              FaultWindowsOf(history), legend, kStyle);
  for (const auto& [key, line] : counts) {
    const size_t f = function_of(key.first);
    for (size_t i = 0; i < line.size(); ++i) {
      const double x = chart.X(std::min(Instant((bucket * static_cast<int64_t>(i) + bucket / 2).ns()), EndOf(history)));
      const double y = chart.Y(static_cast<double>(line[i]) / width);
      if (i == 0) chart.svg().Begin(Shape(ToString(key.second), f), x, y);
      else chart.svg().To(x, y);
    }
    chart.svg().End();
  }
  return std::move(chart).Finish();
}

}  // namespace gyre
