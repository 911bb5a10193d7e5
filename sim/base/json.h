// A JSON value: what operations carry and what nodes say. Parsed by simdjson once, at the door; nothing
// inside holds a parser's object. Copying copies deeply. Plain values, any thread.
//
// Numbers keep what was written where 64 bits can: int64, uint64 above that, else double. An integer too
// large for 64 bits is kept as its digits (kBigInteger), so that a node's odd id is named and not mangled.
// Objects keep the order of their members; of equal names one is left, at the place of the first, with the value
// of the last. Equality is structural: member order does not count, 1 and 1.0 are
// equal (as JSON has one number type), and 9007199254740993 differs from 9007199254740992.0.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace gyre {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;
  // What is allocated comes last.
  enum class Kind : uint8_t { kNull, kBool, kInt, kUint, kDouble, kBigInteger, kString, kArray, kObject };

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value);
  Json(int value) : Json(static_cast<int64_t>(value)) {}
  Json(int64_t value);
  Json(uint64_t value);  // kInt when it fits in int64, else kUint
  Json(double value);    // REQUIRES: finite, as JSON has no other
  Json(const char* value) : Json(std::string_view(value)) {}
  Json(std::string_view value);
  Json(std::string value);
  Json(Array value);
  Json(Object value);
  // An integer of any size; kInt or kUint when it fits. REQUIRES: digits as JSON writes them, '-' first if negative.
  static Json BigInteger(std::string digits);
  // Json::ObjectOf({{"type", "echo"}, {"echo", 1}})
  static Json ObjectOf(std::initializer_list<Member> members);

  Json(const Json& other);
  Json(Json&& other) noexcept : kind_(other.kind_), uint_(other.uint_) { other.kind_ = Kind::kNull; }
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(uint_, other.uint_);
    return *this;
  }
  ~Json() {
    if (kind_ >= Kind::kBigInteger) Delete();
  }

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_int() const { return kind_ == Kind::kInt; }  // fits in int64
  bool is_number() const { return kind_ >= Kind::kInt && kind_ <= Kind::kBigInteger; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // REQUIRES: the value is of that kind.
  bool AsBool() const;
  int64_t AsInt() const;
  uint64_t AsUint() const;      // kInt >= 0 or kUint
  double AsDouble() const;      // any number but kBigInteger
  const std::string& AsString() const;  // kString, or the digits of kBigInteger
  const Array& AsArray() const;
  Array& AsArray();
  const Object& AsObject() const;
  Object& AsObject();

  // The member of that name, nullptr when there is none or this is no object. The last of equal names counts.
  const Json* Find(std::string_view name) const;
  // Moves the value of the member of that name out. REQUIRES: there is one.
  Json Take(std::string_view name);
  // Sets or replaces a member. REQUIRES: an object.
  void Set(std::string_view name, Json value);

  bool operator==(const Json& other) const;
  // Consistent with ==.
  uint64_t Hash() const;
  // A total order consistent with ==: by kind (null, bool, numbers, strings, arrays, objects), then value.
  static int Compare(const Json& a, const Json& b);

  // Compact JSON, members in their order, shortest doubles that read back the same.
  std::string Dump() const;
  void AppendTo(std::string& out) const;
  // The same with members sorted by name: equal values of the same number kinds have equal bytes.
  std::string Canonical() const;
  void AppendCanonicalTo(std::string& out) const;

 private:
  Json* FindMember(std::string_view name) const;  // members are ours, constant or not
  void Delete();  // of what is allocated

  Kind kind_ = Kind::kNull;
  union {
    bool bool_;
    int64_t int_;
    uint64_t uint_ = 0;
    double double_;
    std::string* string_;
    Array* array_;
    Object* object_;
  };
};

// One whole JSON document; leading and trailing white space is allowed, anything else after it is an error.
// Errors are one sentence with the byte offset where that is known. Depth is limited to 512.
absl::StatusOr<Json> ParseJson(std::string_view text);

// Appends a JSON string literal with quotes and escapes. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace gyre
