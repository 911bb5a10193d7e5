#include "tools/serve/body_scan.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/base/concat.h"
#include "sim/base/json.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

std::string Shown(std::string_view body) {
  const BodyLinks links = ScanBody(body);
  return Concat(links.type, " ", links.msg_id, " ", links.in_reply_to);
}

TEST_CASE("what links messages, in a table") {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"type":"echo","msg_id":7})", "echo 7 -1"},
      {R"({"msg_id" : 7 , "type" : "a b", "in_reply_to":12})", "a b 7 12"},
      {R"({"type":"x","in":{"type":"y","msg_id":3,"list":["{","}",{"in_reply_to":9}]},"msg_id":4})", "x 4 -1"},
      {R"({"a":"\"type\":\"no\",","type":"yes\"}"})", R"(yes\"} -1 -1)"},
      {R"({"type":5,"msg_id":"7","in_reply_to":-1})", " -1 -1"},
      {R"({"msg_id":99999999999999999999})", " -1 -1"},
      {R"({"type":"a","type":"b"})", "b -1 -1"},
      {R"({"msg_id":1.5,"in_reply_to":2 })", " -1 2"},
      {"", " -1 -1"},
      {"{", " -1 -1"},
      {R"({"type":"cut)", " -1 -1"},
      {R"({"type":"cut\)", " -1 -1"},
      {R"({"type":"a",)", "a -1 -1"},
      {"[1,2]", " -1 -1"},
      {"no json", " -1 -1"},
  };
  for (const auto& [body, links] : rows) CHECK_MESSAGE(Shown(body) == links, body);
}

TEST_CASE("whatever a parser reads, the scan reads alike; of damaged bodies it ends") {
  Draw draw(7, "scan", 0);
  const std::string alphabet = R"({}[]":,\ atype_msg_id012)";
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string body = R"({"msg_id":1,"type":"t","x":[{"type":"u"}],"in_reply_to":2})";
    for (uint64_t change = draw.Below(3); change > 0; --change) {
      body[draw.Below(body.size())] = alphabet[draw.Below(alphabet.size())];
    }
    const BodyLinks links = ScanBody(body);
    const absl::StatusOr<Json> json = ParseJson(body);
    if (!json.ok() || !json->is_object() || body.find('\\') != std::string::npos) continue;
    ++parsed;
    const auto number = [&](const char* name) {
      const Json* value = json->Find(name);
      return value != nullptr && value->is_int() && value->AsInt() >= 0 ? value->AsInt() : -1;
    };
    CHECK_MESSAGE(links.msg_id == number("msg_id"), body);
    CHECK_MESSAGE(links.in_reply_to == number("in_reply_to"), body);
    const Json* type = json->Find("type");
    CHECK_MESSAGE(links.type == (type != nullptr && type->is_string() ? type->AsString() : ""), body);
  }
  CHECK(parsed > 1'000);
}

}  // namespace
}  // namespace gyre
