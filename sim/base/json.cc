#include "sim/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/digest.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

__extension__ typedef __int128 Int128;  // holds any int64 and any uint64

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The digits of a double that is an integer; exact, however large.
std::string IntegerDigits(double value) {
  char buffer[400];  // 309 digits at most
  const std::to_chars_result end = std::to_chars(buffer, std::end(buffer), value, std::chars_format::fixed, 0);
  CHECK(end.ec == std::errc());
  return std::string(buffer, end.ptr);
}

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

// Integers as digits with an optional '-', no leading zeros.
int CompareDigits(std::string_view a, std::string_view b) {
  const bool a_negative = a[0] == '-';
  const bool b_negative = b[0] == '-';
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int magnitude = a.size() != b.size() ? Order(a.size(), b.size()) : Order(a, b);
  return a_negative ? -magnitude : magnitude;
}

// A number as the integer it is, or as a double that is no 64-bit integer, or as digits: equal numbers are in
// the same class, whatever kind they were written as.
struct Number {
  enum class Class : uint8_t { kInteger, kDouble, kDigits };
  Class type = Class::kInteger;
  Int128 integer = 0;
  double real = 0;
  std::string digits;
};

Number ClassifyDouble(double value) {
  Number number;
  if (std::trunc(value) != value) {
    number.type = Number::Class::kDouble;
    number.real = value;
  } else if (value >= -kTwoTo63 && value < kTwoTo63) {
    number.integer = static_cast<int64_t>(value);
  } else if (value > 0 && value < kTwoTo64) {
    number.integer = static_cast<uint64_t>(value);
  } else {
    number.type = Number::Class::kDigits;
    number.digits = IntegerDigits(value);
  }
  return number;
}

Number Classify(const Json& json) {
  Number number;
  switch (json.kind()) {
    case Json::Kind::kInt:
      number.integer = json.AsInt();
      break;
    case Json::Kind::kUint:
      number.integer = json.AsUint();
      break;
    case Json::Kind::kDouble:
      number = ClassifyDouble(json.AsDouble());
      break;
    default:
      number.type = Number::Class::kDigits;
      number.digits = json.AsString();
  }
  return number;
}

// Compares an integer of 64 bits with a fraction.
int CompareIntegerWithFraction(Int128 integer, double real) {
  if (real >= kTwoTo64) return -1;
  if (real < -kTwoTo63) return 1;
  return integer <= static_cast<Int128>(std::floor(real)) ? -1 : 1;
}

int CompareNumbers(const Json& left, const Json& right) {
  if (left.is_int() && right.is_int()) return Order(left.AsInt(), right.AsInt());
  const Number a = Classify(left);
  const Number b = Classify(right);
  if (a.type == b.type) {
    if (a.type == Number::Class::kInteger) return Order(a.integer, b.integer);
    if (a.type == Number::Class::kDouble) return Order(a.real, b.real);
    return CompareDigits(a.digits, b.digits);
  }
  // Digits are beyond all 64-bit integers and, as fractions are below 2^53, beyond all of those too.
  if (a.type == Number::Class::kDigits) return a.digits[0] == '-' ? -1 : 1;
  if (b.type == Number::Class::kDigits) return b.digits[0] == '-' ? 1 : -1;
  return a.type == Number::Class::kInteger ? CompareIntegerWithFraction(a.integer, b.real)
                                           : -CompareIntegerWithFraction(b.integer, a.real);
}

// The place of a kind in the order of Compare: all numbers are one.
int Rank(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      return 0;
    case Json::Kind::kBool:
      return 1;
    case Json::Kind::kString:
      return 3;
    case Json::Kind::kArray:
      return 4;
    case Json::Kind::kObject:
      return 5;
    default:
      return 2;
  }
}

std::vector<const Json::Member*> SortedMembers(const Json::Object& object) {
  std::vector<const Json::Member*> members;
  members.reserve(object.size());
  for (const Json::Member& member : object) members.push_back(&member);
  std::stable_sort(members.begin(), members.end(),
                   [](const Json::Member* a, const Json::Member* b) { return a->first < b->first; });
  return members;
}

