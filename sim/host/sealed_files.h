// Files whose content would tell of the machine or the hour: what a node finds in them instead. A table as data.
#pragma once

#include <string>

#include "sim/host/tracee.h"

namespace gyre {

enum class Seal : uint8_t {
  kOpen,      // the real file
  kReplaced,  // `content` instead
  kAbsent,    // no such file
  kTells,     // the real file, and it tells of the machine's state
};

// `path`: what the thread opens, absolute and without "." and "..".
Seal SealedContent(NodeState& node, const Thread& thread, const std::string& path, std::string* content);

}  // namespace gyre
