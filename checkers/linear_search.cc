// Just-in-time linearization (Lowe, Testing for linearizability, 2017), depth first, with a memory of what was tried
// (Wing and Gong 1993; Lowe's improvement), after these ideas:
//
// - Time moves from return to return. Before the k-th return its call must be linearized; other pending calls are
//   linearized only then, in whatever order helps it. A node of the search is (k, state, set of pending calls that are
//   linearized already). The set is a bitmap over slots: a call has one from its invocation to its return, so that
//   the bitmap is as wide as the history is concurrent, not as long.
// - A node is tried once. Two orders of the same calls that lead to the same state are one.
// - A pending call that never changes a state (a read whose result is known) is linearized as soon as the state allows
//   it: nothing can come of waiting.
// - Calls that never returned are not in the bitmap. They are counted by kind: two crashed writes of 3 are
//   interchangeable, so only how many were used matters. Those of the earliest invocation are used first. A node that
//   used no more of any kind than another one of the same (k, state, set) makes the other superfluous. This keeps
//   histories with many time-outs small, on which a search with a bit for every crashed call doubles with each.
// - Depth first finds an order of a good history almost without search; when there is none, all nodes have been
//   visited, and the furthest return that any reached names the call that cannot be placed: the history up to that
//   return is the shortest prefix that is not linearizable.
//
// Left out: parallel search, and any heuristic of order beyond "the call that returns next first".
#include "checkers/linear_search.h"

#include <algorithm>
#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "sim/base/check.h"

namespace gyre {
namespace {

constexpr uint32_t kNone = 0xffffffff;
constexpr uint32_t kSlotsAWord = 64;
constexpr uint32_t kCountsAWord = 4;  // 16 bits each
constexpr uint64_t kMostOfAKind = 0xffff;

class Search {
 public:
  Search(const LinearProblem& problem, Transition transition, uint64_t budget)
      : problem_(problem), transition_(transition), budget_(budget) {
    Prepare();
  }

  LinearOutcome Run();

 private:
  // One kind of calls that never returned: their invocations, the earliest first.
  struct Crashed {
    uint32_t kind = 0;
    std::vector<uint32_t> calls;
  };
  struct Node {
    uint32_t next_return = 0;  // k
    uint32_t state = 0;
    uint32_t parent = kNone;
    uint32_t via = kNone;      // the call linearized last, before pure ones
    uint32_t same_key = kNone; // the next node of the same (k, state, set)
    uint32_t tried = 0;        // candidates
  };

  void Prepare();
  void AssignSlots(const std::vector<uint32_t>& events);
  uint64_t* words(uint32_t node) { return words_.data() + uint64_t{node} * width_; }
  static bool Bit(const uint64_t* set, uint32_t slot) { return (set[slot / kSlotsAWord] >> slot % kSlotsAWord) & 1; }
  static void Flip(uint64_t* set, uint32_t slot) { set[slot / kSlotsAWord] ^= uint64_t{1} << slot % kSlotsAWord; }
  static uint64_t CountOf(const uint64_t* counts, uint32_t crashed) {
    return (counts[crashed / kCountsAWord] >> crashed % kCountsAWord * 16) & kMostOfAKind;
  }
  bool Dominates(const uint64_t* counts, const uint64_t* others) const;
  void LinearizePure(uint32_t state, uint32_t next_return, uint64_t* set);
  uint32_t MakeNode(uint32_t parent, uint32_t via, uint32_t next_return, uint32_t state);
  bool IsNew(uint32_t node);
  uint32_t NextCandidate(uint32_t node, uint32_t* state, uint32_t* crashed);
  uint32_t Try(uint32_t node);
  LinearPath PathTo(uint32_t node);
  void CollectPaths(LinearOutcome* outcome);

  const LinearProblem& problem_;
  Transition transition_;
  const uint64_t budget_;
  uint64_t steps_ = 0;

  std::vector<uint32_t> returns_;        // calls, by return
  std::vector<uint32_t> slot_of_;        // by call
  std::vector<uint32_t> pending_;        // for each return the calls pending then, those that return first first
  std::vector<uint32_t> pending_begin_;  // by return, and one more
  std::vector<Crashed> crashed_;
  uint32_t set_words_ = 0;
  uint32_t width_ = 0;                   // words of a node: its set, then its counts

