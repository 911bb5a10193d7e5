#include "tools/decimal.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/base/concat.h"

namespace gyre {
namespace {

TEST_CASE("decimals: read, and printed back shortest") {
  struct Row {
    const char* text;
    uint64_t num;
    uint64_t den;
    const char* printed;
  };
  for (const Row& row :
       {Row{"0", 0, 1, "0"}, Row{"20", 2, 1, "20"}, Row{"0.5", 5, 10, "0.5"}, Row{".25", 25, 100, "0.25"},
        Row{"1.50", 15, 10, "1.5"}, Row{"7.", 7, 1, "7"}, Row{"0.050", 5, 100, "0.05"},
        Row{"999999999999999999", 999999999999999999u, 1, "999999999999999999"}}) {
    CAPTURE(row.text);
    const absl::StatusOr<Ratio> ratio = ParseDecimal(row.text);
    REQUIRE(ratio.ok());
    CHECK(ratio->num * row.den == row.num * ratio->den * (std::string(row.text) == "20" ? 10 : 1));
    CHECK(FormatDecimal(*ratio) == row.printed);
  }
}

TEST_CASE("what is no decimal") {
  for (const char* text : {"", ".", "-1", "+1", "1e3", "1.2.3", "0x10", "1,5", " 1", "nan", "1234567890123456789"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseDecimal(text).ok());
  }
}

TEST_CASE("lengths of time: exact, in the option's unit or in one of their own") {
  struct Row {
    const char* text;
    Duration unit;
    int64_t ns;       // -1: refused
    const char* why;  // of a refusal
  };
  const Row rows[] = {
      {"10", Milliseconds(1), 10'000'000, ""},
      {"0.05", Milliseconds(1), 50'000, ""},
      {"0.000001", Milliseconds(1), 1, ""},
      {"50us", Milliseconds(1), 50'000, ""},
      {"2s", Milliseconds(1), 2'000'000'000, ""},
      {"1.5ms", Seconds(1), 1'500'000, ""},
      {"7ns", Seconds(1), 7, ""},
      {"20", Seconds(1), 20'000'000'000, ""},
      {"31622400", Seconds(1), 31622400'000'000'000, ""},
      {"0", Seconds(1), 0, ""},
      {"0.0000001", Milliseconds(1), -1, "'0.0000001' is finer than a nanosecond"},
      {"0.5ns", Seconds(1), -1, "'0.5ns' is finer than a nanosecond"},
      {"31622401", Seconds(1), -1, "'31622401' is more than a year"},
      {"999999999999999999s", Seconds(1), -1, "'999999999999999999s' is more than a year"},
      {"-1", Seconds(1), -1, "'-1' is not a length of time such as 10, 0.5 or 50us"},
      {"s", Seconds(1), -1, "'s' is not a length of time such as 10, 0.5 or 50us"},
      {"10m", Seconds(1), -1, "'10m' is not a length of time such as 10, 0.5 or 50us"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const absl::StatusOr<Duration> duration = ParseDuration(row.text, row.unit);
    CHECK(duration.ok() == (row.ns >= 0));
    if (duration.ok()) {
      CHECK(duration->ns() == row.ns);
      CHECK(*ParseDuration(FormatDuration(*duration, row.unit), row.unit) == *duration);
    } else {
      CHECK(std::string(duration.status().message()) == row.why);
    }
  }
}

TEST_CASE("whole numbers") {
  CHECK(*ParseWhole("18446744073709551615", 0, UINT64_MAX) == UINT64_MAX);
  CHECK(*ParseWhole("5", 1, 5) == 5);
  for (const char* text : {"", "0", "6", "-1", "+1", "1.0", "five", " 1", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseWhole(text, 1, 5).ok());
  }
  CHECK(std::string(ParseWhole("0", 1, UINT64_MAX).status().message()) == "'0' is not a whole number from 1 on");
  CHECK(std::string(ParseWhole("9", 1, 5).status().message()) == "'9' is not a whole number from 1 to 5");
}

}  // namespace
}  // namespace gyre
