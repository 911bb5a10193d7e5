#include "sim/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace gyre {
namespace {

CheckContext current_context = nullptr;

}  // namespace

void SetCheckContext(CheckContext context) { current_context = context; }

void CheckFailed(const char* condition, const char* file, int line, const std::string& detail) {
  std::fprintf(stderr, "gyre: internal error: CHECK(%s) failed at %s:%d%s%s\n", condition, file, line,
               detail.empty() ? "" : ": ", detail.c_str());
  if (const CheckContext describe = current_context) {
    current_context = nullptr;  // a CHECK that fails inside it must not come back here
    const std::string context = describe();
    std::fprintf(stderr, "%s\n", context.c_str());
  }
  std::fprintf(stderr, "This is a bug in gyre, not in your program: please report it with the lines above.\n");
  std::fflush(nullptr);
  const char* wants_core = std::getenv("GYRE_ABORT");
  if (wants_core != nullptr && wants_core[0] == '1') std::abort();
  std::_Exit(255);
}

}  // namespace gyre
