// Console: where a command prints, and how text that nodes wrote is made safe to print. One thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sim/base/concat.h"

namespace gyre {

// The streams are borrowed. `terminal`: err is a terminal, so a progress line may be drawn and redrawn there.
struct Console {
  FILE* out = stdout;
  FILE* err = stderr;
  bool terminal = false;
  bool colour = false;  // out is a terminal that shows colours

  void Print(std::string_view text) const;
  // "gyre: <the sentence>" on err.
  void Complain(std::string_view sentence) const;
  void Complain(const absl::Status& status) const { Complain(ToStd(status.message())); }
};

// What a part of a text is painted as: verdicts in Jepsen's colours, what matters most in bold.
enum class Paint : uint8_t { kInvalid, kStrong, kUnknown, kValid };
// REQUIRES: nothing in `text` acts on a terminal. Without `colour` it stays as it is.
std::string Painted(Paint paint, std::string_view text, bool colour);

// Control characters, terminal escapes among them, C1 controls and bytes that are not UTF-8 as \n, \t, \x1b or
// \u009b, so that what a node wrote cannot act on a terminal.
std::string EscapeForTerminal(std::string_view text);
// The same, but line feeds and tabs remain: for text of several lines that is ours but quotes a node's.
std::string EscapeLines(std::string_view text);

// `text` as one word of a POSIX shell, quoted only where it must be.
std::string ShellWord(std::string_view text);

// At most `columns` characters (bytes of UTF-8 are not split), the last three dots when something was cut.
std::string Shortened(std::string_view text, size_t columns);

}  // namespace gyre
