// How trap sites are found.
//
// The byte pairs 0F 31 (rdtsc), 0F 01 F9 (rdtscp) and 0F C7 with /6 or /7 (rdrand, rdseed) are searched first, at the
// speed of memchr; a program of 40 MB has some hundreds. Most of them are not what they look like: they lie inside
// an immediate, a displacement, or astride two instructions. Overwriting such a pair would change the program, so each
// candidate must be shown to be where an instruction begins.
//
// x86 instructions have no alignment; where they begin is known only from where an earlier one began. With symbols
// or an unwind table there is a known beginning at or before nearly every candidate, and decoding from there settles
// the matter. Elsewhere (a stripped Go program), and where that decoding meets bytes that are no instruction,
// decoding begins at every one of the 96 bytes before the candidate. x86 code is self-synchronizing: a decoder
// that begins in the middle of an instruction is soon, after two or three instructions on average, in step with
// the true sequence, and then stays so (C. Linn, S. Debray, Obfuscation of Executable Code, CCS 2003, section 2.2).
// So nearly all decoders that began 24 bytes or more before the candidate have the same opinion, and that is the true
// one. Each offset is decoded once, from the candidate downward, as decoders that meet share their future; a candidate
// costs 96 decodings.
//
// Unless at least three quarters agree the candidate is left alone: an overlooked instruction leaks, which
// --doublecheck shows, while one that was wrongly taken would corrupt a constant of the program. Data between
// functions is what can deceive the vote: there no sequence is the true one, so three quarters rarely agree, and
// most data in code sections lies between function starts that are known.
//
// Memory that a program fills itself (a just-in-time compiler's) has no table of beginnings, and may have data in
// front of the code and behind it. There the vote decides, but for what follows nine zero bytes or more: no instruction
// has so many, so they are space between pieces of code, and the next byte begins one. And code must follow: up to
// eight instructions that a program may execute, of which none is 00 00, which small numbers, pointers and empty
// memory are full of. What is written over such an instruction is a mark that tells its kind: UD0 (0F FF) for rdtsc;
// UD1 (0F B9) with the operand of the original, whose byte is F0 or more, for rdrand and rdseed, and with C0 for
// rdtscp. Compilers emit neither in that form.
#include "sim/host/instructions.h"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "sim/base/check.h"

namespace gyre {
namespace {

constexpr size_t kWindow = kBytesBefore;  // where decoders begin
constexpr size_t kSynchronized = 24; // bytes after which a decoder's opinion counts
// A function start further away than this is rather data's: the vote is quicker.
constexpr size_t kFarthestStart = 1 << 20;
constexpr uint64_t kNone = UINT64_MAX;
// As many zero bytes as the immediate and the displacement of one instruction can have, and one more.
constexpr size_t kSpace = 9;
// Instructions that must follow in memory.
constexpr int kFollowers = 8;
constexpr uint8_t kStampMark[] = {0x0f, 0xff};
constexpr uint8_t kStampWithCpuMark[] = {0x0f, 0xb9, 0xc0};
constexpr uint8_t kRandomMark[] = {0x0f, 0xb9};

bool LooksTrapped(absl::Span<const uint8_t> code, size_t at) {
  const size_t left = code.size() - at;
  if (left < 2) return false;
  if (code[at + 1] == 0x31) return true;
  if (left < 3) return false;
  if (code[at + 1] == 0x01) return code[at + 2] == 0xf9;
  return code[at + 1] == 0xc7 && code[at + 2] >= 0xf0;  // register form of /6 and /7
}

// The instruction at `start` if it is a trapped one with its opcode at `opcode`.
std::optional<TrapSite> DecodeTrapped(const ZydisDecoder& decoder, absl::Span<const uint8_t> code, size_t start,
                                      size_t opcode) {
  ZydisDecodedInstruction instruction;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, nullptr, code.data() + start, code.size() - start,
                                                  &instruction))) {
    return std::nullopt;
  }
  TrapSite site;
  switch (instruction.mnemonic) {
    case ZYDIS_MNEMONIC_RDTSC:
      site.kind = TrappedKind::kRdtsc;
      break;
    case ZYDIS_MNEMONIC_RDTSCP:
      site.kind = TrappedKind::kRdtscp;
      break;
    case ZYDIS_MNEMONIC_RDRAND:
      site.kind = TrappedKind::kRdrand;
      break;
    case ZYDIS_MNEMONIC_RDSEED:
      site.kind = TrappedKind::kRdseed;
      break;
    default:
      return std::nullopt;
  }
  if (start + instruction.raw.prefix_count != opcode) return std::nullopt;
  site.offset = start;
  site.length = instruction.length;
  site.opcode_at = instruction.raw.prefix_count;
  if (site.kind == TrappedKind::kRdrand || site.kind == TrappedKind::kRdseed) {
    site.reg = static_cast<uint8_t>(instruction.raw.modrm.rm | instruction.raw.rex.B << 3);
    site.width = instruction.operand_width;
  }
  return site;
}

