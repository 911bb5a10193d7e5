#include "tools/replay_judgement.h"

#include <algorithm>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/comparison.h"
#include "tools/console.h"

namespace gyre {
namespace {

constexpr size_t kChangedShown = 5;

// The files that both runs used and that differ now, and those that only the recorded run used and that are gone.
std::vector<std::string> ChangedFiles(const RunRecord& recorded, const RunRecord& again) {
  std::vector<std::string> changed;
  for (const auto& [path, hash] : recorded.manifest) {
    const auto same_path = [&path = path](const auto& entry) { return entry.first == path; };
    const auto now = std::find_if(again.manifest.begin(), again.manifest.end(), same_path);
    if (now == again.manifest.end() ? !Exists(path) : now->second != hash) changed.push_back(path);
  }
  return changed;
}

std::string Named(const std::vector<std::string>& changed) {
  std::string text;
  for (size_t i = 0; i < std::min(changed.size(), kChangedShown); ++i) {
    text += Concat("Changed since the run was recorded: ", EscapeForTerminal(changed[i]), "\n");
  }
  if (changed.size() > kChangedShown) text += Concat("And ", changed.size() - kChangedShown, " more.\n");
  return text;
}

}  // namespace

ReplayJudgement JudgeReplay(const RunRecord& recorded, const std::string& recorded_directory, const RunRecord& again,
                            const std::string& again_directory, bool forced) {
  ReplayJudgement judgement;
  judgement.changed = ChangedFiles(recorded, again);
  judgement.text = Named(judgement.changed);
  const Comparison comparison =
      Compare(ComparedIn("recorded", recorded, recorded_directory), ComparedIn("replayed", again, again_directory));
  if (!comparison.comparable) {
    judgement.reproduction = Reproduction::kIncomparable;
    judgement.text += comparison.text;
  } else if (comparison.digest_equal && comparison.calls_equal) {
    judgement.reproduction = Reproduction::kReproduced;
    judgement.text += Concat("Reproduced: digest ", recorded.result.digest, "\n");
  } else if (forced || again.program != recorded.program || again.config.args != recorded.config.args ||
             !judgement.changed.empty()) {
    judgement.reproduction = Reproduction::kChanged;
    judgement.text += "The program or its decisions were changed: only the verdict counts, no digest is compared.\n";
  } else if (comparison.digest_equal) {
    judgement.reproduction = Reproduction::kOtherCalls;
    judgement.text += Concat("Reproduced, with other system calls (a failure with --strict).\n", comparison.text);
  } else {
    judgement.reproduction = Reproduction::kNotReproduced;
    judgement.text += Concat("NOT REPRODUCED\n", comparison.text);
  }
  return judgement;
}

}  // namespace gyre
