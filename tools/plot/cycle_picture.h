// A cycle of transactions as a picture: SVG text that needs nothing but a viewer. Time goes down: a box for each
// transaction in the order of completion, a cell for each of its micro-operations, an arrow for each step of the
// cycle. What nodes printed is only ever text in it. Pure functions, and one that writes; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "checkers/verdict.h"
#include "sim/history/op.h"

namespace gyre {

inline constexpr char kPicturesDirectory[] = "anomalies";  // in a stored run

// Whether an anomaly's witness is a cycle, which can be drawn.
bool HasPicture(const Anomaly& anomaly);

// REQUIRES: HasPicture(anomaly), and its witness is of `history`.
std::string CyclePicture(const History& history, const Anomaly& anomaly);

// How many pictures of each kind a directory has.
using PictureCounts = std::map<std::string, int>;

// "G-single-item-1.svg", then 2, and so on. A kind's odd characters become '-'.
std::string PictureName(const Anomaly& anomaly, PictureCounts* counts);

// Writes a picture of each anomaly that has one to `directory`, which is made when there is any. The paths.
absl::StatusOr<std::vector<std::string>> WritePictures(const std::string& directory, const History& history,
                                                       const std::vector<Anomaly>& anomalies, PictureCounts* counts);

}  // namespace gyre
