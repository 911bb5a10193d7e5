// ParseJson: simdjson's on-demand parser, walked once into a Json.
//
// On-demand rather than the DOM because it gives a number's text, and so an integer that does not fit 64 bits, which
// the DOM refuses as a whole. It checks what it walks, and this walk visits every value; the tests hold it against
// the DOM on damaged documents. The document is wrapped in brackets first, so that a lone scalar is walked
// like any other value and "1 2" and "1]" are errors.
#define SIMDJSON_EXCEPTIONS 0  // every result is looked at
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "sim/base/concat.h"
#include "sim/base/json.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kMaxDepth = 512;

// One thread's parser and the padded copy of what it parses.
struct Workspace {
  ondemand::parser parser;
  std::string buffer;
  std::vector<Json> items;             // of arrays and
  std::vector<Json::Member> members;   // objects under way, those of the innermost last
};

// Takes what was put on a stack since it had that size, into memory of just the right size.
template <typename T>
std::vector<T> TakeFrom(std::vector<T>& stack, size_t size) {
  const auto first = stack.begin() + static_cast<ptrdiff_t>(size);
  std::vector<T> taken(std::make_move_iterator(first), std::make_move_iterator(stack.end()));
  stack.erase(first, stack.end());
  return taken;
}

std::string_view Reason(simdjson::error_code code) {
  switch (code) {
    case simdjson::STRING_ERROR:
      return "a string with a bad escape";
    case simdjson::UNESCAPED_CHARS:
      return "a control character inside a string";
    case simdjson::UNCLOSED_STRING:
      return "a string that does not end";
    case simdjson::NUMBER_ERROR:
      return "a malformed number, or one that no double can hold";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
    case simdjson::INCORRECT_TYPE:
      return "a word that is not true, false or null";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "an array or object that does not end";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "too long";
    default:
      return "a missing or misplaced comma, colon, bracket, name or value";
  }
}

enum class NumberShape : uint8_t { kNone, kInteger, kReal };

