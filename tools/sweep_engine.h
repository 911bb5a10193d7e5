// SweepEngine: a sweep done on other machines, by Slurm as an array of jobs or by GNU parallel over ssh. A job is a
// part of the seeds, `gyre sweep --batch` with a results file of its own beside that of the sweep, so that doing it
// twice, or half, does no harm. The machines share the file system. One thread.
#pragma once

#include "absl/status/status.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/options.h"

namespace gyre {

// Does the seeds of the sweep that `words` ask for and that its results file does not have, and puts them there. Jobs
// that fail, or end without all of their seeds, are done again, a few times. Ctrl-C cancels the jobs and keeps what
// they have. Errors say what is missing. REQUIRES: line.sweep has seeds, and an engine that is not the local one.
absl::Status SweepElsewhere(const CommandLine& line, const Words& words, const Console& console);

// `words` with more options, as if they had been typed last: of several values the last counts.
Words WithOptions(const Words& words, const Words& more);

}  // namespace gyre
