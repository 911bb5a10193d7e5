// For transactions that ask other nodes or services on their way: each has a thread of its own, and waits.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "node.h"

// The error that a transaction is answered with.
struct Refused {
  int code;
  std::string text;
};

inline void Refuse(Node& node, const json& request, const Refused& refused) {
  node.Reply(request, {{"type", "error"}, {"code", refused.code}, {"text", refused.text}});
}

// Has `run` fill in the reads of each transaction; it may throw Refused.
inline void ServeTxns(Node& node, std::function<json(const json& txn)> run) {
  node.On("txn", [&node, run = std::move(run)](const json& request) {
    std::thread([&node, &run, request] {
      try {
        node.Reply(request, {{"type", "txn_ok"}, {"txn", run(request.at("body").at("txn"))}});
      } catch (const Refused& refused) {
        Refuse(node, request, refused);
      }
    }).detach();
  });
}

// The reply's body. Throws where none comes: what was asked may have happened.
inline json Ask(Node& node, const std::string& dest, json body) {
  constexpr std::chrono::seconds kTimeout{2};
  const std::optional<json> reply = node.Ask(dest, std::move(body), kTimeout);
  if (!reply.has_value()) throw Refused{0, "no answer from " + dest};
  return *reply;
}

// The node whose name is the least: the same everywhere.
inline std::string FirstNode(const Node& node) {
  std::string first = node.id();
  for (const std::string& peer : node.peers()) first = std::min(first, peer);
  return first;
}

inline bool IsError(const json& reply) { return reply.at("type") == "error"; }

// [[key, value], ...]
inline json Pairs(const std::map<json, json>& values) {
  json pairs = json::array();
  for (const auto& [key, value] : values) pairs.push_back(json::array({key, value}));
  return pairs;
}

// What a key is after a write of `f`, "append" or "w"; `old` is null where it had no value.
inline json After(const std::string& f, json old, const json& value) {
  if (f == "w") return value;
  if (old.is_null()) old = json::array();
  old.push_back(value);
  return old;
}
