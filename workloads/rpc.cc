#include "workloads/rpc.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/float64.h"
#include "sim/services/services.h"

namespace gyre {
namespace {

// In the order of FieldType.
constexpr const char* kTypeNames[] = {"any", "[any, ...]", "integer", "{key: [[offset, message], ...], ...}",
                                      "[[f, key, value], ...]", "{node: [node, ...], ...}", "offset",
                                      "{key: offset, ...}", "string", "[string, ...]"};

const char* NameOf(FieldType type) { return kTypeNames[static_cast<size_t>(type)]; }

// For a sentence: "should be ...".
std::string Said(FieldType type) {
  switch (type) {
    case FieldType::kInteger: return "an integer";
    case FieldType::kOffset: return "an offset, an integer of 64 bits";
    case FieldType::kString: return "a string";
    default: return NameOf(type);
  }
}

bool IsInteger(const Json& value) {
  if (!value.is_number()) return false;
  return value.kind() != Json::Kind::kDouble || std::trunc(value.AsDouble()) == value.AsDouble();
}

bool IsNodeLists(const Json& value) {
  if (!value.is_object()) return false;
  for (const auto& [node, neighbours] : value.AsObject()) {
    if (!neighbours.is_array()) return false;
    for (const Json& neighbour : neighbours.AsArray()) {
      if (!neighbour.is_string()) return false;
    }
  }
  return true;
}

// An integer of 64 bits.
bool IsOffset(const Json& value) {
  if (value.is_int()) return true;
  return value.kind() == Json::Kind::kDouble && IsInteger(value) && std::fabs(value.AsDouble()) < 0x1p63;
}

bool IsOffsets(const Json& value) {
  if (!value.is_object()) return false;
  const Json::Object& offsets = value.AsObject();
  return std::all_of(offsets.begin(), offsets.end(), [](const auto& member) { return IsOffset(member.second); });
}

bool IsMessages(const Json& value) {
  const auto is_message = [](const Json& message) {
    return message.is_array() && message.AsArray().size() == 2 && IsOffset(message.AsArray()[0]);
  };
  if (!value.is_object()) return false;
  for (const auto& [key, messages] : value.AsObject()) {
    if (messages.is_null()) continue;
    if (!messages.is_array()) return false;
    if (!std::all_of(messages.AsArray().begin(), messages.AsArray().end(), is_message)) return false;
  }
  return true;
}

bool IsStrings(const Json& value) {
  if (!value.is_array()) return false;
  return std::all_of(value.AsArray().begin(), value.AsArray().end(), [](const Json& item) { return item.is_string(); });
}

bool Fits(const Json& value, FieldType type) {
  switch (type) {
    case FieldType::kAny: return true;
    case FieldType::kArray:
    case FieldType::kMicroOps: return value.is_array();
    case FieldType::kInteger: return IsInteger(value);
    case FieldType::kMessages: return IsMessages(value);
    case FieldType::kNodeLists: return IsNodeLists(value);
    case FieldType::kOffset: return IsOffset(value);
    case FieldType::kOffsets: return IsOffsets(value);
    case FieldType::kString: return value.is_string();
    case FieldType::kStrings: return IsStrings(value);
  }
  CHECK(false);
}

// {"type": "read_ok", "messages": [any, ...]}
std::string Pattern(const BodyShape& shape) {
  std::string text = Concat("{\"type\": \"", shape.type, "\"");
  for (const Field& field : shape.fields) {
    text += Concat(", \"", field.name, "\": ", NameOf(field.type),
                   field.presence == Presence::kOptional ? " (optional)" : "");
  }
  return text + "}";
}

const char* KindName(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool: return "a boolean";
    case Json::Kind::kInt:
    case Json::Kind::kUint:
    case Json::Kind::kBigInteger: return "an integer";
    case Json::Kind::kDouble: return "a number";
    case Json::Kind::kString: return "a string";
    case Json::Kind::kArray: return "a list";
    case Json::Kind::kObject: return "an object";
  }
  CHECK(false);
}

// What is wrong with a reply: a kind and words that follow "something else than echo_ok: ".
struct Misfit {
  const char* kind;
  std::string text;
};

const char* KindOfMisfit(const Json& value, FieldType type) {
  if ((type == FieldType::kArray || type == FieldType::kMicroOps) && value.is_null()) return "null-list";
  const bool integer = type == FieldType::kInteger || type == FieldType::kOffset;
  return integer && value.is_number() && !IsInteger(value) ? "fractional-integer" : "wrong-type";
}

// What a value is that does not fit, for the end of a sentence: its kind or, where only a part is wrong, the part.
std::string WhatItIs(const Json& value, FieldType type) {
  if (value.is_object() && (type == FieldType::kMessages || type == FieldType::kOffsets)) {
    for (const auto& [key, part] : value.AsObject()) {
      const Json alone = Json::ObjectOf({{key, part}});
      if (!Fits(alone, type)) return Concat("has ", alone.Dump());
    }
  }
  if (value.kind() == Json::Kind::kDouble) return Concat("is ", value.Dump());
  return Concat("is ", KindName(value));
}

std::optional<Misfit> MisfitInMembers(const BodyShape& shape, const Json& body) {
  for (const Field& field : shape.fields) {
    const Json* value = body.Find(field.name);
    if (value == nullptr) {
      if (field.presence == Presence::kRequired) {
        return Misfit{"missing-field", Concat("it has no \"", field.name, "\"")};
      }
    } else if (!Fits(*value, field.type)) {
      return Misfit{KindOfMisfit(*value, field.type),
                   Concat("its \"", field.name, "\" should be ", Said(field.type), ", but ",
                          WhatItIs(*value, field.type))};
    }
  }
  return std::nullopt;
}

// What a reply of another type than expected is, as far as the protocol knows it.
std::string WrongType(const Protocol& protocol, const BodyShape& expected, const std::string& type) {
  std::string text = Concat("its type is \"", type, "\", not \"", expected.type, "\"");
  for (const RpcShape& rpc : protocol.rpcs) {
    if (type == rpc.reply.type) return Concat(text, ": that answers a \"", rpc.request.type, "\"");
    if (type == rpc.request.type) return Concat(text, ": that is a request");
  }
  return text;
}

std::optional<Misfit> MisfitIn(const Protocol& protocol, const BodyShape& expected, const Json& reply) {
  if (!reply.is_object()) return Misfit{"wrong-type", Concat("it is ", KindName(reply), ", not an object")};
  const Json* type = reply.Find("type");
  if (type == nullptr) return Misfit{"missing-field", "it has no \"type\""};
  if (!type->is_string()) {
    return Misfit{"wrong-type", Concat("its \"type\" should be a string, but is ", KindName(*type))};
  }
  if (type->AsString() == ErrorShape().type) return MisfitInMembers(ErrorShape(), reply);
  if (type->AsString() != expected.type) return Misfit{"wrong-reply", WrongType(protocol, expected, type->AsString())};
  return MisfitInMembers(expected, reply);
}

void CountExtraMembers(const BodyShape& shape, const Json& reply, ReplyCensus* census) {
  for (const auto& [name, value] : reply.AsObject()) {
    bool known = name == "type" || name == "msg_id" || name == "in_reply_to";
    for (const Field& field : shape.fields) known = known || name == field.name;
    if (!known) ++census->extra_members[Concat(shape.type, ".", name)];
  }
}

// The first number of `value` that is a float64 to which integers are rounded; nullptr when there is none.
const Json* FirstRounded(const Json& value) {
  if (IsBeyondFloat64(value)) return &value;
  if (value.is_array()) {
    for (const Json& item : value.AsArray()) {
      if (const Json* found = FirstRounded(item)) return found;
    }
  }
  if (value.is_object()) {
    for (const auto& [name, member] : value.AsObject()) {
      if (const Json* found = FirstRounded(member)) return found;
    }
  }
  return nullptr;
}

}  // namespace

