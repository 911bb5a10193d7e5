// gyre's version, as `gyre version` prints it and run.json records it.
#pragma once

namespace gyre {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace gyre
