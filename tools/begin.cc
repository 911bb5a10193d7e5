#include "tools/begin.h"

#include <utility>

#include "sim/base/concat.h"

namespace gyre {

Begun Begin(const CommandForm& form, const Words& words, const Console& console) {
  absl::StatusOr<CommandLine> line = ParseCommandLine(form.name, form.set, words);
  if (!line.ok()) {
    console.Complain(line.status());
    return {std::nullopt, ExitStatus::kUsage};
  }
  if (line->help) {
    console.Print(Concat(form.usage, OptionsHelp(form.set), form.example));
    return {std::nullopt, ExitStatus::kValid};
  }
  if (line->positional.size() < form.least || line->positional.size() > form.most) {
    console.Complain(form.question);
    return {std::nullopt, ExitStatus::kUsage};
  }
  return {*std::move(line), ExitStatus::kValid};
}

}  // namespace gyre
