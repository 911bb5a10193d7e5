#include "sim/servers.h"

#include <string.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sim/base/check.h"

namespace gyre {
namespace {

constexpr size_t kLogTailBytes = 1000;
constexpr uint32_t kMostSenders = 1u << 21;  // message ids stay below 2^53
constexpr size_t kKeptLineBytes = 4096;    // a longer line's buffer is not kept

// Every node's clock shows the true time.
LocalInstant ToLocal(Instant at) { return LocalInstant(at.ns()); }
Instant ToTrue(LocalInstant at) { return Instant(at.ns()); }

std::string Describe(const NodeDeath& death) {
  if (death.by_request) return "stopped by gyre";
  if (!death.by_signal) return absl::StrCat("exit ", death.code);
  const char* name = sigabbrev_np(death.code);
  const std::string number = absl::StrCat("signal ", death.code);
  return name == nullptr ? number : absl::StrCat(number, " (SIG", name, ")");
}

}  // namespace

Servers::Servers(const SimulationConfig* config, std::vector<std::unique_ptr<Node>>* nodes,
                 const SimulationHooks* hooks, EventQueue* queue, Transit* transit,
                 Findings* findings)
    : config_(config),
      hooks_(hooks),
      queue_(queue),
      transit_(transit),
      findings_(findings),
      reader_(&transit->roster(), config->max_line_bytes),
      names_(config->nodes),
      servers_(nodes->size()),
      pairs_(config->nodes.size()) {
  names_.insert(names_.end(), config->services.begin(), config->services.end());
  for (uint32_t i = 0; i < servers_.size(); ++i) {
    const std::string& name = names_[i];
    const bool is_service = i >= config->nodes.size();
    // Services count from the other end, so that clients' ids do not depend on them.
    const uint32_t sender_index = is_service ? kMostSenders - 1 - (i - static_cast<uint32_t>(config->nodes.size())) : i;
    ids_.push_back(transit->AddEndpoint(name, is_service ? NodeRole::kService : NodeRole::kServer, sender_index,
                                        Instant()));
    CHECK(ids_.back().value() == i);
    servers_[i].initialised = is_service;
    servers_[i].node = (*nodes)[i].get();
    servers_[i].alarm = queue->MakeAlarm(name, WakeNode{i});
  }
}

std::vector<NodeId> Servers::node_ids() const {
  return {ids_.begin(), ids_.begin() + static_cast<ptrdiff_t>(config_->nodes.size())};
}

absl::Status Servers::Start(Instant now) {
  for (uint32_t i = 0; i < servers_.size(); ++i) {
    if (absl::Status started = StartNode(i, Files::kEmpty, now); !started.ok()) return started;
  }
  return absl::OkStatus();
}

absl::Status Servers::StartNode(uint32_t node, Files files, Instant now) {
  Server& server = servers_[node];
  if (absl::Status started = server.node->Start(ToLocal(now), server.incarnation, files); !started.ok()) {
    return absl::Status(started.code(), absl::StrCat("starting ", names_[node], ": ", started.message()));
  }
  if (server.initialised) return absl::OkStatus();  // a service, which was always there
  Record(JournalRecord::Kind::kStart, node, absl::StrCat(server.incarnation), now);
  server.wake_at = now;
  Arm(server, now);
  return absl::OkStatus();
}

void Servers::Arrive(uint32_t slot, Instant now) {
  const Message& message = transit_->at(slot);
  Server& server = servers_[message.dest.value()];
  if (!server.death.empty()) return transit_->Drop(slot, now, "node-down");
  if (!server.initialised) {
    if (server.init != message.id) {
      transit_->Hold(slot, now, "before-init");
      server.held.push_back(slot);
      return;
    }
    server.initialised = true;
    server.inbox.push_back(slot);
    server.inbox.insert(server.inbox.end(), server.held.begin(), server.held.end());
    std::vector<uint32_t>().swap(server.held);
  } else {
    server.inbox.push_back(slot);
  }
  Arm(server, now);
}

// Sets the alarm to when the node has something to do next.
void Servers::Arm(Server& server, Instant now) {
  Instant at = Instant::Max();
  if (server.paused_at.has_value()) {
    // It does nothing until it resumes.
  } else if (server.written.has_value()) {
    at = server.busy_until;
  } else if (!server.inbox.empty()) {
    at = now;
  } else if (server.wake_at != Instant::Max()) {
    at = std::max(server.wake_at, now);
  }
  if (at == Instant::Max()) {
    queue_->ClearAlarm(server.alarm);
  } else {
    queue_->SetAlarm(server.alarm, at);
  }
}

bool Servers::Wake(uint32_t node, Instant now) {
  Server& server = servers_[node];
  if (server.written.has_value()) {
    StepResult written = *std::move(server.written);
    server.written.reset();
    Publish(node, std::move(written), now);
  }
  const bool due = !server.inbox.empty() || server.wake_at <= now;
  if (server.death.empty() && due) Step(node, now);
  if (!server.death.empty()) return true;
  Arm(server, now);
  return false;
}

void Servers::Step(uint32_t node, Instant now) {
  Server& server = servers_[node];
  const size_t count = server.inbox.size();
  if (lines_.size() < count) lines_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t slot = server.inbox[i];
    transit_->Receive(slot, now);
    if (node < config_->nodes.size()) pairs_.Take(node, transit_->at(slot).type);
    FormatLine(transit_->at(slot), transit_->roster(), lines_[i]);
    transit_->Release(slot);
  }
  server.inbox.clear();
  // Events of this very instant cannot reach the node in this step, and must not cut it off before it has moved.
  const Instant until = std::max(queue_->NextTime(), now + Nanoseconds(1));
  StepResult result = server.node->Step(ToLocal(now), absl::MakeConstSpan(lines_.data(), count), ToLocal(until));
  for (size_t i = 0; i < count; ++i) {
    if (lines_[i].capacity() > kKeptLineBytes) std::string().swap(lines_[i]);
  }
  if (result.stuck.has_value()) {
    stuck_ = result.stuck;
    AddFinding(node, "stuck", *result.stuck, false, now);  // the verdict is unknown, not invalid
  }
  server.busy_until = ToTrue(result.output_at);
  CHECK_THAT(server.busy_until >= now, "a step ended before it began");
  server.wake_at = result.wake_at == LocalInstant::Max() ? Instant::Max() : ToTrue(result.wake_at);
  if (server.busy_until == now) {
    Publish(node, std::move(result), now);
  } else {
    server.written = std::move(result);
  }
}

