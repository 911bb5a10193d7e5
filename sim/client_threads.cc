#include "sim/client_threads.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/envelope.h"

namespace gyre {

ClientThreads::ClientThreads(const SimulationConfig* config, ClientSpec spec, std::vector<NodeId> servers,
                             Decisions* decisions, EventQueue* queue, Transit* transit, Findings* findings)
    : config_(config),
      spec_(std::move(spec)),
      servers_(std::move(servers)),
      decisions_(decisions),
      queue_(queue),
      transit_(transit),
      findings_(findings),
      step_(queue->MakeAlarm("clients", StepClients{})),
      threads_(config->concurrency) {
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    threads_[i].index = i;
    threads_[i].process = ProcessId(static_cast<int32_t>(i));
    threads_[i].timeout = queue->MakeAlarm(absl::StrCat("thread ", i), TimeOut{i});
    context_.all_threads.push_back(static_cast<int32_t>(i));
  }
  context_.concurrency = config->concurrency;
  context_.nodes = static_cast<uint32_t>(servers_.size());
  context_.process_of.resize(threads_.size());
}

void ClientThreads::StartPhase(GeneratorPtr generator, Instant at) {
  generator_ = std::move(generator);
  queue_->SetAlarm(step_, at);
}

GeneratorContext& ClientThreads::Refresh(Instant now) {
  // Of the run, before any reseed: what clients do is not left to chance (sim/net/README.md).
  context_.seed = decisions_->seed();
  context_.now = Instant((now - zero_).ns());
  context_.free_threads.clear();
  for (size_t i = 0; i < threads_.size(); ++i) {
    const Thread& thread = threads_[(cursor_ + i) % threads_.size()];
    if (!thread.busy) context_.free_threads.push_back(static_cast<int32_t>(thread.index));
    context_.process_of[thread.index] = thread.process;
  }
  return context_;
}

bool ClientThreads::Step(Instant now) {
  const GeneratorContext& context = Refresh(now);
  Generated next = generator_->Next(context);
  if (Emit* emit = std::get_if<Emit>(&next)) {
    const Instant due = zero_ + Duration(emit->time.ns());
    if (due > now) {
      queue_->SetAlarm(step_, due);
      return false;
    }
    Dispatch(*std::move(emit), now);
    // One operation an event: what completes at this instant is taken before the generator is asked again.
    queue_->SetAlarm(step_, now);
    return false;
  }
  if (const Pending* pending = std::get_if<Pending>(&next)) {
    if (pending->until != Instant::Max()) {
      const Instant until = zero_ + Duration(pending->until.ns());
      CHECK_THAT(until > now, "a generator is pending until an instant that has passed");
      queue_->SetAlarm(step_, until);
    }
    return false;
  }
  return context.free_threads.size() == threads_.size();
}

void ClientThreads::Dispatch(Emit emit, Instant now) {
  CHECK(emit.thread >= 0 && static_cast<size_t>(emit.thread) < threads_.size());
  Thread& thread = threads_[static_cast<size_t>(emit.thread)];
  CHECK(!thread.busy);
  generator_->Taken(context_, emit);
  cursor_ = (cursor_ + 1) % static_cast<uint32_t>(threads_.size());
  // Each is worth recording, as it is what one removes: -1 is no operation's value.
  const uint64_t key = Key(emit.path).Add(emit.index).hash();
  const bool invoked = decisions_->Choose("operation", key, now, -1, [](Draw&) { return int64_t{1}; }) != 0;
  if (!invoked) return;

  OpenClient(thread, now);
  thread.busy = true;
  thread.op = Op();
  thread.op.process = thread.process;
  thread.op.type = OpType::kInvoke;
  thread.op.final = emit.final;
  thread.op.f = emit.f;
  thread.op.value = std::move(emit.value);
  thread.op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
  thread.op.time = Instant((now - zero_).ns());
  ops_.push_back(thread.op);
  ++operations_;
  generator_->Update(Refresh(now), thread.op, emit.thread);
  Act(thread, thread.client->Invoke(thread.op), now);
}

// A process gets its client, and the client its endpoint, with the first operation.
void ClientThreads::OpenClient(Thread& thread, Instant now) {
  if (thread.client != nullptr) return;
  const uint32_t server = thread.index % static_cast<uint32_t>(servers_.size());
  ClientContext context;
  context.node = config_->nodes[server];
  context.nodes = config_->nodes;
  context.process = thread.process;
  context.thread = thread.index;
  thread.client = spec_.make(context);
  CHECK(thread.client != nullptr);
  const uint32_t number = static_cast<uint32_t>(thread.process.value()) + 1;
  const uint32_t sender_index = static_cast<uint32_t>(servers_.size()) + number;
  thread.endpoint = transit_->AddEndpoint(absl::StrCat("c", number), NodeRole::kClient, sender_index, now);
  thread.next_msg_id = 1;
  thread.given_up.clear();
  thread_of_.resize(thread.endpoint.value() + 1, -1);
  thread_of_[thread.endpoint.value()] = static_cast<int32_t>(thread.index);
}

void ClientThreads::Act(Thread& thread, ClientAction action, Instant now) {
  if (Rpc* rpc = std::get_if<Rpc>(&action)) {
    SendRequest(thread, std::move(*rpc), now);
  } else {
    Complete(thread, std::get<Completion>(std::move(action)), now);
  }
}

