#include "sim/host/elf_image.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"

namespace gyre {
namespace {

// DW_EH_PE_ encodings that every linker writes into .eh_frame_hdr; a header with others gives no hints.
constexpr uint8_t kPcRelative4 = 0x1b;
constexpr uint8_t kUnsigned4 = 0x03;
constexpr uint8_t kDataRelative4 = 0x3b;

struct UnwindHeader {
  uint8_t version, frame_encoding, count_encoding, table_encoding;
  int32_t frame;
  uint32_t count;
};
struct UnwindEntry {
  int32_t start, description;  // relative to the header
};

}  // namespace

template <typename T>
bool ElfImage::Load(uint64_t offset, T& value) const {
  if (offset > bytes_.size() || bytes_.size() - offset < sizeof value) return false;
  std::memcpy(&value, bytes_.data() + offset, sizeof value);
  return true;
}

absl::Span<const uint8_t> ElfImage::Slice(uint64_t offset, uint64_t length) const {
  if (offset >= bytes_.size()) return {};
  return bytes_.subspan(offset, std::min<uint64_t>(length, bytes_.size() - offset));
}

absl::StatusOr<ElfImage> ElfImage::Parse(absl::Span<const uint8_t> bytes) {
  ElfImage image(bytes);
  Elf64_Ehdr header;
  if (!image.Load(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return absl::InvalidArgumentError("it is not an ELF file");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
    return absl::UnimplementedError("it is not a program for 64-bit x86");
  }
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (image.Load(header.e_phoff + i * sizeof segment, segment)) image.segments_.push_back(segment);
  }
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    if (image.Load(header.e_shoff + i * sizeof section, section)) image.sections_.push_back(section);
  }
  return image;
}

std::vector<ElfImage::Range> ElfImage::CodeRanges() const {
  std::vector<Range> ranges;
  auto add = [&](uint64_t offset, uint64_t length) {
    length = Slice(offset, length).size();
    if (length > 0) ranges.push_back({offset, length});
  };
  for (const Elf64_Shdr& section : sections_) {
    if ((section.sh_flags & SHF_EXECINSTR) != 0 && section.sh_type != SHT_NOBITS) {
      add(section.sh_offset, section.sh_size);
    }
  }
  if (ranges.empty()) {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0) add(segment.p_offset, segment.p_filesz);
    }
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.offset < b.offset; });
  for (size_t i = 1; i < ranges.size(); ++i) {
    Range& before = ranges[i - 1];
    before.length = std::min(before.length, ranges[i].offset - before.offset);
  }
  return ranges;
}

bool ElfImage::OffsetOf(uint64_t address, uint64_t& offset) const {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    if (address - segment.p_vaddr >= segment.p_filesz) continue;
    offset = segment.p_offset + (address - segment.p_vaddr);
    return true;
  }
  return false;
}

void ElfImage::VisitSymbols(uint32_t table_type, const std::function<void(const Symbol&)>& visit) const {
  for (const Elf64_Shdr& section : sections_) {
    if (section.sh_type != table_type || section.sh_link >= sections_.size()) continue;
    const Elf64_Shdr& names = sections_[section.sh_link];
    absl::Span<const uint8_t> text = Slice(names.sh_offset, names.sh_size);
    const uint64_t count = Slice(section.sh_offset, section.sh_size).size() / sizeof(Elf64_Sym);
    for (uint64_t i = 0; i < count; ++i) {
      Elf64_Sym symbol;
      if (!Load(section.sh_offset + i * sizeof symbol, symbol) || symbol.st_value == 0) continue;
      std::string_view name;
      if (symbol.st_name < text.size()) {
        const char* begin = reinterpret_cast<const char*>(text.data()) + symbol.st_name;
        name = std::string_view(begin, strnlen(begin, text.size() - symbol.st_name));
      }
      visit({name, symbol.st_value, symbol.st_size, static_cast<uint8_t>(ELF64_ST_TYPE(symbol.st_info))});
    }
  }
}

void ElfImage::AddUnwindStarts(std::vector<uint64_t>& starts) const {
  for (const Elf64_Phdr& segment : segments_) {
    UnwindHeader header;
    if (segment.p_type != PT_GNU_EH_FRAME || !Load(segment.p_offset, header)) continue;
    if (header.version != 1 || header.frame_encoding != kPcRelative4 || header.count_encoding != kUnsigned4 ||
        header.table_encoding != kDataRelative4) {
      continue;
    }
    for (uint64_t i = 0; i < header.count; ++i) {
      UnwindEntry entry;
      if (!Load(segment.p_offset + sizeof header + i * sizeof entry, entry)) break;
      uint64_t offset;
      if (OffsetOf(segment.p_vaddr + static_cast<int64_t>(entry.start), offset)) starts.push_back(offset);
    }
  }
}

std::vector<uint64_t> ElfImage::FunctionStarts() const {
  std::vector<uint64_t> starts;
  auto add = [&](const Symbol& symbol) {
    uint64_t offset;
    if (symbol.type == STT_FUNC && OffsetOf(symbol.address, offset)) starts.push_back(offset);
  };
  VisitSymbols(SHT_SYMTAB, add);
  VisitSymbols(SHT_DYNSYM, add);
  AddUnwindStarts(starts);
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

}  // namespace gyre
