// Edn: a value of the extensible data notation, in which Jepsen writes its files; reader and printer. Nothing of
// what Json cannot say is lost: keywords, symbols, sets, lists and vectors, keys of any kind, tags. Plain values,
// any thread. Not read: characters beyond the named ones, ratios, metadata.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace gyre {

struct Edn {
  enum class Kind : uint8_t {
    kNil,
    kBool,
    kInt,
    kBigInteger,  // text: the digits; printed with an N after them
    kDouble,      // may be infinite or no number
    kString,
    kKeyword,     // text: the name without ':'
    kSymbol,
    kList,
    kVector,
    kSet,
    kMap,         // items: key, value, key, value, ... in their order
    kTagged,      // text: the tag without '#'; one item
  };
  Kind kind = Kind::kNil;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<Edn> items;

  static Edn Bool(bool value);
  static Edn Int(int64_t value);
  static Edn Double(double value);
  static Edn Text(Kind kind, std::string_view text);
  static Edn Collection(Kind kind, std::vector<Edn> items = {});

  bool is(Kind other) const { return kind == other; }
  // The value of the keyword `name` in a map; nullptr when there is none or this is no map.
  const Edn* Find(std::string_view name) const;
  // REQUIRES: a map. The key is the keyword `name`.
  void Add(std::string_view name, Edn value);
  // The same kind and content; members of sets and maps in the same order.
  bool operator==(const Edn& other) const = default;
};

// Reads forms one after the other from a text, which must outlive the reader.
class EdnReader {
 public:
  explicit EdnReader(std::string_view text) : text_(text) {}
  // What to do with a list or vector: give it whole, or its items one by one and then what follows it.
  enum class List : uint8_t { kWhole, kEnter };
  // True with the next form, false at the end. Errors: "not EDN at line 3, column 5: ...". Columns count bytes.
  // Depth is limited to 512.
  absl::StatusOr<bool> Next(Edn* out, List list = List::kWhole);
  // Where the form that Next gave begins: "line 3, column 5", both from 1.
  std::string place() const;

 private:
  std::string_view text_;
  size_t at_ = 0;
  size_t list_begin_ = 0;
  char closer_ = 0;  // of the list entered; 0: none
  size_t form_begin_ = 0;
};

// One form and nothing more.
absl::StatusOr<Edn> ParseEdn(std::string_view text);

// A number and a string as Clojure's pr writes them.
void AppendEdnDouble(double value, std::string& out);
void AppendEdnString(std::string_view text, std::string& out);
// As Clojure's pr writes it, on one line.
void AppendTo(const Edn& edn, std::string& out);
std::string Print(const Edn& edn);
// As Clojure's print does: strings bare, without quotes and escapes. Jepsen's history.txt has errors so.
std::string PrintBare(const Edn& edn);
// Over several lines where 72 columns do not do, much as clojure.pprint has it; ends with a newline.
std::string PrettyPrint(const Edn& edn);

}  // namespace gyre
