// Lin-kv by Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014).
//
// Every operation, reads included, goes through the leader's log; it takes effect, and is answered, when it is
// committed. The other nodes pass their clients' requests on to the leader, once: a request that gets lost may have
// happened, and its client, who hears nothing, takes it so.
//
// Everything lives in memory: a node that is killed must not come back under its name.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w lin-kv --bin cpp-raft --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
//         --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
//         --p-loss 0.05 -- --bug NAME
//
// commits-without-majority: what the leader has is committed
// elects-outdated: votes for whoever asks first, whatever his log
// leader-reads-locally: a leader answers reads from what it knows: another may have been elected since
// reads-locally: every node answers reads from what it knows
// truncates-committed: a new leader drops what it does not know to be committed; it may be
// votes-twice: forgets in a term whom it voted for: there can be two leaders

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{25};
constexpr milliseconds kHeartbeat{50};
constexpr int kElectionMin = 200;  // ms
constexpr int kElectionMax = 400;
constexpr std::int64_t kBatch = 64;  // Most entries in one message.

enum class Role { kFollower, kCandidate, kLeader };

class Raft {
 public:
  Raft(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    for (const char* type : {"read", "write", "cas"}) {
      node.On(type, [this](const json& request) { OnRequest(request); });
    }
    node.On("request_vote", [this](const json& message) { OnRequestVote(message.at("src"), message.at("body")); });
    node.On("vote", [this](const json& message) { OnVote(message.at("src"), message.at("body")); });
    node.On("append", [this](const json& message) { OnAppend(message.at("src"), message.at("body")); });
    node.On("appended", [this](const json& message) { OnAppended(message.at("src"), message.at("body")); });
    node.Every(kTick, [this] { Tick(); });
    PostponeElection();
  }

 private:
  struct Entry {
    std::int64_t term;
    json operation;
  };

  // What the leader knows of another node.
  struct Peer {
    std::int64_t next = 0;      // Index of the entry to send.
    std::int64_t match = 0;     // Up to here its log is ours.
    Clock::time_point sent_at;  // When it was sent something that it has not answered yet.
  };

  std::int64_t LastIndex() const { return static_cast<std::int64_t>(log_.size()) - 1; }
  std::int64_t TermAt(std::int64_t index) const { return log_[static_cast<std::size_t>(index)].term; }
  void Truncate(std::int64_t size) { log_.resize(static_cast<std::size_t>(size)); }
  std::size_t Majority() const { return (node_.peers().size() + 1) / 2 + 1; }

  // Terms and elections.

  void PostponeElection() {
    std::uniform_int_distribution<int> timeout(kElectionMin, kElectionMax);
    election_at_ = Clock::now() + milliseconds(timeout(random_));
  }

  void Tick() {
    if (role_ == Role::kLeader) {
      for (const std::string& peer : node_.peers()) Replicate(peer);
    } else if (Clock::now() >= election_at_) {
      Campaign();
    }
  }

  void Campaign() {
    role_ = Role::kCandidate;
    leader_.clear();
    ++term_;
    voted_for_ = node_.id();
    votes_ = {node_.id()};
    PostponeElection();
    for (const std::string& peer : node_.peers()) {
      node_.Send(peer, {{"type", "request_vote"},
                        {"term", term_},
                        {"last_index", LastIndex()},
                        {"last_term", TermAt(LastIndex())}});
    }
    CountVotes();
  }

  // A node that hears of a later term follows in that one. What it was asked as leader is not answered.
  void SeeTerm(std::int64_t term) {
    if (term <= term_) return;
    if (role_ == Role::kLeader) PostponeElection();
    role_ = Role::kFollower;
    leader_.clear();
    term_ = term;
    voted_for_.clear();
    waiting_.clear();
  }