  std::vector<Node> nodes_;
  std::vector<uint64_t> words_;          // width_ for each node
  absl::flat_hash_map<uint64_t, uint32_t> by_key_;  // hash of the key -> a node; looked up only
  uint32_t furthest_ = 0;
};

void Search::AssignSlots(const std::vector<uint32_t>& events) {
  std::vector<uint32_t> free;
  uint32_t slots = 0;
  std::vector<uint32_t> open;  // calls, by return
  const auto by_return = [this](uint32_t a, uint32_t b) { return problem_.calls[a].ret < problem_.calls[b].ret; };
  for (const uint32_t event : events) {
    const uint32_t call = event / 2;
    if (event % 2 == 0) {
      if (free.empty()) free.push_back(slots++);
      slot_of_[call] = free.back();
      free.pop_back();
      open.insert(std::upper_bound(open.begin(), open.end(), call, by_return), call);
      continue;
    }
    CHECK(open.front() == call);
    pending_begin_.push_back(static_cast<uint32_t>(pending_.size()));
    pending_.insert(pending_.end(), open.begin(), open.end());
    returns_.push_back(call);
    open.erase(open.begin());
    free.push_back(slot_of_[call]);
  }
  pending_begin_.push_back(static_cast<uint32_t>(pending_.size()));
  set_words_ = (slots + kSlotsAWord - 1) / kSlotsAWord;
}

void Search::Prepare() {
  const std::vector<LinearCall>& calls = problem_.calls;
  slot_of_.assign(calls.size(), kNone);
  std::vector<uint32_t> events;  // call * 2, + 1 for its return
  absl::flat_hash_map<uint32_t, uint32_t> crashed_of;  // by kind; looked up only
  for (uint32_t i = 0; i < calls.size(); ++i) {
    CHECK(i == 0 || calls[i - 1].invoke < calls[i].invoke);
    if (calls[i].ret != LinearCall::kNever) {
      CHECK(calls[i].invoke < calls[i].ret);
      events.push_back(2 * i);
      events.push_back(2 * i + 1);
      continue;
    }
    if (problem_.pure[calls[i].kind]) continue;  // it owes nobody anything
    const auto [found, is_new] = crashed_of.try_emplace(calls[i].kind, static_cast<uint32_t>(crashed_.size()));
    if (is_new) crashed_.push_back({calls[i].kind, {}});
    std::vector<uint32_t>& same = crashed_[found->second].calls;
    if (same.size() < kMostOfAKind) same.push_back(i);
  }
  std::sort(events.begin(), events.end(), [&](uint32_t a, uint32_t b) {
    const auto at = [&](uint32_t event) { return event % 2 == 0 ? calls[event / 2].invoke : calls[event / 2].ret; };
    return at(a) < at(b);
  });
  AssignSlots(events);
  const uint32_t counts = static_cast<uint32_t>(crashed_.size());
  width_ = set_words_ + (counts + kCountsAWord - 1) / kCountsAWord;
}

bool Search::Dominates(const uint64_t* counts, const uint64_t* others) const {
  for (uint32_t i = 0; i < crashed_.size(); ++i) {
    if (CountOf(counts, i) > CountOf(others, i)) return false;
  }
  return true;
}

void Search::LinearizePure(uint32_t state, uint32_t next_return, uint64_t* set) {
  for (uint32_t i = pending_begin_[next_return]; i < pending_begin_[next_return + 1]; ++i) {
    const uint32_t call = pending_[i];
    const uint32_t kind = problem_.calls[call].kind;
    if (!problem_.pure[kind] || Bit(set, slot_of_[call])) continue;
    ++steps_;
    if (transition_(state, kind) != kIllegal) Flip(set, slot_of_[call]);
  }
}

// A node whose set and counts are those of `parent`, to be changed by the caller.
uint32_t Search::MakeNode(uint32_t parent, uint32_t via, uint32_t next_return, uint32_t state) {
  const uint32_t node = static_cast<uint32_t>(nodes_.size());
  CHECK(node != kNone);
  nodes_.push_back({next_return, state, parent, via, kNone, 0});
  words_.resize(words_.size() + width_);
  if (parent != kNone && width_ > 0) std::memcpy(words(node), words(parent), width_ * sizeof(uint64_t));
  return node;
}

// Moves the last node on over all returns whose calls are linearized, and keeps it unless it was known.
bool Search::IsNew(uint32_t node) {
  Node& made = nodes_[node];
  uint64_t* set = words(node);
  while (made.next_return < returns_.size()) {
    LinearizePure(made.state, made.next_return, set);
    const uint32_t slot = slot_of_[returns_[made.next_return]];
    if (!Bit(set, slot)) break;
    Flip(set, slot);
    ++made.next_return;
  }
  furthest_ = std::max(furthest_, made.next_return);
  uint64_t hash = (uint64_t{made.next_return} << 32 | made.state) * 0x9e3779b97f4a7c15u;
  for (uint32_t i = 0; i < set_words_; ++i) hash = (hash ^ hash >> 29 ^ set[i]) * 0xbf58476d1ce4e5b9u;
  const auto [found, is_new] = by_key_.try_emplace(hash ^ hash >> 32, node);
  if (is_new) return true;
  for (uint32_t other = found->second; other != kNone; other = nodes_[other].same_key) {
    const Node& known = nodes_[other];
    // Different keys may have the same hash.
    if (known.next_return != made.next_return || known.state != made.state) continue;
    if (std::memcmp(words(other), set, set_words_ * sizeof(uint64_t)) != 0) continue;
    if (!Dominates(words(other) + set_words_, set + set_words_)) continue;
    nodes_.pop_back();
    words_.resize(words_.size() - width_);
    return false;
  }
  made.same_key = found->second;
  found->second = node;
  return true;
}

// The next call to linearize at a node, and the state after it; kNone when all were tried. `crashed` is its place among
// the crashed kinds, or kNone.
uint32_t Search::NextCandidate(uint32_t node, uint32_t* state, uint32_t* crashed) {
  Node& from = nodes_[node];
  const uint64_t* set = words(node);
  const uint32_t begin = pending_begin_[from.next_return];
  const uint32_t count = pending_begin_[from.next_return + 1] - begin;
  while (from.tried < count + crashed_.size()) {
    const uint32_t i = from.tried++;
    if (i < count) {
      const uint32_t call = pending_[begin + i];
      if (Bit(set, slot_of_[call])) continue;
      ++steps_;
      *state = transition_(from.state, problem_.calls[call].kind);
      *crashed = kNone;
      if (*state != kIllegal) return call;
      continue;
    }
    const Crashed& kind = crashed_[i - count];
    const uint64_t used = CountOf(set + set_words_, i - count);
    if (used == kind.calls.size()) continue;
    const uint32_t call = kind.calls[used];
    if (problem_.calls[call].invoke > problem_.calls[returns_[from.next_return]].ret) continue;
    ++steps_;
    *state = transition_(from.state, kind.kind);
    *crashed = i - count;
    if (*state != kIllegal && *state != from.state) return call;
  }
  return kNone;
}

// Goes on from a node: the next new node, or kNone.
uint32_t Search::Try(uint32_t node) {
  uint32_t state = 0;
  uint32_t crashed = kNone;
  for (;;) {
    const uint32_t call = NextCandidate(node, &state, &crashed);
    if (call == kNone) return kNone;
    const uint32_t made = MakeNode(node, call, nodes_[node].next_return, state);
    if (crashed == kNone) {
      Flip(words(made), slot_of_[call]);
    } else {
      words(made)[set_words_ + crashed / kCountsAWord] += uint64_t{1} << crashed % kCountsAWord * 16;
    }
    if (IsNew(made)) return made;
    if (steps_ > budget_) return kNone;
  }
}

// The calls linearized on the way to a node. Pure ones have no node of their own: they are put where the state allowed
// them first, which the search does too.
LinearPath Search::PathTo(uint32_t node) {
  std::vector<uint32_t> way;
  for (uint32_t at = node; at != kNone; at = nodes_[at].parent) way.push_back(at);
  std::reverse(way.begin(), way.end());
  LinearPath path;
  std::vector<bool> done(problem_.calls.size(), false);
  for (const uint32_t at : way) {
    const Node& here = nodes_[at];
    if (here.via != kNone) {
      path.calls.push_back(here.via);
      path.states.push_back(here.state);
      done[here.via] = true;
    }
    const uint32_t from = here.parent == kNone ? 0 : nodes_[here.parent].next_return;
    for (uint32_t k = from; k <= here.next_return && k < returns_.size(); ++k) {
      for (uint32_t i = pending_begin_[k]; i < pending_begin_[k + 1]; ++i) {
        const uint32_t call = pending_[i];
        const uint32_t kind = problem_.calls[call].kind;
        if (done[call] || !problem_.pure[kind] || transition_(here.state, kind) == kIllegal) continue;
        done[call] = true;
        path.calls.push_back(call);
        path.states.push_back(here.state);
      }
    }
  }
  return path;
}

void Search::CollectPaths(LinearOutcome* outcome) {
  std::vector<uint32_t> states;
  for (uint32_t node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].next_return != furthest_) continue;
    ++outcome->path_count;
    if (std::find(states.begin(), states.end(), nodes_[node].state) != states.end()) continue;
    if (states.size() == kMostPaths) continue;
    states.push_back(nodes_[node].state);
    outcome->paths.push_back(PathTo(node));
  }
}

LinearOutcome Search::Run() {
  LinearOutcome outcome;
  std::vector<uint32_t> stack{MakeNode(kNone, kNone, 0, problem_.initial)};
  IsNew(stack[0]);
  while (!stack.empty() && nodes_[stack.back()].next_return < returns_.size() && steps_ <= budget_) {
    const uint32_t next = Try(stack.back());
    if (next == kNone) {
      stack.pop_back();
    } else {
      stack.push_back(next);
    }
  }
  outcome.steps = steps_;
  if (!stack.empty() && nodes_[stack.back()].next_return == returns_.size()) {
    outcome.paths.push_back(PathTo(stack.back()));
    outcome.path_count = 1;
    return outcome;
  }
  outcome.answer = steps_ > budget_ ? LinearOutcome::Answer::kGaveUp : LinearOutcome::Answer::kNot;
  if (outcome.answer == LinearOutcome::Answer::kNot) {
    outcome.stuck = returns_[furthest_];
    CollectPaths(&outcome);
  }
  return outcome;
}

}  // namespace

LinearOutcome FindLinearization(const LinearProblem& problem, Transition transition, uint64_t budget) {
  return Search(problem, transition, budget).Run();
}

}  // namespace gyre
