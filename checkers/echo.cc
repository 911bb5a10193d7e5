#include "checkers/echo.h"

#include <string>

#include "checkers/witness.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

Anomaly WrongEcho(const History& history, uint32_t invoke, const CheckOptions& options) {
  const Op& sent = history[invoke];
  const Op& completion = history[history.pair(invoke)];
  std::string text =
      Concat(Who(sent, options), " asked for an echo of ", Quoted(sent.value), " (", When(history, invoke), ")");
  const Json* echo = completion.value.Find("echo");
  if (completion.type == OpType::kFail) {
    text += Concat(" and was refused: ", Quoted(completion.error));
  } else if (echo == nullptr) {
    text += Concat(" and the reply has no \"echo\": ", Quoted(completion.value));
  } else {
    text += Concat(" and got ", Quoted(*echo), ".", Float64Explanation(sent.value, *echo));
  }
  return {completion.type == OpType::kFail ? "refused" : "wrong-echo", std::move(text),
          Json::ObjectOf({{"ops", Positions(history, invoke)}, {"sent", sent.value}, {"received", completion.value}})};
}

}  // namespace

Verdict CheckEcho(const History& history, const CheckOptions& options) {
  Verdict verdict;
  Json::Array errors;
  bool observed = false;
  for (uint32_t i = 0; i < history.size(); ++i) {
    const Op& op = history[i];
    if (op.process == kNemesis || op.type != OpType::kInvoke || history.pair(i) == History::kNone) continue;
    const Op& completion = history[history.pair(i)];
    if (completion.type == OpType::kInfo) continue;
    observed |= completion.type == OpType::kOk;
    const Json* echo = completion.value.Find("echo");
    if (completion.type == OpType::kOk && (echo == nullptr ? op.value.is_null() : *echo == op.value)) continue;
    errors.push_back(Json::Array{"Expected a message with :echo", op.value, "But received", completion.value});
    if (errors.size() <= kMaxAnomaliesOfAKind) verdict.anomalies.push_back(WrongEcho(history, i, options));
  }
  if (!errors.empty()) {
    verdict.valid = Validity::kInvalid;
  } else if (!observed && options.parity == Parity::kOurs) {
    verdict.valid = Validity::kUnknown;
  }
  verdict.details = Json::ObjectOf({{"valid?", ToJson(verdict.valid)}, {"errors", std::move(errors)}});
  if (verdict.valid == Validity::kUnknown) verdict.details.Set("error", "no echo was answered, so nothing was checked");
  return verdict;
}

}  // namespace gyre
