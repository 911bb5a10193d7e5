// Where the code goes. Each function of the image leaves a room: the bytes up to the next function. Code that fits
// begins where its original did. Code that does not (time(), whose original leaves the work to another function) gets
// a jump there, and lies in what is left of another room. All functions that the image offers are replaced, so
// nothing jumps into the remains of the originals; if it offers one that is not known here, that one may call code that
// lies behind another function, and then a room is only as long as the symbol table says.
#include "sim/host/vdso.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/host/elf_image.h"

#define GYRE_VDSO_CODE(name) extern const uint8_t gyre_vdso_##name[], gyre_vdso_##name##_end[]
extern "C" {
GYRE_VDSO_CODE(clock_getres);
GYRE_VDSO_CODE(clock_gettime);
GYRE_VDSO_CODE(getcpu);
GYRE_VDSO_CODE(getrandom);
GYRE_VDSO_CODE(gettimeofday);
GYRE_VDSO_CODE(sgx_enter_enclave);
GYRE_VDSO_CODE(time);
}
#undef GYRE_VDSO_CODE

namespace gyre {
namespace {

struct Replacement {
  std::string_view symbol;
  const uint8_t* begin;
  const uint8_t* end;
};

constexpr Replacement kReplacements[] = {
    {"__vdso_clock_getres", gyre_vdso_clock_getres, gyre_vdso_clock_getres_end},
    {"__vdso_clock_gettime", gyre_vdso_clock_gettime, gyre_vdso_clock_gettime_end},
    {"__vdso_getcpu", gyre_vdso_getcpu, gyre_vdso_getcpu_end},
    {"__vdso_getrandom", gyre_vdso_getrandom, gyre_vdso_getrandom_end},
    {"__vdso_gettimeofday", gyre_vdso_gettimeofday, gyre_vdso_gettimeofday_end},
    {"__vdso_sgx_enter_enclave", gyre_vdso_sgx_enter_enclave, gyre_vdso_sgx_enter_enclave_end},
    {"__vdso_time", gyre_vdso_time, gyre_vdso_time_end},
};

constexpr size_t kJumpLength = 5;
constexpr uint64_t kAlignment = 16;

const Replacement* FindReplacement(std::string_view symbol) {
  for (const Replacement& replacement : kReplacements) {
    if (replacement.symbol == symbol) return &replacement;
  }
  return nullptr;
}

// The bytes of one original.
struct Room {
  uint64_t size = 0;  // as the symbol says; then the whole room
  const Replacement* replacement = nullptr;
};

struct Gap {
  uint64_t begin, end;
};

// The rooms by offset in the image.
std::map<uint64_t, Room> FindRooms(const ElfImage& elf) {
  std::map<uint64_t, Room> rooms;
  elf.VisitSymbols(SHT_DYNSYM, [&](const ElfImage::Symbol& symbol) {
    uint64_t offset;
    if (symbol.type != STT_FUNC || !elf.OffsetOf(symbol.address, offset)) return;
    // Names without the prefix are aliases of the same place.
    Room& room = rooms[offset];
    room.size = std::max(room.size, symbol.size);
    if (const Replacement* replacement = FindReplacement(symbol.name)) room.replacement = replacement;
  });
  bool all_known = true;
  for (const auto& [offset, room] : rooms) all_known = all_known && room.replacement != nullptr;
  const std::vector<ElfImage::Range> code = elf.CodeRanges();
  for (auto room = rooms.begin(); all_known && room != rooms.end(); ++room) {
    for (const ElfImage::Range& range : code) {
      if (room->first < range.offset || room->first >= range.offset + range.length) continue;
      const uint64_t next = std::next(room) == rooms.end() ? UINT64_MAX : std::next(room)->first;
      room->second.size = std::min(next, range.offset + range.length) - room->first;
    }
  }
  std::erase_if(rooms, [](const auto& room) { return room.second.replacement == nullptr; });
  return rooms;
}

std::vector<uint8_t> CodeFor(const Replacement& replacement, uint64_t clock_page) {
  std::vector<uint8_t> code(replacement.begin, replacement.end);
  for (size_t i = 0; i + sizeof kPagePlaceholder <= code.size(); ++i) {
    if (std::memcmp(&code[i], &kPagePlaceholder, sizeof kPagePlaceholder) != 0) continue;
    std::memcpy(&code[i], &clock_page, sizeof clock_page);
  }
  return code;
}

std::vector<uint8_t> JumpFromTo(uint64_t from, uint64_t to) {
  std::vector<uint8_t> jump(kJumpLength, 0xe9);  // jmp rel32
  const auto distance = static_cast<int32_t>(to - (from + kJumpLength));
  std::memcpy(&jump[1], &distance, sizeof distance);
  return jump;
}

}  // namespace

absl::StatusOr<std::vector<VdsoPatch>> PatchVdso(absl::Span<const uint8_t> image, uint64_t clock_page) {
  absl::StatusOr<ElfImage> elf = ElfImage::Parse(image);
  if (!elf.ok()) return elf.status();
  const std::map<uint64_t, Room> rooms = FindRooms(*elf);
  if (rooms.empty()) return absl::FailedPreconditionError("the vDSO offers no function that is known");
  std::vector<VdsoPatch> patches;
  std::vector<Gap> gaps;
  std::vector<uint64_t> homeless;
  for (const auto& [offset, room] : rooms) {
    std::vector<uint8_t> code = CodeFor(*room.replacement, clock_page);
    const bool fits = code.size() <= room.size;
    if (!fits && room.size < kJumpLength) {
      return absl::FailedPreconditionError(
          absl::StrCat("the vDSO's ", std::string(room.replacement->symbol), " is too short to be replaced"));
    }
    gaps.push_back({offset + (fits ? code.size() : kJumpLength), offset + room.size});
    if (fits) {
      patches.push_back({offset, std::move(code)});
    } else {
      homeless.push_back(offset);
    }
  }
  for (uint64_t entry : homeless) {
    std::vector<uint8_t> code = CodeFor(*rooms.at(entry).replacement, clock_page);
    auto holds = [&](const Gap& gap) {
      const uint64_t begin = (gap.begin + kAlignment - 1) / kAlignment * kAlignment;
      return begin + code.size() <= gap.end;
    };
    auto gap = std::find_if(gaps.begin(), gaps.end(), holds);
    if (gap == gaps.end()) return absl::FailedPreconditionError("the vDSO has no room for its new functions");
    const uint64_t place = (gap->begin + kAlignment - 1) / kAlignment * kAlignment;
    gap->begin = place + code.size();
    patches.push_back({entry, JumpFromTo(entry, place)});
    patches.push_back({place, std::move(code)});
  }
  for (const VdsoPatch& patch : patches) CHECK(patch.offset + patch.bytes.size() <= image.size());
  return patches;
}

}  // namespace gyre
