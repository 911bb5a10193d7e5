#include "tools/console.h"

#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

std::string Escape(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text[0]);
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) {
      absl::StrAppendFormat(&out, "\\x%02x", c);
      text.remove_prefix(1);
      continue;
    }
    if (keep_lines && (c == '\n' || c == '\t')) {
      out.push_back(text[0]);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\x%02x", c);
    } else if (c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(text[1]));
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

void Console::Print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

void Console::Complain(std::string_view sentence) const {
  const std::string line = Concat("gyre: ", sentence, "\n");
  std::fwrite(line.data(), 1, line.size(), err);
  std::fflush(err);
}

std::string Painted(Paint paint, std::string_view text, bool colour) {
  // Of the 256 colours those that can be told apart on white and on black; in the order of Paint.
  constexpr const char* kCodes[] = {"1;38;5;199", "1", "1;38;5;208", "1;38;5;33"};
  if (!colour || text.empty()) return std::string(text);
  return Concat("\x1b[", kCodes[static_cast<size_t>(paint)], "m", text, "\x1b[0m");
}

std::string EscapeForTerminal(std::string_view text) { return Escape(text, false); }

std::string EscapeLines(std::string_view text) { return Escape(text, true); }

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out.push_back(c);
    }
  }
  return out + "'";
}

std::string Shortened(std::string_view text, size_t columns) {
  size_t bytes = 0;
  size_t count = 0;
  size_t cut = 0;  // where the dots go if it does not fit
  while (bytes < text.size()) {
    if (columns >= 3 && count == columns - 3) cut = bytes;
    if (count == columns) return Concat(text.substr(0, cut), "...");
    const size_t length = Utf8SequenceLength(text.substr(bytes));
    bytes += length == 0 ? 1 : length;
    ++count;
  }
  return std::string(text);
}

}  // namespace gyre
