// The register and the compare-and-set register, the models of lin-kv, without a table of steps: a state is the number
// of a value.
#pragma once

#include <memory>

#include "checkers/linear_models.h"

namespace gyre {

std::unique_ptr<LinearModel> MakeRegister(const ModelOptions& options);

}  // namespace gyre
