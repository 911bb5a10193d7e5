#include "sim/harness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/envelope.h"

namespace gyre {

Harness::Harness(const SimulationConfig* config, std::vector<SetupRequest> setup, EventQueue* queue, Transit* transit,
                 Servers* servers)
    : config_(config),
      setup_(std::move(setup)),
      queue_(queue),
      transit_(transit),
      servers_(servers),
      endpoint_(transit->AddEndpoint("c0", NodeRole::kClient, static_cast<uint32_t>(config->nodes.size()), Instant())),
      timeout_(queue->MakeAlarm("harness", TimeOut{kHarnessThread})) {}

void Harness::BeginRound(Instant now) {
  requests_.clear();
  timed_out_ = false;
  queue_->SetAlarm(timeout_, now + config_->init_timeout);
}

void Harness::Send(uint32_t node, const Json& body, std::string expect, Instant now) {
  const Json* type = body.Find("type");
  CHECK(type != nullptr && type->is_string());
  Request request;
  request.node = node;
  request.msg_id = next_msg_id_++;
  request.type = type->AsString();
  request.expect = std::move(expect);
  const uint32_t slot = transit_->Acquire();
  Message& message = transit_->at(slot);
  message.src = endpoint_;
  message.dest = servers_->node_ids()[node];
  SetRequestBody(body, request.msg_id, &message);
  const MessageId id = transit_->Send(slot, endpoint_, now);
  if (request.type == "init") servers_->SetInit(node, id);
  requests_.push_back(std::move(request));
}

void Harness::SendInit(Instant now) {
  BeginRound(now);
  Json::Array names;
  for (const std::string& name : config_->nodes) names.emplace_back(name);
  for (uint32_t i = 0; i < config_->nodes.size(); ++i) {
    Send(i, Json::ObjectOf({{"type", "init"}, {"node_id", config_->nodes[i]}, {"node_ids", names}}), "init_ok", now);
  }
}

void Harness::SendSetup(Instant now) {
  BeginRound(now);
  for (const SetupRequest& request : setup_) {
    const auto found = std::find(config_->nodes.begin(), config_->nodes.end(), request.node);
    CHECK_THAT(found != config_->nodes.end(), "setup for an unknown node: " + request.node);
    Send(static_cast<uint32_t>(found - config_->nodes.begin()), request.body, request.expect, now);
  }
}

void Harness::OnMessage(uint32_t slot) {
  const absl::StatusOr<Json> body = ParseJson(transit_->at(slot).body);
  CHECK_THAT(body.ok(), "a body passed the door and is no JSON: " + transit_->at(slot).body);
  const Json* in_reply_to = body->Find("in_reply_to");
  if (in_reply_to == nullptr) return;
  for (Request& request : requests_) {
    if (request.answered || !(*in_reply_to == Json(request.msg_id))) continue;
    request.answered = true;
    const Json* type = body->Find("type");
    if (type == nullptr || *type != Json(request.expect)) request.wrong = Excerpt(transit_->at(slot).body);
  }
  if (state() != State::kWaiting) queue_->ClearAlarm(timeout_);
}

bool Harness::Awaited(const Request& request) const {
  return !request.answered && !timed_out_ && servers_->death(request.node).empty();
}

Harness::State Harness::state() const {
  bool failed = false;
  for (const Request& request : requests_) {
    if (Awaited(request)) return State::kWaiting;
    if (!request.answered || !request.wrong.empty()) failed = true;
  }
  return failed ? State::kFailed : State::kDone;
}

std::string Harness::failure() const {
  std::string text;
  for (const Request& request : requests_) {
    if (request.answered && request.wrong.empty()) continue;
    absl::StrAppend(&text, text.empty() ? "" : "\n", config_->nodes[request.node]);
    if (request.answered) {
      absl::StrAppend(&text, " answered ", request.type, " with ", request.wrong, "; it must answer ", request.expect,
                      ".");
    } else if (const std::string& death = servers_->death(request.node); !death.empty()) {
      absl::StrAppend(&text, " ended (", death, ") before it answered ", request.type, ".");
    } else {
      absl::StrAppend(&text, " did not answer ", request.type, " within ", ToString(config_->init_timeout),
                      " of virtual time; it must answer ", request.expect, " with in_reply_to = the request's msg_id.");
    }
  }
  return text;
}

}  // namespace gyre
