#include "tests/checkers/txn_notation.h"

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace gyre {
namespace {

Json ParseMop(const std::string& text, Notes notes) {
  CHECK_THAT(text.size() >= 3, text);
  const char* f = text[0] == 'r' ? "r" : text[0] == 'a' ? "append" : "w";
  Json value;
  if (text[2] != '_') {
    const bool is_list = text[0] == 'r' && notes == Notes::kLists;
    Json::Array elements;
    for (size_t i = 2; is_list && i < text.size(); ++i) elements.push_back(text[i] - '0');
    value = is_list ? Json(std::move(elements)) : Json(std::stoi(text.substr(2)));
  }
  return Json::Array{f, std::string(1, text[1]), std::move(value)};
}

Json ParseTxn(const std::string& text, Notes notes) {
  Json::Array mops;
  std::istringstream words{text};
  for (std::string word; std::getline(words, word, ',');) mops.push_back(ParseMop(word, notes));
  return mops;
}

}  // namespace

History ParseTxns(std::string_view line, Notes notes) {
  std::vector<Op> ops;
  std::map<int32_t, Json> open;
  const auto add = [&](int32_t process, OpType type, Json value) {
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops.size()));
    op.time = Instant() + Milliseconds(static_cast<int64_t>(ops.size()));
    op.process = ProcessId(process);
    op.type = type;
    op.f = Atom("txn");
    op.value = std::move(value);
    ops.push_back(std::move(op));
  };
  std::istringstream words{std::string(line)};
  for (std::string word; words >> word;) {
    const int32_t process = word[0] - '0';
    const Json mops = ParseTxn(word.substr(2), notes);
    const std::map<char, OpType> ends{{'.', OpType::kOk}, {'?', OpType::kInfo}, {'-', OpType::kFail}};
    if (word[1] == '+' || word[1] == '=') {
      add(process, OpType::kInvoke, mops);
      open[process] = mops;
    }
    if (word[1] == '=') add(process, OpType::kOk, mops);
    if (const auto end = ends.find(word[1]); end != ends.end()) {
      add(process, end->second, mops.AsArray().empty() ? open[process] : mops);
    }
  }
  absl::StatusOr<History> history = History::Make(std::move(ops));
  CHECK_THAT(history.ok(), history.status().ToString());
  return *std::move(history);
}

}  // namespace gyre