void Servers::Publish(uint32_t node, StepResult result, Instant now) {
  Server& server = servers_[node];
  if (!result.log.empty()) Log(node, result.log, now);
  for (const std::string& line : result.lines) {
    if (transit_->sent() >= config_->max_messages) break;
    PublishLine(node, line, now);
  }
  const size_t last = std::min(result.lines.size(), server.last_lines.size());
  for (size_t i = result.lines.size() - last; i < result.lines.size(); ++i) {
    std::rotate(server.last_lines.begin(), server.last_lines.begin() + 1, server.last_lines.end());
    server.last_lines.back() = std::move(result.lines[i]);
  }
  for (NodeFinding& finding : result.findings) {
    AddFinding(node, std::move(finding.kind), std::move(finding.text), finding.invalidates, now);
  }
  if (result.death.has_value()) Bury(node, *result.death, now);
}

void Servers::PublishLine(uint32_t node, std::string_view line, Instant now) {
  const uint32_t slot = transit_->Acquire();
  std::optional<LineProblem> problem = reader_.Read(ids_[node], line, &transit_->at(slot));
  if (!problem.has_value()) {
    transit_->Send(slot, ids_[node], now);
    return;
  }
  transit_->Release(slot);
  if (hooks_->log) {
    hooks_->log(node, now, line);
    hooks_->log(node, now, "\n");
  }
  AddFinding(node, problem->kind, absl::StrCat(names_[node], " at ", ToString(now), " ", problem->text), true,
             now);
}

void Servers::Bury(uint32_t node, const NodeDeath& death, Instant now) {
  Server& server = servers_[node];
  Close(node, Describe(death), now);
  std::string text = absl::StrCat(names_[node], " ended with ", server.death, " at ", ToString(now),
                                  ": a node must run until the end of the test.");
  if (!server.last_lines.back().empty()) absl::StrAppend(&text, "\nlast lines on stdout:");
  for (const std::string& line : server.last_lines) {
    if (!line.empty()) absl::StrAppend(&text, "\n  ", Excerpt(line));
  }
  if (!server.log_tail.empty()) absl::StrAppend(&text, "\nlast lines on stderr:\n", server.log_tail);
  if (!death.by_request) AddFinding(node, death.by_signal ? "signal" : "exit", std::move(text), true, now);
}

