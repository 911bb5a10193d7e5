#include "sim/history/edn_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "sim/base/concat.h"

namespace gyre {
namespace {

using Kind = Edn::Kind;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array<bool, 256> kOfNames = [] {
  std::array<bool, 256> of_names{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                       "*+!-_?$%&=<>.#|")) {
    of_names[static_cast<unsigned char>(c)] = true;
  }
  return of_names;
}();

// Whether the reader of EDN gives :name back for it.
bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kOfNames[static_cast<unsigned char>(c)]; });
}

Edn String(std::string_view text) { return Edn::Text(Kind::kString, text); }
Edn Keyword(std::string_view name) { return Edn::Text(Kind::kKeyword, name); }
Edn KeywordOrString(std::string_view text) { return IsName(text) ? Keyword(text) : String(text); }

// "12", "-3", "0.5", written in the one way in which they print; keys such as "007" are names.
bool ReadsAsNumber(std::string_view text, Edn* number) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || !IsDigit(digits[0]) || text.find_first_of("eENM") != std::string_view::npos) return false;
  const absl::StatusOr<Edn> parsed = ParseEdn(text);
  if (!parsed.ok() || Print(*parsed) != text) return false;
  *number = *parsed;
  return true;
}

// How the parts of a Json that EDN tells apart are written.
struct Conventions {
  Edn (*text)(std::string_view);
  Edn (*key)(std::string_view);
};

Edn Convert(const Json& json, const Conventions& conventions) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      return Edn();
    case Json::Kind::kBool:
      return Edn::Bool(json.AsBool());
    case Json::Kind::kInt:
      return Edn::Int(json.AsInt());
    case Json::Kind::kUint:
      return Edn::Text(Kind::kBigInteger, Concat(json.AsUint()));
    case Json::Kind::kDouble:
      return Edn::Double(json.AsDouble());
    case Json::Kind::kBigInteger:
      return Edn::Text(Kind::kBigInteger, json.AsString());
    case Json::Kind::kString:
      return conventions.text(json.AsString());
    case Json::Kind::kArray: {
      Edn items = Edn::Collection(Kind::kVector);
      items.items.reserve(json.AsArray().size());
      for (const Json& item : json.AsArray()) items.items.push_back(Convert(item, conventions));
      return items;
    }
    case Json::Kind::kObject:
      break;
  }
  Edn map = Edn::Collection(Kind::kMap);
  for (const auto& [name, value] : json.AsObject()) {
    map.items.push_back(conventions.key(name));
    map.items.push_back(Convert(value, conventions));
  }
  return map;
}

constexpr Conventions kValues{String, KeywordOrString};

// An array whose first element, a string, is a keyword.
Edn Tuple(const Json& array) {
  Edn tuple = Edn::Collection(Kind::kVector);
  for (const Json& item : array.AsArray()) {
    tuple.items.push_back(tuple.items.empty() && item.is_string() ? KeywordOrString(item.AsString())
                                                                  : Convert(item, kValues));
  }
  return tuple;
}

bool IsTuple(const Json& json) { return json.is_array() && !json.AsArray().empty() && json.AsArray()[0].is_string(); }

bool HasMicroOperations(const Op& op) {
  constexpr std::string_view kFunctions[] = {"", "poll", "send", "txn"};  // "": Elle's bare transactions have no f
  return std::find(std::begin(kFunctions), std::end(kFunctions), op.f.text()) != std::end(kFunctions) &&
         op.value.is_array() && std::all_of(op.value.AsArray().begin(), op.value.AsArray().end(), IsTuple);
}

// --- Values are written without a tree in between: a history has millions. ---

void AppendKeywordOrString(std::string_view text, std::string& out) {
  if (IsName(text)) {
    out.append(":").append(text);
  } else {
    AppendEdnString(text, out);
  }
}

struct ValueStyle {
  void (*key)(std::string_view, std::string&);
  std::string_view array_open = "[";
  std::string_view array_close = "]";
};
constexpr ValueStyle kPlainValues{AppendKeywordOrString};
constexpr ValueStyle kMicroOperations{AppendEdnString};
constexpr ValueStyle kGrudges{AppendEdnString, "#{", "}"};

void Append(const Json& json, const ValueStyle& style, std::string& out) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      out.append("nil");
      return;
    case Json::Kind::kUint:
      out.append(Concat(json.AsUint(), "N"));
      return;
    case Json::Kind::kBigInteger:
      out.append(json.AsString()).append("N");
      return;
    case Json::Kind::kDouble:
      AppendEdnDouble(json.AsDouble(), out);
      return;
    case Json::Kind::kString:
      AppendEdnString(json.AsString(), out);
      return;
    case Json::Kind::kArray: {
      out.append(style.array_open);
      bool first = true;
      for (const Json& item : json.AsArray()) {
        if (!std::exchange(first, false)) out.push_back(' ');
        Append(item, style, out);
      }
      out.append(style.array_close);
      return;
    }
    case Json::Kind::kObject: {
      out.push_back('{');
      bool first = true;
      for (const auto& [name, value] : json.AsObject()) {
        if (!std::exchange(first, false)) out.append(", ");
        style.key(name, out);
        out.push_back(' ');
        Append(value, style, out);
      }
      out.push_back('}');
      return;
    }
    case Json::Kind::kBool:
    case Json::Kind::kInt:
      json.AppendTo(out);
      return;
  }
}

// As Tuple. REQUIRES: IsTuple(array).
void AppendTuple(const Json& array, const ValueStyle& style, std::string& out) {
  out.push_back('[');
  AppendKeywordOrString(array.AsArray()[0].AsString(), out);
  for (size_t i = 1; i < array.AsArray().size(); ++i) {
    out.push_back(' ');
    Append(array.AsArray()[i], style, out);
  }
  out.push_back(']');
}

