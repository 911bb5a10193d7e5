#include "checkers/verdict.h"

#include "sim/base/check.h"

namespace gyre {

std::string_view ToString(Validity validity) {
  switch (validity) {
    case Validity::kValid: return "valid";
    case Validity::kUnknown: return "unknown";
    case Validity::kInvalid: return "invalid";
  }
  CHECK(false);
}

Json ToJson(Validity validity) {
  switch (validity) {
    case Validity::kValid: return true;
    case Validity::kUnknown: return "unknown";
    case Validity::kInvalid: return false;
  }
  CHECK(false);
}

}  // namespace gyre
