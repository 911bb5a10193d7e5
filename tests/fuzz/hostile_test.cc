// Histories that are cut off, torn, huge or deep, of each kind: judged, or refused with one clear sentence.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/base/concat.h"
#include "sim/history/labelled.h"
#include "tests/fuzz/sample_histories.h"
#include "tools/run/judges.h"

namespace gyre {
namespace {

constexpr size_t kLongestSentence = 1000;

bool IsSentence(absl::string_view text) {
  return !text.empty() && text.size() < kLongestSentence && text.find('\n') == text.npos;
}

// Judges with both parities. True when judged; else the refusal was a sentence.
bool Judged(const char* kind, const History& history) {
  bool judged = true;
  for (const Parity parity : {Parity::kOurs, Parity::kMaelstrom}) {
    CheckOptions options;
    options.parity = parity;
    const Judge* judge = FindJudge(kind);
    const absl::StatusOr<Verdict> verdict = judge->judge(*judge, history, options, Json());
    judged = judged && verdict.ok();
    if (!verdict.ok()) {
      CHECK(IsSentence(verdict.status().message()));
      continue;
    }
    REQUIRE(verdict->details.Find("valid?") != nullptr);
    CHECK(*verdict->details.Find("valid?") == ToJson(verdict->valid));
    // The reference implementation calls a history invalid that has too little in it.
    if (verdict->valid == Validity::kInvalid && parity == Parity::kOurs) CHECK(!verdict->anomalies.empty());
  }
  return judged;
}

History Of(std::vector<Op> ops) {
  for (size_t i = 0; i < ops.size(); ++i) ops[i].index = OpIndex(static_cast<uint32_t>(i));
  absl::StatusOr<History> history = History::Make(std::move(ops), Overlap::kLeavesOpen);
  REQUIRE(history.ok());
  return *std::move(history);
}

TEST_CASE("every kind has a sample") {
  REQUIRE(SampleHistories().size() == Judges().size());
  for (size_t i = 0; i < Judges().size(); ++i) CHECK(std::string(SampleHistories()[i].kind) == Judges()[i].kind);
}

TEST_CASE("cut off at any entry, at either end, or without one of them") {
  for (const SampleRow& row : SampleHistories()) {
    CAPTURE(std::string(row.kind));
    const std::vector<Op> ops = HistoryOf(row).ops();
    for (size_t i = 0; i <= ops.size(); ++i) {
      CAPTURE(i);
      const auto at = ops.begin() + static_cast<ptrdiff_t>(i);
      CHECK(Judged(row.kind, Of({ops.begin(), at})));
      CHECK(Judged(row.kind, Of({at, ops.end()})));
      if (i == ops.size()) continue;
      std::vector<Op> without = ops;
      without.erase(without.begin() + static_cast<ptrdiff_t>(i));
      CHECK(Judged(row.kind, Of(std::move(without))));
    }
  }
}

// A list in a list in a list.
Json Nested(int depth) {
  Json json;
  for (int i = 0; i < depth; ++i) {
    Json::Array list;
    list.push_back(std::move(json));
    json = Json(std::move(list));
  }
  return json;
}

// Values of all types, in the place of each value of the history in turn.
TEST_CASE("a value of another type") {
  const Json kValues[] = {Json(), true, 7, -0.5, 1e300, UINT64_MAX, Json::BigInteger("-9223372036854775809"), "x",
                          Json(Json::Array()), Json(Json::Object()), Json(Json::Array{Json(), Json()}), Nested(500),
                          Json::Array{Json(Json::Array{"r", "x", Json::ObjectOf({{"y", Json()}})})}};
  for (const SampleRow& row : SampleHistories()) {
    CAPTURE(std::string(row.kind));
    const History sample = HistoryOf(row);
    for (size_t i = 0; i < sample.size(); ++i) {
      for (const Json& value : kValues) {
        CAPTURE(i);
        std::vector<Op> ops = sample.ops();
        ops[i].value = value;
        Judged(row.kind, Of(std::move(ops)));
      }
    }
  }
}

TEST_CASE("10 MB in one value, and a list of a million") {
  const Json text(std::string(10'000'000, 'x'));
  Json::Array million;
  for (int i = 0; i < 1'000'000; ++i) million.push_back(i);
  const Json list(std::move(million));
  for (const SampleRow& row : SampleHistories()) {
    CAPTURE(std::string(row.kind));
    for (const Json& value : {text, list}) {
      std::vector<Op> ops = HistoryOf(row).ops();
      const ProcessId first = ops[0].process;
      for (Op& op : ops) {
        if (op.process == first) op.value = value;
      }
      Judged(row.kind, Of(std::move(ops)));
    }
  }
}

TEST_CASE("a transaction of very many micro-operations") {
  constexpr int kMops = 100'000;
  const struct {
    const char* kind;
    const char* write;
  } kRows[] = {{"txn-list-append", "append"}, {"txn-rw-register", "w"}, {"kafka", "send"}};
  for (const auto& [kind, write] : kRows) {
    CAPTURE(std::string(kind));
    for (const int keys : {1, 2, kMops}) {
      CAPTURE(keys);
      Json::Array mops;
      for (int i = 0; i < kMops; ++i) mops.push_back(Json::Array{write, Concat(i % keys), i});
      if (std::string_view(kind) != "kafka") mops.push_back(Json::Array{"r", "0", Json()});
      Op op;
      op.process = ProcessId(0);
      op.f = Atom("txn");
      op.type = OpType::kInvoke;
      op.value = std::move(mops);
      Op ok = op;
      ok.type = OpType::kOk;
      CHECK(Judged(kind, Of({op, ok})));
    }
  }
}

// The sentence with which a text is refused; "" when it is none.
std::string Refused(std::string_view text, Notation notation) {
  std::string sentence;
  ReadHistories(text, notation, [&](const LabelledHistory& labelled) {
    if (labelled.history.ok()) return;
    sentence = std::string(labelled.history.status().message());
    CHECK(IsSentence(sentence));
  });
  return sentence;
}

TEST_CASE("large and deep texts") {
  const auto json = [](std::string_view value) {
    return Concat("{\"type\":\"ok\",\"f\":\"read\",\"value\":", value, "}");
  };
  const auto edn = [](std::string_view value) { return Concat("{:type :ok :f :read :value ", value, "}\n"); };
  const std::string text = Concat("\"", std::string(10'000'000, 'x'), "\"");
  std::string list = "[0";
  for (int i = 1; i < 1'000'000; ++i) list += i % 2 == 0 ? " ,0" : ", 1";
  list += "]";
  const std::string deep = Concat(std::string(500, '['), std::string(500, ']'));
  for (const std::string& value : {text, list, deep}) {
    CHECK(Refused(json(value), Notation::kJson).empty());
    CHECK(Refused(edn(value), Notation::kEdn).empty());
    CHECK(Refused(Concat("{\"history\":[", json(value), "]}"), Notation::kCases).empty());
  }
  const std::string bottomless(1'000'000, '[');
  CHECK(Refused(edn(bottomless), Notation::kEdn).ends_with("nested more than 512 deep"));
  CHECK(!Refused(json(bottomless), Notation::kJson).empty());
  for (const std::string& cut : {text, list, deep}) {
    CHECK(!Refused(json(cut.substr(0, cut.size() / 2)), Notation::kJson).empty());
    CHECK(!Refused(edn(cut.substr(0, cut.size() / 2)), Notation::kEdn).empty());
  }
  // Half of the members have one name.
  std::string names = "{";
  for (int i = 0; i < 200'000; ++i) names += Concat("\"", i < 100'000 ? 0 : i, "\":", i, ",");
  names += "\"\":0}";
  CHECK(Refused(json(names), Notation::kJson).empty());
}

TEST_CASE("times at the ends of 64 bits") {
  CHECK(Refused("{\"type\":\"ok\",\"time\":-9223372036854775808}", Notation::kJson) ==
        "entry 0 of the history is at -9223372036.854775808s, more than 73 years from its zero");
  CHECK(Refused("{:type :ok :time 9223372036854775807}", Notation::kEdn) ==
        "entry 0 of the history is at 9223372036.854775807s, more than 73 years from its zero");
}

}  // namespace
}  // namespace gyre
