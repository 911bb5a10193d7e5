// Trap sites of whole files, each searched once: FindTrapSitesInFile of instructions.h.
//
// Format of a cache file, named trap-sites-<XXH3 of the file that it is about>: text,
//
//   cache = "gyre-trap-sites 1" NL { site NL } "end" SP count NL
//   site  = offset SP kind SP length SP reg SP width SP opcode-at      (decimal; offset in the file)
//
// Raise the version whenever FindTrapSites may find something else. A file that does not read whole is as good as
// none; it is replaced by renaming, so concurrent runs do no harm.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/host/elf_image.h"
#include "sim/host/instructions.h"

namespace gyre {
namespace {

constexpr char kVersionLine[] = "gyre-trap-sites 1";

using Sites = std::vector<TrapSite>;

// A file's bytes, mapped.
class MappedFile {
 public:
  MappedFile(int fd, size_t size) : size_(size) {
    if (size > 0) address_ = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  }
  ~MappedFile() {
    if (size_ > 0 && address_ != MAP_FAILED) munmap(address_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  bool ok() const { return size_ == 0 || address_ != MAP_FAILED; }
  absl::Span<const uint8_t> bytes() const { return {static_cast<const uint8_t*>(address_), size_}; }

 private:
  void* address_ = nullptr;
  const size_t size_;
};

// Empty where there is no place for it.
std::string CacheFile(const Digest& digest) {
  std::string directory;
  if (const char* cache = getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/') {
    directory = cache;
  } else if (const char* home = getenv("HOME"); home != nullptr && home[0] == '/') {
    directory = absl::StrCat(home, "/.cache");
  } else {
    return "";
  }
  directory = absl::StrCat(directory, "/gyre");
  if (!MakeDirectories(directory).ok()) return "";
  return absl::StrCat(directory, "/trap-sites-", digest.Hex());
}

std::string WriteSites(const Sites& sites) {
  std::string text = absl::StrCat(kVersionLine, "\n");
  for (const TrapSite& site : sites) {
    absl::StrAppend(&text, site.offset, " ", static_cast<int>(site.kind), " ", int{site.length}, " ");
    absl::StrAppend(&text, int{site.reg}, " ", int{site.width}, " ", int{site.opcode_at}, "\n");
  }
  absl::StrAppend(&text, "end ", sites.size(), "\n");
  return text;
}

std::optional<Sites> ReadSites(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line) || line != kVersionLine) return std::nullopt;
  Sites sites;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    if (line.rfind("end ", 0) == 0) {
      if (line != absl::StrCat("end ", sites.size())) return std::nullopt;
      return sites;
    }
    uint64_t offset;
    int kind, length, reg, width, opcode_at;
    if (!(fields >> offset >> kind >> length >> reg >> width >> opcode_at) || kind > 3) return std::nullopt;
    sites.push_back({offset, static_cast<TrappedKind>(kind), static_cast<uint8_t>(length), static_cast<uint8_t>(reg),
                     static_cast<uint8_t>(width), static_cast<uint8_t>(opcode_at)});
  }
  return std::nullopt;
}

// The sites of a whole file, by offset in the file.
absl::StatusOr<Sites> Search(absl::Span<const uint8_t> bytes) {
  absl::StatusOr<ElfImage> image = ElfImage::Parse(bytes);
  if (absl::IsInvalidArgument(image.status())) return FindTrapSites(bytes, nullptr);  // some other mapped code
  if (!image.ok()) return image.status();
  const std::vector<uint64_t> starts = image->FunctionStarts();
  Sites sites;
  for (const ElfImage::Range& range : image->CodeRanges()) {
    FunctionStarts hints;
    auto first = std::lower_bound(starts.begin(), starts.end(), range.offset);
    auto last = std::lower_bound(first, starts.end(), range.offset + range.length);
    for (auto start = first; start != last; ++start) hints.offsets.push_back(*start - range.offset);
    for (TrapSite site : FindTrapSites(bytes.subspan(range.offset, range.length), &hints)) {
      site.offset += range.offset;
      sites.push_back(site);
    }
  }
  return sites;
}

absl::StatusOr<Sites> SearchOnce(absl::Span<const uint8_t> bytes) {
  const std::string cache = CacheFile(DigestOf({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  if (!cache.empty()) {
    absl::StatusOr<std::string> text = ReadFile(cache);
    std::optional<Sites> cached = text.ok() ? ReadSites(*text) : std::nullopt;
    if (cached) return std::move(*cached);
  }
  absl::StatusOr<Sites> sites = Search(bytes);
  // A cache that cannot be written only costs the next run some time.
  if (sites.ok() && !cache.empty()) WriteFileAtomically(cache, WriteSites(*sites)).IgnoreError();
  return sites;
}

// What tells whether a file is still the one that was searched: device, inode, size, time of modification.
using FileIdentity = std::array<uint64_t, 5>;

struct SearchedFiles {
  std::mutex mutex;
  std::map<FileIdentity, std::shared_ptr<const Sites>> by_identity;
};

// Lives as long as the process, as what it remembers holds that long.
SearchedFiles& Searched() {
  static SearchedFiles* searched = new SearchedFiles;
  return *searched;
}

absl::StatusOr<std::shared_ptr<const Sites>> SitesOfFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("open", path, errno);
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat("cannot search ", path, ": it is not a regular file"));
  }
  const FileIdentity identity = {status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
                                 static_cast<uint64_t>(status.st_mtim.tv_sec),
                                 static_cast<uint64_t>(status.st_mtim.tv_nsec)};
  SearchedFiles& searched = Searched();
  {
    std::lock_guard<std::mutex> lock(searched.mutex);
    auto known = searched.by_identity.find(identity);
    if (known != searched.by_identity.end()) {
      close(fd);
      return known->second;
    }
  }
  MappedFile file(fd, static_cast<size_t>(status.st_size));
  const int error = errno;
  close(fd);
  if (!file.ok()) return FileError("map", path, error);
  absl::StatusOr<Sites> sites = SearchOnce(file.bytes());
  if (!sites.ok()) {
    return absl::Status(sites.status().code(), absl::StrCat("cannot search ", path, ": ", sites.status().message()));
  }
  auto shared = std::make_shared<const Sites>(std::move(*sites));
  std::lock_guard<std::mutex> lock(searched.mutex);
  searched.by_identity[identity] = shared;
  return shared;
}

}  // namespace

absl::StatusOr<std::vector<TrapSite>> FindTrapSitesInFile(const std::string& path, uint64_t file_offset,
                                                          uint64_t length) {
  absl::StatusOr<std::shared_ptr<const Sites>> all = SitesOfFile(path);
  if (!all.ok()) return all.status();
  std::vector<TrapSite> sites;
  for (TrapSite site : **all) {
    if (site.offset < file_offset || site.offset - file_offset >= length) continue;
    site.offset -= file_offset;
    sites.push_back(site);
  }
  return sites;
}

}  // namespace gyre
