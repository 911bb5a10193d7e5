#include "sim/history/message.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {

NodeId Roster::Add(std::string name, NodeRole role) {
  const NodeId id(size());
  CHECK_THAT(by_name_.emplace(name, id).second, "endpoint " + name + " is there already");
  names_.push_back(std::move(name));
  roles_.push_back(role);
  return id;
}

bool Roster::Find(std::string_view name, NodeId* id) const {
  const auto found = by_name_.find(ToAbsl(name));
  if (found == by_name_.end()) return false;
  *id = found->second;
  return true;
}

const std::string& Roster::name(NodeId id) const {
  CHECK(id.value() < names_.size());
  return names_[id.value()];
}

NodeRole Roster::role(NodeId id) const {
  CHECK(id.value() < roles_.size());
  return roles_[id.value()];
}

}  // namespace gyre
