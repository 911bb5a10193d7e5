#include "sim/envelope.h"

#include <doctest/doctest.h>

#include <simdjson.h>

#include <string>
#include <vector>

#include "sim/base/rng.h"

namespace gyre {
namespace {

// n1 and n2 are servers, c1 is a client; n1 writes.
struct Door {
  Roster roster;
  NodeId n1 = roster.Add("n1", NodeRole::kServer);
  NodeId n2 = roster.Add("n2", NodeRole::kServer);
  NodeId c1 = roster.Add("c1", NodeRole::kClient);
  EnvelopeReader reader{&roster, 1000};
  Message message;

  // "n1 -> n2 BODY", or "KIND: TEXT".
  std::string Read(std::string_view line) {
    const std::optional<LineProblem> problem = reader.Read(n1, line, &message);
    if (problem.has_value()) return problem->kind + (": " + problem->text);
    return roster.name(message.src) + " -> " + roster.name(message.dest) + " " + message.body;
  }
};

TEST_CASE("lines that real programs write") {
  const std::pair<std::string, std::string> rows[] = {
      {R"({"src":"n1","dest":"n2","body":{"type":"t"}})", R"(n1 -> n2 {"type":"t"})"},
      // Any order and white space; the body's bytes stay.
      {R"( { "body" : { "type" : "t" } , "dest" : "n2", "src" : "n1" } )", R"(n1 -> n2 { "type" : "t" })"},
      {R"({"dest":"n2","body":{"a":{"b":[1,{"c":"}"}]}},"src":"n1"})", R"(n1 -> n2 {"a":{"b":[1,{"c":"}"}]}})"},
      {R"({"src":"n1","dest":"n2","body":{}})", R"(n1 -> n2 {})"},
      {R"({"src":"n1","dest":"n2","body":{"type":"t"}   })", R"(n1 -> n2 {"type":"t"})"},
      // No name yet; no src at all; an id echoed back; a message to oneself.
      {R"({"src":null,"dest":"n2","body":{"type":"t"}})", R"(n1 -> n2 {"type":"t"})"},
      {R"({"dest":"n2","body":{"type":"t"}})", R"(n1 -> n2 {"type":"t"})"},
      {R"({"id":7,"src":"n1","dest":"c1","body":{"in_reply_to":null}})", R"(n1 -> c1 {"in_reply_to":null})"},
      {R"({"src":"n1","dest":"n1","body":{"type":"t"}})", R"(n1 -> n1 {"type":"t"})"},
      // A client's request, forwarded under the client's name.
      {R"({"src":"c1","dest":"n2","body":{"type":"t"}})", R"(c1 -> n2 {"type":"t"})"},
      // Ids of any kind.
      {R"({"src":"n1","dest":"n2","body":{"msg_id":18446744073709551615}})",
       R"(n1 -> n2 {"msg_id":18446744073709551615})"},
      {R"({"src":"n1","dest":"n2","body":{"msg_id":98765432109876543210}})",
       R"(n1 -> n2 {"msg_id":98765432109876543210})"},
      {R"({"src":"n1","dest":"n2","body":{"msg_id":"a-b"}})", R"(n1 -> n2 {"msg_id":"a-b"})"},
      // Escapes in names and keys.
      {R"({"src":"\u006e1","d\u0065st":"n2","body":{"type":"t"}})", R"(n1 -> n2 {"type":"t"})"},
  };
  Door door;
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(door.Read(row.first) == row.second);
  }
}

TEST_CASE("bad lines, in full text") {
  const std::pair<std::string, std::string> rows[] = {
      {R"({"src":"n1","dest":"n9","body":{}})",
       "unknown-destination: sent a message to \"n9\", and there is no such node: "
       "{\"src\":\"n1\",\"dest\":\"n9\",\"body\":{}}\n"
       "The nodes' names come with init; reply to the \"src\" of a request."},
      {R"({"src":"n2","dest":"n1","body":{}})",
       "bad-line: wrote a line whose \"src\" is \"n2\": {\"src\":\"n2\",\"dest\":\"n1\",\"body\":{}}\n"
       "It must be the node's own name, \"n1\" (or a client's, to forward a request)."},
      {R"({"src":1,"dest":"n1","body":{}})",
       "bad-line: wrote a line whose \"src\" is not a string: {\"src\":1,\"dest\":\"n1\",\"body\":{}}\n"
       "It must be the node's own name, \"n1\"."},
      {R"({"src":"n1","body":{}})",
       "bad-line: wrote a line without a string \"dest\": {\"src\":\"n1\",\"body\":{}}\n"
       "Every message names its destination."},
      {R"({"src":"n1","dest":"n2"})",
       "bad-line: wrote a line without a \"body\": {\"src\":\"n1\",\"dest\":\"n2\"}\n"
       "A message looks like {\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"echo_ok\"}}."},
      {R"({"src":"n1","dest":"n2","body":[]})",
       "bad-line: wrote a line whose \"body\" is not an object: {\"src\":\"n1\",\"dest\":\"n2\",\"body\":[]}\n"
       "A message looks like {\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"echo_ok\"}}."},
      {"[1]",
       "bad-line: wrote a line that is JSON, but not an object: [1]\n"
       "stdout carries messages only, one JSON object a line: write logs to stderr."},
  };
  Door door;
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(door.Read(row.first) == row.second);
  }
  const std::string noise = door.Read("starting \x1b[1mup\xff");
  CHECK(noise.substr(0, 45) == "bad-line: wrote a line that is not valid JSON");
  CHECK(noise.find(": starting \\x1b[1mup\\xff\n") != std::string::npos);
  CHECK(noise.find('\x1b') == std::string::npos);
}

