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
    "it must have, and its story. Paths in FILE are relative to it. `gyre replay FILE` runs it again. With --update\n"
    "FILE is there and gets this run instead; its story stays, if there is no --story.\n\n";
constexpr char kExample[] = "\nExample: gyre save store/latest seeds/lost-after-heal.json --story 'The leader ...'\n";

// What it is told to be, else what the file said before, else what the run itself says.
const std::string& StoryOf(const SaveFlags& flags, const SeedFile& before, const RunRecord& record) {
  if (!flags.story.empty()) return flags.story;
  return before.story.empty() ? record.result.text : before.story;
}

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
  if (status.ok() && Exists(path) && !line.save.update) {
    status = absl::AlreadyExistsError(
        Concat(EscapeForTerminal(path), " is there already: choose another name, or replace what it has by --update."));
  }
  SeedFile before;
  if (status.ok() && line.save.update) {
    absl::StatusOr<SeedFile> there = ReadSeedFile(path);
    status = there.status();
    if (there.ok()) before = *std::move(there);
  }
  if (status.ok()) {
    SeedFile seed;
    seed.expect = ExpectationOf(record->result);
    seed.story = StoryOf(line.save, before, *record);
    seed.record = *std::move(record);
    std::error_code ignored;  // what cannot be made cannot be written to
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    status = WriteFileAtomically(path, ToText(seed, path));
    if (status.ok()) {
      const bool changed = line.save.update && !(before.expect == seed.expect);
      console.Print(Concat("Kept as ", EscapeForTerminal(path), ", expected ", ToString(seed.expect),
                           changed ? Concat(", no longer ", ToString(before.expect)) : "", ". Replay: gyre replay ",
                           ShellWord(path), "\n"));
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
