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

  ClientAction OnReply(const Op& op, const Json& request, Json reply) override {
    const OpCodec& codec = CodecOf(op);
    const RpcShape& shape = table_->protocol->rpcs[codec.rpc];
    std::optional<ReplyFault> fault = FindFault(*table_->protocol, codec.rpc, request, reply, table_->census.get());
    const bool is_error = !fault.has_value() && reply.Find("type")->AsString() == ErrorShape().type;
    if (!fault.has_value() && !is_error && codec.compare != nullptr) fault = codec.compare(shape, request, reply);
    if (fault.has_value()) {
      fault->invalidates = !table_->forgives;
      Completion completion = Thrown(op, "malformed-reply", Concat(node_, " ", fault->text));
      completion.fault = std::move(fault);
      return completion;
    }
    if (is_error) {
      if (table_->throws) return Thrown(op, "error-reply", reply.Dump());
      return ErrorCompletion(reply, op.value, codec.repeatable == Repeatable::kIdempotent);
    }
    std::optional<ReplyFault> rounding = FindRounding(shape, request, reply);
    return Completion{OpType::kOk, codec.result(op.value, std::move(reply)), Json(), Json(), std::move(rounding)};
  }

  ClientAction OnTimeout(const Op& op, const Json&) override {
    if (table_->throws) return Thrown(op, "net-timeout", "no reply within the time-out");
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
  static Completion Thrown(const Op& op, const char* type, std::string message) {
    const std::string first_line = message.substr(0, message.find('\n'));
    return {OpType::kInfo, op.value, Json(Concat("indeterminate: ", first_line)),
            Json::ObjectOf({{"class", type}, {"message", std::move(message)}})};
  }

  const std::shared_ptr<const RpcClientTable> table_;
  const std::string node_;
};

}  // namespace

std::unique_ptr<Client> MakeRpcClient(std::shared_ptr<const RpcClientTable> table, const ClientContext& context) {
  return std::make_unique<RpcClient>(std::move(table), context.node);
}

}  // namespace gyre
