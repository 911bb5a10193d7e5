#include "sim/history/edn.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

using Kind = Edn::Kind;

constexpr int kMaxDepth = 512;
constexpr size_t kColumns = 72;  // clojure.pprint's right margin: what reaches it is broken

bool IsSpace(char c) { return c == ' ' || c == ',' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool EndsToken(char c) { return IsSpace(c) || std::string_view("()[]{}\";").find(c) != std::string_view::npos; }

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

// "line 3, column 5", both from 1.
std::string Place(std::string_view text, size_t at) {
  size_t line = 1;
  size_t line_begin = 0;
  for (size_t i = 0; i < at; ++i) {
    if (text[i] != '\n') continue;
    ++line;
    line_begin = i + 1;
  }
  return Concat("line ", line, ", column ", at - line_begin + 1);
}

// Recursive descent over the text. After a false, `error` says why and where.
class Parser {
 public:
  Parser(std::string_view text, size_t at) : text_(text), at_(at) {}

  size_t at() const { return at_; }
  absl::Status error() const {
    return absl::InvalidArgumentError(Concat("not EDN at ", Place(text_, error_at_), ": ", reason_));
  }

  // Past white space, comments and discarded forms.
  bool SkipBlank() {
    while (at_ < text_.size()) {
      if (IsSpace(text_[at_])) {
        ++at_;
      } else if (text_[at_] == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "#_") {
        at_ += 2;
        Edn discarded;
        if (!Form(1, &discarded)) return false;
      } else {
        return true;
      }
    }
    return true;
  }

  bool AtEnd() const { return at_ == text_.size(); }

  bool Form(int depth, Edn* out) {
    if (!SkipBlank()) return false;
    if (AtEnd()) return Fail(at_, "the text ends where a value is due");
    if (depth > kMaxDepth) return Fail(at_, "nested more than 512 deep");
    switch (text_[at_]) {
      case '"':
        return String(out);
      case '(':
        return Items(Kind::kList, 1, ')', depth, out);
      case '[':
        return Items(Kind::kVector, 1, ']', depth, out);
      case '{':
        return Map(depth, out);
      case ')':
      case ']':
      case '}':
        return Fail(at_, Concat("a '", text_.substr(at_, 1), "' that closes nothing"));
      case '#':
        return Dispatch(depth, out);
      case '\\':
        return Character(out);
      default:
        return Atomic(out);
    }
  }

 private:
  bool Fail(size_t at, std::string reason) {
    error_at_ = at;
    reason_ = std::move(reason);
    return false;
  }

  std::string_view Token() {
    const size_t begin = at_;
    while (!AtEnd() && !EndsToken(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool Items(Kind kind, size_t opener, char closer, int depth, Edn* out) {
    const size_t begin = at_;
    at_ += opener;
    *out = Edn::Collection(kind);
    for (;;) {
      if (!SkipBlank()) return false;
      if (AtEnd()) return Fail(begin, Concat("a '", text_.substr(begin, opener), "' that is not closed"));
      if (text_[at_] == closer) break;
      out->items.emplace_back();
      if (!Form(depth + 1, &out->items.back())) return false;
    }
    ++at_;
    return true;
  }

  bool Map(int depth, Edn* out) {
    const size_t begin = at_;
    if (!Items(Kind::kMap, 1, '}', depth, out)) return false;
    return out->items.size() % 2 == 0 || Fail(begin, "a map whose last key has no value");
  }

  bool Dispatch(int depth, Edn* out) {
    const size_t begin = at_;
    if (text_.substr(at_, 2) == "#{") return Items(Kind::kSet, 2, '}', depth, out);
    if (text_.substr(at_, 2) == "##") {
      const std::string_view name = Token();
      const double infinity = HUGE_VAL;
      if (name == "##Inf" || name == "##-Inf" || name == "##NaN") {
        *out = Edn::Double(name == "##Inf" ? infinity : (name == "##-Inf" ? -infinity : std::nan("")));
        return true;
      }
      return Fail(begin, Concat("'", name, "' is not ##Inf, ##-Inf or ##NaN"));
    }
    ++at_;
    const std::string_view tag = Token();
    if (tag.empty()) return Fail(begin, "a '#' without a tag");
    if (FirstInvalidUtf8(tag) != tag.size()) return Fail(begin, "a tag that is not UTF-8");
    Edn tagged = Edn::Text(Kind::kTagged, tag);
    tagged.items.emplace_back();
    if (!Form(depth + 1, &tagged.items.back())) return false;
    *out = std::move(tagged);
    return true;
  }

  bool String(Edn* out) {
    const size_t begin = at_++;
    *out = Edn::Text(Kind::kString, "");
    for (;;) {
      const size_t end = text_.find_first_of("\"\\", at_);
      if (end == std::string_view::npos) return Fail(begin, "a string that does not end");
      out->text.append(text_.substr(at_, end - at_));
      at_ = end + 1;
      if (text_[end] == '"') break;
      if (!Escape(end, out->text)) return false;
    }
    const size_t invalid = FirstInvalidUtf8(out->text);
    return invalid == out->text.size() || Fail(begin, "a string that is not UTF-8");
  }

  // After a backslash at `begin`.
  bool Escape(size_t begin, std::string& out) {
    constexpr std::string_view kLetters = "tbnrf\\\"";
    constexpr std::string_view kMeanings = "\t\b\n\r\f\\\"";
    const char letter = AtEnd() ? '\0' : text_[at_++];
    if (const size_t i = kLetters.find(letter); i != std::string_view::npos) {
      out.push_back(kMeanings[i]);
      return true;
    }
    uint32_t code = 0;
    if (letter != 'u' || !HexDigits(&code)) return Fail(begin, "a bad escape in a string");
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      uint32_t low = 0;
      at_ += 2;
      if (!HexDigits(&low) || low < 0xdc00 || low >= 0xe000) return Fail(begin, "half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    AppendUtf8(code, out);
    return true;
  }

  bool HexDigits(uint32_t* code) {
    const std::string_view digits = text_.substr(at_, 4);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), *code, 16);
    if (digits.size() < 4 || end.ptr != digits.data() + 4) return false;
    at_ += 4;
    return true;
  }

  // A character is read as the string of it.
  bool Character(Edn* out) {
    struct Name {
      std::string_view name;
      std::string_view text;
    };
    constexpr Name kNames[] = {{"\\newline", "\n"}, {"\\return", "\r"}, {"\\space", " "}, {"\\tab", "\t"}};
    const size_t begin = at_++;
    const std::string_view rest = Token();
    for (const Name& name : kNames) {
      if (text_.substr(begin, at_ - begin) != name.name) continue;
      *out = Edn::Text(Kind::kString, name.text);
      return true;
    }
    if (rest.empty() || Utf8SequenceLength(rest) != rest.size()) return Fail(begin, "an unknown character");
    *out = Edn::Text(Kind::kString, rest);
    return true;
  }

  bool Atomic(Edn* out) {
    const size_t begin = at_;
    const std::string_view token = Token();
    if (token == "nil") {
      *out = Edn();
    } else if (token == "true" || token == "false") {
      *out = Edn::Bool(token == "true");
    } else if (token[0] == ':') {
      if (token.size() == 1) return Fail(begin, "a ':' without a name");
      *out = Edn::Text(Kind::kKeyword, token.substr(1));
    } else if (IsDigit(token[0]) || (token.size() > 1 && (token[0] == '-' || token[0] == '+') && IsDigit(token[1]))) {
      if (!Number(token, out)) return Fail(begin, Concat("'", token, "' is not a number"));
    } else {
      *out = Edn::Text(Kind::kSymbol, token);
    }
    return FirstInvalidUtf8(token) == token.size() || Fail(begin, "a name that is not UTF-8");
  }

  static bool Number(std::string_view token, Edn* out) {
    if (token[0] == '+') token.remove_prefix(1);
    const bool is_real = token.find_first_of(".eEM") != std::string_view::npos;
    if (token.back() == (is_real ? 'M' : 'N')) token.remove_suffix(1);
    const char* end = token.data() + token.size();
    if (is_real) {
      *out = Edn::Double(0);
      const auto done = std::from_chars(token.data(), end, out->real);
      return done.ec == std::errc() && done.ptr == end;
    }
    const std::string_view digits = token.substr(token.starts_with('-') ? 1 : 0);
    if (digits.size() > 1 && digits[0] == '0') return false;
    *out = Edn::Int(0);
    const auto done = std::from_chars(token.data(), end, out->integer);
    if (done.ptr != end) return false;
    if (done.ec == std::errc()) return true;
    *out = Edn::Text(Kind::kBigInteger, token);
    return true;
  }

  const std::string_view text_;
  size_t at_;
  size_t error_at_ = 0;
  std::string reason_;
};

// As Java's Double.toString: a plain decimal from 10^-3 to 10^7, else "1.5E10"; always with a point.
// What stands around and between a collection's items.
struct Brackets {
  std::string_view open;
  std::string_view close;
};
Brackets BracketsOf(Kind kind) {
  switch (kind) {
    case Kind::kList:
      return {"(", ")"};
    case Kind::kVector:
      return {"[", "]"};
    case Kind::kSet:
      return {"#{", "}"};
    default:
      CHECK(kind == Kind::kMap);
      return {"{", "}"};
  }
}

enum class StringStyle : uint8_t { kQuoted, kBare };

void Write(const Edn& edn, StringStyle strings, std::string& out) {
  switch (edn.kind) {
    case Kind::kNil:
      out.append("nil");
      return;
    case Kind::kBool:
      out.append(edn.boolean ? "true" : "false");
      return;
    case Kind::kInt:
      out.append(Concat(edn.integer));
      return;
    case Kind::kBigInteger:
      out.append(edn.text).append("N");
      return;
    case Kind::kDouble:
      AppendEdnDouble(edn.real, out);
      return;
    case Kind::kString:
      if (strings == StringStyle::kBare) {
        out.append(edn.text);
      } else {
        AppendEdnString(edn.text, out);
      }
      return;
    case Kind::kKeyword:
      out.append(":").append(edn.text);
      return;
    case Kind::kSymbol:
      out.append(edn.text);
      return;
    case Kind::kTagged:
      out.append("#").append(edn.text);
      // A record's map follows at once, as Clojure has it.
      if (!edn.items[0].is(Kind::kMap)) out.append(" ");
      Write(edn.items[0], strings, out);
      return;
    default:
      break;
  }
  const Brackets brackets = BracketsOf(edn.kind);
  out.append(brackets.open);
  for (size_t i = 0; i < edn.items.size(); ++i) {
    if (i > 0) out.append(edn.is(Kind::kMap) && i % 2 == 0 ? ", " : " ");
    Write(edn.items[i], strings, out);
  }
  out.append(brackets.close);
}

size_t ColumnOf(const std::string& out) {
  const size_t newline = out.rfind('\n');
  return newline == std::string::npos ? out.size() : out.size() - newline - 1;
}

void WritePretty(const Edn& edn, std::string& out) {
  const size_t begin = out.size();
  const size_t column = ColumnOf(out);
  Write(edn, StringStyle::kQuoted, out);
  if (column + out.size() - begin < kColumns || edn.items.empty()) return;
  out.resize(begin);
  if (edn.is(Kind::kTagged)) {
    out.append("#").append(edn.text);
    if (!edn.items[0].is(Kind::kMap)) out.append(" ");
    WritePretty(edn.items[0], out);
    return;
  }
  const Brackets brackets = BracketsOf(edn.kind);
  const std::string indent(column + brackets.open.size(), ' ');
  const bool is_map = edn.is(Kind::kMap);
  out.append(brackets.open);
  for (size_t i = 0; i < edn.items.size(); ++i) {
    const bool is_value = is_map && i % 2 == 1;
    if (is_value) {
      out.append(" ");
    } else if (i > 0) {
      out.append(is_map ? ",\n" : "\n").append(indent);
    }
    WritePretty(edn.items[i], out);
  }
  out.append(brackets.close);
}

}  // namespace

Edn Edn::Bool(bool value) {
  Edn edn;
  edn.kind = Kind::kBool;
  edn.boolean = value;
  return edn;
}

Edn Edn::Int(int64_t value) {
  Edn edn;
  edn.kind = Kind::kInt;
  edn.integer = value;
  return edn;
}

Edn Edn::Double(double value) {
  Edn edn;
  edn.kind = Kind::kDouble;
  edn.real = value;
  return edn;
}

Edn Edn::Text(Kind kind, std::string_view text) {
  Edn edn;
  edn.kind = kind;
  edn.text = text;
  return edn;
}

Edn Edn::Collection(Kind kind, std::vector<Edn> items) {
  Edn edn;
  edn.kind = kind;
  edn.items = std::move(items);
  return edn;
}

const Edn* Edn::Find(std::string_view name) const {
  if (!is(Kind::kMap)) return nullptr;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].is(Kind::kKeyword) && items[i].text == name) return &items[i + 1];
  }
  return nullptr;
}

