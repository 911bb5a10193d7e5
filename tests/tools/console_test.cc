#include "tools/console.h"

#include <doctest/doctest.h>

#include <string>

#include "tools/exit_status.h"

namespace gyre {
namespace {

using namespace std::string_literals;

TEST_CASE("what a node wrote cannot act on a terminal") {
  struct Row {
    std::string raw;
    std::string escaped;
  };
  const Row rows[] = {
      {"plain text, caf\u00e9 \u4f60 \U0001f600", "plain text, caf\u00e9 \u4f60 \U0001f600"},
      {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
      {"a\tb\nc\rd", "a\\tb\\nc\\rd"},
      {"\0"s, "\\x00"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\u009b31m"},  // CSI as one character
      {"\x9b"
       "31m",
       "\\x9b31m"},  // and as one byte
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc3", "\\xc3"},  // cut off
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // a surrogate
  };
  for (const Row& row : rows) {
    CHECK(EscapeForTerminal(row.raw) == row.escaped);
    CHECK(EscapeForTerminal(row.escaped) == row.escaped);
  }
  CHECK(EscapeLines("a\tb\n\x1b[m") == "a\tb\n\\x1b[m");
}

TEST_CASE("words of a shell") {
  CHECK(ShellWord("store/echo/x-1") == "store/echo/x-1");
  CHECK(ShellWord("K=a b") == "'K=a b'");
  CHECK(ShellWord("it's") == "'it'\\''s'");
  CHECK(ShellWord("") == "''");
  CHECK(ShellWord("$(rm)") == "'$(rm)'");
}

TEST_CASE("shortened texts") {
  CHECK(Shortened("abcdef", 6) == "abcdef");
  CHECK(Shortened("abcdefg", 6) == "abc...");
  CHECK(Shortened("\u00e4\u00f6\u00fc\u00e4\u00f6", 4) == "\u00e4...");
  CHECK(Shortened("", 4).empty());
}

TEST_CASE("of several runs the worst counts") {
  constexpr ExitStatus kOrder[] = {ExitStatus::kBug,           ExitStatus::kInterrupted, ExitStatus::kUsage,
                                   ExitStatus::kNotReproduced, ExitStatus::kInvalid,     ExitStatus::kUnknown,
                                   ExitStatus::kValid};
  for (size_t i = 0; i < std::size(kOrder); ++i) {
    for (size_t j = i; j < std::size(kOrder); ++j) {
      CHECK(Worst(kOrder[i], kOrder[j]) == kOrder[i]);
      CHECK(Worst(kOrder[j], kOrder[i]) == kOrder[i]);
    }
  }
}

}  // namespace
}  // namespace gyre
