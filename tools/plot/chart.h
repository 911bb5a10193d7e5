// Chart: the frame of a picture over time: axes with round numbers, fault windows shaded, a legend. One thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/plot/calls.h"
#include "tools/plot/svg.h"

namespace gyre {

enum class Scale { kLinear, kLogarithmic };

// What a chart has on its left.
struct ValueAxis {
  std::string name;  // with its unit
  Scale scale = Scale::kLinear;
  double least = 0;  // of a logarithmic one, a power of ten; above 0
  double most = 1;   // above `least`
};

// The first round number (1, 2 or 5 times a power of ten) that is at least value. REQUIRES: value > 0.
double RoundUp(double value);

class Chart {
 public:
  // From time 0 to `end`. `legend` has (class of a line, words); `style` is the classes' CSS.
  Chart(std::string_view title, Instant end, ValueAxis axis, const std::vector<FaultWindow>& faults,
        const std::vector<std::pair<std::string, std::string>>& legend, std::string_view style);

  double X(Instant time) const;
  double Y(double value) const;  // clipped to the axis
  Svg& svg() { return svg_; }
  std::string Finish() &&;

 private:
  void DrawFaults(const std::vector<FaultWindow>& faults);
  void DrawTimes();
  void DrawValues();

  Instant end_;
  ValueAxis axis_;
  Svg svg_;
};

}  // namespace gyre
