// Just-in-time compilers get their code into executable memory in one of three ways.
//
// They write it and then make the memory executable (mprotect, or a mapping of the file that holds it): the call
// stops, and at its exit the memory is searched, and marked as instructions.h says; each time it is made so again.
//
// Or the memory is writable and executable at once, or mapped twice, once for each. Then code comes without a call,
// and there is no moment at which to search it. RDTSC and RDTSCP are made to fault then, where the processor can
// (timestamps.h). For the others such memory is searched when it is about to go, at the end of its process or at an
// exec: what is found there then was never marked, and if it was executed it read the machine. That makes the run
// leaky, by name; a process in whose memory nothing is found is as exact as any other. What was unmapped or
// overwritten before is not seen.
//
// Only pages that the process has touched are read: the rest of a large reservation is empty, and would be made by
// reading it. proc(5): pagemap.
#include "sim/host/made_code.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace gyre {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kPiece = 1 << 20;

// Memory of the kernel's own, patched or emulated elsewhere.
constexpr const char* kKernelMappings[] = {"[uprobes]", "[vdso]", "[vsyscall]", "[vvar]", "[vvar_vclock]"};

bool IsKernels(const Mapping& mapping) {
  return std::any_of(std::begin(kKernelMappings), std::end(kKernelMappings),
                     [&](const char* name) { return mapping.path == name; });
}

bool HasFile(const Mapping& mapping) { return absl::StartsWith(mapping.path, "/"); }

struct Range {
  uint64_t start = 0;
  uint64_t end = 0;
};

void Extend(std::vector<Range>* ranges, uint64_t start, uint64_t end) {
  if (!ranges->empty() && ranges->back().end == start) {
    ranges->back().end = end;
  } else {
    ranges->push_back({start, end});
  }
}

// The pages of the range that the process has in its hands. `own`: not those that it shares with a file.
std::vector<Range> TouchedPages(pid_t pid, const Range& range, bool own) {
  constexpr uint64_t kPresent = uint64_t{1} << 63, kSwapped = uint64_t{1} << 62, kOfFile = uint64_t{1} << 61;
  std::vector<Range> touched;
  const ScopedFd map(open(absl::StrCat("/proc/", pid, "/pagemap").c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<uint64_t> entries(4096);
  for (uint64_t at = range.start; at < range.end; at += entries.size() * kPage) {
    const uint64_t count = std::min<uint64_t>(entries.size(), (range.end - at + kPage - 1) / kPage);
    const ssize_t got = pread(map.get(), entries.data(), count * sizeof(uint64_t), static_cast<off_t>(at / kPage * 8));
    // Where it cannot be read all pages may be touched.
    if (got != static_cast<ssize_t>(count * sizeof(uint64_t))) std::fill_n(entries.begin(), count, kPresent);
    for (uint64_t i = 0; i < count; ++i) {
      const bool present = (entries[i] & (kPresent | kSwapped)) != 0;
      const uint64_t page = at + i * kPage;
      if (present && !(own && (entries[i] & kOfFile) != 0)) Extend(&touched, page, std::min(page + kPage, range.end));
    }
  }
  return touched;
}

// The file behind a mapping: proc(5), map_files, for those who may; else through a descriptor of the process that is
// still open. Not valid if there is no way.
ScopedFd FileBehind(const Process& process, const Mapping& mapping, int flags) {
  const std::string link = absl::StrFormat("/proc/%d/map_files/%x-%x", process.pid, mapping.start, mapping.end);
  if (ScopedFd file(open(link.c_str(), flags | O_CLOEXEC)); file.valid()) return file;
  const std::string directory = absl::StrCat("/proc/", process.pid, "/fd");
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(directory.c_str()), closedir);
  while (const dirent* entry = listing == nullptr ? nullptr : readdir(listing.get())) {
    const std::string path = absl::StrCat(directory, "/", entry->d_name);
    struct stat status;
    if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_ino != mapping.inode) continue;
    char name[4096];
    const ssize_t length = readlink(path.c_str(), name, sizeof name);
    if (length <= 0 || std::string_view(name, static_cast<size_t>(length)) != mapping.path) continue;
    ScopedFd file(open(path.c_str(), flags | O_CLOEXEC));
    if (file.valid()) return file;
  }
  return ScopedFd();
}

