// What the machine allows, as a table for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "sim/host/host.h"

namespace gyre {

std::string FormatCapabilities(const std::vector<Capability>& capabilities);

}  // namespace gyre
