#include "sim/client.h"

#include <algorithm>

namespace gyre {
namespace {

// By code; the names and the column `definite` are Maelstrom's.
constexpr ErrorCode kErrorCodes[] = {
    {0, "timeout", false},
    {1, "node-not-found", true},
    {10, "not-supported", true},
    {11, "temporarily-unavailable", true},
    {12, "malformed-request", true},
    {13, "crash", false},
    {14, "abort", true},
    {20, "key-does-not-exist", true},
    {21, "key-already-exists", true},
    {22, "precondition-failed", true},
    {30, "txn-conflict", true},
};

}  // namespace

const ErrorCode* FindErrorCode(int64_t code) {
  const auto* found = std::find_if(std::begin(kErrorCodes), std::end(kErrorCodes),
                                   [code](const ErrorCode& known) { return known.code == code; });
  return found == std::end(kErrorCodes) ? nullptr : found;
}

Completion ErrorCompletion(const Json& reply, const Json& value, bool idempotent) {
  const Json* code = reply.Find("code");
  const Json* text = reply.Find("text");
  const ErrorCode* known = code != nullptr && code->is_int() ? FindErrorCode(code->AsInt()) : nullptr;
  Json name = known != nullptr ? Json(known->name) : code != nullptr ? *code : Json();
  const bool definite = known != nullptr && known->definite;
  Completion completion;
  completion.type = definite || idempotent ? OpType::kFail : OpType::kInfo;
  completion.value = value;
  completion.error = Json(Json::Array{std::move(name), text != nullptr ? *text : Json()});
  return completion;
}

Completion TimeoutCompletion(const Json& value, bool idempotent) {
  return {idempotent ? OpType::kFail : OpType::kInfo, value, Json("net-timeout"), Json()};
}

}  // namespace gyre
