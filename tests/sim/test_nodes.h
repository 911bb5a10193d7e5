// Nodes that live in memory, for tests of the simulation: each is a few lines over TestNode, which speaks the protocol
// and answers init. Values; one thread.
#pragma once

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/base/json.h"
#include "sim/node.h"

namespace gyre {

class TestNode : public Node {
 public:
  explicit TestNode(Duration service_time = Microseconds(50)) : service_time_(service_time) {}

  absl::Status Start(LocalInstant now, uint32_t, Files) override {
    dead_ = false;
    free_at_ = now;
    timer_ = LocalInstant::Max();
    names_.clear();
    return absl::OkStatus();
  }

  StepResult Step(LocalInstant now, absl::Span<const std::string> inbox, LocalInstant) override {
    now_ = now;
    if (dead_ || now < free_at_) std::abort();  // the simulation broke Step's contract
    for (const std::string& line : inbox) {
      if (dead_) break;
      OnLine(line);
    }
    if (!dead_ && timer_ <= now) {
      timer_ = LocalInstant::Max();
      OnTimer();
    }
    result_.output_at = free_at_ = now + service_time_ * static_cast<int64_t>(inbox.size());
    result_.wake_at = timer_;
    return std::exchange(result_, StepResult());
  }

  StepResult Kill(LocalInstant) override {
    StepResult last;
    if (!dead_) last.death = NodeDeath{true, 9, true};
    dead_ = true;
    return last;
  }

 protected:
  virtual void OnLine(const std::string& line) {
    const absl::StatusOr<Json> message = ParseJson(line);
    if (!message.ok()) std::abort();
    const Json& body = *message->Find("body");
    if (body.Find("type")->AsString() == "init") {
      name_ = body.Find("node_id")->AsString();
      for (const Json& name : body.Find("node_ids")->AsArray()) names_.push_back(name.AsString());
      OnInit(message->Find("src")->AsString(), body);
    } else {
      OnMessage(message->Find("src")->AsString(), body);
    }
  }
  virtual void OnInit(const std::string& src, const Json& body) {
    Reply(src, body, Json::ObjectOf({{"type", "init_ok"}}));
  }
  virtual void OnMessage(const std::string& src, const Json& body) = 0;
  virtual void OnTimer() {}

  void Send(const std::string& dest, const Json& body) {
    Write(Json::ObjectOf({{"src", name_}, {"dest", dest}, {"body", body}}).Dump());
  }
  void Reply(const std::string& src, const Json& request, Json body) {
    if (const Json* id = request.Find("msg_id"); id != nullptr) body.Set("in_reply_to", *id);
    Send(src, body);
  }
  void Write(std::string line) { result_.lines.push_back(std::move(line)); }
  void Log(const std::string& text) { result_.log += text; }
  void SetTimer(Duration after) { timer_ = now_ + after; }
  void Die(NodeDeath death) {
    dead_ = true;
    result_.death = death;
  }
  void GetStuck() { result_.stuck = absl::StrCat("node ", name_, ": thread 1 ran for more than 10 s of wall time"); }

  std::string name_;
  std::vector<std::string> names_;
  LocalInstant now_;

 private:
  Duration service_time_;
  LocalInstant free_at_;
  LocalInstant timer_ = LocalInstant::Max();
  StepResult result_;
  bool dead_ = false;
};

// {"type": "echo", "echo": v} -> {"type": "echo_ok", "echo": v}
class EchoNode : public TestNode {
 public:
  using TestNode::TestNode;
  void OnMessage(const std::string& src, const Json& body) override {
    Reply(src, body, Json::ObjectOf({{"type", "echo_ok"}, {"echo", *body.Find("echo")}}));
  }
};

// Broadcast by flooding: what is new goes to every other node.
class FloodNode : public TestNode {
 public:
  using TestNode::TestNode;
  void OnMessage(const std::string& src, const Json& body) override {
    const std::string& type = body.Find("type")->AsString();
    if (type == "read") {
      Json::Array all;
      for (const int64_t value : seen_) all.emplace_back(value);
      return Reply(src, body, Json::ObjectOf({{"type", "read_ok"}, {"messages", std::move(all)}}));
    }
    const Json& value = *body.Find("message");
    if (seen_.insert(value.AsInt()).second) {
      for (const std::string& peer : names_) {
        if (peer != name_ && peer != src) Send(peer, Json::ObjectOf({{"type", "gossip"}, {"message", value}}));
      }
    }
    if (type == "broadcast") Reply(src, body, Json::ObjectOf({{"type", "broadcast_ok"}}));
  }

