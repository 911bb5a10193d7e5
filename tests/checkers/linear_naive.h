// Linearizability by trying every order: the oracle of linearizable_test.cc. For small histories only.
#pragma once

#include <string>

#include "checkers/linear_models.h"
#include "sim/history/op.h"

namespace gyre {

// Whether the history, of one object, is linearizable by the model of that name.
bool NaiveLinearizable(const History& history, const std::string& model, const ModelOptions& options);

// The state after the operation and whether it is allowed in `state`. A value of an operation that did not return is
// its invocation's.
bool NaiveStep(const std::string& model, const ModelOptions& options, const std::string& f, const Json& value,
               bool returned, Json* state);
Json NaiveInitial(const std::string& model, const ModelOptions& options);

}  // namespace gyre
