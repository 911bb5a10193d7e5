// Pictures of cycles: golden ones, file names, and that nothing a node printed is more than text.
#include "tools/plot/cycle_picture.h"

#include <doctest/doctest.h>

#include <utility>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tests/tools/golden.h"

namespace gyre {
namespace {

// Transactions one after the other, of a process each.
History Txns(const std::vector<std::string>& values) {
  std::vector<Op> ops;
  for (size_t i = 0; i < 2 * values.size(); ++i) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(i));
    op.process = ProcessId(static_cast<int32_t>(i / 2));
    op.type = i % 2 == 0 ? OpType::kInvoke : OpType::kOk;
    op.f = Atom("txn");
    op.value = *ParseJson(values[i / 2]);
    ops.push_back(std::move(op));
  }
  absl::StatusOr<History> history = History::Make(std::move(ops));
  REQUIRE(history.ok());
  return *std::move(history);
}

Anomaly Cycle(const std::string& kind, const std::string& witness) { return {kind, "", *ParseJson(witness)}; }

TEST_CASE("two transactions, by micro-operations") {
  const History history = Txns({R"([["r",8,[1]],["append",9,2]])", R"([["append",8,3],["r",9,[2]]])"});
  CheckGolden("picture-two.svg", CyclePicture(history, Cycle("G-single-item", R"({"cycle":[[0,1],[2,3]],"steps":[
      {"type":":rw","key":8,"a-mop-index":0,"b-mop-index":0},
      {"type":":wr","key":9,"a-mop-index":1,"b-mop-index":1}]})")));
}

TEST_CASE("four transactions, in the order of completion and not of the cycle") {
  const History history = Txns({R"([["w",1,1]])", R"([["r",1,1],["w",2,1]])", R"([["r",2,null]])", R"([["w",2,5]])"});
  CheckGolden("picture-four.svg", CyclePicture(history, Cycle("G-single-realtime", R"({
      "cycle":[[0,1],[4,5],[2,3],[6,7]],"steps":[{"type":":realtime"},
      {"type":":rw","key":2,"a-mop-index":0,"b-mop-index":1},
      {"type":":ww","key":2,"a-mop-index":1,"b-mop-index":0},{"type":":process","process":0}]})")));
}

TEST_CASE("what nodes print is text, and short") {
  const std::string many(5000, 'x');
  const History history =
      Txns({Concat(R"([["r","</text><script>&\"\u0001",")", many, R"("]])"), R"([["w","<script>","\uffff"]])"});
  const std::string svg = CyclePicture(history, Cycle("<G>", R"({"cycle":[[0,1],[2,3]],"steps":[
      {"type":":rw","key":"<script>","a-mop-index":0,"b-mop-index":0},{"type":":\"><a>"}]})"));
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(svg.find("<a>") == std::string::npos);
  CHECK(svg.find("&lt;script&gt;") != std::string::npos);
  CHECK(svg.find("<title>&lt;G&gt;</title>") != std::string::npos);
  CHECK(svg.find("\xef\xbf\xbf") == std::string::npos);
  CHECK(svg.size() < 5000);
}

TEST_CASE("file names") {
  const History history = Txns({R"([["r",8,[1]]])", R"([["append",8,1]])"});
  const std::string cycle = R"({"cycle":[[0,1],[2,3]]})";
  const TemporaryDirectory directory;
  const std::string in = Concat(directory.path(), "/anomalies");
  PictureCounts counts;
  REQUIRE(WritePictures(in, history, {{"lost", "", Json()}}, &counts).ok());
  CHECK(!Exists(in));
  const auto paths = WritePictures(
      in, history, {Cycle("G0", cycle), {"lost", "", Json()}, Cycle("../G 1", cycle), Cycle("G0", cycle)}, &counts);
  REQUIRE(paths.ok());
  CHECK(*paths == std::vector<std::string>{in + "/G0-1.svg", in + "/---G-1-1.svg", in + "/G0-2.svg"});
  CHECK(ReadFile(in + "/G0-2.svg").ok());
}

}  // namespace
}  // namespace gyre
