#include "tools/sweep_record.h"

#include <utility>

#include "absl/strings/match.h"
#include "sim/base/concat.h"
#include "sim/base/json.h"
#include "tools/store.h"

namespace gyre {
namespace {

constexpr int kFormat = 1;

const char* StateOf(ExitStatus status) {
  switch (status) {
    case ExitStatus::kValid: return "valid";
    case ExitStatus::kInvalid: return "invalid";
    case ExitStatus::kUnknown: return "unknown";
    default: return "broken";
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SweepRecord>> SweepRecord::Create(const std::string& store, const std::string& workload,
                                                                 const SeedRange& seeds, const std::string& command) {
  absl::StatusOr<std::unique_ptr<AppendFile>> file = CreateSweepFile(store, workload);
  if (!file.ok()) return file.status();
  const Json first = Json::ObjectOf({{"gyre-sweep", kFormat},
                                     {"workload", workload},
                                     {"first", seeds.first},
                                     {"last", seeds.last},
                                     {"command", command}});
  (*file)->Append(first.Dump() + "\n");
  if (absl::Status status = (*file)->Flush(); !status.ok()) return status;
  return std::unique_ptr<SweepRecord>(new SweepRecord(store, *std::move(file)));
}

absl::Status SweepRecord::Add(const SweepOutcome& outcome) {
  Json line = Json::ObjectOf({{"seed", outcome.seed}, {"state", StateOf(outcome.status)}});
  if (IsFailure(outcome)) {
    line.Set("group", GroupOf(outcome));
    line.Set("text", outcome.text);
    line.Set("replay", outcome.replay);
    const std::string within = Concat(store_, "/");
    const std::string& run = outcome.summary.store;
    if (absl::StartsWith(run, within)) line.Set("run", run.substr(within.size()));
  }
  file_->Append(line.Dump() + "\n");
  return file_->Flush();
}

}  // namespace gyre
