// Files whose content would tell of the machine or the hour: what a node finds in them instead. A table as data.
#pragma once

#include <string>

#include "sim/host/tracee.h"

namespace gyre {

enum class Seal : uint8_t {
  kOpen,      // the real file
  kReplaced,  // `content` instead
  kAbsent,    // no such file
};

// `path` as the node gave it to open(2).
Seal SealedContent(NodeState& node, const Process& process, const std::string& path, std::string* content);

}  // namespace gyre
