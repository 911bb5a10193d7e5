#include "tests/checkers/notation.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace gyre {
namespace {

int64_t Number(std::string_view text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  CHECK_THAT(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size(), std::string(text));
  return number;
}

std::string LongName(const std::string& letters) {
  if (letters == "r") return "read";
  if (letters == "gen") return "generate";
  return letters;
}

class Parser {
 public:
  History Parse(std::string_view line) {
    std::istringstream words{std::string(line)};
    for (std::string word; words >> word;) Add(word);
    absl::StatusOr<History> history = History::Make(std::move(ops_));
    CHECK_THAT(history.ok(), history.status().ToString());
    return *std::move(history);
  }

 private:
  void Add(const std::string& word) {
    if (word[0] == '@') {
      next_ = Instant() + Milliseconds(Number(word.substr(1)));
      return;
    }
    const size_t colon = word.find(':');
    CHECK_THAT(colon != std::string::npos, word);
    Op op;
    op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
    op.process = word[0] == 'n' ? kNemesis : ProcessId(static_cast<int32_t>(Number(word.substr(0, colon))));
    op.time = std::exchange(next_, next_ + Milliseconds(1));
    size_t end = colon + 1;
    while (end < word.size() && std::islower(static_cast<unsigned char>(word[end]))) ++end;
    const std::string letters = word.substr(colon + 1, end - colon - 1);
    std::string rest = word.substr(end);
    if (const size_t boom = rest.find('!'); boom != std::string::npos) {
      op.exception = Json::ObjectOf({{"class", rest.substr(boom + 1)}, {"message", "it went wrong"}});
      rest.resize(boom);
    }
    Fill(letters, rest, &op);
    ops_.push_back(std::move(op));
  }

  void Fill(const std::string& letters, const std::string& rest, Op* op) {
    const std::map<std::string, OpType> completions{
        {"fail", OpType::kFail}, {"info", OpType::kInfo}, {"ok", OpType::kOk}};
    const auto completion = completions.find(letters);
    if (completion == completions.end()) {
      op->type = op->process == kNemesis ? OpType::kInfo : OpType::kInvoke;
      op->f = Atom(LongName(letters));
      if (!rest.empty()) op->value = FromJson(rest);
      return;
    }
    const auto invoke =
        std::find_if(ops_.rbegin(), ops_.rend(), [op](const Op& o) { return o.process == op->process; });
    CHECK(invoke != ops_.rend());
    op->type = completion->second;
    op->f = invoke->f;
    op->value = rest.empty() ? invoke->value : FromJson(rest);
  }

  std::vector<Op> ops_;
  Instant next_;
};

}  // namespace

History Parse(std::string_view line) { return Parser().Parse(line); }

Json FromJson(std::string_view text) {
  std::string json(text);
  std::replace(json.begin(), json.end(), '\'', '"');
  absl::StatusOr<Json> value = ParseJson(json);
  CHECK_THAT(value.ok(), json);
  return *std::move(value);
}

}  // namespace gyre
