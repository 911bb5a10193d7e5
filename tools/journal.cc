#include "sim/base/concat.h"
#include "tools/begin.h"
#include "tools/journal_text.h"
#include "tools/options.h"
#include "tools/run/run_files.h"

namespace gyre {

namespace {

constexpr char kUsage[] =
    "Usage: gyre journal DIR [options]\n\n"
    "Prints what happened in the stored run in DIR, a line for each record, in order of virtual time.\n\n";
constexpr char kExample[] = "\nExample: gyre journal store/latest --node n1 --from 2 --to 2.5\n";

}  // namespace

ExitStatus JournalCommand(const Words& words, const Console& console) {
  const Begun begun = Begin({"journal", kJournal, kUsage, kExample, 1, 1,
                             "Which run? Name one directory of the store: gyre journal store/latest"},
                            words, console);
  if (!begun.line.has_value()) return begun.status;
  const CommandLine& line = *begun.line;
  JournalFilter filter;
  filter.node = line.journal.node;
  filter.type = line.journal.type;
  filter.from = Instant(line.journal.from.ns());
  filter.to = Instant(line.journal.to.ns());
  const absl::Status status =
      PrintJournal(Concat(line.positional[0], "/", kJournalFile), filter, [&](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), console.out);
        std::fputc('\n', console.out);
      });
  std::fflush(console.out);
  if (status.ok()) return ExitStatus::kValid;
  console.Complain(status);
  return ExitStatus::kUsage;
}

}  // namespace gyre