const BodyShape& ErrorShape() {
  static const BodyShape* const shape = new BodyShape{
      "error",
      {{"code", FieldType::kInteger, Presence::kRequired, "one of the codes below"},
       {"text", FieldType::kString, Presence::kOptional, "words for people"}}};
  return *shape;
}

ReplyFault MakeFault(const RpcShape& rpc, const char* kind, std::string_view what, const Json& request,
                     const Json& reply, std::string_view to_do) {
  return {kind, Concat("answered ", rpc.request.type, " with something else than ", rpc.reply.type, ": ", what,
                       ".\n  sent:     ", request.Dump(), "\n  expected: ", Pattern(rpc.reply), " or ",
                       Pattern(ErrorShape()), "\n  received: ", reply.Dump(), "\n  to do:    ", to_do)};
}

std::optional<ReplyFault> FindFault(const Protocol& protocol, size_t rpc, const Json& request, const Json& reply,
                                    ReplyCensus* census) {
  CHECK(rpc < protocol.rpcs.size());
  const RpcShape& shape = protocol.rpcs[rpc];
  const std::optional<Misfit> misfit = MisfitIn(protocol, shape.reply, reply);
  if (!misfit.has_value()) {
    const bool is_error = reply.Find("type")->AsString() == ErrorShape().type;
    // An error may carry whatever helps its author; it is kept in the history.
    if (!is_error) CountExtraMembers(shape.reply, reply, census);
    return std::nullopt;
  }
  return MakeFault(shape, misfit->kind, misfit->text, request, reply,
                   Concat("answer each ", shape.request.type,
                          " with that shape (more members are allowed), and set in_reply_to to the msg_id of the very "
                          "request that is answered."));
}

