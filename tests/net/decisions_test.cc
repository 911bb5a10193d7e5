#include "sim/net/decisions.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gyre {
namespace {

TEST_CASE("a line is written as it is read") {
  const std::string lines[] = {
      R"({"kind":"delay","key":"00000000000000ff","value":1000,"at":5})",
      R"({"kind":"operation","key":"fedcba9876543210","value":0,"at":0})",
      R"({"kind":"operation","key":"*","value":0,"at":0})",
      R"({"kind":"reseed","value":-1,"at":7})",
  };
  for (const std::string& line : lines) {
    CAPTURE(line);
    const absl::StatusOr<Decision> decision = ParseDecision(line);
    REQUIRE(decision.ok());
    CHECK(ToJsonLine(*decision) == line);
  }
  // A seed above 2^63 is the same 64 bits.
  CHECK(ParseDecision(R"({"kind":"reseed","value":18446744073709551615,"at":7})")->value == -1);
  // `at` of anything but a reseed does not matter.
  CHECK(ParseDecision(R"({"kind":"loss","key":"00000000000000ff","value":1})")->at == 0);
}

TEST_CASE("bad lines, in full text") {
  const std::string shape =
      R"(; expected {"kind": "delay", "key": "16 hexadecimal digits", "value": 1000})"
      R"( or {"kind": "reseed", "at": 0, "value": 7})";
  const std::pair<std::string, std::string> rows[] = {
      {R"({})", "no \"kind\""},
      {R"([])", "no \"kind\""},
      {R"({"kind":"delay","key":"00000000000000ff"})", "no integer \"value\""},
      {R"({"kind":"delay","key":"00000000000000ff","value":1.5})", "no integer \"value\""},
      {R"({"kind":"delay","value":1})", "\"key\" is neither 16 hexadecimal digits nor \"*\""},
      {R"({"kind":"delay","key":"ff","value":1})", "\"key\" is neither 16 hexadecimal digits nor \"*\""},
      {R"({"kind":"reseed","value":1})", "a reseed without an integer \"at\""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(std::string(ParseDecision(row.first).status().message()) == row.second + shape);
  }
  const auto overrides = ParseOverrides("\n{\"kind\":\"reseed\",\"at\":1,\"value\":2}\n\n{}\n");
  CHECK(std::string(overrides.status().message()) == "override line 4: no \"kind\"" + shape);
}

int64_t Seven(Draw&) { return 7; }

TEST_CASE("an override's value, else the drawn one; defaults are not recorded") {
  std::vector<std::string> recorded;
  Decisions decisions(1, {{"loss", "0000000000000005", 1, 0}, {"loss", "0000000000000006", 1, 0}},
                      [&](const Decision& decision) { recorded.push_back(ToJsonLine(decision)); });
  CHECK(decisions.Choose("loss", 4, Instant(10), 7, Seven) == 7);
  CHECK(decisions.Choose("loss", 5, Instant(11), 7, Seven) == 1);
  CHECK(decisions.Choose("delay", 5, Instant(12), 0, Seven) == 7);
  CHECK(recorded == std::vector<std::string>{R"({"kind":"loss","key":"0000000000000005","value":1,"at":11})",
                                             R"({"kind":"delay","key":"0000000000000005","value":7,"at":12})"});
  const std::vector<Decision> unmatched = decisions.Unmatched();
  REQUIRE(unmatched.size() == 1);
  CHECK(unmatched[0].key == "0000000000000006");
}

TEST_CASE("an override of any key is for those without one of their own, wherever it stands in the file") {
  Decisions decisions(1, {{"delay", "0000000000000005", 3, 0}, {"delay", "*", 9, 0}, {"delay", "*", 8, 0}});
  CHECK(decisions.Unmatched().size() == 3);
  CHECK(decisions.Choose("delay", 4, Instant(), 0, Seven) == 8);
  CHECK(decisions.Choose("delay", 5, Instant(), 0, Seven) == 3);
  CHECK(decisions.Choose("loss", 4, Instant(), 0, Seven) == 7);
  // The first of the two stands for nothing.
  REQUIRE(decisions.Unmatched().size() == 1);
  CHECK(decisions.Unmatched()[0].value == 9);
}

TEST_CASE("a reseed ends what was said of all of a kind, but for operations; what was said of one stays") {
  Decisions decisions(1, {{"delay", "*", 9, 0}, {"delay", "0000000000000005", 3, 0}, {"operation", "*", 0, 0},
                          {"reseed", "", 2, 100}});
  for (const auto& [at, delay] : {std::pair{99, 9}, std::pair{100, 7}, std::pair{101, 7}}) {
    CAPTURE(at);
    CHECK(decisions.Choose("delay", 4, Instant(at), 0, Seven) == delay);
    CHECK(decisions.Choose("delay", 5, Instant(at), 0, Seven) == 3);
    CHECK(decisions.Choose("operation", 4, Instant(at), -1, Seven) == 0);
  }
}

TEST_CASE("what is said of all of a kind behind a reseed holds under it") {
  Decisions decisions(1, {{"loss", "*", 1, 0}, {"reseed", "", 2, 100}, {"delay", "*", 9, 0}});
  for (const auto& [at, loss] : {std::pair{99, 1}, std::pair{100, 7}}) {
    CAPTURE(at);
    CHECK(decisions.Choose("delay", 4, Instant(at), 0, Seven) == 9);
    CHECK(decisions.Choose("loss", 4, Instant(at), 0, Seven) == loss);
  }
}

TEST_CASE("draws depend on seed, kind and key, and on nothing asked before") {
  const auto value = [](Decisions& decisions, const char* kind, uint64_t key) {
    return decisions.Choose(kind, key, Instant(), 0, [](Draw& draw) { return draw.Between(0, 1000000); });
  };
  Decisions a(1);
  Decisions b(1);
  Decisions c(2);
  const int64_t first = value(a, "delay", 1);
  for (uint64_t i = 0; i < 10; ++i) value(b, "delay", 100 + i);
  CHECK(value(b, "delay", 1) == first);
  CHECK(value(a, "loss", 1) != first);
  CHECK(value(a, "delay", 2) != first);
  CHECK(value(c, "delay", 1) != first);
}

TEST_CASE("reseeds hold from their instant on, whatever their order in the file") {
  Decisions decisions(1, {{"reseed", "", 30, 200}, {"reseed", "", 20, 100}});
  CHECK(decisions.SeedAt(Instant(99)) == 1);
  CHECK(decisions.Unmatched().size() == 2);
  CHECK(decisions.SeedAt(Instant(100)) == 20);
  CHECK(decisions.SeedAt(Instant(199)) == 20);
  CHECK(decisions.Unmatched().size() == 1);
  CHECK(decisions.SeedAt(Instant(200)) == 30);
  CHECK(decisions.SeedAt(Instant(0)) == 1);
  CHECK(decisions.seed() == 1);
}

}  // namespace
}  // namespace gyre
