// Console: where a command prints, and how text that nodes wrote is made safe to print. One thread.
#pragma once

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

  void Print(std::string_view text) const;
  // "gyre: <the sentence>" on err.
  void Complain(std::string_view sentence) const;
  void Complain(const absl::Status& status) const { Complain(ToStd(status.message())); }
};

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
