#include "sim/history/edn.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/base/concat.h"
#include "sim/history/edn_json.h"

namespace gyre {
namespace {

// The value, or the error in angle brackets.
std::string Parsed(std::string_view text) {
  const absl::StatusOr<Edn> edn = ParseEdn(text);
  return edn.ok() ? Print(*edn) : Concat("<", edn.status().message(), ">");
}

Json JsonOf(std::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text);
  REQUIRE_MESSAGE(json.ok(), std::string(text));
  return *json;
}

TEST_CASE("what is read is what is written") {
  for (const char* text :
       {"nil", "true", "false", "0", "-12", "9223372036854775807", "9223372036854775808N", ":key", ":final?", ":a/b",
        "symbol", "clojure.lang.ExceptionInfo", R"("")", R"("a\"b\\c\n")", "()", "[]", "#{}", "{}", "[1 :a nil]",
        R"({"n1" #{"n2" "n0"}, 1 (2 3), [4] {}})", "#jepsen.history.Op{:index 1}", R"(#inst "2026-01-01")", "0.0",
        "1.0", "0.001", "9999999.5", "1.0E7", "1.5E-4", "-2.0E300", "##Inf", "##-Inf", "##NaN"}) {
    CHECK(Parsed(text) == text);
  }
}

TEST_CASE("what is read is written Clojure's way") {
  struct {
    const char* text;
    const char* expected;
  } const kRows[] = {
      {" ,{:a 1 :b,2} ; the end", "{:a 1, :b 2}"},
      {"[1 #_2 #_(3 4) 5 #_6]", "[1 5]"},
      {"; first\n[; inside ]\n]", "[]"},
      {"+5", "5"},
      {"7N", "7"},
      {"1e3", "1000.0"},
      {"0.5M", "0.5"},
      {R"("\u00e9\ud83d\ude00")", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
      {R"([\a \space \newline])", R"(["a" " " "\n"])"},
      {"(a)b", "<not EDN at line 1, column 4: more after the value>"},
  };
  for (const auto& row : kRows) CHECK(Parsed(row.text) == row.expected);
}

TEST_CASE("errors in full") {
  struct {
    std::string text;
    const char* expected;
  } const kRows[] = {
      {"", "<not EDN at line 1, column 1: the text ends where a value is due>"},
      {"[1\n 2", "<not EDN at line 1, column 1: a '[' that is not closed>"},
      {"{:a\n  #{1}", "<not EDN at line 1, column 1: a '{' that is not closed>"},
      {"\n #{1", "<not EDN at line 2, column 2: a '#{' that is not closed>"},
      {"[1 2)", "<not EDN at line 1, column 5: a ')' that closes nothing>"},
      {"[\n {:a}]", "<not EDN at line 2, column 2: a map whose last key has no value>"},
      {"[12x]", "<not EDN at line 1, column 2: '12x' is not a number>"},
      {"[007]", "<not EDN at line 1, column 2: '007' is not a number>"},
      {"-012345678901234567890N", "<not EDN at line 1, column 1: '-012345678901234567890N' is not a number>"},
      {"1/3", "<not EDN at line 1, column 1: '1/3' is not a number>"},
      {"\"abc", "<not EDN at line 1, column 1: a string that does not end>"},
      {"\"a\\qb\"", "<not EDN at line 1, column 3: a bad escape in a string>"},
      {"\"\\ud800\\u0041\"", "<not EDN at line 1, column 2: half of a surrogate pair>"},
      {"\"\xff\"", "<not EDN at line 1, column 1: a string that is not UTF-8>"},
      {":", "<not EDN at line 1, column 1: a ':' without a name>"},
      {"# a", "<not EDN at line 1, column 1: a '#' without a tag>"},
      {"#a\xff 1", "<not EDN at line 1, column 1: a tag that is not UTF-8>"},
      {":a\xff", "<not EDN at line 1, column 1: a name that is not UTF-8>"},
      {"##Infinity", "<not EDN at line 1, column 1: '##Infinity' is not ##Inf, ##-Inf or ##NaN>"},
      {"\\unknown", "<not EDN at line 1, column 1: an unknown character>"},
      {std::string(600, '['), "<not EDN at line 1, column 513: nested more than 512 deep>"},
  };
  for (const auto& row : kRows) CHECK(Parsed(row.text) == row.expected);
}

TEST_CASE("no text whatever is a crash") {
  const std::string text = "#jepsen.history.Op{:index 1, :value [[:r \"a\\n\" nil] #{1.5}] ; c\n} #_ \\a ##NaN (x)";
  for (size_t i = 0; i <= text.size(); ++i) {
    for (const char byte : std::string_view("(){}[]\"#\\_:;1 \n\0u", 17)) {
      std::string damaged = text;
      damaged.insert(i, 1, byte);
      EdnReader whole(damaged);
      EdnReader half(std::string_view(damaged).substr(i));
      Edn form;
      for (absl::StatusOr<bool> more = true; more.ok() && *more;) more = whole.Next(&form);
      for (absl::StatusOr<bool> more = true; more.ok() && *more;) more = half.Next(&form);
    }
  }
}

TEST_CASE("forms one after the other") {
  EdnReader reader("{:a 1}\n; note\n{:a 2} [3]\n");
  Edn form;
  REQUIRE(*reader.Next(&form));
  CHECK(form.Find("a")->integer == 1);
  CHECK(reader.place() == "line 1, column 1");
  REQUIRE(*reader.Next(&form));
  CHECK(reader.place() == "line 3, column 1");
  REQUIRE(*reader.Next(&form));
  CHECK(Print(form) == "[3]");
  CHECK(!*reader.Next(&form));
}

// Forms of `text` with "enter" for lists, up to the end or an error.
std::string Entered(const char* text) {
  EdnReader reader(text);
  std::string shown;
  for (Edn form;;) {
    const absl::StatusOr<bool> more = reader.Next(&form, EdnReader::List::kEnter);
    if (!more.ok()) return Concat(shown, "<", more.status().message(), ">");
    if (!*more) return shown;
    shown += Concat(Print(form), " at ", reader.place(), "; ");
  }
}

TEST_CASE("items of a list one by one") {
  CHECK(Entered("[1\n [2] (3)] 4") == "1 at line 1, column 2; [2] at line 2, column 2; (3) at line 2, column 6; "
                                      "4 at line 2, column 11; ");
  CHECK(Entered("()") == "");
  CHECK(Entered(" ; x\n(1") == "1 at line 2, column 2; <not EDN at line 2, column 1: a '(' that is not closed>");
  CHECK(Entered("[1)") == "1 at line 1, column 2; <not EDN at line 1, column 3: a ')' that closes nothing>");
}

TEST_CASE("long values are broken as clojure.pprint breaks them") {
  const char* const kText =
      "{:stats {:valid? true,\n"
      "         :count 10,\n"
      "         :by-f {:echo {:valid? true,\n"
      "                       :count 10,\n"
      "                       :ok-count 10,\n"
      "                       :fail-count 0,\n"
      "                       :info-count 0}}},\n"
      " :errors (),\n"
      " :op #jepsen.history.Op{:index 3153,\n"
      "                        :time 16253919135,\n"
      "                        :type :ok,\n"
      "                        :process 4},\n"
      " :valid? true}\n";
  const absl::StatusOr<Edn> edn = ParseEdn(kText);
  REQUIRE(edn.ok());
  CHECK(PrettyPrint(*edn) == kText);
}

TEST_CASE("results: keywords, numbers as keys, unknown") {
  struct {
    const char* json;
    const char* edn;
  } const kRows[] = {
      {R"({"valid?":true,"lost-count":0})", "{:valid? true, :lost-count 0}"},
      {R"({"valid?":"unknown"})", "{:valid? :unknown}"},
      {R"({"by-f":{"read":{"valid?":"unknown"}}})", "{:by-f {:read {:valid? :unknown}}}"},
      {R"([":stable","stable","a: b",":a b"])", R"([:stable "stable" "a: b" ":a b"])"},
      {R"({"0":1,"0.5":2,"-3":4,"1.0":5})", "{0 1, 0.5 2, -3 4, 1.0 5}"},
      {R"({"007":1,"1e5":2,"0.50":3,"n1":4})", "{:007 1, :1e5 2, :0.50 3, :n1 4}"},
      {R"({"a b":1,"":2,":k":3})", R"({"a b" 1, "" 2, :k 3})"},
      {R"({"ok-fraction":1.0,"big":18446744073709551615})", "{:ok-fraction 1.0, :big 18446744073709551615N}"},
  };
  for (const auto& row : kRows) CHECK(Print(ResultsToEdn(JsonOf(row.json))) == row.edn);
  CHECK(PlainResults(JsonOf(R"({"a":[":lost","lost",": no",{"b":":G1a"}]})")).Dump() ==
        R"({"a":["lost","lost",": no",{"b":"G1a"}]})");
}

TEST_CASE("values, by what carries them") {
  struct {
    ProcessId process;
    const char* f;
    const char* json;
    const char* edn;
  } const kRows[] = {
      {ProcessId(0), "echo", R"("Please echo 1")", R"("Please echo 1")"},
      {ProcessId(0), "echo", R"({"type":"echo_ok","a b":[true]})", R"({:type "echo_ok", "a b" [true]})"},
      {ProcessId(0), "echo", R"([["r",1]])", R"([["r" 1]])"},
      {ProcessId(0), "txn", R"([["r",8,null],["append",9,1]])", "[[:r 8 nil] [:append 9 1]]"},
      {ProcessId(0), "poll", R"([["poll",{"9":[[0,1]]}]])", R"([[:poll {"9" [[0 1]]}]])"},
      {ProcessId(0), "poll", R"([["poll"]])", "[[:poll]]"},
      {ProcessId(0), "cas", "[0,[4,3]]", "[0 [4 3]]"},
      {ProcessId(0), "assign", R"(["9","10"])", R"(["9" "10"])"},
      {ProcessId(0), "read", "[true,false,-1,0.5,1e300]", "[true false -1 0.5 1.0E300]"},
      {ProcessId(0), "read", "[18446744073709551615,-36893488147419103232]",
       "[18446744073709551615N -36893488147419103232N]"},
      {ProcessId(0), "echo", R"("a\"b\\c\n\t\u0001é")", "\"a\\\"b\\\\c\\n\\t\x01é\""},
      {ProcessId(0), "read", R"([[],{},""])", R"([[] {} ""])"},
      {kNemesis, "start-partition", R"("one")", ":one"},
      {kNemesis, "start-partition", R"(["isolated",{"n2":["n1","n0"],"n1":[]}])",
       R"([:isolated {"n2" #{"n1" "n0"}, "n1" #{}}])"},
      {kNemesis, "stop-partition", "null", "nil"},
  };
  for (const auto& row : kRows) {
    Op op;
    op.process = row.process;
    op.f = row.f;
    op.value = JsonOf(row.json);
    std::string edn;
    AppendEdnValue(op, edn);
    CHECK(edn == row.edn);
    CHECK(*ToJson(*ParseEdn(edn)) == op.value);
  }
}

TEST_CASE("errors and exceptions") {
  CHECK(Print(ErrorToEdn(JsonOf(R"("net-timeout")"))) == ":net-timeout");
  CHECK(Print(ErrorToEdn(JsonOf(R"(["txn-conflict","try again"])"))) == R"([:txn-conflict "try again"])");
  CHECK(Print(ErrorToEdn(JsonOf(R"("indeterminate: no luck")"))) == R"("indeterminate: no luck")");

  const Json exception = JsonOf(R"({"class":"gyre.BadReply","message":"read_ok has no value"})");
  CHECK(Print(ExceptionToEdn(exception)) ==
        R"({:via [{:type gyre.BadReply, :message "read_ok has no value"}], :trace [], :cause "read_ok has no value"})");
  CHECK(*ExceptionToJson(ExceptionToEdn(exception)) == exception);
  CHECK(Print(ExceptionToEdn(JsonOf(R"({"other":1})"))) == "{:other 1}");
}

TEST_CASE("JSON has no infinity") {
  CHECK(ToJson(*ParseEdn("[##Inf]")).status().message() == "##Inf is no JSON number");
}

}  // namespace
}  // namespace gyre
