#include "sim/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace gyre {
namespace {

constexpr size_t kWord = sizeof(uint64_t);
constexpr uint64_t kOnes = 0x0101010101010101;

// Eight bytes at once. Never true wrongly; a borrow may make it false for plain bytes.
bool IsPlainWord(uint64_t word) {
  // A high bit is set where a byte is 0x80 or more, less than 0x20, or zero after the exclusive or.
  const uint64_t quotes = word ^ kOnes * '"';
  const uint64_t backslashes = word ^ kOnes * '\\';
  const uint64_t special = word | (word - kOnes * 0x20) | (quotes - kOnes) | (backslashes - kOnes);
  return (special & kOnes * 0x80) == 0;
}

// The bytes from there on, at most eight; spaces after them.
uint64_t WordAt(std::string_view text, size_t at) {
  uint64_t word = kOnes * ' ';
  std::memcpy(&word, text.data() + at, text.size() - at < kWord ? text.size() - at : kWord);
  return word;
}

}  // namespace

size_t Utf8SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;  // a continuation, or an overlong form of ASCII
  if (first < 0xe0) return continues(1) ? 2 : 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first > 0xf4) return 0;
  const bool overlong = first == 0xf0 && byte(1) < 0x90;
  const bool too_large = first == 0xf4 && byte(1) >= 0x90;
  return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
}

size_t FirstInvalidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const size_t length = Utf8SequenceLength(text.substr(i));
    if (length == 0) break;
    i += length;
  }
  return i;
}

size_t PlainPrefix(std::string_view text) {
  size_t size = 0;
  while (size + kWord <= text.size() && IsPlainWord(WordAt(text, size))) size += kWord;
  return size < text.size() && IsPlainWord(WordAt(text, size)) ? text.size() : size;
}

}  // namespace gyre