ZydisDecoder FullDecoder() {
  ZydisDecoder decoder;
  CHECK(ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)));
  return decoder;
}

class Finder {
 public:
  // `all_code`: the code begins at an instruction, and functions follow one another.
  Finder(absl::Span<const uint8_t> code, const FunctionStarts* hints, bool all_code)
      : code_(code), hints_(hints), all_code_(all_code), full_(FullDecoder()), lengths_(full_) {
    CHECK(ZYAN_SUCCESS(ZydisDecoderEnableMode(&lengths_, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE)));
  }

  // Those with an opcode in the `length` bytes from `first`.
  std::vector<TrapSite> Find(size_t first, size_t length) const {
    std::vector<TrapSite> sites;
    const uint8_t* begin = code_.data();
    const uint8_t* end = begin + first + length;
    for (const uint8_t* at = begin + first; at < end; ++at) {
      at = static_cast<const uint8_t*>(std::memchr(at, 0x0f, static_cast<size_t>(end - at)));
      if (at == nullptr) break;
      const size_t opcode = static_cast<size_t>(at - begin);
      if (!LooksTrapped(code_, opcode)) continue;
      const std::optional<TrapSite> site = Confirm(opcode);
      if (site && (all_code_ || IsFollowedByCode(site->offset + site->length))) sites.push_back(*site);
    }
    return sites;
  }

