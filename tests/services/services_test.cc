#include "sim/services/services.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "sim/base/json.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

// Asks a service, as `client`, and gives its reply's body without in_reply_to.
class Asker {
 public:
  explicit Asker(const char* name, ServiceOptions options = {}) : service_(FindService(name)->make(options)) {}

  Json Ask(const std::string& client, Json body) {
    body.Set("msg_id", ++asked_);
    const std::string line =
        Json::ObjectOf({{"id", 1}, {"src", client}, {"dest", "it"}, {"body", std::move(body)}}).Dump();
    const std::vector<std::string> lines{line};
    const StepResult result = service_->Step(LocalInstant(), lines, LocalInstant::Max());
    REQUIRE(result.lines.size() == 1);
    Json reply = ParseJson(result.lines[0]).value();
    CHECK(*reply.Find("dest") == Json(client));
    Json answer = *reply.Find("body");
    CHECK(*answer.Find("in_reply_to") == Json(asked_));
    Json::Object& members = answer.AsObject();
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [](const Json::Member& member) { return member.first == "in_reply_to"; }),
                  members.end());
    return answer;
  }
  std::string Say(const char* body) { return Ask("n1", ParseJson(body).value()).Dump(); }
  Json Read(const std::string& client, const char* key) {
    const Json reply = Ask(client, Json::ObjectOf({{"type", "read"}, {"key", key}}));
    return reply.Find("value") == nullptr ? Json() : *reply.Find("value");
  }
  void Write(const std::string& client, const char* key, Json value) {
    CHECK(*Ask(client, Json::ObjectOf({{"type", "write"}, {"key", key}, {"value", std::move(value)}})).Find("type") ==
          Json("write_ok"));
  }

 private:
  std::unique_ptr<Node> service_;
  uint64_t asked_ = 0;
};

TEST_CASE("a map's requests and replies") {
  Asker kv("lin-kv");
  const std::pair<const char*, const char*> kTalk[] = {
      {R"({"type":"read","key":"x"})", R"({"type":"error","code":20,"text":"key does not exist"})"},
      {R"({"type":"cas","key":"x","from":1,"to":2})", R"({"type":"error","code":20,"text":"key does not exist"})"},
      {R"({"type":"cas","key":"x","from":1,"to":2,"create_if_not_exists":true})", R"({"type":"cas_ok"})"},
      {R"({"type":"read","key":"x"})", R"({"type":"read_ok","value":2})"},
      {R"({"type":"cas","key":"x","from":1,"to":3})",
       R"({"type":"error","code":22,"text":"current value 2 is not 1"})"},
      {R"({"type":"cas","key":"x","from":2.0,"to":{"a":[1,null]}})", R"({"type":"cas_ok"})"},
      {R"({"type":"cas","key":"x","from":{"a":[1,null]},"to":null})", R"({"type":"cas_ok"})"},
      {R"({"type":"read","key":"x"})", R"({"type":"read_ok","value":null})"},
      // Without "from" it is null.
      {R"({"type":"cas","key":"x","to":1})", R"({"type":"cas_ok"})"},
      {R"({"type":"cas","key":"x","to":1})", R"({"type":"error","code":22,"text":"current value 1 is not null"})"},
      {R"({"type":"cas","key":"y","to":[],"create_if_not_exists":true})", R"({"type":"cas_ok"})"},
      {R"({"type":"cas","key":"y","from":[],"to":[1]})", R"({"type":"cas_ok"})"},
      {R"({"type":"cas","key":"y","from":[1]})",
       R"({"type":"error","code":12,"text":"a cas needs \"to\": {\"type\": \"cas\", \"key\": any, )"
       R"(\"from\": any (null if missing), \"to\": any, \"create_if_not_exists\": boolean (optional)}"})"},
      {R"({"type":"write","key":{"b":1,"a":[]},"value":7})", R"({"type":"write_ok"})"},
      {R"({"type":"read","key":{"a":[],"b":1}})", R"({"type":"read_ok","value":7})"},
      {R"({"type":"read"})",
       R"({"type":"error","code":12,"text":"a read needs \"key\": {\"type\": \"read\", \"key\": any}"})"},
      {R"({"type":"write","key":1})",
       R"({"type":"error","code":12,"text":"a write needs \"value\": {\"type\": \"write\", \"key\": any, )"
       R"(\"value\": any}"})"},
      {R"({"key":1})", R"({"type":"error","code":12,"text":"a request needs a \"type\" that is a string"})"},
      {R"({"type":7})", R"({"type":"error","code":12,"text":"a request needs a \"type\" that is a string"})"},
      {R"({"type":"delete","key":1})",
       R"({"type":"error","code":10,"text":"there is no request \"delete\" here: use read, write or cas"})"},
  };
  for (const auto& [request, reply] : kTalk) CHECK(kv.Say(request) == reply);
}

