#include "sim/services/service.h"

#include "sim/base/check.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

// The protocol's codes.
constexpr int kNotSupported = 10;
constexpr int kMalformedRequest = 12;
constexpr int kKeyDoesNotExist = 20;
constexpr int kPreconditionFailed = 22;

struct KvShape {
  const char* type;
  KvRequest::Type kind;
  const char* members[2];  // that must be there; nullptr: no more
  const char* shape;
};
constexpr KvShape kShapes[] = {
    {"cas", KvRequest::Type::kCas, {"key", "to"},
     R"({"type": "cas", "key": any, "from": any (null if missing), "to": any, )"
     R"("create_if_not_exists": boolean (optional)})"},
    {"read", KvRequest::Type::kRead, {"key", nullptr}, R"({"type": "read", "key": any})"},
    {"write", KvRequest::Type::kWrite, {"key", "value"}, R"({"type": "write", "key": any, "value": any})"},
};

}  // namespace

Json ErrorBody(int code, std::string text) {
  return Json::ObjectOf({{"type", "error"}, {"code", code}, {"text", std::move(text)}});
}

std::string Service::Reply(const std::string& line) {
  const absl::StatusOr<Json> message = ParseJson(line);
  CHECK_THAT(message.ok(), "a line passed the door and is no JSON: " + line);
  const std::string& client = message->Find("src")->AsString();
  const Json& body = *message->Find("body");
  const Json* type = body.Find("type");
  Json reply = type == nullptr || !type->is_string()
                   ? ErrorBody(kMalformedRequest, "a request needs a \"type\" that is a string")
                   : Answer(client, type->AsString(), body);
  ++requests_;
  const Json* msg_id = body.Find("msg_id");
  reply.Set("in_reply_to", msg_id == nullptr ? Json() : *msg_id);
  return Json::ObjectOf({{"src", name_}, {"dest", client}, {"body", std::move(reply)}}).Dump();
}

int64_t Service::Choose(absl::FunctionRef<int64_t(Draw&)> draw) const {
  const uint64_t key = Key(name_).Add(requests_).hash();
  if (options_.choose) return options_.choose(key, now_, draw);
  Draw bits(options_.seed, "service", key);
  return draw(bits);
}

StepResult Service::Step(LocalInstant now, absl::Span<const std::string> inbox, LocalInstant) {
  now_ = now;
  StepResult result;
  for (const std::string& line : inbox) result.lines.push_back(Reply(line));
  result.output_at = now + options_.service_time * static_cast<int64_t>(inbox.size());
  return result;
}

StepResult Service::Kill(LocalInstant now) {
  StepResult result;
  result.output_at = now;
  return result;
}

Json KvService::Answer(const std::string& client, const std::string& type, const Json& body) {
  for (const KvShape& shape : kShapes) {
    if (type != shape.type) continue;
    for (const char* member : shape.members) {
      if (member != nullptr && body.Find(member) == nullptr) {
        return ErrorBody(kMalformedRequest, Concat("a ", type, " needs \"", member, "\": ", shape.shape));
      }
    }
    KvRequest request;
    request.type = shape.kind;
    request.key = *body.Find("key");
    if (shape.kind == KvRequest::Type::kWrite) request.value = *body.Find("value");
    if (shape.kind == KvRequest::Type::kCas) {
      // Programs that only mean to create a key leave it out.
      if (const Json* from = body.Find("from"); from != nullptr) request.from = *from;
      request.value = *body.Find("to");
      const Json* create = body.Find("create_if_not_exists");
      request.create = create != nullptr && *create == Json(true);
    }
    return AnswerKv(client, request);
  }
  return ErrorBody(kNotSupported, Concat("there is no request \"", type, "\" here: use read, write or cas"));
}

KvEffect ApplyKv(const KvRequest& request, const Json* current) {
  if (request.type == KvRequest::Type::kWrite) return {Json::ObjectOf({{"type", "write_ok"}}), true};
  const bool creates = request.type == KvRequest::Type::kCas && request.create && current == nullptr;
  if (current == nullptr && !creates) return {ErrorBody(kKeyDoesNotExist, "key does not exist"), false};
  if (request.type == KvRequest::Type::kRead) {
    return {Json::ObjectOf({{"type", "read_ok"}, {"value", *current}}), false};
  }
  if (!creates && *current != request.from) {
    return {ErrorBody(kPreconditionFailed, Concat("current value ", current->Dump(), " is not ", request.from.Dump())),
            false};
  }
  return {Json::ObjectOf({{"type", "cas_ok"}}), true};
}

}  // namespace gyre