void Edn::Add(std::string_view name, Edn value) {
  CHECK(is(Kind::kMap));
  items.push_back(Text(Kind::kKeyword, name));
  items.push_back(std::move(value));
}

absl::StatusOr<bool> EdnReader::Next(Edn* out, List list) {
  for (;;) {
    Parser parser(text_, at_);
    if (!parser.SkipBlank()) return parser.error();
    at_ = parser.at();
    if (parser.AtEnd()) {
      if (closer_ == 0) return false;
      return absl::InvalidArgumentError(Concat("not EDN at ", Place(text_, list_begin_), ": a '",
                                               text_.substr(list_begin_, 1), "' that is not closed"));
    }
    const char here = text_[at_];
    if (closer_ != 0 && here == closer_) {
      closer_ = 0;
      ++at_;
      continue;
    }
    if (list == List::kEnter && closer_ == 0 && (here == '[' || here == '(')) {
      list_begin_ = at_;
      closer_ = here == '[' ? ']' : ')';
      ++at_;
      continue;
    }
    form_begin_ = at_;
    if (!parser.Form(1, out)) return parser.error();
    at_ = parser.at();
    return true;
  }
}

std::string EdnReader::place() const { return Place(text_, form_begin_); }

absl::StatusOr<Edn> ParseEdn(std::string_view text) {
  Parser parser(text, 0);
  Edn edn;
  if (!parser.Form(1, &edn) || !parser.SkipBlank()) return parser.error();
  if (!parser.AtEnd()) {
    return absl::InvalidArgumentError(Concat("not EDN at ", Place(text, parser.at()), ": more after the value"));
  }
  return edn;
}