// The mapping's own place of what another mapping shows of the same file; empty if it does not show it.
Range SamePlace(const Mapping& mapping, const Mapping& other, const Range& there) {
  const uint64_t shift = mapping.start - mapping.offset - other.start + other.offset;  // modulo 2^64
  const Range here{there.start + shift, there.end + shift};
  if (here.end <= mapping.start || here.start >= mapping.end || here.start > here.end) return {};
  return {std::max(here.start, mapping.start), std::min(here.end, mapping.end)};
}

bool IsSameFile(const Mapping& a, const Mapping& b) {
  return a.shared && b.shared && a.inode == b.inode && a.path == b.path;
}

// What the process has touched of the mapping's file, by any mapping.
std::vector<Range> TouchedByAny(const Process& process, const Mapping& mapping, const Range& range) {
  std::vector<Range> all, merged;
  for (const Mapping& other : ReadMappings(process.pid)) {
    if (!IsSameFile(mapping, other)) continue;
    for (const Range& there : TouchedPages(process.pid, {other.start, other.end}, false)) {
      const Range here = SamePlace(mapping, other, there);
      const Range part{std::max(here.start, range.start), std::min(here.end, range.end)};
      if (part.start < part.end) all.push_back(part);
    }
  }
  std::sort(all.begin(), all.end(), [](const Range& a, const Range& b) { return a.start < b.start; });
  for (const Range& part : all) {
    if (!merged.empty() && part.start <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, part.end);
    } else {
      merged.push_back(part);
    }
  }
  return merged;
}

// Where the file behind a mapping has data, whoever has written it: reading a hole through the mapping would fill it.
// Without the file, what the process itself has touched of it.
std::vector<Range> DataBehind(const Process& process, const Mapping& mapping, const Range& range) {
  const ScopedFd file = FileBehind(process, mapping, O_RDONLY);
  if (!file.valid()) return TouchedByAny(process, mapping, range);
  std::vector<Range> data;
  const auto offset = [&](uint64_t address) { return static_cast<off_t>(address - mapping.start + mapping.offset); };
  const off_t end = offset(range.end);
  for (off_t at = lseek(file.get(), offset(range.start), SEEK_DATA); at >= 0 && at < end;) {
    const off_t hole = std::min(lseek(file.get(), at, SEEK_HOLE), end);
    const auto address = [&](off_t place) { return static_cast<uint64_t>(place) - mapping.offset + mapping.start; };
    Extend(&data, address(at), address(hole));
    at = lseek(file.get(), hole, SEEK_DATA);
  }
  return data;
}

