#include "workloads/key_groups.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace gyre {
namespace {

std::pair<Atom, Json> Read(uint64_t, const GeneratorContext&, Draw&) { return {"read", Json()}; }
std::pair<Atom, Json> Write(uint64_t index, const GeneratorContext&, Draw&) { return {"write", Json(index)}; }

// What `threads` threads did in `count` operations; every `crash`-th ends its process (0: none).
struct Play {
  std::map<uint64_t, std::set<int32_t>> processes;           // by key
  std::map<uint64_t, std::map<std::string, int>> operations; // by key and f
  std::map<int32_t, std::set<std::string>> by_thread;        // f
};

Play Run(uint32_t threads, uint32_t group_size, int count, int crash) {
  GeneratorPtr generator = KeyGroups("test", {group_size, 20, Read, Write});
  GeneratorContext context;
  context.seed = 3;
  context.concurrency = threads;
  for (uint32_t i = 0; i < threads; ++i) context.process_of.push_back(ProcessId(static_cast<int32_t>(i)));
  Play play;
  for (int i = 0; i < count; ++i) {
    const int32_t thread = i % static_cast<int32_t>(threads);
    context.free_threads = {thread};
    const Emit emit = std::get<Emit>(generator->Next(context));
    CHECK(std::get<Emit>(generator->Next(context)).value == emit.value);  // asking changes nothing
    generator->Taken(context, emit);
    const uint64_t key = emit.value.AsArray()[0].AsUint();
    ProcessId& process = context.process_of[static_cast<size_t>(thread)];
    play.processes[key].insert(process.value());
    ++play.operations[key][std::string(emit.f.text())];
    play.by_thread[thread].insert(std::string(emit.f.text()));
    if (crash > 0 && i % crash == 0) process = ProcessId(process.value() + static_cast<int32_t>(threads));
  }
  return play;
}

TEST_CASE("each group has its key, and half of it reads") {
  const Play play = Run(12, 6, 1200, 0);
  CHECK(play.processes.size() == 2);
  CHECK(play.processes.at(0) == std::set<int32_t>{0, 1, 2, 3, 4, 5});
  for (const uint64_t key : {0, 1}) {
    CHECK(play.operations.at(key).at("read") == 300);
    CHECK(play.operations.at(key).at("write") == 300);
  }
  CHECK(play.by_thread.at(8) == std::set<std::string>{"read"});
  CHECK(play.by_thread.at(9) == std::set<std::string>{"write"});
}

TEST_CASE("any number of threads will do") {
  CHECK(Run(1, 10, 100, 0).by_thread.at(0).size() == 2);  // one alone does both
  CHECK(Run(5, 10, 100, 0).processes.size() == 1);
  const Play odd = Run(9, 4, 900, 0);
  CHECK(odd.processes.size() == 2);
  CHECK(odd.processes.at(1).size() == 5);  // the last group takes what is left over
}

TEST_CASE("after the limit of processes comes a key that nobody had") {
  const Play play = Run(8, 4, 4000, 10);
  CHECK(play.processes.size() > 15);
  for (const auto& [key, processes] : play.processes) CHECK(processes.size() <= 20);
  // A large group has room all the same.
  for (const auto& [key, processes] : Run(40, 40, 1000, 0).processes) CHECK(processes.size() == 40);
}

}  // namespace
}  // namespace gyre
