// ElfImage: what gyre needs to know of a 64-bit x86 ELF file: where its code lies and where functions begin.
//
// A view of bytes that the caller keeps alive. The bytes may be anything: whatever points outside of them is passed
// over as if it were not there. elf(5); .eh_frame_hdr: Linux Standard Base, Core, chapter 10. Any thread.
#pragma once

#include <elf.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace gyre {

class ElfImage {
 public:
  // A piece of the file, in bytes.
  struct Range {
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  struct Symbol {
    std::string_view name;
    uint64_t address = 0;  // as linked
    uint64_t size = 0;
    uint8_t type = 0;      // STT_FUNC, ...
  };

  // Errors: no ELF file, or one for another machine.
  static absl::StatusOr<ElfImage> Parse(absl::Span<const uint8_t> bytes);

  // The executable sections; without section headers, the executable segments. (Some linkers put constants into the
  // executable segment, so segments say less.) In the order of the file, not overlapping.
  std::vector<Range> CodeRanges() const;
  // File offsets at which functions begin: symbols and the table of unwind entries. Sorted, without repetition.
  std::vector<uint64_t> FunctionStarts() const;
  // Calls `visit` for each symbol with an address of the symbol tables of that type (SHT_SYMTAB, SHT_DYNSYM).
  void VisitSymbols(uint32_t table_type, const std::function<void(const Symbol&)>& visit) const;
  // False when no segment of the file holds the address.
  bool OffsetOf(uint64_t address, uint64_t& offset) const;

 private:
  explicit ElfImage(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}
  template <typename T>
  bool Load(uint64_t offset, T& value) const;
  // The part of the file that is really there.
  absl::Span<const uint8_t> Slice(uint64_t offset, uint64_t length) const;
  void AddUnwindStarts(std::vector<uint64_t>& starts) const;

  absl::Span<const uint8_t> bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace gyre
