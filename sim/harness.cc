#include "sim/harness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/envelope.h"

namespace gyre {

Harness::Harness(const SimulationConfig* config, std::vector<SetupRequest> setup, EventQueue* queue, Transit* transit,
                 Servers* servers, Findings* findings)
    : config_(config),
      setup_(std::move(setup)),
      queue_(queue),
      transit_(transit),
      servers_(servers),
      findings_(findings),
      endpoint_(transit->AddEndpoint("c0", NodeRole::kClient, static_cast<uint32_t>(config->nodes.size()), Instant())),
      timeout_(queue->MakeAlarm("harness", TimeOut{kHarnessThread})) {
  for (const SetupRequest& request : setup_) {
    const auto& nodes = config_->nodes;
    CHECK_THAT(std::count(nodes.begin(), nodes.end(), request.node) == 1, "setup for an unknown node: " + request.node);
  }
}

void Harness::BeginRound(Instant now) {
  requests_.clear();
  timed_out_ = false;
  queue_->SetAlarm(timeout_, now + config_->init_timeout);
}

Harness::Request Harness::Send(uint32_t node, const Json& body, std::string expect, Instant now) {
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
  return request;
}

Harness::Request Harness::SendInit(uint32_t node, Instant now) {
  Json::Array names;
  for (const std::string& name : config_->nodes) names.emplace_back(name);
  return Send(node, Json::ObjectOf({{"type", "init"}, {"node_id", config_->nodes[node]}, {"node_ids", names}}),
              "init_ok", now);
}

void Harness::SendSetup(uint32_t node, std::vector<Request>* requests, Instant now) {
  for (const SetupRequest& request : setup_) {
    if (request.node == config_->nodes[node]) requests->push_back(Send(node, request.body, request.expect, now));
  }
}

void Harness::SendInit(Instant now) {
  BeginRound(now);
  for (uint32_t i = 0; i < config_->nodes.size(); ++i) requests_.push_back(SendInit(i, now));
}

void Harness::SendSetup(Instant now) {
  BeginRound(now);
  for (const SetupRequest& request : setup_) {
    const auto found = std::find(config_->nodes.begin(), config_->nodes.end(), request.node);
    const uint32_t node = static_cast<uint32_t>(found - config_->nodes.begin());
    requests_.push_back(Send(node, request.body, request.expect, now));
  }
}

void Harness::Revive(uint32_t node, Instant now) {
  std::erase_if(revivals_, [&](const Revival& revival) { return revival.node == node; });
  revivals_.push_back({node, servers_->faults(node), now + config_->init_timeout, {SendInit(node, now)}});
  ArmRevivals(now);
}

void Harness::ArmRevivals(Instant now) {
  // What a fault befell will not answer, and is not blamed for it.
  std::erase_if(revivals_, [&](const Revival& revival) {
    return servers_->faults(revival.node) != revival.faults || !servers_->death(revival.node).empty();
  });
  Instant next = Instant::Max();
  for (const Revival& revival : revivals_) next = std::min(next, revival.deadline);
  if (next == Instant::Max()) return queue_->ClearAlarm(timeout_);
  queue_->SetAlarm(timeout_, std::max(next, now));
}

void Harness::OnTimeout(Instant now) {
  timed_out_ = true;
  ArmRevivals(now);
  for (const Revival& revival : revivals_) {
    for (const Request& request : revival.requests) {
      if (revival.deadline <= now && !request.answered) Blame(revival, request, now);
    }
  }
  std::erase_if(revivals_, [&](const Revival& revival) { return revival.deadline <= now; });
  ArmRevivals(now);
}

void Harness::Blame(const Revival& revival, const Request& request, Instant now) {
  const std::string& name = config_->nodes[revival.node];
  std::string text =
      request.answered
          ? absl::StrCat(name, " answered ", request.type, " with ", request.wrong, " after it was started again; it "
                         "must answer ", request.expect, ".")
          : absl::StrCat(name, " did not answer ", request.type, " within ", ToString(config_->init_timeout),
                         " of virtual time after it was started again; it must answer ", request.expect,
                         " with in_reply_to = the request's msg_id.");
  findings_->Add(servers_->node_ids()[revival.node], {now, name, "restart", std::move(text), true});
}

// An answer that a node gave after it was started again.
void Harness::OnRevivalMessage(Revival& revival, const Request& request, Instant now) {
  if (!request.wrong.empty()) Blame(revival, request, now);
  const bool was_init = request.type == "init" && request.wrong.empty();
  if (was_init) SendSetup(revival.node, &revival.requests, now);
}

void Harness::OnMessage(uint32_t slot, Instant now) {
  const absl::StatusOr<Json> body = ParseJson(transit_->at(slot).body);
  CHECK_THAT(body.ok(), "a body passed the door and is no JSON: " + transit_->at(slot).body);
  const Json* in_reply_to = body->Find("in_reply_to");
  if (in_reply_to == nullptr) return;
  const auto take = [&](Request& request) {
    if (request.answered || !(*in_reply_to == Json(request.msg_id))) return false;
    request.answered = true;
    const Json* type = body->Find("type");
    if (type == nullptr || *type != Json(request.expect)) request.wrong = Excerpt(transit_->at(slot).body);
    return true;
  };
  for (Request& request : requests_) take(request);
  for (Revival& revival : revivals_) {
    for (size_t i = 0; i < revival.requests.size(); ++i) {
      if (take(revival.requests[i])) OnRevivalMessage(revival, Request(revival.requests[i]), now);
    }
  }
  const auto done = [](const Request& request) { return request.answered; };
  std::erase_if(revivals_, [&](const Revival& revival) {
    return std::all_of(revival.requests.begin(), revival.requests.end(), done);
  });
  if (state() != State::kWaiting) ArmRevivals(now);
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