// Leaves one member of each name, at the place of the first, with the value of the last.
void DropDuplicates(Json::Object& object) {
  const std::vector<const Json::Member*> sorted = SortedMembers(object);
  std::vector<size_t> dropped;
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i + 1;
    while (end < sorted.size() && sorted[end]->first == sorted[i]->first) ++end;
    for (size_t k = i + 1; k < end; ++k) dropped.push_back(static_cast<size_t>(sorted[k] - object.data()));
    if (end > i + 1) object[static_cast<size_t>(sorted[i] - object.data())].second = sorted[end - 1]->second;
    i = end;
  }
  std::sort(dropped.begin(), dropped.end());
  size_t kept = 0;
  for (size_t i = 0, next = 0; i < object.size(); ++i) {
    if (next < dropped.size() && dropped[next] == i) {
      ++next;
    } else if (kept++ != i) {
      object[kept - 1] = std::move(object[i]);
    }
  }
  object.resize(kept);
}

bool HasDuplicates(const Json::Object& object) {
  constexpr size_t kFew = 12;  // comparing all pairs is faster than sorting up to here
  if (object.size() <= kFew) {
    for (size_t i = 1; i < object.size(); ++i) {
      for (size_t k = 0; k < i; ++k) {
        if (object[i].first == object[k].first) return true;
      }
    }
    return false;
  }
  const std::vector<const Json::Member*> sorted = SortedMembers(object);
  return std::adjacent_find(sorted.begin(), sorted.end(), [](const Json::Member* a, const Json::Member* b) {
           return a->first == b->first;
         }) != sorted.end();
}

int CompareObjects(const Json::Object& a, const Json::Object& b) {
  const std::vector<const Json::Member*> left = SortedMembers(a);
  const std::vector<const Json::Member*> right = SortedMembers(b);
  for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
    if (const int order = Order(left[i]->first, right[i]->first)) return order;
    if (const int order = Json::Compare(left[i]->second, right[i]->second)) return order;
  }
  return Order(left.size(), right.size());
}

// The shortest digits that read back the same, always recognizable as a double.
void AppendDouble(double value, std::string& out) {
  char buffer[40];
  const char* end = std::to_chars(buffer, std::end(buffer), value).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  out.append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out.append(".0");
}

// `byte` is one that cannot stand in a string literal, or not part of a UTF-8 sequence.
void AppendEscape(unsigned char byte, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  if (byte >= 0x80) {
    out.append("\xEF\xBF\xBD");  // U+FFFD
    return;
  }
  out.append("\\u00");
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

// The order in which an object's members are written.
enum class MemberOrder : uint8_t { kAsGiven, kByName };

void Write(const Json& json, MemberOrder order, std::string& out);

void WriteObject(const Json::Object& object, MemberOrder order, std::string& out) {
  out.push_back('{');
  bool first = true;
  const auto write_member = [&](const Json::Member& member) {
    if (!first) out.push_back(',');
    first = false;
    AppendJsonString(member.first, out);
    out.push_back(':');
    Write(member.second, order, out);
  };
  const auto by_name = [](const Json::Member& a, const Json::Member& b) { return a.first < b.first; };
  if (order == MemberOrder::kByName && !std::is_sorted(object.begin(), object.end(), by_name)) {
    for (const Json::Member* member : SortedMembers(object)) write_member(*member);
  } else {
    for (const Json::Member& member : object) write_member(member);
  }
  out.push_back('}');
}

void Write(const Json& json, MemberOrder order, std::string& out) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      out.append("null");
      return;
    case Json::Kind::kBool:
      out.append(json.AsBool() ? "true" : "false");
      return;
    case Json::Kind::kInt:
      AppendInteger(json.AsInt(), &out);
      return;
    case Json::Kind::kUint:
      AppendInteger(json.AsUint(), &out);
      return;
    case Json::Kind::kDouble:
      AppendDouble(json.AsDouble(), out);
      return;
    case Json::Kind::kBigInteger:
      out.append(json.AsString());
      return;
    case Json::Kind::kString:
      AppendJsonString(json.AsString(), out);
      return;
    case Json::Kind::kArray: {
      out.push_back('[');
      bool first = true;
      for (const Json& item : json.AsArray()) {
        if (!first) out.push_back(',');
        first = false;
        Write(item, order, out);
      }
      out.push_back(']');
      return;
    }
    case Json::Kind::kObject:
      WriteObject(json.AsObject(), order, out);
      return;
  }
}