 private:
  // Length of the instruction at `start`, 0 if there is none.
  size_t LengthAt(size_t start) const {
    ZydisDecodedInstruction instruction;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&lengths_, nullptr, code_.data() + start, code_.size() - start,
                                                    &instruction))) {
      return 0;
    }
    return instruction.length;
  }

  std::optional<TrapSite> Decode(size_t start, size_t opcode) const {
    return DecodeTrapped(full_, code_, start, opcode);
  }

  // As far as the bytes go, and to where control leaves for good.
  bool IsFollowedByCode(size_t at) const {
    for (int i = 0; i < kFollowers && at < code_.size(); ++i) {
      if (code_[at] == 0 && at + 1 < code_.size() && code_[at + 1] == 0) return false;
      ZydisDecodedInstruction next;
      const ZyanStatus status =
          ZydisDecoderDecodeInstruction(&full_, nullptr, code_.data() + at, code_.size() - at, &next);
      if (status == ZYDIS_STATUS_NO_MORE_DATA) return true;
      if (!ZYAN_SUCCESS(status) || (next.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0) return false;
      const bool leaves = next.meta.category == ZYDIS_CATEGORY_RET || next.meta.category == ZYDIS_CATEGORY_UNCOND_BR ||
                          next.meta.category == ZYDIS_CATEGORY_INTERRUPT;
      if (leaves) return true;
      at += next.length;
    }
    return true;
  }

  // What follows the last empty space in the window before `at`; kNone without one.
  size_t StartAfterSpace(size_t at) const {
    size_t zeros = 0, start = kNone;
    for (size_t i = at - std::min(at, kWindow); i <= at; ++i) {
      if (zeros >= kSpace && code_[i] != 0) start = i;
      zeros = code_[i] == 0 ? zeros + 1 : 0;
    }
    return start;
  }

  // The last known beginning at or before `at`; that of the code is one.
  size_t KnownStart(size_t at) const {
    if (!all_code_) return StartAfterSpace(at);
    if (hints_ == nullptr) return 0;
    auto after = std::upper_bound(hints_->offsets.begin(), hints_->offsets.end(), at);
    return after == hints_->offsets.begin() ? 0 : static_cast<size_t>(*std::prev(after));
  }

  std::optional<TrapSite> Confirm(size_t opcode) const {
    const size_t known = KnownStart(opcode);
    if (known == kNone) return Vote(opcode);
    if ((known > 0 && opcode - known < kFarthestStart) || opcode - known < kWindow) {
      for (size_t at = known; at <= opcode;) {
        const size_t length = LengthAt(at);
        if (length == 0) return Vote(opcode);
        if (at + length > opcode) return Decode(at, opcode);
        at += length;
      }
    }
    return Vote(opcode);
  }

  std::optional<TrapSite> Vote(size_t opcode) const {
    const size_t first = opcode - std::min(opcode, kWindow);
    const size_t count = opcode - first + 1;
    // By offset from `first`: where the instruction begins that a decoder from there finds at the opcode, if it is
    // a trapped one.
    std::array<uint64_t, kWindow + 1> found;
    for (size_t i = count; i-- > 0;) {
      const size_t start = first + i;
      const size_t length = LengthAt(start);
      if (length == 0) {
        found[i] = kNone;
      } else if (start + length <= opcode) {
        found[i] = found[i + length];
      } else {
        found[i] = Decode(start, opcode) ? start : kNone;
      }
    }
    const size_t voters = count > kSynchronized ? count - kSynchronized : 1;
    // No more than a handful of beginnings are possible; the first voter that is right names it.
    for (size_t i = 0; i < voters; ++i) {
      if (found[i] == kNone) continue;
      const auto agreeing = static_cast<size_t>(std::count(found.begin(), found.begin() + voters, found[i]));
      if (agreeing * 4 >= voters * 3) return Decode(static_cast<size_t>(found[i]), opcode);
    }
    return std::nullopt;
  }

  const absl::Span<const uint8_t> code_;
  const FunctionStarts* const hints_;
  const bool all_code_;
  ZydisDecoder full_;
  ZydisDecoder lengths_;
};

}  // namespace

std::vector<TrapSite> FindTrapSites(absl::Span<const uint8_t> code, const FunctionStarts* hints) {
  return Finder(code, hints, true).Find(0, code.size());
}

std::vector<TrapSite> FindTrapSitesInMemory(const MemoryPiece& piece) {
  CHECK(piece.first + piece.length <= piece.bytes.size());
  return Finder(piece.bytes, nullptr, false).Find(piece.first, piece.length);
}

absl::Span<const uint8_t> MarkOf(TrappedKind kind) {
  switch (kind) {
    case TrappedKind::kRdtsc: return kStampMark;
    case TrappedKind::kRdtscp: return kStampWithCpuMark;
    case TrappedKind::kRdrand:
    case TrappedKind::kRdseed: return kRandomMark;
  }
  CHECK(false);
}

std::optional<TrapSite> ReadMark(absl::Span<const uint8_t> code) {
  std::array<uint8_t, ZYDIS_MAX_INSTRUCTION_LENGTH> original{};
  const size_t size = std::min(code.size(), original.size());
  std::copy_n(code.begin(), size, original.begin());
  const auto begins = [&](size_t at, absl::Span<const uint8_t> mark) {
    return at + mark.size() <= size && std::equal(mark.begin(), mark.end(), code.begin() + at);
  };
  // Prefixes come first; none is 0F.
  const size_t opcode = static_cast<size_t>(std::find(code.begin(), code.begin() + size, 0x0f) - code.begin());
  if (begins(opcode, kStampMark)) {
    original[opcode + 1] = 0x31;
  } else if (begins(opcode, kStampWithCpuMark)) {
    original[opcode + 1] = 0x01;
    original[opcode + 2] = 0xf9;
  } else if (begins(opcode, kRandomMark)) {
    original[opcode + 1] = 0xc7;
  } else {
    return std::nullopt;
  }
  return DecodeTrapped(FullDecoder(), absl::MakeConstSpan(original).first(size), 0, opcode);
}

}  // namespace gyre
