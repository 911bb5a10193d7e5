#include "sim/base/json.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <cfloat>
#include <string>
#include <vector>

#include "sim/base/concat.h"

namespace gyre {
namespace {

// The value, or the error in angle brackets.
std::string Parsed(std::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text);
  return json.ok() ? json->Dump() : Concat("<", json.status().message(), ">");
}

Json Value(std::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text);
  REQUIRE_MESSAGE(json.ok(), std::string(text));
  return *json;
}

TEST_CASE("what is read is what is written") {
  for (const char* text :
       {"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890",
        "0.5", "1.0", "-0.0", "1e+22", "1e-07", "0.1", "1.7976931348623157e+308", "5e-324", R"("")", R"("a\"b\\c\n\t")",
        R"("\u0001")", "\"\xc3\xa9\xf0\x9f\x98\x80\"", "[]", "{}", "[1,[2,[3]]]", R"({"b":1,"a":{"c":[]}})"}) {
    CHECK(Parsed(text) == text);
  }
}

TEST_CASE("what is read is written the short way") {
  struct {
    const char* text;
    const char* expected;
  } const kRows[] = {
      {" \t\r\n1 \n", "1"},
      {"[ 1 , 2 ]", "[1,2]"},
      {"1.50", "1.5"},
      {"1E2", "100.0"},
      {"-0", "0"},
      {R"("\u00e9\/\ud83d\ude00")", "\"\xc3\xa9/\xf0\x9f\x98\x80\""},
      {R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})"},
      {R"({"a":1,"a":2,"a":3})", R"({"a":3})"},
  };
  for (const auto& row : kRows) CHECK(Parsed(row.text) == row.expected);
}

TEST_CASE("errors in full") {
  struct {
    std::string text;
    const char* expected;
  } const kRows[] = {
      {"", "<not valid JSON: no value>"},
      {"  ", "<not valid JSON: no value>"},
      {"nul", "<not valid JSON at byte 0: a word that is not true, false or null>"},
      {"[true,fals]", "<not valid JSON at byte 6: a word that is not true, false or null>"},
      {"hello", "<not valid JSON at byte 0: a missing or misplaced comma, colon, bracket, name or value>"},
      {"-0123", "<not valid JSON at byte 0: a malformed number, or one that no double can hold>"},
      {"[1,1e400]", "<not valid JSON at byte 3: a malformed number, or one that no double can hold>"},
      {"[1 2]", "<not valid JSON at byte 1: a missing or misplaced comma, colon, bracket, name or value>"},
      {"1 2", "<not valid JSON at byte 0: a missing or misplaced comma, colon, bracket, name or value>"},
      {"1,2", "<not valid JSON at byte 2: a second value after the first>"},
      {R"(["\x"])", "<not valid JSON at byte 1: a string with a bad escape>"},
      {R"(["\ud800"])", "<not valid JSON at byte 1: a string with a bad escape>"},
      {"\"a", "<not valid JSON: a string that does not end>"},
      {"\"a\nb\"", "<not valid JSON: a control character inside a string>"},
      {"[\"a\xff\"]", "<not valid JSON at byte 3: a byte that is not UTF-8>"},
      {std::string(513, '[') + std::string(513, ']'), "<not valid JSON at byte 512: nested more than 512 deep>"},
  };
  for (const auto& row : kRows) CHECK(Parsed(row.text) == row.expected);
  CHECK(ParseJson(std::string(512, '[') + std::string(512, ']')).ok());
}

TEST_CASE("agrees with simdjson's DOM on damaged documents") {
  constexpr std::string_view kDocuments[] = {
      R"({"id":12,"src":"c1","dest":"n1","body":{"type":"txn","txn":[["r",1,null],["append",2,-3.5e2]],"ok":true}})",
      R"([{"a":{}},[],"\u00e9\n\"",false,0,-0.1E-2,18446744073709551615])",
      " { \"x\" : [ 1 , 2 , { } ] } ",
      "\"only a string\"",
      "-12",
      "null",
  };
  constexpr std::string_view kBytes = "{}[],:\"\\0-.eEtfn 1a\n\x01\xc3\xff";
  simdjson::dom::parser parser;
  int compared = 0;
  for (const std::string_view document : kDocuments) {
    for (size_t i = 0; i <= document.size(); ++i) {
      std::vector<std::string> damaged{std::string(document.substr(0, i)), std::string(document.substr(i))};
      if (i < document.size()) damaged.push_back(std::string(document).erase(i, 1));
      for (const char byte : kBytes) {
        damaged.push_back(std::string(document).insert(i, 1, byte));
        if (i < document.size()) damaged.push_back(std::string(document).replace(i, 1, 1, byte));
      }
      for (const std::string& text : damaged) {
        const absl::StatusOr<Json> ours = ParseJson(text);
        simdjson::dom::element theirs;
        const simdjson::error_code code = parser.parse(text).get(theirs);
        const bool has_big_integer = ours.ok() && code == simdjson::NUMBER_ERROR;
        if (has_big_integer) continue;
        ++compared;
        REQUIRE_MESSAGE(ours.ok() == (code == simdjson::SUCCESS), text);
        if (ours.ok()) REQUIRE_MESSAGE(*ours == Value(simdjson::to_string(theirs)), text);
      }
    }
  }
  CHECK(compared > 9000);
}