// The node is no more: what was on its way into it is lost.
void Servers::Close(uint32_t node, std::string death, Instant now) {
  Server& server = servers_[node];
  server.death = std::move(death);
  Record(JournalRecord::Kind::kDeath, node, server.death, now);
  for (const uint32_t slot : server.inbox) transit_->Drop(slot, now, "node-down");
  for (const uint32_t slot : server.held) transit_->Drop(slot, now, "node-down");
  server.inbox.clear();
  server.held.clear();
  queue_->ClearAlarm(server.alarm);
}

bool Servers::Kill(uint32_t node, Instant now) {
  Server& server = servers_[node];
  if (!server.death.empty()) return false;
  ++server.faults;
  // What it had done and not yet sent is lost with it, the end that it would have come to as well.
  std::string log;
  if (server.written.has_value()) log = std::move(server.written->log);
  server.written.reset();
  StepResult last = server.node->Kill(ToLocal(now));
  Log(node, log, now);
  Log(node, last.log, now);
  for (NodeFinding& finding : last.findings) {
    AddFinding(node, std::move(finding.kind), std::move(finding.text), finding.invalidates, now);
  }
  server.killed = true;
  server.paused_at.reset();
  Close(node, "killed by the nemesis", now);
  return true;
}

absl::StatusOr<bool> Servers::Restart(uint32_t node, Files files, Instant now) {
  Server& server = servers_[node];
  if (!server.killed) return false;
  ++server.faults;
  ++server.incarnation;
  server.killed = server.initialised = false;
  server.init.reset();
  server.death.clear();
  server.busy_until = now;
  pairs_.Forget(node);
  for (std::string& line : server.last_lines) line.clear();
  server.log_tail.clear();
  if (absl::Status started = StartNode(node, files, now); !started.ok()) return started;
  return true;
}

bool Servers::Pause(uint32_t node, Instant now) {
  Server& server = servers_[node];
  if (!server.death.empty() || server.paused_at.has_value()) return false;
  ++server.faults;
  server.paused_at = now;
  Arm(server, now);
  return true;
}

bool Servers::Resume(uint32_t node, Instant now) {
  Server& server = servers_[node];
  if (!server.paused_at.has_value()) return false;
  ++server.faults;
  if (server.busy_until > *server.paused_at) server.busy_until = server.busy_until + (now - *server.paused_at);
  server.paused_at.reset();
  Arm(server, now);
  return true;
}

void Servers::EndAll(Instant now) {
  for (uint32_t i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    // What a step wrote that would have left later belongs to no event of the run; its log is for people.
    if (server.written.has_value()) Log(i, server.written->log, now);
    server.written.reset();
    StepResult last = server.node->Kill(ToLocal(now));
    Log(i, last.log, now);
    // A last line without its newline, for one.
    for (NodeFinding& finding : last.findings) {
      AddFinding(i, std::move(finding.kind), std::move(finding.text), finding.invalidates, now);
    }
  }
}

void Servers::AddFinding(uint32_t node, std::string kind, std::string text, bool invalidates, Instant now) {
  findings_->Add(ids_[node], {now, names_[node], std::move(kind), std::move(text), invalidates});
}

void Servers::Log(uint32_t node, std::string_view bytes, Instant now) {
  if (bytes.empty()) return;
  if (hooks_->log) hooks_->log(node, now, bytes);
  std::string& tail = servers_[node].log_tail;
  tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), kLogTailBytes)));
  if (tail.size() > kLogTailBytes) tail.erase(0, tail.size() - kLogTailBytes);
}

std::string Servers::BusiestSender() const {
  NodeId busiest = ids_.front();
  for (const NodeId id : ids_) {
    if (transit_->sent_by(id) > transit_->sent_by(busiest)) busiest = id;
  }
  return absl::StrCat("of the nodes ", transit_->roster().name(busiest), " sent the most, ",
                      transit_->sent_by(busiest));
}

void Servers::Record(JournalRecord::Kind kind, uint32_t node, std::string_view text, Instant now) {
  JournalRecord record;
  record.kind = kind;
  record.time = now;
  record.node = ids_[node];
  record.text = text;
  hooks_->journal->Append(record);
}

}  // namespace gyre