// The grammar of JSON's numbers: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
NumberShape ShapeOf(std::string_view token) {
  const auto take = [&](std::string_view any) {
    if (token.empty() || any.find(token.front()) == std::string_view::npos) return false;
    token.remove_prefix(1);
    return true;
  };
  const auto take_digits = [&] {
    if (!take("0123456789")) return false;
    while (take("0123456789")) continue;
    return true;
  };
  NumberShape shape = NumberShape::kInteger;
  take("-");
  if (!take("0") && !take_digits()) return NumberShape::kNone;
  if (take(".")) {
    shape = NumberShape::kReal;
    if (!take_digits()) return NumberShape::kNone;
  }
  if (take("eE")) {
    shape = NumberShape::kReal;
    take("+-");
    if (!take_digits()) return NumberShape::kNone;
  }
  return token.empty() ? shape : NumberShape::kNone;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// True for an integer that fits: what most numbers are, and ShapeOf takes five times as long.
bool ReadSmallInteger(std::string_view token, int64_t* small) {
  const char* end = token.data() + token.size();
  const std::from_chars_result read = std::from_chars(token.data(), end, *small);
  if (read.ec != std::errc() || read.ptr != end) return false;
  const std::string_view digits = token.substr(token.front() == '-' ? 1 : 0);
  return digits.front() != '0' || digits.size() == 1;
}

// False for what no double can hold; too small is zero.
bool ReadDouble(std::string_view token, double* real) {
  if (std::from_chars(token.data(), token.data() + token.size(), *real).ec == std::errc()) return true;
  *real = std::strtod(std::string(token).c_str(), nullptr);  // from_chars does not say on which side it is out of range
  return std::isfinite(*real);
}

// Walks the document. After a false, `error` says why.
class Walker {
 public:
  // `workspace` is borrowed.
  Walker(const char* text, Workspace* workspace)
      : text_(text), items_(workspace->items), members_(workspace->members) {
    items_.clear();  // an error leaves what it had
    members_.clear();
  }

  // Reads the wrapping array's one element.
  bool Document(ondemand::document& document, Json* out) {
    ondemand::array array;
    if (!Take(document.get_array(), &array)) return false;
    size_t count = 0;
    for (auto element : array) {
      ondemand::value value;
      if (!Take(std::move(element), &value)) return false;
      if (count++ > 0) return Fail("a second value after the first", value.current_location());
      if (!Value(value, 1, out)) return false;
    }
    if (count == 0) return Fail("no value", {});
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return Fail("more after the end of the value", document.current_location());
    }
    return true;
  }

  absl::Status error() const {
    return absl::InvalidArgumentError(where_ == nullptr
                                          ? Concat("not valid JSON: ", reason_)
                                          : Concat("not valid JSON at byte ", where_ - text_, ": ", reason_));
  }

  bool Fail(std::string_view reason, simdjson::simdjson_result<const char*> where) {
    reason_ = reason;
    const char* place = nullptr;
    if (std::move(where).get(place) == simdjson::SUCCESS && place > text_) where_ = std::max(place, text_);
    return false;
  }

 private:
  template <typename T>
  bool Take(simdjson::simdjson_result<T> result, T* value) {
    const simdjson::error_code code = std::move(result).get(*value);
    return code == simdjson::SUCCESS || Fail(Reason(code), {});
  }

  bool Value(ondemand::value value, int depth, Json* out) {
    const char* place = nullptr;
    if (value.current_location().get(place) == simdjson::SUCCESS) where_ = place;
    if (depth > kMaxDepth) return Fail("nested more than 512 deep", {});
    ondemand::json_type type;
    if (!Take(value.type(), &type)) return false;
    switch (type) {
      case ondemand::json_type::array:
        return Array(value, depth, out);
      case ondemand::json_type::object:
        return Object(value, depth, out);
      case ondemand::json_type::number:
        return Number(value, out);
      case ondemand::json_type::string: {
        std::string_view text;
        if (!Take(value.get_string(), &text)) return false;
        *out = Json(text);
        return true;
      }
      case ondemand::json_type::boolean: {
        bool truth = false;
        if (!Take(value.get_bool(), &truth)) return false;
        *out = Json(truth);
        return true;
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        if (!Take(value.is_null(), &is_null)) return false;
        *out = Json();
        return is_null || Fail(Reason(simdjson::N_ATOM_ERROR), {});
      }
    }
    return Fail(Reason(simdjson::TAPE_ERROR), {});
  }

  bool Array(ondemand::value value, int depth, Json* out) {
    ondemand::array array;
    if (!Take(value.get_array(), &array)) return false;
    const size_t outer = items_.size();
    for (auto element : array) {
      ondemand::value item;
      Json read;
      if (!Take(std::move(element), &item) || !Value(item, depth + 1, &read)) return false;
      items_.push_back(std::move(read));
    }
    *out = Json(TakeFrom(items_, outer));
    return true;
  }

  bool Object(ondemand::value value, int depth, Json* out) {
    ondemand::object object;
    if (!Take(value.get_object(), &object)) return false;
    const size_t outer = members_.size();
    for (auto element : object) {
      ondemand::field field;
      std::string_view name;
      if (!Take(std::move(element), &field) || !Take(field.unescaped_key(), &name)) return false;
      Json::Member member(name, Json());
      if (!Value(field.value(), depth + 1, &member.second)) return false;
      members_.push_back(std::move(member));
    }
    *out = Json(TakeFrom(members_, outer));
    return true;
  }

  // From the text itself: simdjson 3.0's get_number reads 9223372036854775808.0 as zero. The walk skips what it
  // has not consumed.
  bool Number(ondemand::value value, Json* out) {
    std::string_view token = value.raw_json_token();  // with the white space after it
    while (!token.empty() && IsSpace(token.back())) token.remove_suffix(1);
    int64_t small = 0;
    if (ReadSmallInteger(token, &small)) {
      *out = Json(small);
      return true;
    }
    const NumberShape shape = ShapeOf(token);
    if (shape == NumberShape::kInteger) {
      *out = Json::BigInteger(std::string(token));
      return true;
    }
    double real = 0;
    if (shape != NumberShape::kReal || !ReadDouble(token, &real)) return Fail(Reason(simdjson::NUMBER_ERROR), {});
    *out = Json(real);
    return true;
  }

  const char* text_;
  std::vector<Json>& items_;
  std::vector<Json::Member>& members_;
  std::string_view reason_;
  const char* where_ = nullptr;  // the value that was walked last
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text) {
  thread_local Workspace workspace;
  std::string& buffer = workspace.buffer;
  const size_t padded = text.size() + 2 + simdjson::SIMDJSON_PADDING;
  if (buffer.size() < padded) buffer.resize(padded);
  buffer[0] = '[';
  std::copy(text.begin(), text.end(), buffer.begin() + 1);
  buffer[text.size() + 1] = ']';

  Walker walker(buffer.data() + 1, &workspace);
  ondemand::document document;
  const simdjson::error_code code =
      workspace.parser.iterate(simdjson::padded_string_view(buffer.data(), text.size() + 2, buffer.size()))
          .get(document);
  if (code == simdjson::UTF8_ERROR) {
    return absl::InvalidArgumentError(
        Concat("not valid JSON at byte ", FirstInvalidUtf8(text), ": a byte that is not UTF-8"));
  }
  Json json;
  if (code != simdjson::SUCCESS) {
    walker.Fail(Reason(code), {});
    return walker.error();
  }
  if (!walker.Document(document, &json)) return walker.error();
  return json;
}

}  // namespace gyre
