#include "sim/history/op_forms.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "sim/base/concat.h"
#include "sim/history/edn_json.h"

namespace gyre {
namespace {

bool TypeOf(std::string_view text, OpType* type) {
  for (const OpType candidate : {OpType::kInvoke, OpType::kOk, OpType::kFail, OpType::kInfo}) {
    if (text != ToString(candidate)) continue;
    *type = candidate;
    return true;
  }
  return false;
}

bool IsProcess(int64_t number) { return number >= 0 && number <= INT32_MAX; }

// Sets `json` to the member of that name; leaves it when there is none.
absl::Status TakeMember(const Edn& map, std::string_view name, Json* json) {
  const Edn* member = map.Find(name);
  if (member == nullptr) return absl::OkStatus();
  absl::StatusOr<Json> converted = name == "exception" ? ExceptionToJson(*member) : ToJson(*member);
  if (!converted.ok()) return converted.status();
  *json = *std::move(converted);
  return absl::OkStatus();
}

}  // namespace

Op Following(const std::vector<Op>& ops) {
  Op op;
  op.index = OpIndex(static_cast<uint32_t>(ops.size()));
  op.time = ops.empty() ? Instant() : ops.back().time;
  return op;
}

absl::Status FillFromJson(const Json& json, Op* op) {
  if (!json.is_object()) return absl::InvalidArgumentError("an entry must be an object");
  if (const Json* time = json.Find("time")) {
    if (!time->is_int()) return absl::InvalidArgumentError("\"time\" must be an integer, in nanoseconds");
    op->time = Instant(time->AsInt());
  }
  if (const Json* process = json.Find("process")) {
    const bool is_nemesis = *process == Json("nemesis");
    if (!is_nemesis && !(process->is_int() && IsProcess(process->AsInt()))) {
      return absl::InvalidArgumentError("\"process\" must be a number from 0 or \"nemesis\"");
    }
    op->process = is_nemesis ? kNemesis : ProcessId(static_cast<int32_t>(process->AsInt()));
  }
  const Json* type = json.Find("type");
  if (type == nullptr || !type->is_string() || !TypeOf(type->AsString(), &op->type)) {
    return absl::InvalidArgumentError("\"type\" must be \"invoke\", \"ok\", \"fail\" or \"info\"");
  }
  if (const Json* f = json.Find("f"); f != nullptr && !f->is_null()) {
    if (!f->is_string()) return absl::InvalidArgumentError("\"f\" must be a string");
    op->f = Atom(f->AsString());
  }
  for (const char* name : {"final", "final?"}) {
    const Json* final = json.Find(name);
    op->final = op->final || (final != nullptr && *final == Json(true));
  }
  if (const Json* value = json.Find("value")) op->value = *value;
  if (const Json* error = json.Find("error")) op->error = *error;
  if (const Json* exception = json.Find("exception")) op->exception = *exception;
  return absl::OkStatus();
}

absl::Status FillFromEdn(const Edn& form, Op* op) {
  using Kind = Edn::Kind;
  const Edn& map = form.is(Kind::kTagged) ? form.items[0] : form;
  if (!map.is(Kind::kMap)) return absl::InvalidArgumentError("an entry must be a map");
  if (const Edn* time = map.Find("time")) {
    if (!time->is(Kind::kInt)) return absl::InvalidArgumentError(":time must be an integer, in nanoseconds");
    op->time = std::max(op->time, Instant(time->integer));
  }
  if (const Edn* process = map.Find("process")) {
    const bool is_nemesis = process->is(Kind::kKeyword);
    if (!is_nemesis && !(process->is(Kind::kInt) && IsProcess(process->integer))) {
      return absl::InvalidArgumentError(":process must be a number from 0 or a keyword");
    }
    op->process = is_nemesis ? kNemesis : ProcessId(static_cast<int32_t>(process->integer));
  }
  const Edn* type = map.Find("type");
  if (type == nullptr || !type->is(Kind::kKeyword) || !TypeOf(type->text, &op->type)) {
    return absl::InvalidArgumentError(":type must be :invoke, :ok, :fail or :info");
  }
  if (const Edn* f = map.Find("f")) op->f = Atom(f->text);
  const Edn* final = map.Find("final?");
  op->final = final != nullptr && *final == Edn::Bool(true);
  for (const auto& [name, json] : {std::pair{"value", &op->value}, {"error", &op->error},
                                   {"exception", &op->exception}}) {
    const absl::Status status = TakeMember(map, name, json);
    if (!status.ok()) return status;
  }
  // Porcupine's key-value histories have the key apart; Jepsen's keyed ones have it in the value.
  std::optional<Json> key;
  if (map.Find("key") != nullptr) {
    const absl::Status status = TakeMember(map, "key", &key.emplace());
    if (!status.ok()) return status;
    op->value = Json(Json::Array{*key, std::move(op->value)});
  }
  return absl::OkStatus();
}

}  // namespace gyre
