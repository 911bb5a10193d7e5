// Generators as tables: what is dispatched when, on which thread.
#include "sim/generator.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gyre {
namespace {

struct Taken {
  int64_t ms = 0;
  int64_t ns = 0;
  int32_t thread = 0;
  std::string f;
};

struct Stage {
  uint32_t threads = 2;
  Duration latency = Milliseconds(10);  // of every operation
  uint64_t seed = 1;
  size_t limit = 1000;                  // operations
};

// Jepsen's interpreter in small: completions first, round robin, re-asked after every event. Appends "end"'s time as
// an operation of that name when the generator is exhausted and all is idle.
std::vector<Taken> Play(GeneratorPtr generator, const Stage& stage = {}) {
  GeneratorContext context;
  context.seed = stage.seed;
  context.concurrency = stage.threads;
  for (uint32_t i = 0; i < stage.threads; ++i) {
    context.all_threads.push_back(static_cast<int32_t>(i));
    context.process_of.push_back(ProcessId(static_cast<int32_t>(i)));
  }
  std::map<int32_t, Instant> busy;  // until
  std::vector<Taken> taken;
  size_t cursor = 0;
  Instant now;
  for (int guard = 0; guard < 100000 && taken.size() < stage.limit; ++guard) {
    for (auto it = busy.begin(); it != busy.end();) it = it->second <= now ? busy.erase(it) : std::next(it);
    context.now = now;
    context.free_threads.clear();
    for (size_t i = 0; i < context.all_threads.size(); ++i) {
      const int32_t thread = context.all_threads[(cursor + i) % context.all_threads.size()];
      if (busy.count(thread) == 0) context.free_threads.push_back(thread);
    }
    Generated next = generator->Next(context);
    Instant at = Instant::Max();
    for (const auto& [thread, until] : busy) at = std::min(at, until);
    if (const Emit* emit = std::get_if<Emit>(&next)) {
      CHECK(emit->time >= now);
      if (emit->time == now) {
        CHECK(busy.count(emit->thread) == 0);
        generator->Taken(context, *emit);
        taken.push_back({now.ns() / 1000000, now.ns(), emit->thread, std::string(emit->f.text())});
        busy[emit->thread] = now + stage.latency;
        cursor = (cursor + 1) % context.all_threads.size();
        continue;
      }
      at = std::min(at, emit->time);
    } else if (const Pending* pending = std::get_if<Pending>(&next)) {
      at = std::min(at, pending->until);
    } else if (busy.empty()) {
      taken.push_back({now.ns() / 1000000, now.ns(), -2, "end"});
      break;
    }
    if (at == Instant::Max()) {
      taken.push_back({now.ns() / 1000000, now.ns(), -2, "stalled"});
      break;
    }
    now = at;
  }
  return taken;
}

// "0 t0 a, 10 t1 b, 20 end": milliseconds, thread, f.
std::string Show(const std::vector<Taken>& taken) {
  std::string text;
  for (const Taken& op : taken) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", op.ms);
    if (op.thread >= 0) absl::StrAppend(&text, " t", op.thread);
    absl::StrAppend(&text, " ", op.f);
  }
  return text;
}

GeneratorPtr Ops(const std::string& f, uint64_t limit) {
  return Repeat(f, [f](uint64_t index, const GeneratorContext&, Draw&) {
    return std::pair<Atom, Json>(Atom(std::string_view(f)), Json(index));
  }, limit);
}

template <typename... Parts>
std::vector<GeneratorPtr> List(Parts... parts) {
  std::vector<GeneratorPtr> list;
  (list.push_back(std::move(parts)), ...);
  return list;
}

TEST_CASE("fixed tables") {
  const auto at_once = [] { return Ops("a", 4); };
  CHECK(Show(Play(at_once())) == "0 t0 a, 0 t1 a, 10 t0 a, 10 t1 a, 20 end");
  CHECK(Show(Play(at_once(), {.threads = 3})) == "0 t0 a, 0 t1 a, 0 t2 a, 10 t0 a, 20 end");
  // The cursor moves once an operation: thread 0 is free again at every turn, and yet not always taken.
  CHECK(Show(Play(Ops("a", 4), {.threads = 3, .latency = Nanoseconds(0)})) == "0 t0 a, 0 t1 a, 0 t2 a, 0 t0 a, 0 end");
  CHECK(Show(Play(EachThread("e", Ops("a", 1)), {.threads = 1})) == "0 t0 a, 10 end");
  CHECK(Show(Play(TimeLimit(Milliseconds(25), Ops("a", 99)), {.threads = 1})) == "0 t0 a, 10 t0 a, 20 t0 a, 30 end");
  // An operation at the limit is past it.
  CHECK(Show(Play(TimeLimit(Milliseconds(20), Ops("a", 99)), {.threads = 1})) == "0 t0 a, 10 t0 a, 20 end");
  CHECK(Show(Play(TimeLimit(Milliseconds(0), Ops("a", 99)), {.threads = 1})) == "0 end");
  CHECK(Show(Play(Phases(List(Ops("a", 1), Ops("b", 3))))) == "0 t0 a, 10 t1 b, 10 t0 b, 20 t1 b, 30 end");
  CHECK(Show(Play(Phases(List(Ops("a", 1), Sleep(Milliseconds(100)), Ops("b", 1))))) ==
        "0 t0 a, 110 t1 b, 120 end");
  CHECK(Show(Play(Sleep(Milliseconds(7)))) == "7 end");
  CHECK(Show(Play(Stagger("s", Nanoseconds(0), Ops("a", 3)))) == "0 t0 a, 0 t1 a, 10 t0 a, 20 end");
  CHECK(Show(Play(Mix("m", List(Ops("a", 0), Ops("b", 2))))) == "0 t0 b, 0 t1 b, 10 end");
  CHECK(Show(Play(Any("x", List(Sleep(Milliseconds(5)), Ops("b", 2))))) == "0 t0 b, 0 t1 b, 10 end");
}

