// Sections of the bench that judge histories: what the checkers cost by the number of operations. README.md of this
// folder explains the rows.
#pragma once

#include "tests/bench/figures.h"

namespace gyre {

// 10,000, 100,000 and a million transactions of lists, and a badly broken history.
void MeasureListAppend(Figures* figures);
// The same of registers.
void MeasureRwRegister(Figures* figures);
// Porcupine's own logs, if GYRE_PORCUPINE_LOGS names its test_data; beside Porcupine, if GYRE_PORCUPINE is a program
// that takes such files as arguments and prints for each a line "SECONDS FILE", c10 as one map and not key by key.
void MeasureLinearizable(Figures* figures);

}  // namespace gyre
