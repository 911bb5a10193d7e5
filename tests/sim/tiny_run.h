// A whole run with in-memory nodes in a few lines of a test. Values; one thread.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/simulation.h"
#include "tests/sim/test_nodes.h"

namespace gyre {

// Sends {"type": f, F: value} and completes with the reply's member F, where F is "echo" for echo, else "message".
class TinyClient : public Client {
 public:
  ClientAction Invoke(const Op& op) override {
    if (op.f == Atom("at-once")) return Completion{OpType::kOk, op.value, {}, {}};
    Json body = Json::ObjectOf({{"type", std::string(op.f.text())}});
    if (op.f != Atom("read")) body.Set(op.f == Atom("echo") ? "echo" : "message", op.value);
    return Rpc{std::move(body), ""};
  }
  ClientAction OnReply(const Op& op, const Json&, Json reply) override {
    if (*reply.Find("type") == Json("error")) return ErrorCompletion(reply, op.value, false);
    if (op.f == Atom("echo")) return Completion{OpType::kOk, *reply.Find("echo"), {}, {}};
    if (op.f == Atom("read")) return Completion{OpType::kOk, *reply.Find("messages"), {}, {}};
    return Completion{OpType::kOk, op.value, {}, {}};
  }
  ClientAction OnTimeout(const Op& op, const Json&) override { return TimeoutCompletion(op.value, false); }
};

// `limit` operations of f with the values 0, 1, 2, ..., `mean` apart on average.
inline GeneratorPtr Some(const char* f, uint64_t limit, Duration mean = Milliseconds(100)) {
  return Stagger(absl::StrCat(f, "-gap"), mean,
                 Repeat(f, [f](uint64_t i, const GeneratorContext&, Draw&) {
                   return std::pair<Atom, Json>(Atom(f), Json(i));
                 }, limit));
}

struct TinyRun {
  // Nodes n1, n2, ... and as many client threads.
  template <typename MakeNode>
  TinyRun(uint32_t count, MakeNode make_node) {
    for (uint32_t i = 0; i < count; ++i) {
      config.nodes.push_back(absl::StrCat("n", i + 1));
      nodes.push_back(make_node(i));
    }
    config.seed = 1;
    config.concurrency = count;
    load.client.make = [](const ClientContext&) { return std::make_unique<TinyClient>(); };
    load.generator = Some("echo", 10);
  }

  SimulationConfig config;
  std::vector<std::unique_ptr<Node>> nodes;
  SimulationLoad load;
  std::vector<Decision> overrides;
  bool keep_journal = false;
  const volatile int* interrupted = nullptr;

  // Filled by Run.
  std::vector<Decision> decisions;
  std::vector<Decision> unmatched;
  std::string journal;  // as text, a record a line
  std::string logs;

  SimulationResult Run() {
    const std::string path = absl::StrCat("/tmp/gyre-sim-test-", getpid(), ".journal");
    unlink(path.c_str());
    std::unique_ptr<JournalWriter> writer =
        keep_journal ? JournalWriter::Open(path).value() : std::make_unique<JournalWriter>();
    Decisions door(config.seed, overrides, [this](const Decision& decision) { decisions.push_back(decision); });
    SimulationHooks hooks;
    hooks.journal = writer.get();
    hooks.decisions = &door;
    hooks.interrupted = interrupted;
    hooks.log = [this](size_t node, Instant, std::string_view bytes) {
      absl::StrAppend(&logs, "n", node + 1, ": ", std::string(bytes));
    };
    SimulationResult result = Simulate(config, nodes, std::move(load), hooks).value();
    unmatched = door.Unmatched();
    if (!writer->Close().ok()) std::abort();
    if (keep_journal) ReadJournal(path, result.roster);
    unlink(path.c_str());
    return result;
  }

 private:
  void ReadJournal(const std::string& path, const Roster& roster) {
    const std::unique_ptr<JournalReader> reader = JournalReader::Open(path).value();
    JournalRecord record;
    while (reader->Next(&record).value()) {
      const bool about_message = record.kind >= JournalRecord::Kind::kSend && record.kind <= JournalRecord::Kind::kHold;
      absl::StrAppend(&journal, record.time.ns(), " ", std::string(ToString(record.kind)));
      if (record.kind != JournalRecord::Kind::kPhase) absl::StrAppend(&journal, " ", roster.name(record.node));
      if (about_message) {
        absl::StrAppend(&journal, " ", roster.name(record.peer), " ", record.message.value() >> 32, ":",
                        record.message.value() & 0xffffffff);
      }
      absl::StrAppend(&journal, record.text.empty() ? "" : " ", std::string(record.text), "\n");
    }
  }
};

// "0 invoke 0 echo 5": milliseconds, type, process, f, value, error; an entry a line.
inline std::string ShowHistory(const History& history) {
  std::string text;
  for (const Op& op : history.ops()) {
    absl::StrAppend(&text, op.time.ns() / 1000000, " ", std::string(ToString(op.type)), " ", op.process.value(), " ",
                    std::string(op.f.text()), " ", op.value.Dump());
    if (!op.error.is_null()) absl::StrAppend(&text, " ", op.error.Dump());
    text += "\n";
  }
  return text;
}

}  // namespace gyre
