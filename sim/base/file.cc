#include "sim/base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kBufferSize = 64 << 10;

// Closes its descriptor at the end of the scope.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

int OpenRetrying(const char* path, int flags) {
  int fd;
  do {
    fd = open(path, flags | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Calls `take` with each piece of the file.
template <typename Take>
absl::Status ReadPieces(const std::string& path, Take take) {
  const OpenFile file(OpenRetrying(path.c_str(), O_RDONLY));
  if (file.fd() < 0) return FileError("open", path, errno);
  std::string buffer(kBufferSize, '\0');
  for (;;) {
    const ssize_t size = read(file.fd(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FileError("read", path, errno);
    if (size == 0) return absl::OkStatus();
    take(std::string_view(buffer).substr(0, static_cast<size_t>(size)));
  }
}

// Zero, or the errno of the write that failed.
int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return 0;
}

bool IsExecutableFile(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

// Why a program that was named by its path cannot be run.
absl::Status NotAProgram(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return FileError("run", path, errno);
  if (S_ISDIR(status.st_mode)) return FileError("run", path, EISDIR);
  return absl::PermissionDeniedError(Concat("cannot run ", path, ": not executable (chmod +x makes it so)"));
}

}  // namespace

absl::Status FileError(std::string_view action, std::string_view path, int error_number) {
  return absl::Status(absl::ErrnoToStatusCode(error_number),
                      Concat("cannot ", action, " ", path, ": ", std::strerror(error_number)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::string bytes;
  const absl::Status status = ReadPieces(path, [&](std::string_view piece) { bytes.append(piece); });
  if (!status.ok()) return status;
  return bytes;
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = Concat(path, ".new-", getpid());
  int error = 0;
  {
    const OpenFile file(OpenRetrying(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC));
    if (file.fd() < 0) return FileError("write", path, errno);
    error = WriteAll(file.fd(), bytes);
  }
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(temporary.c_str());
  return FileError("write", path, error);
}

absl::StatusOr<std::unique_ptr<AppendFile>> AppendFile::Create(const std::string& path) {
  const int fd = OpenRetrying(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
  if (fd < 0) return FileError("create", path, errno);
  return std::unique_ptr<AppendFile>(new AppendFile(path, fd));
}

AppendFile::AppendFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) { buffer_.reserve(kBufferSize); }

AppendFile::~AppendFile() { Close().IgnoreError(); }

void AppendFile::Append(std::string_view bytes) {
  CHECK(fd_ >= 0);
  if (buffer_.size() + bytes.size() > kBufferSize) Flush().IgnoreError();
  if (!error_.ok()) return;
  if (bytes.size() <= kBufferSize) {
    buffer_.append(bytes);
    return;
  }
  if (const int error = WriteAll(fd_, bytes)) error_ = FileError("write", path_, error);
}

absl::Status AppendFile::Flush() {
  if (error_.ok() && fd_ >= 0) {
    if (const int error = WriteAll(fd_, buffer_)) error_ = FileError("write", path_, error);
  }
  buffer_.clear();
  return error_;
}

absl::Status AppendFile::Close() {
  Flush().IgnoreError();
  if (fd_ >= 0 && close(fd_) != 0 && error_.ok()) error_ = FileError("close", path_, errno);
  fd_ = -1;
  return error_;
}

absl::Status MakeDirectories(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("cannot make a directory: its name is empty");
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (mkdir(prefix.c_str(), 0777) != 0) {
      const int error = errno;
      struct stat status;
      // EROFS, EACCES and the like are no fault where the directory is there already.
      const bool is_there = stat(prefix.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      if (!is_there) return FileError("make directory", prefix, error == EEXIST ? ENOTDIR : error);
    }
    if (end == std::string::npos) return absl::OkStatus();
  }
}

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (directory == nullptr) return FileError("list", path, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return FileError("list", path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<Digest> DigestOfFile(const std::string& path) {
  DigestStream stream;
  const absl::Status status = ReadPieces(path, [&](std::string_view piece) { stream.AddRaw(piece); });
  if (!status.ok()) return status;
  return stream.Get();
}

absl::StatusOr<std::string> ResolveProgram(const std::string& name, std::string_view search_path,
                                           const std::string& directory) {
  if (name.empty()) return absl::InvalidArgumentError("no program is named");
  // One name for one file: ./node is called what a node that opens itself calls it.
  const std::string plain = absl::StartsWith(name, "./") ? name.substr(2) : name;
  const std::string local = name[0] == '/' ? name : Concat(directory, "/", plain);
  if (name.find('/') != std::string::npos) {
    if (IsExecutableFile(local)) return local;
    return NotAProgram(local);
  }
  const std::vector<std::string> places = absl::StrSplit(ToAbsl(search_path), ':', absl::SkipEmpty());
  for (const std::string& place : places) {
    // A relative entry of PATH means the caller's directory.
    const std::string candidate =
        place[0] == '/' ? Concat(place, "/", name) : Concat(directory, "/", place, "/", name);
    if (IsExecutableFile(candidate)) return candidate;
  }
  if (IsExecutableFile(local)) return local;
  if (Exists(local)) return NotAProgram(local);
  return absl::NotFoundError(
      Concat("no program '", name, "' in PATH or in ", directory, " (a path such as ./", name, " names one)"));
}

}  // namespace gyre
