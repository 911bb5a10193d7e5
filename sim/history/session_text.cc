#include "sim/history/session_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = Trimmed(text->substr(0, end));
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

std::string_view FirstLine(std::string_view text) {
  std::string_view line;
  while (line.empty() && !text.empty()) line = TakeLine(&text);
  return line;
}

// Nothing if the text is no integer from 0 on.
std::optional<int64_t> ToNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// r or w, and numbers.
template <size_t count>
struct Access {
  bool write = false;
  std::array<int64_t, count> numbers{};
};

template <size_t count>
std::optional<Access<count>> ToAccess(std::string_view f, const std::vector<absl::string_view>& words) {
  if ((f != "r" && f != "w") || words.size() != count) return std::nullopt;
  Access<count> access;
  access.write = f == "w";
  for (size_t i = 0; i < count; ++i) {
    const std::optional<int64_t> number = ToNumber(Trimmed(ToStd(words[i])));
    if (!number.has_value()) return std::nullopt;
    access.numbers[i] = *number;
  }
  return access;
}

std::optional<Access<2>> ParseAwditLine(std::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(ToAbsl(line), absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return std::nullopt;
  return ToAccess<2>(ToStd(words[0]), {words.begin() + 1, words.end()});
}

std::optional<Access<4>> ParsePlumeLine(std::string_view line) {
  const size_t open = line.find('(');
  if (open == line.npos || line.back() != ')') return std::nullopt;
  return ToAccess<4>(Trimmed(line.substr(0, open)),
                     absl::StrSplit(ToAbsl(line.substr(open + 1, line.size() - open - 2)), ','));
}

bool IsRule(std::string_view line, char sign) {
  return line.size() >= 3 && line.find_first_not_of(sign) == line.npos;
}

absl::Status WrongLine(size_t number, std::string_view line, std::string_view expected) {
  constexpr size_t kMostShown = 80;
  return absl::InvalidArgumentError(Concat("line ", number, ": \"", line.substr(0, kMostShown),
                                           line.size() > kMostShown ? "..." : "", "\" is not ", expected));
}

// Operations, a transaction each.
class TxnWriter {
 public:
  void Add(int64_t session, Json::Array mops) {
    for (const OpType type : {OpType::kInvoke, OpType::kOk}) {
      Op op;
      op.index = OpIndex(static_cast<uint32_t>(ops_.size()));
      op.time = Instant(static_cast<int64_t>(ops_.size()));
      op.process = ProcessId(static_cast<int32_t>(session));
      op.type = type;
      op.f = Atom("txn");
      op.value = type == OpType::kOk ? Json(std::move(mops)) : Asked(mops);
      ops_.push_back(std::move(op));
    }
  }
  absl::StatusOr<History> Make() && { return History::Make(std::move(ops_)); }

 private:
  static Json Asked(Json::Array mops) {
    for (Json& mop : mops) {
      if (mop.AsArray()[0].AsString() == "r") mop.AsArray()[2] = Json();
    }
    return mops;
  }

  std::vector<Op> ops_;
};

Json MopOf(bool write, int64_t key, int64_t value) { return Json::Array{write ? "w" : "r", key, value}; }

}  // namespace

bool IsAwditText(std::string_view text) { return ParseAwditLine(FirstLine(text)).has_value(); }

bool IsPlumeText(std::string_view text) {
  const std::string_view line = FirstLine(text);
  return !line.empty() && ParsePlumeLine(line).has_value();
}

absl::StatusOr<History> ParseAwditText(std::string_view text) {
  TxnWriter writer;
  Json::Array mops;
  int64_t session = 0;
  const auto end_txn = [&] {
    if (!mops.empty()) writer.Add(session, std::exchange(mops, {}));
  };
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = TakeLine(&text);
    if (line.empty()) continue;
    if (IsRule(line, '-') || IsRule(line, '=')) {
      end_txn();
      if (line[0] == '=') ++session;
      continue;
    }
    const std::optional<Access<2>> access = ParseAwditLine(line);
    if (!access.has_value()) {
      return WrongLine(number, line,
                       "\"r KEY VALUE\", \"w KEY VALUE\", -----, which ends a transaction, or =====, which ends a "
                       "session");
    }
    mops.push_back(MopOf(access->write, access->numbers[0], access->numbers[1]));
  }
  end_txn();
  return std::move(writer).Make();
}

absl::StatusOr<History> ParsePlumeText(std::string_view text) {
  // By session and transaction, as they first come.
  std::vector<std::pair<int64_t, Json::Array>> txns;
  std::map<std::pair<int64_t, int64_t>, size_t> places;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = TakeLine(&text);
    if (line.empty()) continue;
    const std::optional<Access<4>> access = ParsePlumeLine(line);
    if (!access.has_value() || access->numbers[2] > INT32_MAX) {
      return WrongLine(number, line, "\"r(KEY,VALUE,SESSION,TRANSACTION)\" or \"w(KEY,VALUE,SESSION,TRANSACTION)\"");
    }
    const auto [place, is_new] = places.try_emplace({access->numbers[2], access->numbers[3]}, txns.size());
    if (is_new) txns.emplace_back(access->numbers[2], Json::Array());
    txns[place->second].second.push_back(MopOf(access->write, access->numbers[0], access->numbers[1]));
  }
  TxnWriter writer;
  for (auto& [session, mops] : txns) writer.Add(session, std::move(mops));
  return std::move(writer).Make();
}

}  // namespace gyre