 private:
  std::set<int64_t> seen_;
};

// An echo node that also writes the given line before each echo_ok.
class GarbageNode : public EchoNode {
 public:
  explicit GarbageNode(std::string garbage) : garbage_(std::move(garbage)) {}
  void OnMessage(const std::string& src, const Json& body) override {
    Write(garbage_);
    EchoNode::OnMessage(src, body);
  }

 private:
  std::string garbage_;
};

// An echo node that dies at its count-th request (0: at init), after a last line on stderr.
// Answers each echo as often as `times` says, and first with what answers nothing: no in_reply_to, one of the future,
// and one that is no number.
class EagerNode : public EchoNode {
 public:
  EagerNode(int times, bool babbles) : times_(times), babbles_(babbles) {}

 protected:
  void OnMessage(const std::string& src, const Json& body) override {
    if (babbles_) {
      Send(src, Json::ObjectOf({{"type", "echo_ok"}}));
      Send(src, Json::ObjectOf({{"type", "echo_ok"}, {"in_reply_to", 1000}}));
      Send(src, Json::ObjectOf({{"type", "echo_ok"}, {"in_reply_to", "1"}}));
    }
    for (int i = 0; i < times_; ++i) EchoNode::OnMessage(src, body);
  }

 private:
  int times_;
  bool babbles_;
};

// Answers an echo twice, a while later.
class SlowTwiceNode : public TestNode {
 public:
  explicit SlowTwiceNode(Duration delay) : delay_(delay) {}

 protected:
  void OnMessage(const std::string& src, const Json& body) override {
    src_ = src;
    body_ = body;
    SetTimer(delay_);
  }
  void OnTimer() override {
    const Json reply = Json::ObjectOf({{"type", "echo_ok"}, {"echo", *body_.Find("echo")}});
    for (int i = 0; i < 2; ++i) Reply(src_, body_, reply);
  }

 private:
  Duration delay_;
  std::string src_;
  Json body_;
};

class DyingNode : public EchoNode {
 public:
  DyingNode(int count, NodeDeath death) : count_(count), death_(death) {}
  void OnInit(const std::string& src, const Json& body) override {
    if (count_ == 0) return Fall();
    EchoNode::OnInit(src, body);
  }
  void OnMessage(const std::string& src, const Json& body) override {
    EchoNode::OnMessage(src, body);
    if (--count_ == 0) Fall();
  }

 private:
  void Fall() {
    Log("out of cheese\n");
    Die(death_);
  }
  int count_;
  NodeDeath death_;
};

// Reads everything and says nothing, not even init_ok.
class SilentNode : public TestNode {
 public:
  void OnLine(const std::string&) override {}
  void OnMessage(const std::string&, const Json&) override {}
};

// Hits the step's wall limit at its first request.
class StuckNode : public EchoNode {
 public:
  void OnMessage(const std::string&, const Json&) override { GetStuck(); }
};

// Once initialised, keeps `tokens` messages going round all nodes for ever: load for tests of scale. Parses nothing
// but init.
class ChatterNode : public TestNode {
 public:
  explicit ChatterNode(int tokens, Duration service_time = Microseconds(50))
      : TestNode(service_time), tokens_(tokens) {}
  void OnLine(const std::string& line) override {
    if (names_.empty()) return TestNode::OnLine(line);
    Pass();
  }
  void OnInit(const std::string& src, const Json& body) override {
    TestNode::OnInit(src, body);
    size_t self = 0;
    while (names_[self] != name_) ++self;
    for (int i = 0; i < tokens_; ++i) {
      next_ = names_[(self + 1 + static_cast<size_t>(i)) % names_.size()];
      Pass();
    }
  }
  void OnMessage(const std::string&, const Json&) override {}

 private:
  void Pass() {
    Write(absl::StrCat("{\"src\":\"", name_, "\",\"dest\":\"", next_, "\",\"body\":{\"type\":\"token\",\"msg_id\":",
                       count_ + 1, ",\"n\":", count_, "}}"));
    ++count_;
  }
  int tokens_;
  std::string next_;
  uint64_t count_ = 0;
};

}  // namespace gyre