uint64_t Combine(uint64_t a, uint64_t b) {
  const uint64_t words[2] = {a, b};
  return Hash64(std::string_view(reinterpret_cast<const char*>(words), sizeof words));
}

uint64_t HashNumber(const Json& json) {
  const Number number = Classify(json);
  switch (number.type) {
    case Number::Class::kInteger:
      return Combine(2, static_cast<uint64_t>(number.integer));
    case Number::Class::kDouble:
      return Hash64(std::string_view(reinterpret_cast<const char*>(&number.real), sizeof number.real), 2);
    case Number::Class::kDigits:
      break;
  }
  return Hash64(number.digits, 2);
}

}  // namespace

Json::Json(bool value) : kind_(Kind::kBool), bool_(value) {}
Json::Json(int64_t value) : kind_(Kind::kInt), int_(value) {}
Json::Json(uint64_t value) : kind_(Kind::kUint), uint_(value) {
  if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) *this = Json(static_cast<int64_t>(value));
}
Json::Json(double value) : kind_(Kind::kDouble), double_(value) { CHECK(std::isfinite(value)); }
Json::Json(std::string_view value) : kind_(Kind::kString), string_(new std::string(value)) {}
Json::Json(std::string value) : kind_(Kind::kString), string_(new std::string(std::move(value))) {}
Json::Json(Array value) : kind_(Kind::kArray), array_(new Array(std::move(value))) {}
Json::Json(Object value) : kind_(Kind::kObject), object_(new Object(std::move(value))) {
  if (HasDuplicates(*object_)) DropDuplicates(*object_);
}

Json Json::BigInteger(std::string digits) {
  const std::string_view magnitude = std::string_view(digits).substr(digits.starts_with('-') ? 1 : 0);
  CHECK_THAT(IsDigits(magnitude) && (magnitude.size() == 1 || magnitude[0] != '0'), digits);
  const char* end = digits.data() + digits.size();
  int64_t small = 0;
  if (std::from_chars(digits.data(), end, small).ec == std::errc()) return Json(small);
  uint64_t large = 0;
  if (digits[0] != '-' && std::from_chars(digits.data(), end, large).ec == std::errc()) return Json(large);
  Json json(std::move(digits));
  json.kind_ = Kind::kBigInteger;
  return json;
}

Json Json::ObjectOf(std::initializer_list<Member> members) { return Json(Object(members)); }

Json::Json(const Json& other) : kind_(other.kind_), uint_(other.uint_) {
  switch (kind_) {
    case Kind::kBigInteger:
    case Kind::kString:
      string_ = new std::string(*other.string_);
      break;
    case Kind::kArray:
      array_ = new Array(*other.array_);
      break;
    case Kind::kObject:
      object_ = new Object(*other.object_);
      break;
    default:
      break;
  }
}

Json& Json::operator=(const Json& other) {
  if (this != &other) *this = Json(other);
  return *this;
}

void Json::Delete() {
  switch (kind_) {
    case Kind::kBigInteger:
    case Kind::kString:
      delete string_;
      break;
    case Kind::kArray:
      delete array_;
      break;
    case Kind::kObject:
      delete object_;
      break;
    default:
      break;
  }
}

bool Json::AsBool() const {
  CHECK(is_bool());
  return bool_;
}

int64_t Json::AsInt() const {
  CHECK(is_int());
  return int_;
}

uint64_t Json::AsUint() const {
  CHECK(kind_ == Kind::kUint || (is_int() && int_ >= 0));
  return kind_ == Kind::kUint ? uint_ : static_cast<uint64_t>(int_);
}

double Json::AsDouble() const {
  CHECK(is_number() && kind_ != Kind::kBigInteger);
  if (kind_ == Kind::kInt) return static_cast<double>(int_);
  return kind_ == Kind::kUint ? static_cast<double>(uint_) : double_;
}

