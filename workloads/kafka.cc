#include "workloads/kafka.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "workloads/kafka_generator.h"

namespace gyre {
namespace {

enum : size_t { kSend, kPoll, kCommit, kList };  // places in the protocol

constexpr Duration kCrashInterval = Seconds(30);  // of one client, on average
constexpr Duration kFinalLimit = Seconds(10);

int64_t OffsetOf(const Json& offset) {
  return offset.is_int() ? offset.AsInt() : static_cast<int64_t>(offset.AsDouble());
}

struct Position {
  std::string key;
  int64_t offset = 0;  // of what is polled next
};

Position* Find(std::vector<Position>& positions, const std::string& key) {
  const auto found = std::find_if(positions.begin(), positions.end(), [&](const Position& p) { return p.key == key; });
  return found == positions.end() ? nullptr : &*found;
}

struct KafkaClientTable {
  bool parity_maelstrom = false;  // the position moves on with the answer to a poll, whatever comes of the commit
  std::shared_ptr<ReplyCensus> census = std::make_shared<ReplyCensus>();
};

// A client polls the keys that were assigned to it, commits what it polled, and is done with a poll only then.
class KafkaClient : public Client {
 public:
  KafkaClient(std::shared_ptr<const KafkaClientTable> table, std::string node)
      : table_(std::move(table)), node_(std::move(node)) {}

  ClientAction Invoke(const Op& op) override {
    if (op.f == Atom("crash")) return Completion{OpType::kInfo, op.value, Json(), Json()};
    if (op.f == Atom("assign")) return Assign(op);
    const Json::Array& mop = op.value.AsArray()[0].AsArray();
    if (op.f == Atom("send")) return Request(kSend, {{"key", mop[1]}, {"msg", mop[2]}});
    CHECK(op.f == Atom("poll"));
    Json::Object offsets;
    for (const Position& position : positions_) offsets.emplace_back(position.key, position.offset);
    return Request(kPoll, {{"offsets", std::move(offsets)}});
  }

  ClientAction OnReply(const Op& op, const Json& request, Json reply) override {
    const RpcShape& shape = KafkaProtocol().rpcs[rpc_];
    std::optional<ReplyFault> fault = FindFault(KafkaProtocol(), rpc_, request, reply, table_->census.get());
    const bool is_error = !fault.has_value() && reply.Find("type")->AsString() == ErrorShape().type;
    if (!fault.has_value() && !is_error) fault = FindUnasked(shape, request, reply);
    if (fault.has_value()) return Malformed(op, *std::move(fault));
    if (is_error) return ErrorCompletion(reply, op.value, op.f == Atom("assign"));
    switch (rpc_) {
      case kSend: {
        const Json::Array& mop = op.value.AsArray()[0].AsArray();
        Json::Array sent{mop[0], mop[1], Json::Array{*reply.Find("offset"), mop[2]}};
        Json value = Json::Array{std::move(sent)};
        return Completion{OpType::kOk, std::move(value), Json(), Json(), FindRounding(shape, request, reply)};
      }
      case kPoll: return Polled(shape, request, reply);
      case kCommit: return EndPoll();
      case kList: break;
    }
    const Json& committed = *reply.Find("offsets");
    return TakeKeys(op, [&](const std::string& key) {
      const Json* offset = committed.Find(key);
      return offset == nullptr ? 0 : OffsetOf(*offset);
    });
  }

  ClientAction OnTimeout(const Op& op, const Json&) override {
    return TimeoutCompletion(op.value, op.f == Atom("assign"));
  }

 private:
  ClientAction Request(size_t rpc, Json::Object members) {
    rpc_ = rpc;
    Json::Object body{{"type", KafkaProtocol().rpcs[rpc].request.type}};
    for (Json::Member& member : members) body.push_back(std::move(member));
    return Rpc{std::move(body), ""};
  }

  // A final assign begins at the beginning.
  ClientAction Assign(const Op& op) {
    if (!op.final) return Request(kList, {{"keys", op.value}});
    positions_.clear();
    return TakeKeys(op, [](const std::string&) { return 0; });
  }

  // Of each key the place where this client was, else `offset`.
  template <typename OffsetOfKey>
  ClientAction TakeKeys(const Op& op, OffsetOfKey offset) {
    std::vector<Position> taken;
    for (const Json& key : op.value.AsArray()) {
      const Position* before = Find(positions_, key.AsString());
      taken.push_back(before != nullptr ? *before : Position{key.AsString(), offset(key.AsString())});
    }
    positions_ = std::move(taken);
    return Completion{OpType::kOk, op.value, Json(), Json()};
  }

  ClientAction Polled(const RpcShape& shape, const Json& request, const Json& reply) {
    const Json& messages = *reply.Find("msgs");
    polled_ = Json::Array{Json::Array{"poll", messages}};
    rounding_ = FindRounding(shape, request, reply);
    reached_.clear();
    Json::Object commits;
    for (const auto& [key, pairs] : messages.AsObject()) {
      if (pairs.is_null() || pairs.AsArray().empty()) continue;
      int64_t highest = OffsetOf(pairs.AsArray()[0].AsArray()[0]);
      for (const Json& pair : pairs.AsArray()) highest = std::max(highest, OffsetOf(pair.AsArray()[0]));
      reached_.push_back({key, highest});
      commits.emplace_back(key, highest);
    }
    if (table_->parity_maelstrom) MoveOn();
    if (commits.empty()) return EndPoll();
    return Request(kCommit, {{"offsets", std::move(commits)}});
  }

