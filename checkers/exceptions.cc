#include "checkers/exceptions.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "checkers/witness.h"

namespace gyre {

Verdict CheckExceptions(const History& history) {
  struct Group {
    Json name;
    int64_t count = 0;
    const Op* example = nullptr;
  };
  std::map<std::string, Group> by_class;  // sorted: classes of equal counts keep this order
  for (const Op& op : history.ops()) {
    if (op.type != OpType::kInfo || op.exception.is_null()) continue;
    const Json* name = op.exception.Find("class");
    Group& group = by_class[name == nullptr ? std::string() : name->Dump()];
    if (group.count++ > 0) continue;
    group.example = &op;
    if (name != nullptr) group.name = *name;
  }
  std::vector<const Group*> groups;
  for (const auto& [name, group] : by_class) groups.push_back(&group);
  std::stable_sort(groups.begin(), groups.end(), [](const Group* a, const Group* b) { return a->count > b->count; });

  Verdict verdict;
  verdict.details = Json::ObjectOf({{"valid?", true}});
  Json::Array exceptions;
  for (const Group* group : groups) {
    exceptions.push_back(
        Json::ObjectOf({{"count", group->count}, {"class", group->name}, {"example", ToJson(*group->example)}}));
  }
  if (!exceptions.empty()) verdict.details.Set("exceptions", std::move(exceptions));
  return verdict;
}

}  // namespace gyre
