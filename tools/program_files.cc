#include "tools/program_files.h"

#include <sys/stat.h>

#include "sim/base/concat.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "tools/console.h"
#include "tools/seed_file.h"

namespace gyre {
namespace {

// Inode, size and time of the last write; empty where there is no regular file.
std::string StampOf(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  return Concat(status.st_dev, " ", status.st_ino, " ", status.st_size, " ", status.st_mtim.tv_sec, " ",
                status.st_mtim.tv_nsec);
}

}  // namespace

absl::StatusOr<ProgramFiles> ProgramFiles::Of(const RunConfig& config) {
  ProgramFiles program;
  std::string digests;
  std::vector<std::string> paths = {config.bin};
  for (const std::string& arg : config.args) {
    if (IsSystem(config.bin) && arg.find('/') != std::string::npos) paths.push_back(arg);
  }
  for (const std::string& path : paths) {
    const std::string stamp = StampOf(path);
    if (stamp.empty()) continue;
    const absl::StatusOr<Digest> digest = DigestOfFile(path);
    if (!digest.ok()) return digest.status();
    program.files_.emplace_back(path, stamp);
    digests += digest->Hex();
  }
  program.digest_ = DigestOf(digests).Hex();
  return program;
}

absl::Status ProgramFiles::Unchanged() const {
  for (const auto& [path, stamp] : files_) {
    const std::string now = StampOf(path);
    if (now.empty() || now == stamp) continue;
    return absl::FailedPreconditionError(Concat(
        EscapeForTerminal(path),
        " was written to while the sweep ran, and the seeds of two programs do not go together. What had ended "
        "is kept; sweep the new program from the beginning."));
  }
  return absl::OkStatus();
}

}  // namespace gyre
