// Message: one JSON line between two endpoints, and the Roster of the endpoints' names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sim/base/ids.h"

namespace gyre {

// What stands at an endpoint.
enum class NodeRole : uint8_t { kServer, kClient, kService };

// Names and roles of the endpoints of a run, in the order of their ids. Owned by the simulation. One thread.
class Roster {
 public:
  // REQUIRES: the name is new.
  NodeId Add(std::string name, NodeRole role);
  // The endpoint of that name, or false.
  bool Find(std::string_view name, NodeId* id) const;
  const std::string& name(NodeId id) const;
  NodeRole role(NodeId id) const;
  uint32_t size() const { return static_cast<uint32_t>(names_.size()); }

 private:
  std::vector<std::string> names_;
  std::vector<NodeRole> roles_;
  absl::flat_hash_map<std::string, NodeId> by_name_;  // looked up only
};

struct Message {
  MessageId id;
  NodeId src;
  NodeId dest;
  std::string body;           // a JSON object, the bytes that were sent
  std::string type;           // of the body; empty if it has none, or one longer than kMaxTypeBytes
  uint64_t content_hash = 0;  // XXH3 of the body without msg_id and in_reply_to: the key of its fate

  static constexpr size_t kMaxTypeBytes = 64;
  void SetType(std::string_view text) { type.assign(text.size() <= kMaxTypeBytes ? text : ""); }
};

}  // namespace gyre