  void OnRequestVote(const std::string& candidate, const json& body) {
    SeeTerm(body.at("term"));
    const std::int64_t last_term = body.at("last_term");
    const std::int64_t last_index = body.at("last_index");
    const bool up_to_date = std::tuple(last_term, last_index) >= std::tuple(TermAt(LastIndex()), LastIndex());
    const bool free = voted_for_.empty() || voted_for_ == candidate;
    const bool granted = body.at("term") == term_ && (free || bug_ == "votes-twice") &&
                         (up_to_date || bug_ == "elects-outdated");
    if (granted) {
      voted_for_ = candidate;
      PostponeElection();
    }
    node_.Send(candidate, {{"type", "vote"}, {"term", term_}, {"granted", granted}});
  }

  void OnVote(const std::string& voter, const json& body) {
    SeeTerm(body.at("term"));
    if (role_ != Role::kCandidate || body.at("term") != term_ || !body.at("granted")) return;
    votes_.insert(voter);
    CountVotes();
  }

  void CountVotes() {
    if (votes_.size() < Majority()) return;
    role_ = Role::kLeader;
    leader_ = node_.id();
    if (bug_ == "truncates-committed") Truncate(committed_ + 1);
    peers_.clear();
    for (const std::string& peer : node_.peers()) peers_[peer].next = LastIndex() + 1;
    Tick();
  }

  // The log.

  // Sends what the peer lacks, or a mere heartbeat; one message at a time, again if nothing is heard of it.
  void Replicate(const std::string& name) {
    Peer& peer = peers_.at(name);
    if (Clock::now() < peer.sent_at + kHeartbeat) return;
    peer.sent_at = Clock::now();
    json entries = json::array();
    for (std::int64_t i = peer.next; i <= std::min(LastIndex(), peer.next + kBatch - 1); ++i) {
      const Entry& entry = log_[static_cast<std::size_t>(i)];
      entries.push_back({{"term", entry.term}, {"operation", entry.operation}});
    }
    node_.Send(name, {{"type", "append"},
                      {"term", term_},
                      {"previous_index", peer.next - 1},
                      {"previous_term", TermAt(peer.next - 1)},
                      {"entries", entries},
                      {"committed", committed_}});
  }

  void OnAppend(const std::string& leader, const json& body) {
    SeeTerm(body.at("term"));
    if (body.at("term") != term_) return AnswerAppend(leader, false, 0);
    role_ = Role::kFollower;
    leader_ = leader;
    PostponeElection();
    const std::int64_t previous = body.at("previous_index");
    if (previous > LastIndex() || body.at("previous_term") != TermAt(previous)) {
      return AnswerAppend(leader, false, std::min(previous - 1, LastIndex()));
    }
    const json& entries = body.at("entries");
    const std::int64_t last = previous + static_cast<std::int64_t>(entries.size());
    Store(previous + 1, entries);
    Commit(std::min(body.at("committed").get<std::int64_t>(), last));
    AnswerAppend(leader, true, last);
  }

  // `index`: up to where the logs match, or might.
  void AnswerAppend(const std::string& leader, bool matches, std::int64_t index) {
    node_.Send(leader, {{"type", "appended"}, {"term", term_}, {"matches", matches}, {"index", index}});
  }

  // Entries of a message that comes late are here already, and others after them: only a conflict removes any.
  void Store(std::int64_t index, const json& entries) {
    for (const json& entry : entries) {
      const std::int64_t term = entry.at("term");
      if (index <= LastIndex() && TermAt(index) != term) Truncate(index);
      if (index > LastIndex()) log_.push_back({term, entry.at("operation")});
      ++index;
    }
  }

  void OnAppended(const std::string& name, const json& body) {
    SeeTerm(body.at("term"));
    if (role_ != Role::kLeader || body.at("term") != term_) return;
    Peer& peer = peers_.at(name);
    const std::int64_t index = body.at("index");
    if (body.at("matches")) {
      peer.match = std::max(peer.match, index);
      peer.next = peer.match + 1;
      CommitWhatAMajorityHas();
    } else {
      peer.next = std::max(peer.match, index) + 1;
    }
    if (peer.next > LastIndex()) return;
    peer.sent_at = {};
    Replicate(name);
  }