TEST_CASE("a generator that may have something earlier is asked then") {
  // The second part is at 100 ms, but the first turns into operations at 5 ms.
  GeneratorPtr late = Phases(List(Sleep(Milliseconds(100)), Ops("late", 1)));
  GeneratorPtr soon = Phases(List(Sleep(Milliseconds(5)), Ops("soon", 1)));
  const std::string shown = Show(Play(Any("x", List(std::move(late), std::move(soon))), {.threads = 1}));
  CHECK(shown == "5 t0 soon, 100 t0 late, 110 end");
}

TEST_CASE("stagger: gaps uniform in [0, 2 mean), the first at once") {
  const std::vector<Taken> taken =
      Play(Stagger("s", Milliseconds(10), Ops("a", 1000)), {.threads = 50, .latency = Nanoseconds(1)});
  REQUIRE(taken.size() == 1000);
  CHECK(taken[0].ns == 0);
  int64_t longest = 0;
  for (size_t i = 1; i < taken.size(); ++i) longest = std::max(longest, taken[i].ns - taken[i - 1].ns);
  CHECK(longest < Milliseconds(20).ns());
  CHECK(longest > Milliseconds(19).ns());
  const double mean = static_cast<double>(taken.back().ns) / 999 / 1e6;
  CHECK(mean > 9.3);
  CHECK(mean < 10.7);
}

TEST_CASE("stagger: a late operation re-anchors, no burst follows") {
  // One thread, busy for a second at a time: every operation is late, and each comes when the thread is free.
  CHECK(Show(Play(Stagger("s", Milliseconds(10), Ops("a", 3)), {.threads = 1, .latency = Seconds(1)})) ==
        "0 t0 a, 1000 t0 a, 2000 t0 a, 3000 end");
}

TEST_CASE("mix and each-thread pick uniformly") {
  std::map<std::string, int> mixed;
  for (const Taken& op : Play(Mix("m", List(Ops("a", 9999), Ops("b", 9999), Ops("c", 9999))),
                              {.threads = 5, .limit = 3000})) {
    ++mixed[op.f];
  }
  for (const auto& part : mixed) CHECK_MESSAGE(std::abs(part.second - 1000) < 120, part.first);

  std::map<int32_t, int> threads;
  for (const Taken& op : Play(Stagger("s", Milliseconds(20), EachThread("e", Ops("a", 9999))),
                              {.threads = 4, .latency = Nanoseconds(1), .limit = 2000})) {
    ++threads[op.thread];
  }
  CHECK(threads.size() == 4);
  for (const auto& thread : threads) CHECK_MESSAGE(std::abs(thread.second - 500) < 90, thread.first);
}

TEST_CASE("each thread has its own copy, with its own path and count") {
  const std::vector<Taken> taken = Play(EachThread("e", Ops("a", 3)), {.threads = 4});
  std::map<int32_t, int> count;
  for (const Taken& op : taken) ++count[op.thread];
  for (int32_t thread = 0; thread < 4; ++thread) CHECK(count[thread] == 3);
  CHECK(taken.back().f == "end");
}

TEST_CASE("asking twice gives the same answer; the seed decides") {
  const auto make = [] {
    return TimeLimit(Seconds(1), Stagger("s", Milliseconds(10), Mix("m", List(Ops("a", 99), Ops("b", 99)))));
  };
  CHECK(Show(Play(make(), {.seed = 3})) == Show(Play(make(), {.seed = 3})));
  CHECK(Show(Play(make(), {.seed = 3})) != Show(Play(make(), {.seed = 4})));
  GeneratorPtr generator = make();
  GeneratorContext context;
  context.free_threads = context.all_threads = {0, 1};
  for (int i = 0; i < 10; ++i) {
    const Generated a = generator->Next(context);
    const Generated b = generator->Next(context);
    REQUIRE(std::holds_alternative<Emit>(a));
    CHECK(std::get<Emit>(a).f == std::get<Emit>(b).f);
    CHECK(std::get<Emit>(a).time == std::get<Emit>(b).time);
    context.now = std::get<Emit>(a).time;
    generator->Taken(context, std::get<Emit>(generator->Next(context)));
  }
}

}  // namespace
}  // namespace gyre
