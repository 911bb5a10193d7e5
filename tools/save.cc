// `gyre save`: a stored run becomes a seed file.
#include <filesystem>
#include <system_error>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/begin.h"
#include "tools/options.h"
#include "tools/seed_file.h"

namespace gyre {
namespace {

constexpr char kUsage[] =
    "Usage: gyre save DIR FILE [options]\n\n"
    "Keeps the stored run in DIR as FILE: its configuration, faults, forced decisions and digests, the verdict that\n"
    "it must have, and its story. Paths in FILE are relative to it. `gyre replay FILE` runs it again.\n\n";
constexpr char kExample[] = "\nExample: gyre save store/latest seeds/lost-after-heal.json --story 'The leader ...'\n";

ExitStatus Save(const CommandLine& line, const Console& console) {
  const std::string& directory = line.positional[0];
  const std::string& path = line.positional[1];
  absl::StatusOr<RunRecord> record = ReadRecord(directory);
  absl::Status status = record.status();
  if (status.ok() && record->result.digest.empty()) {
    status =
        absl::FailedPreconditionError(Concat("The run in ", EscapeForTerminal(directory), " was cut short (",
                                             record->result.reason, "): it cannot be replayed, so it is not kept."));
  }
  if (status.ok() && Exists(path)) {
    status = absl::AlreadyExistsError(
        Concat(EscapeForTerminal(path), " is there already: choose another name, or remove it first."));
  }
  if (status.ok()) {
    SeedFile seed;
    seed.expect = ExpectationOf(record->result);
    seed.story = line.save.story.empty() ? record->result.text : line.save.story;
    seed.record = *std::move(record);
    std::error_code ignored;  // what cannot be made cannot be written to
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    status = WriteFileAtomically(path, ToText(seed, path));
    if (status.ok()) {
      console.Print(Concat("Kept as ", EscapeForTerminal(path), ", expected ", ToString(seed.expect),
                           ". Replay: gyre replay ", ShellWord(path), "\n"));
      return ExitStatus::kValid;
    }
  }
  console.Complain(status);
  return ExitStatus::kUsage;
}

}  // namespace

ExitStatus SaveCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"save", kSave, kUsage, kExample, 2, 2,
                             "Which run, and where to? gyre save store/latest seeds/a-name.json"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  return Save(line, console);
}

}  // namespace gyre
