#include "checkers/lanes.h"

#include <algorithm>

#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kColumnWidth = 3;

}  // namespace

std::string DrawLanes(const History& history, const std::vector<Lane>& lanes, const CheckOptions& options) {
  std::vector<uint32_t> ends;
  size_t names = 0;
  for (const Lane& lane : lanes) {
    ends.push_back(lane.invoke);
    if (lane.ret != History::kNone) ends.push_back(lane.ret);
    names = std::max(names, Who(history[lane.invoke], options).size());
  }
  std::sort(ends.begin(), ends.end());
  const auto column = [&](uint32_t at) {
    return static_cast<size_t>(std::lower_bound(ends.begin(), ends.end(), at) - ends.begin()) * kColumnWidth;
  };
  const size_t width = ends.size() * kColumnWidth;
  std::string text;
  for (const Lane& lane : lanes) {
    std::string name = Who(history[lane.invoke], options);
    name.resize(names, ' ');
    std::string bar(width, ' ');
    const size_t begin = column(lane.invoke);
    const size_t end = lane.ret == History::kNone ? width - 1 : column(lane.ret);
    for (size_t i = begin; i <= end; ++i) bar[i] = '-';
    bar[begin] = '|';
    bar[end] = lane.ret == History::kNone ? '?' : '|';
    text += Concat("  ", name, "  ", bar, "  ", lane.label, lane.marked ? "   <- this one" : "", "\n");
  }
  return text;
}

}  // namespace gyre
