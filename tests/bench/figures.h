// Figures: what was measured, by name, a sample each time; printed as medians. Plain values.
#pragma once

#include <string>
#include <vector>

namespace gyre {

// One sample a repetition, told by its median.
struct Figure {
  std::string name;
  std::string unit;
  std::vector<double> samples;

  double Median() const;
};

// All figures, in the order in which they were first added.
class Figures {
 public:
  void Add(const std::string& name, const std::string& unit, double sample);
  void Print() const;
  void PrintJson() const;

 private:
  std::vector<Figure> all_;
};

}  // namespace gyre
