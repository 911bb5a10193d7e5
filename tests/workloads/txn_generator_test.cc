#include "workloads/txn_generator.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gyre {
namespace {

using Txn = std::vector<MicroOp>;

std::vector<Txn> Make(const TxnLoad& options, int count, uint64_t seed = 5) {
  TxnPool pool(options);
  std::vector<Txn> txns;
  for (int i = 0; i < count; ++i) {
    Draw draw(seed, "operation", Key("txn").Add(static_cast<uint64_t>(i)).hash());
    txns.push_back(pool.Next(draw));
  }
  return txns;
}

TEST_CASE("places are drawn in proportion to base^place") {
  struct Row {
    uint64_t count;
    uint64_t base;
  };
  constexpr int kDraws = 100'000;
  for (const Row row : {Row{1, 2}, Row{2, 2}, Row{10, 2}, Row{3, 1}, Row{4, 3}, Row{3, 10}}) {
    CAPTURE(row.count);
    CAPTURE(row.base);
    const PlaceTable table(row.count, row.base);
    std::vector<int> drawn(row.count);
    for (int i = 0; i < kDraws; ++i) {
      Draw draw(1, "place", static_cast<uint64_t>(i));
      const uint64_t place = table.Pick(draw);
      REQUIRE(place < row.count);
      ++drawn[place];
    }
    double sum = 0;
    for (uint64_t i = 0; i < row.count; ++i) sum += std::pow(row.base, i);
    for (uint64_t i = 0; i < row.count; ++i) {
      const double expected = kDraws * std::pow(row.base, i) / sum;
      // Five standard deviations.
      CHECK(std::abs(drawn[i] - expected) <= 5 * std::sqrt(expected) + 1);
    }
  }
}

TEST_CASE("of a pool too large for weights of 64 bits the last places are drawn") {
  for (const uint64_t base : {2, 3, 1'000'000'000}) {
    const PlaceTable table(1'000'000, base);
    std::map<uint64_t, int> drawn;
    for (uint64_t i = 0; i < 1000; ++i) {
      Draw draw(1, "place", i);
      ++drawn[table.Pick(draw)];
    }
    CHECK(drawn.rbegin()->first == 999'999);
    CHECK(drawn.begin()->first > 999'900);
    CHECK(drawn[999'999] > 400);
  }
  // Base so large that the second place's weight would not fit.
  Draw draw(1, "place", 0);
  CHECK(PlaceTable(5, UINT64_MAX).Pick(draw) == 4);
}

TEST_CASE("lengths, reads and writes") {
  std::map<size_t, int> lengths;
  int reads = 0;
  int writes = 0;
  // Without a limit: a write that exceeds it is drawn again, and may become a read.
  for (const Txn& txn : Make({.max_writes_per_key = UINT64_MAX}, 10'000)) {
    ++lengths[txn.size()];
    for (const MicroOp& op : txn) ++(op.writes ? writes : reads);
  }
  CHECK(lengths.size() == 4);
  CHECK(lengths.begin()->first == 1);
  for (const auto& [length, count] : lengths) CHECK(std::abs(count - 2500) < 250);
  CHECK(std::abs(reads - writes) < 800);
  CHECK(reads + writes == doctest::Approx(25'000).epsilon(0.02));
}

TEST_CASE("each key is written 1, 2, 3, ... up to the limit, then gives way to a key that was never used") {
  struct Row {
    TxnLoad options;
    uint64_t keys;  // in use
  };
  const Row kRows[] = {{{}, 10},
                       {{.key_count = 4, .max_writes_per_key = 1}, 4},
                       {{.key_count = 1, .max_length = 1, .max_writes_per_key = 3}, 1},
                       {{.key_dist = "uniform"}, 3},
                       {{.key_count = 5, .key_dist = "uniform", .max_length = 9}, 5}};
  for (const Row& row : kRows) {
    std::map<uint64_t, uint64_t> written;  // of each key
    std::set<uint64_t> ended;
    uint64_t greatest = row.keys - 1;
    for (const Txn& txn : Make(row.options, 3000)) {
      for (const MicroOp& op : txn) {
        greatest = std::max(greatest, op.key);
        if (!op.writes) continue;
        CHECK(op.value == ++written[op.key]);
        CHECK(op.value <= row.options.max_writes_per_key);
        if (op.value == row.options.max_writes_per_key) ended.insert(op.key);
      }
      CHECK(greatest + 1 <= row.keys + ended.size());  // a new one for each that has all its writes
    }
    CHECK(ended.size() > 20);
  }
}

TEST_CASE("a key that gave way never comes back") {
  const TxnLoad options{.key_count = 2, .max_writes_per_key = 2};
  std::map<uint64_t, size_t> last;
  std::map<uint64_t, size_t> first;
  const std::vector<Txn> txns = Make(options, 2000);
  for (size_t i = 0; i < txns.size(); ++i) {
    for (const MicroOp& op : txns[i]) {
      last[op.key] = i;
      first.emplace(op.key, i);
    }
  }
  // At any moment no more keys are alive than the pool has places.
  for (size_t i = 0; i < txns.size(); ++i) {
    int alive = 0;
    for (const auto& [key, begin] : first) alive += begin < i && last[key] > i;
    CHECK(alive <= 2);
  }
}

GeneratorContext Context() {
  GeneratorContext context;
  context.seed = 9;
  context.concurrency = 1;
  context.free_threads = context.all_threads = {0};
  context.process_of = {ProcessId(0)};
  return context;
}

std::vector<std::string> Drive(Generator* generator, int count) {
  const GeneratorContext context = Context();
  std::vector<std::string> told;
  for (int i = 0; i < count; ++i) {
    const Emit emit = std::get<Emit>(generator->Next(context));
    CHECK(std::get<Emit>(generator->Next(context)).value == emit.value);  // asking changes nothing
    CHECK(emit.f == Atom("txn"));
    CHECK(emit.index == static_cast<uint64_t>(i));
    told.push_back(emit.value.Dump());
    generator->Taken(context, emit);
  }
  return told;
}

TEST_CASE("the generator: the same seed and path, the same transactions") {
  GeneratorPtr appends = Transactions("txn", {}, "append");
  const std::vector<std::string> first = Drive(appends.get(), 200);
  GeneratorPtr again = Transactions("txn", {}, "append");
  CHECK(Drive(again.get(), 200) == first);
  CHECK(Drive(appends->Clone("txn").get(), 200) == first);  // fresh
  CHECK(Drive(appends->Clone("other").get(), 200) != first);
  // Registers are written where lists are appended to.
  GeneratorPtr writes = Transactions("txn", {}, "w");
  std::vector<std::string> expected = first;
  for (std::string& txn : expected) {
    for (size_t at; (at = txn.find("\"append\"")) != std::string::npos;) txn.replace(at, 8, "\"w\"");
  }
  CHECK(Drive(writes.get(), 200) == expected);

  GeneratorContext busy = Context();
  busy.free_threads.clear();
  CHECK(std::holds_alternative<Pending>(appends->Next(busy)));
}

}  // namespace
}  // namespace gyre