TEST_CASE("timestamps count up") {
  Asker tso("lin-tso");
  for (int i = 0; i < 10; ++i) {
    CHECK(tso.Say(R"({"type":"ts"})") == "{\"type\":\"ts_ok\",\"ts\":" + std::to_string(i) + "}");
  }
  CHECK(tso.Say(R"({"type":"read","key":1})") ==
        R"({"type":"error","code":10,"text":"there is no request \"read\" here: use ts"})");
}

TEST_CASE("seq-kv shows old states, never older than seen, and not too old ones") {
  uint64_t stale = 0;
  for (const uint64_t states : {1, 4, 32}) {
    ServiceOptions options;
    options.seq_kv_states = states;
    options.seed = states;
    Asker kv("seq-kv", options);
    int64_t newest = -1;
    int64_t seen[3] = {-1, -1, -1};
    Draw draw(1, "test", 0);
    for (int i = 0; i < 2000; ++i) {
      if (draw.Below(3) == 0) {
        kv.Write("writer", "x", Json(++newest));
        CHECK(kv.Read("writer", "x") == Json(newest));  // its own write, and nobody else writes
        continue;
      }
      const size_t reader = draw.Below(3);
      const Json read = kv.Read("r" + std::to_string(reader), "x");
      const int64_t value = read.is_null() ? -1 : read.AsInt();
      CHECK(value >= seen[reader]);
      CHECK(value > newest - static_cast<int64_t>(states));
      stale += value < newest;
      if (states == 1) CHECK(value == newest);
      seen[reader] = value;
    }
  }
  CHECK(stale > 500);
}

TEST_CASE("seq-kv: a client that writes sees the newest state") {
  Asker kv("seq-kv");
  for (int i = 0; i < 100; ++i) {
    kv.Write("a", "x", Json(i));
    kv.Write("b", "y", Json(i));
    CHECK(kv.Read("b", "x") == Json(i));
  }
}

TEST_CASE("lww-kv: replicas differ for a while and agree in the end; one replica is a plain map") {
  uint64_t missed = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    ServiceOptions options;
    options.seed = seed;
    Asker kv("lww-kv", options);
    for (int i = 0; i < 10; ++i) kv.Write("a", "x", Json(i));
    missed += kv.Read("a", "x") != Json(9);
    for (int i = 0; i < 40; ++i) kv.Read("a", "x");
    const Json last = kv.Read("a", "x");
    for (int i = 0; i < 10; ++i) CHECK(kv.Read("a", "x") == last);
    CHECK(kv.Say(R"({"type":"cas","key":"new","from":1,"to":2,"create_if_not_exists":true})") ==
          R"({"type":"error","code":20,"text":"key does not exist"})");
  }
  CHECK(missed > 5);
  ServiceOptions one;
  one.lww_kv_replicas = 1;
  Asker kv("lww-kv", one);
  for (int i = 0; i < 10; ++i) {
    kv.Write("a", "x", Json(i));
    CHECK(kv.Read("b", "x") == Json(i));
  }
}

TEST_CASE("the same requests get the same replies, and another seed others") {
  std::string said[3];
  for (size_t run = 0; run < 3; ++run) {
    ServiceOptions options;
    options.seed = run / 2;
    Asker kv("lww-kv", options);
    for (int i = 0; i < 30; ++i) {
      kv.Write("a", "x", Json(i));
      said[run] += kv.Read("b", "x").Dump() + " ";
    }
  }
  CHECK(said[0] == said[1]);
  CHECK(said[0] != said[2]);
}

}  // namespace
}  // namespace gyre
