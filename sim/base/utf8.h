// UTF-8: where a text stops being it, and how much of it is plain. Pure functions, any thread. Sizes are in bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace gyre {

// The length of the UTF-8 sequence (1 to 4) that `text` begins with; 0 if it does not begin with one: overlong,
// a surrogate, above U+10FFFF, cut off, or empty.
size_t Utf8SequenceLength(std::string_view text);

// The offset of the first byte that is not part of UTF-8, or text.size() when all is.
size_t FirstInvalidUtf8(std::string_view text);

// How many bytes at the start of `text` stand for themselves in a string literal of JSON or EDN: printable ASCII but
// '"' and '\\'. A quick look: it may stop early, at bytes that do too.
size_t PlainPrefix(std::string_view text);

}  // namespace gyre
