#include "tools/plot/chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 420;
constexpr double kLeft = 76;
constexpr double kRight = 160;  // the legend is there
constexpr double kTop = 56;
constexpr double kBottom = 52;
constexpr double kLegendLine = 18;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPlotHeight = kHeight - kTop - kBottom;
constexpr double kNameWidth = 60;  // a fault's name is left out where it has less

// The whole decades of a logarithmic axis.
int Decades(const ValueAxis& axis) { return static_cast<int>(std::lround(std::log10(axis.most / axis.least))); }

}  // namespace

double RoundUp(double value) {
  CHECK(value > 0);
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (decade * times >= value * 0.999999) return decade * times;
  }
  return decade * 10;
}

Chart::Chart(std::string_view title, Instant end, ValueAxis axis, const std::vector<FaultWindow>& faults,
             const std::vector<std::pair<std::string, std::string>>& legend, std::string_view style)
    : end_(std::max(end, Instant(1))), axis_(std::move(axis)), svg_(kWidth, kHeight, title, style) {
  CHECK(axis_.most > axis_.least);
  svg_.Text("title", kLeft, 32, title);
  DrawFaults(faults);
  DrawTimes();
  DrawValues();
  double y = kTop + 8;
  for (const auto& [shape, words] : legend) {
    svg_.Begin(shape, kWidth - kRight + 16, y - 4);
    svg_.To(kWidth - kRight + 36, y - 4);
    svg_.End();
    svg_.Text("dim", kWidth - kRight + 42, y, words);
    y += kLegendLine;
  }
}

double Chart::X(Instant time) const {
  return kLeft + kPlotWidth * static_cast<double>(time.ns()) / static_cast<double>(end_.ns());
}

double Chart::Y(double value) const {
  double share = (value - axis_.least) / (axis_.most - axis_.least);
  if (axis_.scale == Scale::kLogarithmic) {
    share = std::log10(std::max(value, axis_.least) / axis_.least) / std::log10(axis_.most / axis_.least);
  }
  return kTop + kPlotHeight * (1 - std::clamp(share, 0.0, 1.0));
}

void Chart::DrawFaults(const std::vector<FaultWindow>& faults) {
  double named = 0;  // to where the last name goes
  for (const FaultWindow& fault : faults) {
    const double x = X(fault.from);
    const double width = std::max(X(std::min(fault.to, end_)) - x, 1.0);
    const std::string tip = Concat(fault.name, ", ", ToString(fault.from), " to ", ToString(fault.to));
    svg_.Rect("fault", x, kTop, width, kPlotHeight, tip);
    if (width < kNameWidth || x < named) continue;
    svg_.Text("faultname", x + 3, kTop + 12, fault.name);
    named = x + kNameWidth;
  }
}

void Chart::DrawTimes() {
  const double seconds = static_cast<double>(end_.ns()) / 1e9;
  const double step = RoundUp(seconds / 10);
  for (int i = 0; i * step <= seconds * 1.000001; ++i) {
    const double x = X(Instant(static_cast<int64_t>(i * step * 1e9)));
    svg_.Line("grid", x, kTop, x, kTop + kPlotHeight);
    svg_.Text("dim", x, kTop + kPlotHeight + 18, absl::StrFormat("%g", i * step), "middle");
  }
  svg_.Line("axis", kLeft, kTop + kPlotHeight, kLeft + kPlotWidth, kTop + kPlotHeight);
  svg_.Text("dim", kLeft + kPlotWidth / 2, kHeight - 12, "virtual time, s", "middle");
}

void Chart::DrawValues() {
  std::vector<double> values;
  if (axis_.scale == Scale::kLogarithmic) {
    for (int i = 0; i <= Decades(axis_); ++i) values.push_back(axis_.least * std::pow(10, i));
  } else {
    const double step = RoundUp((axis_.most - axis_.least) / 6);
    for (int i = 0; axis_.least + i * step <= axis_.most * 1.000001; ++i) values.push_back(axis_.least + i * step);
  }
  for (const double value : values) {
    svg_.Line("grid", kLeft, Y(value), kLeft + kPlotWidth, Y(value));
    svg_.Text("dim", kLeft - 8, Y(value) + 4, absl::StrFormat("%g", value), "end");
  }
  svg_.Line("axis", kLeft, kTop, kLeft, kTop + kPlotHeight);
  svg_.Text("dim", 12, kTop - 10, axis_.name);
}

std::string Chart::Finish() && { return std::move(svg_).Finish(); }

}  // namespace gyre