// Calls `found` for each trapped instruction in the ranges, with its address. False if they could not be read.
bool VisitSites(pid_t pid, const std::vector<Range>& ranges, const std::function<void(TrapSite, uint64_t)>& found) {
  const ScopedFd memory(open(absl::StrCat("/proc/", pid, "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<uint8_t> bytes;
  for (const Range& range : ranges) {
    for (uint64_t at = range.start; at < range.end; at += kPiece) {
      const uint64_t end = std::min(at + kPiece, range.end);
      const uint64_t from = at - std::min<uint64_t>(at - range.start, kBytesBefore);
      bytes.resize(std::min<uint64_t>(end + kBytesAfter, range.end) - from);
      const ssize_t got = pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(from));
      if (got <= static_cast<ssize_t>(at - from)) return false;
      bytes.resize(static_cast<size_t>(got));
      MemoryPiece piece{bytes, at - from, std::min<size_t>(end - at, bytes.size() - (at - from))};
      for (const TrapSite& site : FindTrapSitesInMemory(piece)) found(site, from + site.offset);
    }
  }
  return true;
}

// Whether the bytes of a site are those of the mapping's file, which was searched as such, by a better rule.
class FileOfMapping {
 public:
  FileOfMapping(const Process& process, const Mapping& mapping) : mapping_(mapping) {
    if (!HasFile(mapping)) return;
    // Through the node's own root: its private directories are not ours.
    file_ = ScopedFd(open(absl::StrCat("/proc/", process.pid, "/root", mapping.path).c_str(), O_RDONLY | O_CLOEXEC));
  }
  bool valid() const { return file_.valid(); }
  bool Has(pid_t pid, const TrapSite& site, uint64_t address) const {
    uint8_t here[16], there[16];
    const auto offset = static_cast<off_t>(address - mapping_.start + mapping_.offset);
    return file_.valid() && pread(file_.get(), there, site.length, offset) == site.length &&
           ReadMemory(pid, address, here, site.length) && std::equal(here, here + site.length, there);
  }

 private:
  const Mapping& mapping_;
  ScopedFd file_;
};

// Writes to code: in the process's own memory, or where others share it in the file behind it, or in the mapping by
// which the process itself writes to it.
bool WriteMark(const Process& process, const Mapping& mapping, uint64_t address, absl::Span<const uint8_t> mark) {
  if (WriteCode(process.pid, address, mark.data(), mark.size())) return true;
  if (!mapping.shared) return false;
  const auto offset = static_cast<off_t>(address - mapping.start + mapping.offset);
  const ScopedFd file = FileBehind(process, mapping, O_RDWR);
  if (pwrite(file.get(), mark.data(), mark.size(), offset) == static_cast<ssize_t>(mark.size())) return true;
  for (const Mapping& other : ReadMappings(process.pid)) {
    if (!IsSameFile(mapping, other) || !other.writable) continue;
    const Range there = SamePlace(other, mapping, {address, address + mark.size()});
    if (there.end - there.start != mark.size()) continue;
    if (WriteMemory(process.pid, there.start, mark.data(), mark.size())) return true;
  }
  return false;
}

bool ReadsTimestamp(const TrapSite& site) {
  return site.kind == TrappedKind::kRdtsc || site.kind == TrappedKind::kRdtscp;
}

std::string NameOf(const Mapping& mapping) {
  return mapping.path.empty() ? "memory without a file" : mapping.path;
}

}  // namespace

bool ChangesUnseen(const Mapping& mapping) {
  return mapping.executable && (mapping.writable || mapping.shared) && !IsKernels(mapping);
}

void MarkMemory(NodeState& node, Process& process, const Mapping& mapping, uint64_t start, uint64_t end) {
  if (!mapping.executable || IsKernels(mapping)) return;
  const Range range{std::max(start, mapping.start), std::min(end, mapping.end)};
  const FileOfMapping file(process, mapping);
  std::vector<Range> ranges;
  if (!HasFile(mapping) || (file.valid() && !mapping.shared)) {
    ranges = TouchedPages(process.pid, range, HasFile(mapping));
  } else {
    ranges = DataBehind(process, mapping, range);
  }
  if (ranges.empty()) return;
  bool written = true;
  const bool read = VisitSites(process.pid, ranges, [&](const TrapSite& site, uint64_t address) {
    if (!mapping.shared && file.Has(process.pid, site, address)) return;
    written = WriteMark(process, mapping, address + site.opcode_at, MarkOf(site.kind)) && written;
  });
  if (read && written) return;
  node.Find("instruction", absl::StrCat("made code in ", NameOf(mapping), " in which instructions that read the "
                                        "machine could not be ", read ? "replaced" : "searched for"), false, true);
}

std::optional<TrapSite> MarkedSite(const Process& process, uint64_t address) {
  uint8_t code[kBytesAfter];
  const ScopedFd memory(open(absl::StrCat("/proc/", process.pid, "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t got = pread(memory.get(), code, sizeof code, static_cast<off_t>(address));
  return got <= 0 ? std::nullopt : ReadMark({code, static_cast<size_t>(got)});
}

void SearchBeforeEnd(NodeState& node, Process& process) {
  if (!process.alive || !process.code_changes_unseen) return;
  uint64_t count = 0, first = 0;
  TrappedKind kind{};
  std::string where;
  for (const Mapping& mapping : ReadMappings(process.pid)) {
    if (!mapping.executable || IsKernels(mapping)) continue;
    const bool own = HasFile(mapping) && !mapping.shared;
    const FileOfMapping file(process, mapping);
    VisitSites(process.pid, TouchedPages(process.pid, {mapping.start, mapping.end}, own),
               [&](const TrapSite& site, uint64_t address) {
                 if (own && file.Has(process.pid, site, address)) return;
                 if (!process.timestamps_missed && ReadsTimestamp(site)) return;
                 if (count++ > 0) return;
                 first = address;
                 kind = site.kind;
                 where = NameOf(mapping);
               });
  }
  if (count == 0) return;
  constexpr const char* kNames[] = {"rdtsc", "rdtscp", "rdrand", "rdseed"};
  const std::string more = count == 1 ? "" : absl::StrCat(" and ", count - 1, " more");
  node.Find("instruction",
            absl::StrFormat("wrote %s%s into executable memory, where no call shows it (%s, 0x%x): if it ran, it read "
                            "the machine",
                            kNames[static_cast<int>(kind)], more, where, first),
            false, true);
}

}  // namespace gyre