  void CommitWhatAMajorityHas() {
    std::vector<std::int64_t> indices = {LastIndex()};
    for (const auto& [name, peer] : peers_) indices.push_back(peer.match);
    std::sort(indices.begin(), indices.end(), std::greater<>());
    const std::int64_t index = indices[bug_ == "commits-without-majority" ? 0 : Majority() - 1];
    // An entry of an earlier term may yet be replaced, whoever has it, until one of this term is committed.
    if (TermAt(index) == term_) Commit(index);
  }

  void Commit(std::int64_t index) {
    committed_ = std::max(committed_, index);
    while (applied_ < committed_) {
      const json& operation = log_[static_cast<std::size_t>(++applied_)].operation;
      const json reply = Apply(operation);
      const auto request = waiting_.extract(applied_);
      // Where two lead in one term, another's operation may stand in its place: that is no answer.
      if (!request.empty() && OperationOf(request.mapped()) == operation) node_.Reply(request.mapped(), reply);
    }
  }

  // Requests of clients.

  static json OperationOf(const json& request) {
    json operation = request.at("body");
    operation.erase("msg_id");
    return operation;
  }

  void OnRequest(const json& request) {
    const json operation = OperationOf(request);
    const bool reads_now = bug_ == "reads-locally" || (bug_ == "leader-reads-locally" && role_ == Role::kLeader);
    if (operation.at("type") == "read" && reads_now) {
      node_.Reply(request, Apply(operation));
    } else if (role_ == Role::kLeader) {
      log_.push_back({term_, operation});
      waiting_[LastIndex()] = request;
      for (const std::string& peer : node_.peers()) Replicate(peer);
      CommitWhatAMajorityHas();  // One node alone is one.
    } else if (!leader_.empty()) {
      node_.Call(leader_, operation, [this, request](const json& reply) { node_.Reply(request, reply); });
    } else {
      node_.Reply(request, {{"type", "error"}, {"code", 11}, {"text", "no leader is known"}});
    }
  }

  json Apply(const json& operation) {
    const std::string type = operation.at("type");
    const json& key = operation.at("key");
    if (type == "write") {
      values_[key] = operation.at("value");
      return {{"type", "write_ok"}};
    }
    const auto found = values_.find(key);
    if (found == values_.end()) return {{"type", "error"}, {"code", 20}, {"text", "there is no " + key.dump()}};
    json& value = found->second;
    if (type == "read") return {{"type", "read_ok"}, {"value", value}};
    const json& from = operation.at("from");
    if (value != from) {
      return {{"type", "error"}, {"code", 22}, {"text", key.dump() + " is " + value.dump() + ", not " + from.dump()}};
    }
    value = operation.at("to");
    return {{"type", "cas_ok"}};
  }

  Node& node_;
  const std::string bug_;
  std::mt19937 random_{std::random_device()()};

  Role role_ = Role::kFollower;
  std::int64_t term_ = 0;
  std::string voted_for_;  // In this term; empty: nobody.
  std::string leader_;     // Of this term; empty: not known.
  std::set<std::string> votes_;
  Clock::time_point election_at_;

  std::vector<Entry> log_ = {{0, nullptr}};  // The first is never committed, and the same everywhere.
  std::int64_t committed_ = 0;
  std::int64_t applied_ = 0;
  std::map<json, json> values_;

  // Of the leader only.
  std::map<std::string, Peer> peers_;
  std::map<std::int64_t, json> waiting_;  // Requests, by index in the log.
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  Raft raft(node, ChosenBug(argc, argv,
                            {"commits-without-majority", "elects-outdated", "leader-reads-locally",
                             "reads-locally", "truncates-committed", "votes-twice"}));
  node.Run();
}