void ClientThreads::SendRequest(Thread& thread, Rpc rpc, Instant now) {
  const uint32_t slot = transit_->Acquire();
  Message& message = transit_->at(slot);
  message.src = thread.endpoint;
  message.dest = servers_[thread.index % servers_.size()];
  if (!rpc.dest.empty()) {
    CHECK_THAT(transit_->roster().Find(rpc.dest, &message.dest), "a client sends to an unknown node: " + rpc.dest);
  }
  thread.awaited = thread.next_msg_id++;
  thread.request = std::move(rpc.body);
  SetRequestBody(thread.request, thread.awaited, &message);
  transit_->Send(slot, thread.endpoint, now);
  queue_->SetAlarm(thread.timeout, now + spec_.rpc_timeout);
}

void ClientThreads::OnMessage(uint32_t slot, Instant now) {
  const Message& message = transit_->at(slot);
  const size_t dest = message.dest.value();
  if (dest >= thread_of_.size() || thread_of_[dest] < 0) return;
  Thread& thread = threads_[static_cast<size_t>(thread_of_[dest])];
  absl::StatusOr<Json> reply = ParseJson(message.body);
  CHECK_THAT(reply.ok(), "a body passed the door and is no JSON: " + message.body);
  const Json* in_reply_to = reply->Find("in_reply_to");
  if (!thread.busy || in_reply_to == nullptr || !(*in_reply_to == Json(thread.awaited))) {
    return Unasked(thread, message, *reply, now);
  }
  queue_->ClearAlarm(thread.timeout);
  ClientAction action = thread.client->OnReply(thread.op, thread.request, *std::move(reply));
  if (Completion* completion = std::get_if<Completion>(&action); completion != nullptr && completion->fault) {
    Blame(thread, message.src, *std::move(completion->fault), now);
  }
  Act(thread, std::move(action), now);
}

void ClientThreads::Unasked(Thread& thread, const Message& message, const Json& body, Instant now) {
  const Json* in_reply_to = body.Find("in_reply_to");
  const bool is_request = in_reply_to != nullptr && in_reply_to->is_int() && in_reply_to->AsInt() > 0 &&
                          static_cast<uint64_t>(in_reply_to->AsInt()) < thread.next_msg_id;
  // A reply after the time-out is late, and no fault.
  if (is_request && thread.given_up.erase(static_cast<uint64_t>(in_reply_to->AsInt())) > 0) return;
  const std::string& client = transit_->roster().name(message.dest);
  const std::string what = absl::StrCat("sent ", client, " ", Excerpt(message.body), " at ", ToString(now), ": ");
  if (is_request) {
    return Blame(thread, message.src,
                 {"second-reply", absl::StrCat(what, "request ", in_reply_to->AsInt(), " of ", client,
                                               " was answered before. Answer each request once."), false}, now);
  }
  const std::string why = in_reply_to == nullptr ? "it has no in_reply_to"
                                                 : absl::StrCat(client, " has sent no request ", in_reply_to->Dump());
  Blame(thread, message.src,
        {"reply-to-nobody", absl::StrCat(what, why, ". Clients take replies only: set in_reply_to to the msg_id of "
                                               "the request."), false}, now);
}

// A node may answer for another, so the sender is to blame; unless it gave a client's name, as one that forwards does.
void ClientThreads::Blame(const Thread& thread, NodeId source, ReplyFault fault, Instant now) {
  const bool is_server = source.value() < servers_.size();
  const NodeId node = is_server ? source : servers_[thread.index % servers_.size()];
  const std::string& name = transit_->roster().name(node);
  findings_->Add(node, {now, name, std::move(fault.kind), absl::StrCat(name, " ", fault.text), fault.invalidates});
}

void ClientThreads::OnTimeout(uint32_t index, Instant now) {
  Thread& thread = threads_[index];
  CHECK(thread.busy);
  thread.given_up.insert(thread.awaited);
  Act(thread, thread.client->OnTimeout(thread.op, thread.request), now);
}

void ClientThreads::Complete(Thread& thread, Completion completion, Instant now) {
  CHECK(completion.type != OpType::kInvoke);
  Op op = std::move(thread.op);
  op.type = completion.type;
  op.value = std::move(completion.value);
  op.error = std::move(completion.error);
  op.exception = std::move(completion.exception);
  Record(std::move(op), now);
  thread.busy = false;
  thread.request = Json();
  if (completion.type == OpType::kInfo) {
    thread.process = ProcessId(thread.process.value() + static_cast<int32_t>(threads_.size()));
    if (!spec_.reusable) {
      thread_of_[thread.endpoint.value()] = -1;
      thread.client = nullptr;
    }
  }
  generator_->Update(Refresh(now), ops_.back(), static_cast<int32_t>(thread.index));
  queue_->SetAlarm(step_, now);
}

void ClientThreads::RecordNemesis(Atom f, Json asked, Json done, Instant now) {
  Op op;
  op.process = kNemesis;
  op.type = OpType::kInfo;
  op.f = f;
  op.value = std::move(asked);
  Record(op, now);
  op.value = std::move(done);
  Record(std::move(op), now);
}

void ClientThreads::Record(Op op, Instant now) {
  op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
  op.time = Instant((now - zero_).ns());
  ops_.push_back(std::move(op));
}

}  // namespace gyre
