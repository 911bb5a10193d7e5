#include "checkers/net.h"

#include "checkers/fraction.h"

namespace gyre {
namespace {

Json ToDetails(const MessageCounts& counts) {
  return Json::ObjectOf(
      {{"send-count", counts.send}, {"recv-count", counts.recv}, {"msg-count", counts.messages}});
}

Json ToDetails(const MessageCounts& counts, uint64_t operations) {
  Json details = ToDetails(counts);
  if (operations > 0) details.Set("msgs-per-op", SinglePrecision(counts.messages, operations));
  return details;
}

}  // namespace

Verdict CheckNet(const History& history, const NetTraffic& traffic) {
  uint64_t operations = 0;
  for (const Op& op : history.ops()) operations += op.process != kNemesis && op.type == OpType::kInvoke;
  Verdict verdict;
  verdict.details = Json::ObjectOf({{"all", ToDetails(traffic.all, operations)},
                                    {"clients", ToDetails(traffic.clients)},
                                    {"servers", ToDetails(traffic.servers, operations)},
                                    {"valid?", true}});
  return verdict;
}

}  // namespace gyre
