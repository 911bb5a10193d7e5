// RealDirectories: where the nodes of a run have their files on a machine that denies mounts, and with them a /tmp of
// their own.
//
// They are /tmp/gyre-node/PLACE/INDEX, as in /tmp/gyre-node/000/001. PLACE is the first number that no other gyre holds
// at the time, so that runs side by side do not meet, and a run alone is always in the same place. All are of equal
// length, as what a program does may follow from the length of its paths. One for a host; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "sim/host/remote.h"
#include "sim/node.h"

namespace gyre {

class RealDirectories {
 public:
  // `parent`: kNodeDirectory, but for tests.
  explicit RealDirectories(std::string parent) : parent_(std::move(parent)) {}
  // Empties the place and gives it back.
  ~RealDirectories();
  RealDirectories(const RealDirectories&) = delete;
  RealDirectories& operator=(const RealDirectories&) = delete;

  // The directory of a node that starts, which is there then: empty, unless the node goes on with its files. Takes a
  // place at the first call.
  absl::StatusOr<std::string> For(uint32_t index, Files files);
  // A file in /tmp that is the host's alone, with a name of nine bytes. REQUIRES: a place was taken.
  std::string StandIn() const;

 private:
  absl::Status Take();
  std::string Place() const;

  const std::string parent_;
  int number_ = -1;
  ScopedFd lock_;  // on the place's directory; ends with this process
};

}  // namespace gyre
