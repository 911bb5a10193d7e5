#include "workloads/rpc_client.h"

#include <optional>
#include <string>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

class RpcClient : public Client {
 public:
  RpcClient(std::shared_ptr<const RpcClientTable> table, std::string node)
      : table_(std::move(table)), node_(std::move(node)) {}

  ClientAction Invoke(const Op& op) override {
    const OpCodec& codec = CodecOf(op);
    Json::Object body{{"type", table_->protocol->rpcs[codec.rpc].request.type}};
    for (Json::Member& member : codec.request(op.value)) body.push_back(std::move(member));
    return Rpc{std::move(body), ""};
  }

  ClientAction OnReply(const Op& op, const Json& request, const Json& reply) override {
    const OpCodec& codec = CodecOf(op);
    std::optional<std::string> fault =
        FindFault(*table_->protocol, codec.rpc, node_, request, reply, table_->census.get());
    if (fault.has_value()) return MalformedReply(op, std::move(*fault));
    if (reply.Find("type")->AsString() == ErrorShape().type) {
      return ErrorCompletion(reply, op.value, codec.repeatable == Repeatable::kIdempotent);
    }
    return Completion{OpType::kOk, codec.result(op.value, reply), Json(), Json()};
  }

  ClientAction OnTimeout(const Op& op, const Json&) override {
    return TimeoutCompletion(op.value, CodecOf(op).repeatable == Repeatable::kIdempotent);
  }

 private:
  const OpCodec& CodecOf(const Op& op) const {
    for (const OpCodec& codec : table_->codecs) {
      if (codec.f == op.f) return codec;
    }
    CHECK_THAT(false, Concat("no codec for ", op.f.text()));
  }

  // As Jepsen records an operation whose client threw.
  static Completion MalformedReply(const Op& op, std::string fault) {
    const std::string first_line = fault.substr(0, fault.find('\n'));
    return {OpType::kInfo, op.value, Json(Concat("indeterminate: ", first_line)),
            Json::ObjectOf({{"class", "malformed-reply"}, {"message", std::move(fault)}})};
  }

  const std::shared_ptr<const RpcClientTable> table_;
  const std::string node_;
};

}  // namespace

std::unique_ptr<Client> MakeRpcClient(std::shared_ptr<const RpcClientTable> table, const ClientContext& context) {
  return std::make_unique<RpcClient>(std::move(table), context.node);
}

}  // namespace gyre