  void MoveOn() {
    for (const Position& reached : reached_) {
      Position* position = Find(positions_, reached.key);
      if (position == nullptr || reached.offset < position->offset) continue;
      position->offset = reached.offset == INT64_MAX ? INT64_MAX : reached.offset + 1;
    }
  }

  ClientAction EndPoll() {
    MoveOn();
    return Completion{OpType::kOk, std::move(polled_), Json(), Json(), std::move(rounding_)};
  }

  // Messages or offsets of keys that the request does not name.
  std::optional<ReplyFault> FindUnasked(const RpcShape& shape, const Json& request, const Json& reply) const {
    if (rpc_ != kPoll && rpc_ != kList) return std::nullopt;
    const Json& answered = *reply.Find(rpc_ == kPoll ? "msgs" : "offsets");
    for (const auto& [key, value] : answered.AsObject()) {
      if (rpc_ == kPoll && request.Find("offsets")->Find(key) != nullptr) continue;
      if (rpc_ == kList) {
        const Json::Array& keys = request.Find("keys")->AsArray();
        if (std::find(keys.begin(), keys.end(), Json(key)) != keys.end()) continue;
      }
      const std::string to_do = Concat("answer each ", shape.request.type, " with keys that it names, and no others.");
      return MakeFault(shape, "unasked-key", Concat("it has key ", Json(key).Dump(), ", which was not asked for"),
                       request, reply, to_do);
    }
    return std::nullopt;
  }

  // As Jepsen records an operation whose client threw.
  ClientAction Malformed(const Op& op, ReplyFault fault) const {
    fault.invalidates = !table_->parity_maelstrom;
    std::string message = Concat(node_, " ", fault.text);
    const std::string first_line = message.substr(0, message.find('\n'));
    Json exception = Json::ObjectOf({{"class", "malformed-reply"}, {"message", std::move(message)}});
    return Completion{OpType::kInfo, op.value, Json(Concat("indeterminate: ", first_line)), std::move(exception),
                      std::move(fault)};
  }

  const std::shared_ptr<const KafkaClientTable> table_;
  const std::string node_;
  std::vector<Position> positions_;  // of the keys assigned, in the order of assignment
  // Of the operation at hand:
  size_t rpc_ = kSend;                  // what was asked last
  Json polled_;                         // the value of the poll
  std::optional<ReplyFault> rounding_;  // of the answer to the poll
  std::vector<Position> reached_;       // the highest offset polled of each key
};

}  // namespace

const Protocol& KafkaProtocol() {
  static const Protocol* const protocol = new Protocol{
      "kafka",
      "Logs that only grow, one for each key. Each message has an offset, and messages are polled in the order of "
      "offsets. Offsets may leave gaps. Nothing acknowledged may be lost, repeated or moved.",
      {{{"send",
         {{"key", FieldType::kString, Presence::kRequired, "which log; it may be new"},
          {"msg", FieldType::kAny, Presence::kRequired, "what is to be appended"}}},
        {"send_ok",
         {{"offset", FieldType::kOffset, Presence::kRequired,
           "where it is in the log: an integer that no other message of the key has"}}},
        "appends a message to a log."},
       {{"poll", {{"offsets", FieldType::kOffsets, Presence::kRequired, "which logs, each from which offset on"}}},
        {"poll_ok",
         {{"msgs", FieldType::kMessages, Presence::kRequired,
           "of each log the messages that follow, as many as the node likes, in order and without leaving any out; a "
           "key may be missing, or have null, if there are none"}}},
        "asks for messages."},
       {{"commit_offsets",
         {{"offsets", FieldType::kOffsets, Presence::kRequired,
           "up to and with which message each log was processed"}}},
        {"commit_offsets_ok", {}},
        "tells how far the client is; a commit never goes back behind an earlier one."},
       {{"list_committed_offsets", {{"keys", FieldType::kStrings, Presence::kRequired, "which logs"}}},
        {"list_committed_offsets_ok",
         {{"offsets", FieldType::kOffsets, Presence::kRequired,
           "how far each was committed; a key may be missing if it never was"}}},
        "asks how far all clients are."}}};
  return *protocol;
}

Workload MakeKafka(const WorkloadOptions& options) {
  auto table = std::make_shared<KafkaClientTable>();
  table->parity_maelstrom = options.parity_maelstrom;
  Workload workload;
  workload.name = "kafka";
  workload.client.make = [table](const ClientContext& context) {
    return std::make_unique<KafkaClient>(table, context.node);
  };
  const auto highest = std::make_shared<KafkaHighest>();
  const Duration crash_gap = Duration(kCrashInterval.ns() / static_cast<int64_t>(options.concurrency));
  const auto crash = [](uint64_t, const GeneratorContext&, Draw&) { return std::pair<Atom, Json>("crash", Json()); };
  std::vector<GeneratorPtr> parts;
  parts.push_back(Stagger("crash-gap", crash_gap, Repeat("crash", crash)));
  parts.push_back(KafkaOperations("kafka", options.txn, highest));
  workload.generator = Any("any", std::move(parts));
  workload.final_generator = KafkaFinalPolls("final", kFinalLimit, highest);
  workload.census = table->census;
  return workload;
}

}  // namespace gyre
