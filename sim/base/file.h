// Files: whole reads, atomic writes, appending, directories. Every error names the path and what the system said.
// Functions may be called from any thread; an AppendFile belongs to one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/base/digest.h"

namespace gyre {

// "cannot <action> <path>: <strerror>", with the matching status code.
absl::Status FileError(std::string_view action, std::string_view path, int error_number);

absl::StatusOr<std::string> ReadFile(const std::string& path);

// Readers see the old content or the new, never a part: written under a temporary name beside it, then renamed.
// Not synced: it protects from a killed process, not from a power failure.
absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes);

// A new file that grows at its end, through a buffer.
class AppendFile {
 public:
  // REQUIRES nothing at `path`: an existing file is an error.
  static absl::StatusOr<std::unique_ptr<AppendFile>> Create(const std::string& path);
  // Closes; whoever wants to know of errors calls Close before.
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // After an error all further bytes are dropped: a full disk must not end a run.
  void Append(std::string_view bytes);
  // Hands what is buffered to the system. OK, or the first error of any write.
  absl::Status Flush();
  // Flushes and closes; the result is Flush's. Idempotent.
  absl::Status Close();

 private:
  AppendFile(std::string path, int fd);

  const std::string path_;
  int fd_;
  std::string buffer_;
  absl::Status error_;
};

// With its parents; that it exists already is fine.
absl::Status MakeDirectories(const std::string& path);
bool Exists(const std::string& path);
bool IsDirectory(const std::string& path);
// The names in a directory, sorted, without "." and "..".
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path);
// XXH3 of a file's bytes, read in pieces. Equals DigestOf(ReadFile).
absl::StatusOr<Digest> DigestOfFile(const std::string& path);

// The absolute path of the program that `name` means: one with a '/' is relative to `directory`; any other is
// looked for in the directories of `search_path` (as in $PATH), then in `directory`. Errors say where was looked.
absl::StatusOr<std::string> ResolveProgram(const std::string& name, std::string_view search_path,
                                           const std::string& directory);

}  // namespace gyre
