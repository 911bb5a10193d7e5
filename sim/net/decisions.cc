#include "sim/net/decisions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sim/base/concat.h"
#include "sim/base/json.h"

namespace gyre {
namespace {

constexpr std::string_view kReseed = "reseed";
constexpr std::string_view kAnyKey = "*";
constexpr std::string_view kOperation = "operation";
constexpr char kShape[] =
    R"(expected {"kind": "delay", "key": "16 hexadecimal digits", "value": 1000})"
    R"( or {"kind": "reseed", "at": 0, "value": 7})";

uint64_t MapKey(std::string_view kind, uint64_t key) { return Key(kind).Add(key).hash(); }
uint64_t AnyMapKey(std::string_view kind) { return Key(kind).Add(kAnyKey).hash(); }

void SetHexKey(uint64_t key, std::string* digits) {
  digits->resize(16);
  for (size_t i = 16; i > 0; key >>= 4) (*digits)[--i] = "0123456789abcdef"[key & 15];
}

bool ParseHexKey(std::string_view text, uint64_t* key) {
  if (text.size() != 16) return false;
  *key = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return false;
    *key = *key << 4 | static_cast<uint64_t>(digit);
  }
  return true;
}

// Seeds are unsigned and values signed: the same 64 bits.
bool IntegerMember(const Json& object, std::string_view name, int64_t* value) {
  const Json* member = object.Find(name);
  if (member == nullptr) return false;
  if (member->is_int()) {
    *value = member->AsInt();
  } else if (member->kind() == Json::Kind::kUint) {
    *value = static_cast<int64_t>(member->AsUint());
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string ToJsonLine(const Decision& decision) {
  std::string line;
  AppendJsonLine(decision, &line);
  return line;
}

void AppendJsonLine(const Decision& decision, std::string* line) {
  *line += R"({"kind":)";
  AppendJsonString(decision.kind, *line);
  if (!decision.key.empty()) {
    *line += R"(,"key":)";
    AppendJsonString(decision.key, *line);
  }
  *line += R"(,"value":)";
  AppendInteger(decision.value, line);
  *line += R"(,"at":)";
  AppendInteger(decision.at, line);
  *line += '}';
}

absl::StatusOr<Decision> ParseDecision(std::string_view line) {
  const absl::StatusOr<Json> json = ParseJson(line);
  if (!json.ok()) return json.status();
  Decision decision;
  const Json* kind = json->Find("kind");
  if (kind == nullptr || !kind->is_string()) return absl::InvalidArgumentError(absl::StrCat("no \"kind\"; ", kShape));
  decision.kind = kind->AsString();
  if (!IntegerMember(*json, "value", &decision.value)) {
    return absl::InvalidArgumentError(absl::StrCat("no integer \"value\"; ", kShape));
  }
  const bool has_at = IntegerMember(*json, "at", &decision.at);
  if (decision.kind == kReseed) {
    if (!has_at) return absl::InvalidArgumentError(absl::StrCat("a reseed without an integer \"at\"; ", kShape));
    return decision;
  }
  const Json* key = json->Find("key");
  uint64_t parsed = 0;
  if (key == nullptr || !key->is_string() || (key->AsString() != kAnyKey && !ParseHexKey(key->AsString(), &parsed))) {
    return absl::InvalidArgumentError(absl::StrCat("\"key\" is neither 16 hexadecimal digits nor \"*\"; ", kShape));
  }
  decision.key = key->AsString();
  return decision;
}

absl::StatusOr<std::vector<Decision>> ParseOverrides(std::string_view text) {
  std::vector<Decision> overrides;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(std::string(text), '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    absl::StatusOr<Decision> decision = ParseDecision(std::string(line));
    if (!decision.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("override line ", number, ": ", decision.status().message()));
    }
    overrides.push_back(*std::move(decision));
  }
  return overrides;
}

Decisions::Decisions(uint64_t seed, std::vector<Decision> overrides, std::function<void(const Decision&)> record)
    : seed_(seed), record_(std::move(record)) {
  for (Decision& decision : overrides) {
    const size_t index = overrides_.size();
    uint64_t key = 0;
    if (decision.kind == kReseed) {
      reseeds_.push_back(index);
    } else if (decision.key == kAnyKey) {
      by_key_[AnyMapKey(decision.kind)] = index;
    } else if (ParseHexKey(decision.key, &key)) {
      by_key_[MapKey(decision.kind, key)] = index;  // the last of equal keys counts
    }
    overrides_.push_back({std::move(decision), false});
  }
  std::stable_sort(reseeds_.begin(), reseeds_.end(),
                   [this](size_t a, size_t b) { return overrides_[a].decision.at < overrides_[b].decision.at; });
}

// A reseed is of what is left to chance: the operations stay, the rest is drawn again, whatever the lines before it
// said of all of it.
bool Decisions::IsReseeded(size_t index, Instant now) const {
  return std::any_of(reseeds_.begin(), reseeds_.end(), [&](size_t reseed) {
    return reseed > index && overrides_[reseed].decision.at <= now.ns();
  });
}

Decisions::Override* Decisions::Find(std::string_view kind, uint64_t key, Instant now) {
  if (by_key_.empty()) return nullptr;
  auto found = by_key_.find(MapKey(kind, key));
  if (found == by_key_.end()) {
    found = by_key_.find(AnyMapKey(kind));
    if (found != by_key_.end() && kind != kOperation && IsReseeded(found->second, now)) return nullptr;
  }
  return found == by_key_.end() ? nullptr : &overrides_[found->second];
}

int64_t Decisions::Choose(std::string_view kind, uint64_t key, Instant now, int64_t otherwise,
                          absl::FunctionRef<int64_t(Draw&)> draw) {
  int64_t value;
  if (Override* override = Find(kind, key, now); override != nullptr) {
    override->matched = true;
    value = override->decision.value;
  } else {
    Draw bits(SeedAt(now), kind, key);
    value = draw(bits);
  }
  if (!record_ || value == otherwise) return value;
  thread_local Decision taken;  // kept for its capacity: every message has a delay
  taken.kind = kind;
  SetHexKey(key, &taken.key);
  taken.value = value;
  taken.at = now.ns();
  record_(taken);
  return value;
}

uint64_t Decisions::SeedAt(Instant now) {
  uint64_t seed = seed_;
  for (const size_t index : reseeds_) {
    Override& reseed = overrides_[index];
    if (reseed.decision.at > now.ns()) break;
    reseed.matched = true;
    seed = static_cast<uint64_t>(reseed.decision.value);
  }
  return seed;
}

std::vector<Decision> Decisions::Unmatched() const {
  std::vector<Decision> unmatched;
  for (const Override& override : overrides_) {
    if (!override.matched) unmatched.push_back(override.decision);
  }
  return unmatched;
}

}  // namespace gyre
