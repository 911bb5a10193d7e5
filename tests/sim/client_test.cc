#include "sim/client.h"

#include <doctest/doctest.h>

#include <string>

namespace gyre {
namespace {

TEST_CASE("error replies, as Maelstrom maps them") {
  struct Row {
    const char* reply;
    bool idempotent;
    OpType type;
    const char* error;
  };
  const Row rows[] = {
      {R"({"type":"error","code":0,"text":"slow"})", false, OpType::kInfo, R"(["timeout","slow"])"},
      {R"({"type":"error","code":1,"text":"x"})", false, OpType::kFail, R"(["node-not-found","x"])"},
      {R"({"type":"error","code":11,"text":"x"})", false, OpType::kFail, R"(["temporarily-unavailable","x"])"},
      {R"({"type":"error","code":13,"text":"x"})", false, OpType::kInfo, R"(["crash","x"])"},
      {R"({"type":"error","code":13,"text":"x"})", true, OpType::kFail, R"(["crash","x"])"},
      {R"({"type":"error","code":30,"text":"x"})", false, OpType::kFail, R"(["txn-conflict","x"])"},
      {R"({"type":"error","code":1000,"text":"x"})", false, OpType::kInfo, R"([1000,"x"])"},
      {R"({"type":"error","code":"no","text":"x"})", false, OpType::kInfo, R"(["no","x"])"},
      {R"({"type":"error"})", false, OpType::kInfo, R"([null,null])"},
      {R"({"type":"error"})", true, OpType::kFail, R"([null,null])"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.reply));
    const Completion completion = ErrorCompletion(*ParseJson(row.reply), Json(5), row.idempotent);
    CHECK(completion.type == row.type);
    CHECK(completion.error.Dump() == row.error);
    CHECK(completion.value == Json(5));
  }
}

TEST_CASE("time-outs are info, unless the operation may be repeated") {
  CHECK(TimeoutCompletion(Json(1), false).type == OpType::kInfo);
  CHECK(TimeoutCompletion(Json(1), true).type == OpType::kFail);
  CHECK(TimeoutCompletion(Json(1), true).error == Json("net-timeout"));
}

}  // namespace
}  // namespace gyre