void AppendEdnDouble(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out.append(std::isnan(value) ? "##NaN" : (value > 0 ? "##Inf" : "##-Inf"));
    return;
  }
  char buffer[64];
  const double magnitude = std::fabs(value);
  const bool is_plain = magnitude == 0 || (magnitude >= 1e-3 && magnitude < 1e7);
  const std::chars_format format = is_plain ? std::chars_format::fixed : std::chars_format::scientific;
  const char* end = std::to_chars(buffer, std::end(buffer), value, format).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = is_plain ? std::string_view::npos : text.find('e');
  const std::string_view digits = text.substr(0, e);
  out.append(digits);
  if (digits.find('.') == std::string_view::npos) out.append(".0");
  if (is_plain) return;
  text.remove_prefix(e + 1);  // "+10", "-04"
  out.append(text[0] == '-' ? "E-" : "E");
  text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
  out.append(text);
}

void AppendEdnString(std::string_view text, std::string& out) {
  // Only these are escaped; other control characters stand as they are.
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  out.push_back('"');
  size_t done = 0;  // all before is appended
  for (size_t i = PlainPrefix(text); i < text.size(); ++i) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte > '\r' && byte != '"' && byte != '\\') continue;
    const size_t special = kSpecial.find(text[i]);
    if (special == std::string_view::npos) continue;
    out.append(text.substr(done, i - done)).push_back('\\');
    out.push_back(kLetters[special]);
    done = i + 1;
  }
  out.append(text.substr(done)).push_back('"');
}

void AppendTo(const Edn& edn, std::string& out) { Write(edn, StringStyle::kQuoted, out); }

std::string Print(const Edn& edn) {
  std::string out;
  AppendTo(edn, out);
  return out;
}

std::string PrintBare(const Edn& edn) {
  std::string out;
  Write(edn, StringStyle::kBare, out);
  return out;
}

std::string PrettyPrint(const Edn& edn) {
  std::string out;
  WritePretty(edn, out);
  out.push_back('\n');
  return out;
}

}  // namespace gyre