std::optional<ReplyFault> FindRounding(const RpcShape& rpc, const Json& request, const Json& reply) {
  for (const auto& [name, value] : reply.AsObject()) {
    const Json* sent = request.Find(name);
    const bool changed = sent != nullptr && ChangedByFloat64(*sent, value);
    const Json* rounded = changed ? &value : FirstRounded(value);
    if (rounded == nullptr) continue;
    const std::string why = changed ? Concat("but ", sent->Dump(), " was sent: ") : "a float64 beyond 2^53: ";
    return ReplyFault{"float64-integer",
                      Concat("answered ", rpc.request.type, " with \"", name, "\" ",
                             rounded == &value ? "" : "that has ", rounded->Dump(), ", ", why,
                             "a JSON library that reads or writes integers as float64 rounds neighbouring ones to one "
                             "number. Have it keep integers, or use strings.\n  received: ", reply.Dump()),
                      false};
  }
  return std::nullopt;
}

namespace {

void DescribeFields(const BodyShape& shape, std::string* doc) {
  for (const Field& field : shape.fields) {
    *doc += Concat("- `", shape.type, ".", field.name, "`: ", field.meaning, "\n");
  }
}

void DescribeRpc(const RpcShape& rpc, std::string* doc) {
  *doc += Concat("`", rpc.request.type, "`: ", rpc.meaning, "\n\n    ", Pattern(rpc.request), "\n    ",
                 Pattern(rpc.reply), "\n\n");
  DescribeFields(rpc.request, doc);
  DescribeFields(rpc.reply, doc);
  if (!rpc.request.fields.empty() || !rpc.reply.fields.empty()) *doc += "\n";
}

}  // namespace

std::string MakeProtocolDoc(const std::vector<const Protocol*>& protocols) {
  std::string doc =
      "Each request and each reply is the `body` of a message. A request also has a `msg_id`; its reply has that\n"
      "number as `in_reply_to`. Members beyond those named are allowed. Before all else a node is told its name:\n\n"
      "    {\"type\": \"init\", \"node_id\": string, \"node_ids\": [string, ...]}\n"
      "    {\"type\": \"init_ok\"}\n\n";
  for (const Protocol* protocol : protocols) {
    doc += Concat("### ", protocol->workload, "\n\n", protocol->meaning, "\n\n");
    for (const RpcShape& rpc : protocol->rpcs) DescribeRpc(rpc, &doc);
  }
  doc += "### Services\n\nA node may use these, by sending a message to their names:\n\n";
  for (const ServiceRow& service : Services()) doc += Concat("- `", service.name, "`: ", service.meaning, "\n");
  doc +=
      "\nMaps know `read {key}`, `write {key, value}` and `cas {key, from, to, create_if_not_exists}`, with the\n"
      "replies, and errors, of the workload lin-kv; `create_if_not_exists: true` makes a key that is missing.\n\n";
  doc += Concat("### Errors\n\nAny request may be answered by an error:\n\n    ", Pattern(ErrorShape()), "\n\n");
  doc +=
      "A definite error says that the operation did not and will not happen: it ends as `fail`. After any other it\n"
      "may have happened: `info`. Codes not listed are indefinite.\n\n| code | name | definite |\n|---|---|---|\n";
  constexpr int kLastNamedCode = 30;
  for (int code = 0; code <= kLastNamedCode; ++code) {
    const ErrorCode* error = FindErrorCode(code);
    if (error != nullptr) doc += Concat("| ", code, " | ", error->name, " | ", error->definite ? "yes" : "no", " |\n");
  }
  return doc;
}

}  // namespace gyre
