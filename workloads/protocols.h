// All protocols, for documentation. Constant.
#pragma once

#include <string>
#include <vector>

#include "workloads/rpc.h"

namespace gyre {

// Alphabetical.
std::vector<const Protocol*> Protocols();

}  // namespace gyre
