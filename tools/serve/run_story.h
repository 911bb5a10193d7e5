// What the page shows of one run beside its journal: what it was and what came of it, its files, its calls, an
// operation, its nodes' logs at an instant. JSON text from the run's files; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "sim/history/op.h"
#include "tools/serve/journal_index.h"

namespace gyre {

// {"id", "run": run.json, "results": results.json, "files": [{"path", "size"}], "problems": [sentence]}. A file that is
// missing or not whole is a problem, told in words, and not the end.
std::string StoryJson(const std::string& directory, const std::string& id);

// {"f": [name], "total", "stride", "calls": [invoke, completion or -1, process, from, to, type, f, ...]}: seven
// numbers a call; times are the history's; types 1 ok, 2 fail, 3 info.
std::string CallsJson(const History& history);

// An operation by the position of either half, with the messages that belong to it: {"invoke": entry, "completion":
// entry or null, "client", "chain": [number, sent, ended, from, to, type, fate, ...]}. `index` may be nullptr.
std::string OperationJson(const History& history, const JournalIndex* index, uint32_t position);

// {"n1": [last lines]}: what each node's log had at `time`, in ns of the journal's time.
std::string LogsJson(const std::string& directory, int64_t time);

}  // namespace gyre
