// Generators: what the clients do when, in virtual time, as combinators over small state machines, after
// Jepsen's generator/pure.clj. A generator is asked for its next operation with what is known now and told
// of every event; it never blocks and never calls back. Randomness is keyed by (path, index): `path` names
// the generator's place in the tree, so that one operation more or less elsewhere shifts nothing here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/json.h"
#include "sim/base/rng.h"
#include "sim/base/time.h"
#include "sim/history/op.h"

namespace gyre {

// What a generator may know when asked. Threads 0..concurrency-1 are clients.
struct GeneratorContext {
  uint64_t seed = 0;
  Instant now;                        // of the history
  uint32_t concurrency = 0;           // client threads
  uint32_t nodes = 0;
  std::vector<int32_t> free_threads;  // in the order in which they should be tried (round robin)
  std::vector<int32_t> all_threads;   // the threads this generator may use, ascending
  std::vector<ProcessId> process_of;  // by client thread
};

// An operation to invoke at `time` (>= now; the simulation waits until then) on `thread`, a free one.
struct Emit {
  Instant time;
  int32_t thread = 0;
  Atom f;
  Json value;
  bool final = false;
  std::string path;    // of the leaf that made it, and
  uint64_t index = 0;  // its index there: the operation's key
};
// Nothing now; ask again after the next event, or at `until` at the latest.
struct Pending {
  Instant until = Instant::Max();
};
struct Exhausted {};
using Generated = std::variant<Emit, Pending, Exhausted>;

class Generator {
 public:
  virtual ~Generator() = default;
  // The next operation. Asking does not consume: the same context gives the same answer until Taken or Update.
  virtual Generated Next(const GeneratorContext& context) = 0;
  // The Emit that the last Next returned was taken; the generator moves on. An operation that an override has
  // removed is taken too, and never invoked.
  virtual void Taken(const GeneratorContext& context, const Emit& emit) = 0;
  // An invocation or a completion happened on `thread`, be it of this generator's operation or another's. For
  // those that follow what the clients saw; most need not.
  virtual void Update(const GeneratorContext& context, const Op& op, int32_t thread);
  // A fresh copy with another path, for each-thread.
  virtual std::unique_ptr<Generator> Clone(std::string path) const = 0;
};
using GeneratorPtr = std::unique_ptr<Generator>;

// f and value of the index-th operation of a leaf; `draw` is the operation's own randomness.
using OpMaker = std::function<std::pair<Atom, Json>(uint64_t index, const GeneratorContext& context, Draw& draw)>;

// Operations from `maker` for ever, or `limit` of them, at once, on the first free thread.
GeneratorPtr Repeat(std::string path, OpMaker maker, uint64_t limit = UINT64_MAX, bool final = false);
// Gaps between successive operations uniform in [0, 2 * mean); the first at once; late ones re-anchor at now.
GeneratorPtr Stagger(std::string path, Duration mean, GeneratorPtr inner);
// One of `parts`, picked uniformly anew after each operation taken; exhausted parts are left out.
GeneratorPtr Mix(std::string path, std::vector<GeneratorPtr> parts);
// An own copy of `inner` for each thread, with the path "<path>/<thread>"; of several with something to do at
// the same time, one by keyed randomness.
GeneratorPtr EachThread(std::string path, GeneratorPtr inner);
// The soonest of several; ties by keyed randomness, all alike.
GeneratorPtr Any(std::string path, std::vector<GeneratorPtr> parts);
// Ends `inner` at its first operation's time + limit.
GeneratorPtr TimeLimit(Duration limit, GeneratorPtr inner);
// One after the other, each only when all threads are idle.
GeneratorPtr Phases(std::vector<GeneratorPtr> parts);
// Nothing for a while, then exhausted.
GeneratorPtr Sleep(Duration duration);

}  // namespace gyre