TEST_CASE("numbers are equal when their values are") {
  // Ascending; values in one row are equal.
  const std::vector<std::vector<std::string>> kRows = {
      {"-1e300"},
      {"-100000000000000000000", "-1e20"},
      {"-9223372036854775809"},
      {"-9223372036854775808", "-9223372036854775808.0"},
      {"-1.5"},
      {"-1", "-1.0"},
      {"0", "0.0", "-0.0", "-0"},
      {"5e-324"},
      {"0.5"},
      {"1", "1.0", "1e0"},
      {"9007199254740992", "9007199254740992.0"},
      {"9007199254740993"},
      {"9223372036854775807"},
      {"9223372036854775808", "9223372036854775808.0"},
      {"18446744073709551615"},
      {"18446744073709551616", "18446744073709551616.0"},
      {"100000000000000000000", "1e20"},
      {"100000000000000000001"},
      {"1e300"},
  };
  for (size_t i = 0; i < kRows.size(); ++i) {
    for (size_t k = 0; k < kRows.size(); ++k) {
      for (const std::string& a : kRows[i]) {
        for (const std::string& b : kRows[k]) {
          INFO(a, " and ", b);
          CHECK(Json::Compare(Value(a), Value(b)) == (i < k ? -1 : (i == k ? 0 : 1)));
          CHECK((Value(a) == Value(b)) == (i == k));
          if (i == k) CHECK(Value(a).Hash() == Value(b).Hash());
        }
      }
    }
  }
}

TEST_CASE("the order of all kinds") {
  const char* const kAscending[] = {"null",   "false",   "true",        "-1",           "2",
                                    R"("")",  R"("B")",  R"("a")",      R"("aa")",      "[]",
                                    "[1]",    "[1,0]",   "[2]",         R"([[]])",      "{}",
                                    R"({"a":1})", R"({"b":0,"a":1})", R"({"a":2})", R"({"b":0})"};
  for (size_t i = 0; i < std::size(kAscending); ++i) {
    for (size_t k = 0; k < std::size(kAscending); ++k) {
      INFO(kAscending[i], " and ", kAscending[k]);
      const int order = Json::Compare(Value(kAscending[i]), Value(kAscending[k]));
      CHECK(order == (i < k ? -1 : (i == k ? 0 : 1)));
    }
  }
}

TEST_CASE("the order of members does not count, except in Dump") {
  const Json a = Value(R"({"x":1,"y":[{"p":1,"q":2}]})");
  const Json b = Value(R"({"y":[{"q":2,"p":1}],"x":1})");
  CHECK(a == b);
  CHECK(a.Hash() == b.Hash());
  CHECK(a.Canonical() == b.Canonical());
  CHECK(b.Canonical() == R"({"x":1,"y":[{"p":1,"q":2}]})");
  CHECK(b.Dump() == R"({"y":[{"q":2,"p":1}],"x":1})");
  CHECK(Value(R"({"a":1,"b":2})") != Value(R"({"a":2,"b":1})"));
}

TEST_CASE("values copy, move, and change") {
  const Json big = Json::BigInteger("1234567890123456789012");
  Json original = Json::ObjectOf({{"list", Json::Array{1, "two", nullptr}}, {"big", big}});
  Json copy = original;
  copy.Set("list", true);
  copy.Set("new", 0.5);
  CHECK(original.Dump() == R"({"list":[1,"two",null],"big":1234567890123456789012})");
  CHECK(copy.Dump() == R"({"list":true,"big":1234567890123456789012,"new":0.5})");
  const Json moved = std::move(copy);
  CHECK(moved.Find("new")->AsDouble() == 0.5);
  CHECK(moved.Find("none") == nullptr);
  CHECK(Json(1).Find("a") == nullptr);
  original.AsObject()[0].second.AsArray().push_back(Json(7));
  CHECK(original.Find("list")->AsArray().size() == 4);
  original = *original.Find("list");  // from inside itself
  CHECK(original.Dump() == R"([1,"two",null,7])");
  Json whole = Json::ObjectOf({{"list", original}, {"n", 1}});
  CHECK(whole.Take("list") == original);
  CHECK(whole.Dump() == R"({"list":null,"n":1})");
}

TEST_CASE("kinds by size") {
  CHECK(Json(uint64_t{5}).is_int());
  CHECK(Json(UINT64_MAX).kind() == Json::Kind::kUint);
  CHECK(Json::BigInteger("5").is_int());
  CHECK(Json::BigInteger("-9223372036854775808").is_int());
  CHECK(Json::BigInteger("18446744073709551615").kind() == Json::Kind::kUint);
  CHECK(Json::BigInteger("-9223372036854775809").kind() == Json::Kind::kBigInteger);
  CHECK(Json(DBL_MAX).Dump() == "1.7976931348623157e+308");
}

TEST_CASE("strings that are not UTF-8 are written as U+FFFD") {
  std::string out;
  AppendJsonString("a\xff\xc3" "b\x7f\x1f", out);
  CHECK(out == "\"a\xef\xbf\xbd\xef\xbf\xbd" "b\x7f\\u001f\"");
}

}  // namespace
}  // namespace gyre