TEST_CASE("a line above the limit is named by its size, not shown whole") {
  Door door;
  const std::string text = door.Read(R"({"src":"n1","dest":"n2","body":{"x":")" + std::string(1000, 'y') + "\"}}");
  CHECK(text.substr(0, 66) == "bad-line: wrote a line of 1040 bytes, above the limit of 1000: {\"s");
  CHECK(text.size() < 350);
}

TEST_CASE("Excerpt escapes what a terminal would obey, and counts the rest") {
  CHECK(Excerpt("a\tb\r\x07") == "a\\tb\\r\\x07");
  CHECK(Excerpt("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(Excerpt(std::string(500, 'x')) == std::string(200, 'x') + "... (500 bytes)");
}

TEST_CASE("the content hash leaves out msg_id and in_reply_to, wherever they stand, and nothing else") {
  Door door;
  const auto hash = [&](const std::string& body) {
    REQUIRE(!door.reader.Read(door.n1, R"({"src":"n1","dest":"n2","body":)" + body + "}", &door.message).has_value());
    return door.message.content_hash;
  };
  const std::vector<std::pair<std::string, std::string>> same = {
      {R"({"type":"t","msg_id":1})", R"({"type":"t","msg_id":23})"},
      {R"({"msg_id":1,"type":"t"})", R"({"msg_id":99999,"type":"t"})"},
      {R"({"msg_id":1,"type":"t","in_reply_to":5})", R"({"msg_id":2,"type":"t","in_reply_to":null})"},
      {R"({"in_reply_to":{"a":[1]},"type":"t"})", R"({"in_reply_to":"b","type":"t"})"},
  };
  for (const auto& [a, b] : same) CHECK(hash(a) == hash(b));
  CHECK(hash(R"({"type":"t","x":1})") != hash(R"({"type":"t","x":2})"));
  CHECK(hash(R"({"x":{"msg_id":1}})") != hash(R"({"x":{"msg_id":2}})"));

  Message request;
  SetRequestBody(Json::ObjectOf({{"type", "t"}, {"x", 1}}), 7, &request);
  CHECK(request.body == R"({"type":"t","x":1,"msg_id":7})");
  CHECK(request.content_hash == hash(R"({"type":"t","x":1})"));
}

TEST_CASE("FormatLine") {
  Door door;
  Message message;
  message.id = MessageId((uint64_t{2} << 32) + 5);
  message.src = door.c1;
  message.dest = door.n1;
  message.body = R"({ "type":"t" })";
  std::string line = "what was there before";
  FormatLine(message, door.roster, line);
  CHECK(line == R"({"id":8589934597,"src":"c1","dest":"n1","body":{ "type":"t" }})");
}

// The door must agree with a parser that checks whole documents, on damaged lines too; and a body that it lets
// through must parse inside, where a failure would be our own bug.
TEST_CASE("on damaged lines the door agrees with simdjson's DOM") {
  const std::string good =
      R"({"src":"n1","dest":"n2","body":{"type":"t","msg_id":12,)"
      R"("a":[1,-2.5e3,true,null,"x\u00e9\n"],"o":{"k":false}}})";
  const std::string alphabet = "{}[]\",:\\ 0123e.-+tfnul\x01\xff";
  Door door;
  simdjson::dom::parser parser;
  int accepted = 0;
  for (uint64_t round = 0; round < 20000; ++round) {
    Draw draw(1, "damage", round);
    std::string line = good;
    for (uint64_t edits = draw.Below(3) + 1; edits > 0; --edits) {
      const size_t at = draw.Below(line.size());
      const char with = alphabet[draw.Below(alphabet.size())];
      switch (draw.Below(3)) {
        case 0:
          line[at] = with;
          break;
        case 1:
          line.erase(at, 1);
          break;
        default:
          line.insert(at, 1, with);
      }
    }
    const std::optional<LineProblem> problem = door.reader.Read(door.n1, line, &door.message);
    simdjson::dom::element whole;
    const bool dom_good = parser.parse(line).get(whole) == simdjson::SUCCESS;
    CAPTURE(line);
    if (!problem.has_value()) {
      ++accepted;
      CHECK(dom_good);
      CHECK(ParseJson(door.message.body).ok());
    } else if (dom_good) {
      CHECK(problem->text.find("not valid JSON") == std::string::npos);
    }
  }
  CHECK(accepted > 1000);
}

}  // namespace
}  // namespace gyre