const std::string& Json::AsString() const {
  CHECK(is_string() || kind_ == Kind::kBigInteger);
  return *string_;
}

const Json::Array& Json::AsArray() const {
  CHECK(is_array());
  return *array_;
}

Json::Array& Json::AsArray() {
  CHECK(is_array());
  return *array_;
}

const Json::Object& Json::AsObject() const {
  CHECK(is_object());
  return *object_;
}

Json::Object& Json::AsObject() {
  CHECK(is_object());
  return *object_;
}

Json* Json::FindMember(std::string_view name) const {
  if (!is_object()) return nullptr;
  const auto found = std::find_if(object_->rbegin(), object_->rend(), [&](const Member& m) { return m.first == name; });
  return found == object_->rend() ? nullptr : &found->second;
}

const Json* Json::Find(std::string_view name) const { return FindMember(name); }

Json Json::Take(std::string_view name) {
  Json* found = FindMember(name);
  CHECK(found != nullptr);
  return std::move(*found);
}

void Json::Set(std::string_view name, Json value) {
  CHECK(is_object());
  if (Json* found = FindMember(name)) {
    *found = std::move(value);
  } else {
    object_->emplace_back(std::string(name), std::move(value));
  }
}

bool Json::operator==(const Json& other) const { return Compare(*this, other) == 0; }

int Json::Compare(const Json& a, const Json& b) {
  if (const int order = Order(Rank(a), Rank(b))) return order;
  switch (a.kind_) {
    case Kind::kNull:
      return 0;
    case Kind::kBool:
      return Order(a.bool_, b.bool_);
    case Kind::kString:
      return Order(*a.string_, *b.string_);
    case Kind::kArray:
      for (size_t i = 0; i < a.array_->size() && i < b.array_->size(); ++i) {
        if (const int order = Compare((*a.array_)[i], (*b.array_)[i])) return order;
      }
      return Order(a.array_->size(), b.array_->size());
    case Kind::kObject:
      return CompareObjects(*a.object_, *b.object_);
    default:
      return CompareNumbers(a, b);
  }
}

uint64_t Json::Hash() const {
  switch (kind_) {
    case Kind::kNull:
      return 0x6e756c6c;
    case Kind::kBool:
      return Combine(1, bool_ ? 1 : 0);
    case Kind::kString:
      return Hash64(*string_, 3);
    case Kind::kArray: {
      uint64_t hash = 4;
      for (const Json& item : *array_) hash = Combine(hash, item.Hash());
      return hash;
    }
    case Kind::kObject: {
      uint64_t sum = 5;  // commutative, since the order of members does not count
      for (const Member& member : *object_) sum += Combine(Hash64(member.first, 5), member.second.Hash());
      return sum;
    }
    default:
      return HashNumber(*this);
  }
}

std::string Json::Dump() const {
  std::string out;
  AppendTo(out);
  return out;
}

void Json::AppendTo(std::string& out) const { Write(*this, MemberOrder::kAsGiven, out); }

std::string Json::Canonical() const {
  std::string out;
  AppendCanonicalTo(out);
  return out;
}

void Json::AppendCanonicalTo(std::string& out) const { Write(*this, MemberOrder::kByName, out); }

void AppendJsonString(std::string_view text, std::string& out) {
  const size_t plain = PlainPrefix(text);
  char quoted[64];  // most are short and plain: one append for all
  if (plain == text.size() && plain + 2 <= sizeof quoted) {
    quoted[0] = quoted[plain + 1] = '"';
    text.copy(quoted + 1, plain);
    out.append(quoted, plain + 2);
    return;
  }
  out.push_back('"');
  size_t done = 0;  // all before is appended
  for (size_t i = plain; i < text.size();) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
      ++i;
      continue;
    }
    const size_t length = byte < 0x80 ? 0 : Utf8SequenceLength(text.substr(i));
    if (length != 0) {
      i += length;
      continue;
    }
    out.append(text.substr(done, i - done));
    AppendEscape(byte, out);
    done = ++i;
  }
  out.append(text.substr(done));
  out.push_back('"');
}

}  // namespace gyre
