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
#include "sim/host/instructions.h"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "sim/base/check.h"

namespace gyre {
namespace {

constexpr size_t kWindow = 96;       // bytes before a candidate where decoders begin
constexpr size_t kSynchronized = 24; // bytes after which a decoder's opinion counts
// A function start further away than this is rather data's: the vote is quicker.
constexpr size_t kFarthestStart = 1 << 20;
constexpr uint64_t kNone = UINT64_MAX;

bool LooksTrapped(absl::Span<const uint8_t> code, size_t at) {
  const size_t left = code.size() - at;
  if (left < 2) return false;
  if (code[at + 1] == 0x31) return true;
  if (left < 3) return false;
  if (code[at + 1] == 0x01) return code[at + 2] == 0xf9;
  return code[at + 1] == 0xc7 && code[at + 2] >= 0xf0;  // register form of /6 and /7
}

class Finder {
 public:
  Finder(absl::Span<const uint8_t> code, const FunctionStarts* hints) : code_(code), hints_(hints) {
    CHECK(ZYAN_SUCCESS(ZydisDecoderInit(&full_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)));
    lengths_ = full_;
    CHECK(ZYAN_SUCCESS(ZydisDecoderEnableMode(&lengths_, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE)));
  }

  std::vector<TrapSite> Find() const {
    std::vector<TrapSite> sites;
    const uint8_t* begin = code_.data();
    const uint8_t* end = begin + code_.size();
    for (const uint8_t* at = begin; at < end; ++at) {
      at = static_cast<const uint8_t*>(std::memchr(at, 0x0f, static_cast<size_t>(end - at)));
      if (at == nullptr) break;
      const size_t opcode = static_cast<size_t>(at - begin);
      if (!LooksTrapped(code_, opcode)) continue;
      if (std::optional<TrapSite> site = Confirm(opcode)) sites.push_back(*site);
    }
    return sites;
  }

 private:
  // The instruction at `start` if it is a trapped one with its opcode at `opcode`.
  std::optional<TrapSite> Decode(size_t start, size_t opcode) const {
    ZydisDecodedInstruction instruction;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&full_, nullptr, code_.data() + start, code_.size() - start,
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

  // Length of the instruction at `start`, 0 if there is none.
  size_t LengthAt(size_t start) const {
    ZydisDecodedInstruction instruction;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&lengths_, nullptr, code_.data() + start, code_.size() - start,
                                                    &instruction))) {
      return 0;
    }
    return instruction.length;
  }

  // The last known beginning at or before `at`; the code's own is one.
  size_t KnownStart(size_t at) const {
    if (hints_ == nullptr) return 0;
    auto after = std::upper_bound(hints_->offsets.begin(), hints_->offsets.end(), at);
    return after == hints_->offsets.begin() ? 0 : static_cast<size_t>(*std::prev(after));
  }

  std::optional<TrapSite> Confirm(size_t opcode) const {
    const size_t known = KnownStart(opcode);
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
  ZydisDecoder full_;
  ZydisDecoder lengths_;
};

}  // namespace

std::vector<TrapSite> FindTrapSites(absl::Span<const uint8_t> code, const FunctionStarts* hints) {
  return Finder(code, hints).Find();
}

}  // namespace gyre
