// Kafka on the service lin-kv: each log is a list there, and all nodes append to it by cas; an offset is a place in it.
//
// A cas that is not answered may have happened. Each message is stored with a number of its own, so that a look at the
// log says whether it is there: nothing is appended twice, nothing is lost.
//
// Wrong on purpose with `--bug NAME`; each is found within the 200 seeds of
//
//     gyre sweep -w kafka --bin cpp-kafka-lin-kv --seeds 1-200 --node-count 5 --concurrency 10n --rate 100
//         --time-limit 20 --nemesis partition --nemesis-interval 5 --latency 10 --latency-dist exponential
//         --p-loss 0.05 -- --bug NAME
//
// acknowledges-early: answers a send before it asks for the cas, with the offset that it hopes for
// appends-again: appends again when no answer came, without a look whether it is there

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "node.h"

namespace {

constexpr std::chrono::milliseconds kRetryInterval{250};

class KafkaOnLinKv {
 public:
  KafkaOnLinKv(Node& node, const std::string& bug) : node_(node), bug_(bug) {
    node.On("send", [this](const json& message) { Append(message, NewNumber()); });
    node.On("poll", [this](const json& message) { Poll(message); });
    node.On("commit_offsets", [this](const json& message) { Commit(message); });
    node.On("list_committed_offsets", [this](const json& message) { ListCommitted(message); });
    node.Every(kRetryInterval, [this] { Retry(); });
  }

 private:
  using Action = std::function<void()>;
  using ValueAction = std::function<void(const json& value)>;

  std::string NewNumber() { return node_.id() + "-" + std::to_string(++numbers_); }

  // One of the two is called: `then` with the reply, or `again` when none came.
  void Ask(const json& body, const Node::Callback& then, Action again) {
    const std::int64_t question = ++questions_;
    unanswered_[question] = std::move(again);
    node_.Call("lin-kv", body, [this, question, then](const json& reply) {
      if (unanswered_.erase(question) > 0) then(reply);
    });
  }

  void Retry() {
    for (const auto& [question, again] : std::exchange(unanswered_, {})) again();
  }

  // However often it must be asked for. Null: there is none.
  void Read(const std::string& key, const ValueAction& then) {
    Ask({{"type", "read"}, {"key", key}}, [then](const json& reply) { then(reply.value("value", json())); },
        [this, key, then] { Read(key, then); });
  }

  // An object of the values of all keys, when they are known.
  void ReadAll(const json& keys, const std::string& prefix, const ValueAction& then) {
    const auto values = std::make_shared<json>(json::object());
    for (const std::string key : keys) {
      Read(prefix + key, [values, key, count = keys.size(), then](const json& value) {
        (*values)[key] = value;
        if (values->size() == count) then(*values);
      });
    }
    if (keys.empty()) then(*values);
  }

  void Cas(const std::string& key, const json& from, const json& to, const Node::Callback& then, Action again) {
    Ask({{"type", "cas"}, {"key", key}, {"from", from}, {"to", to}, {"create_if_not_exists", true}}, then,
        std::move(again));
  }

  void Append(const json& message, const std::string& number) {
    Read("log-" + message.at("body").at("key").get<std::string>(), [this, message, number](const json& value) {
      AppendTo(value.is_null() ? json::array() : value, message, number);
    });
  }

  void AppendTo(const json& log, const json& message, const std::string& number) {
    for (std::size_t offset = 0; offset < log.size(); ++offset) {
      if (log[offset][1] == number) return Acknowledge(message, number, offset);
    }
    if (bug_ == "acknowledges-early") Acknowledge(message, number, log.size());
    const std::string key = "log-" + message.at("body").at("key").get<std::string>();
    json longer = log;
    longer.push_back({message.at("body").at("msg"), number});
    const auto appended = [this, message, number, offset = log.size()](const json& reply) {
      if (reply.at("type") == "cas_ok") return Acknowledge(message, number, offset);
      Append(message, number);
    };
    Cas(key, log, longer, appended, [this, message, number] {
      Append(message, bug_ == "appends-again" ? NewNumber() : number);
    });
  }

  // Once.
  void Acknowledge(const json& message, const std::string& number, std::size_t offset) {
    if (!acknowledged_.insert(number).second) return;
    node_.Reply(message, {{"type", "send_ok"}, {"offset", offset}});
  }

  void Poll(const json& message) {
    const json offsets = message.at("body").at("offsets");
    ReadAll(KeysOf(offsets), "log-", [this, message, offsets](const json& logs) {
      json found = json::object();
      for (const auto& [key, log] : logs.items()) {
        found[key] = json::array();
        for (std::size_t at = offsets.at(key); at < log.size(); ++at) found[key].push_back({at, log[at][0]});
      }
      node_.Reply(message, {{"type", "poll_ok"}, {"msgs", found}});
    });
  }

  void Commit(const json& message) {
    const json& offsets = message.at("body").at("offsets");
    const auto left = std::make_shared<std::size_t>(offsets.size());
    const auto committed = [this, message, left] {
      if (--*left == 0) node_.Reply(message, {{"type", "commit_offsets_ok"}});
    };
    for (const auto& [key, offset] : offsets.items()) Raise("committed-" + key, offset, committed);
    if (offsets.empty()) node_.Reply(message, {{"type", "commit_offsets_ok"}});
  }

  // Sets the offset, unless it is as high.
  void Raise(const std::string& key, const json& offset, const Action& then) {
    Read(key, [this, key, offset, then](const json& known) {
      if (!known.is_null() && known >= offset) return then();
      const Action again = [this, key, offset, then] { Raise(key, offset, then); };
      Cas(key, known, offset, [again](const json&) { again(); }, again);
    });
  }

  void ListCommitted(const json& message) {
    ReadAll(message.at("body").at("keys"), "committed-", [this, message](const json& offsets) {
      json known = json::object();
      for (const auto& [key, offset] : offsets.items()) {
        if (!offset.is_null()) known[key] = offset;
      }
      node_.Reply(message, {{"type", "list_committed_offsets_ok"}, {"offsets", known}});
    });
  }

  static json KeysOf(const json& object) {
    json keys = json::array();
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
  }

  Node& node_;
  const std::string bug_;
  std::map<std::int64_t, Action> unanswered_;  // What is done when no answer comes.
  std::int64_t questions_ = 0;
  std::int64_t numbers_ = 0;
  std::set<std::string> acknowledged_;  // Numbers of messages.
};

}  // namespace

int main(int argc, char** argv) {
  Node node;
  KafkaOnLinKv kafka(node, ChosenBug(argc, argv, {"acknowledges-early", "appends-again"}));
  node.Run();
}
