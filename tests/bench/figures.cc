#include "tests/bench/figures.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "sim/base/json.h"

namespace gyre {

double Figure::Median() const {
  std::vector<double> sorted = samples;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

void Figures::Add(const std::string& name, const std::string& unit, double sample) {
  for (Figure& figure : all_) {
    if (figure.name == name) return figure.samples.push_back(sample);
  }
  all_.push_back({name, unit, {sample}});
}

void Figures::Print() const {
  std::printf("%-52s %12s  %-14s %12s %12s\n", "", "median", "", "least", "most");
  for (const Figure& figure : all_) {
    const auto [least, most] = std::minmax_element(figure.samples.begin(), figure.samples.end());
    const int digits = figure.Median() < 20 ? 3 : figure.Median() < 1000 ? 1 : 0;
    std::printf("%-52s %12.*f  %-14s %12.*f %12.*f\n", figure.name.c_str(), digits, figure.Median(),
                figure.unit.c_str(), digits, *least, digits, *most);
  }
}

void Figures::PrintJson() const {
  Json::Array rows;
  for (const Figure& figure : all_) {
    Json::Array samples(figure.samples.begin(), figure.samples.end());
    rows.push_back(Json::ObjectOf({{"name", figure.name},
                                   {"unit", figure.unit},
                                   {"median", figure.Median()},
                                   {"samples", std::move(samples)}}));
  }
  std::printf("%s\n", Json(std::move(rows)).Dump().c_str());
}

}  // namespace gyre