Edn ResultText(std::string_view text) {
  return text.starts_with(':') && IsName(text.substr(1)) ? Keyword(text.substr(1)) : String(text);
}

Edn ResultKey(std::string_view name) {
  Edn number;
  if (ReadsAsNumber(name, &number)) return number;
  return KeywordOrString(name.substr(name.starts_with(':') ? 1 : 0));
}

constexpr Conventions kResults{ResultText, ResultKey};

// "valid?" of a map, and of every map inside: the word for unknown is a keyword.
void KeywordsOfValidity(Edn& edn) {
  for (size_t i = 0; i < edn.items.size(); ++i) {
    Edn& item = edn.items[i];
    const bool is_validity = edn.is(Kind::kMap) && i % 2 == 1 && edn.items[i - 1] == Keyword("valid?");
    if (is_validity && item == String("unknown")) item = Keyword("unknown");
    KeywordsOfValidity(item);
  }
}

std::string KeyName(const Edn& key) {
  const bool is_text = key.is(Kind::kString) || key.is(Kind::kKeyword) || key.is(Kind::kSymbol);
  return is_text ? key.text : Print(key);
}

}  // namespace

absl::StatusOr<Json> ToJson(const Edn& edn) {
  switch (edn.kind) {
    case Kind::kNil:
      return Json();
    case Kind::kBool:
      return Json(edn.boolean);
    case Kind::kInt:
      return Json(edn.integer);
    case Kind::kBigInteger:
      return Json::BigInteger(edn.text);
    case Kind::kDouble:
      if (!std::isfinite(edn.real)) return absl::InvalidArgumentError(Concat(Print(edn), " is no JSON number"));
      return Json(edn.real);
    case Kind::kString:
    case Kind::kKeyword:
    case Kind::kSymbol:
      return Json(edn.text);
    case Kind::kTagged:
      return ToJson(edn.items[0]);
    case Kind::kList:
    case Kind::kVector:
    case Kind::kSet: {
      Json::Array array;
      for (const Edn& item : edn.items) {
        absl::StatusOr<Json> json = ToJson(item);
        if (!json.ok()) return json;
        array.push_back(*std::move(json));
      }
      return Json(std::move(array));
    }
    case Kind::kMap:
      break;
  }
  Json::Object object;
  for (size_t i = 0; i + 1 < edn.items.size(); i += 2) {
    absl::StatusOr<Json> json = ToJson(edn.items[i + 1]);
    if (!json.ok()) return json;
    object.emplace_back(KeyName(edn.items[i]), *std::move(json));
  }
  return Json(std::move(object));
}

void AppendEdnValue(const Op& op, std::string& out) {
  if (op.process == kNemesis) {
    if (op.value.is_string()) return AppendKeywordOrString(op.value.AsString(), out);
    return IsTuple(op.value) ? AppendTuple(op.value, kGrudges, out) : Append(op.value, kGrudges, out);
  }
  if (!HasMicroOperations(op)) return Append(op.value, kPlainValues, out);
  out.push_back('[');
  bool first = true;
  for (const Json& item : op.value.AsArray()) {
    if (!std::exchange(first, false)) out.push_back(' ');
    AppendTuple(item, kMicroOperations, out);
  }
  out.push_back(']');
}

Edn ErrorToEdn(const Json& error) {
  if (error.is_string()) return KeywordOrString(error.AsString());
  return IsTuple(error) ? Tuple(error) : Convert(error, kValues);
}

Edn ExceptionToEdn(const Json& exception) {
  const Json* type = exception.Find("class");
  const Json* message = exception.Find("message");
  const bool is_usual = type != nullptr && message != nullptr && type->is_string() && message->is_string() &&
                        IsName(type->AsString()) && exception.AsObject().size() == 2;
  if (!is_usual) return Convert(exception, kValues);
  Edn cause = Edn::Collection(Kind::kMap);
  cause.Add("type", Edn::Text(Kind::kSymbol, type->AsString()));
  cause.Add("message", String(message->AsString()));
  Edn map = Edn::Collection(Kind::kMap);
  map.Add("via", Edn::Collection(Kind::kVector, {cause}));
  map.Add("trace", Edn::Collection(Kind::kVector));
  map.Add("cause", String(message->AsString()));
  return map;
}

absl::StatusOr<Json> ExceptionToJson(const Edn& edn) {
  const Edn* via = edn.Find("via");
  if (via == nullptr || via->items.empty()) return ToJson(edn);
  const Edn* type = via->items[0].Find("type");
  const Edn* message = via->items[0].Find("message");
  if (type == nullptr || message == nullptr || !message->is(Kind::kString)) return ToJson(edn);
  return Json::ObjectOf({{"class", type->text}, {"message", message->text}});
}

Edn ResultsToEdn(const Json& results) {
  Edn edn = Convert(results, kResults);
  KeywordsOfValidity(edn);
  return edn;
}

Json PlainResults(const Json& results) {
  if (results.is_string()) {
    const std::string_view text = results.AsString();
    return ResultText(text).is(Kind::kKeyword) ? Json(text.substr(1)) : results;
  }
  if (results.is_array()) {
    Json::Array array;
    for (const Json& item : results.AsArray()) array.push_back(PlainResults(item));
    return Json(std::move(array));
  }
  if (results.is_object()) {
    Json::Object object;
    for (const auto& [name, value] : results.AsObject()) object.emplace_back(name, PlainResults(value));
    return Json(std::move(object));
  }
  return results;
}

}  // namespace gyre
