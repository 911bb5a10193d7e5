#include "sim/envelope.h"

#include <simdjson.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/digest.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

namespace ondemand = simdjson::ondemand;

// Below ParseJson's limit, so that a body that passes here can always be parsed there.
constexpr int kMaxDepth = 500;
constexpr size_t kExcerptBytes = 200;
constexpr char kRule[] = "stdout carries messages only, one JSON object a line: write logs to stderr.";

// simdjson reads whatever integer fits 64 bits; larger ones are valid JSON too (some libraries make such ids).
bool IsBigInteger(std::string_view token) {
  token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  if (!token.empty() && token.front() == '-') token.remove_prefix(1);
  if (token.empty() || token.front() == '0') return false;
  return token.find_first_not_of("0123456789") == std::string_view::npos;
}

// On-demand parsing checks only what is visited: visits everything. False: not JSON.
bool Visit(ondemand::value value, int depth) {
  if (depth > kMaxDepth) return false;
  ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) return false;
      for (auto item : object) {
        ondemand::field field;
        std::string_view key;
        if (std::move(item).get(field) != simdjson::SUCCESS) return false;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
        if (!Visit(field.value(), depth + 1)) return false;
      }
      return true;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS) return false;
      for (auto item : array) {
        ondemand::value element;
        if (std::move(item).get(element) != simdjson::SUCCESS) return false;
        if (!Visit(element, depth + 1)) return false;
      }
      return true;
    }
    case ondemand::json_type::string: {
      std::string_view text;
      return value.get_string().get(text) == simdjson::SUCCESS;
    }
    case ondemand::json_type::number: {
      const std::string_view token = value.raw_json_token();
      ondemand::number number;
      return value.get_number().get(number) == simdjson::SUCCESS || IsBigInteger(token);
    }
    case ondemand::json_type::boolean: {
      bool truth;
      return value.get_bool().get(truth) == simdjson::SUCCESS;
    }
    case ondemand::json_type::null: {
      bool null = false;
      return value.is_null().get(null) == simdjson::SUCCESS && null;
    }
  }
  return false;
}

LineProblem Wrong(const std::string& what, std::string_view line, const std::string& remedy) {
  return {"bad-line", absl::StrCat("wrote a line ", what, ": ", Excerpt(line), "\n", remedy)};
}

}  // namespace

struct EnvelopeReader::State {
  ondemand::parser parser;
  std::string padded;   // the line and simdjson's padding
  std::string content;  // the body without msg_id and in_reply_to

  // What a line said. Views into `padded` or the parser's buffer.
  enum class Name : uint8_t { kMissing, kNull, kText, kOther };
  Name src_kind = Name::kMissing;
  Name dest_kind = Name::kMissing;
  std::string_view src;
  std::string_view dest;
  std::string_view body;
  std::string_view type;  // of the body
  bool has_body = false;
  bool body_is_object = false;

  bool Parse(std::string_view line);
  bool ReadName(ondemand::value value, Name* kind, std::string_view* name);
  bool ReadType(ondemand::value value);
  bool ReadBody(ondemand::value value);
};

bool EnvelopeReader::State::ReadName(ondemand::value value, Name* kind, std::string_view* name) {
  ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  if (type == ondemand::json_type::string) {
    *kind = Name::kText;
    return value.get_string().get(*name) == simdjson::SUCCESS;
  }
  *kind = type == ondemand::json_type::null ? Name::kNull : Name::kOther;
  return Visit(value, 1);
}

bool EnvelopeReader::State::ReadType(ondemand::value value) {
  type = {};
  ondemand::json_type kind;
  if (value.type().get(kind) != simdjson::SUCCESS) return false;
  if (kind != ondemand::json_type::string) return Visit(value, 1);
  return value.get_string().get(type) == simdjson::SUCCESS;
}

// Visits the body once: checks it, finds its end, and gathers its content without the two ids.
bool EnvelopeReader::State::ReadBody(ondemand::value value) {
  has_body = true;
  ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  body_is_object = type == ondemand::json_type::object;
  if (!body_is_object) return Visit(value, 1);
  const char* begin;
  if (value.current_location().get(begin) != simdjson::SUCCESS) return false;
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  content.clear();
  type = {};
  const char* kept = begin;     // from here on nothing was gathered yet
  bool leave_out = false;       // the member that begins at `kept`
  for (auto item : object) {
    ondemand::field field;
    if (std::move(item).get(field) != simdjson::SUCCESS) return false;
    const char* member = field.key().raw() - 1;
    if (!leave_out) content.append(kept, member);
    kept = member;
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    leave_out = key == "msg_id" || key == "in_reply_to";
    if (!(key == "type" ? ReadType(field.value()) : Visit(field.value(), 1))) return false;
  }
  // The next token is the envelope's comma or brace; the body ends at the last brace before it.
  const char* end;
  if (value.current_location().get(end) != simdjson::SUCCESS) return false;
  while (end > begin && end[-1] != '}') --end;
  if (!leave_out) content.append(kept, end);
  body = std::string_view(begin, static_cast<size_t>(end - begin));
  return true;
}

// False: not one JSON object.
bool EnvelopeReader::State::Parse(std::string_view line) {
  src_kind = dest_kind = Name::kMissing;
  has_body = body_is_object = false;
  padded.resize(line.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded.data(), line.data(), line.size());
  std::memset(padded.data() + line.size(), 0, simdjson::SIMDJSON_PADDING);
  ondemand::document document;
  if (parser.iterate(padded.data(), line.size(), padded.size()).get(document) != simdjson::SUCCESS) return false;
  ondemand::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto item : object) {
    ondemand::field field;
    std::string_view key;
    if (std::move(item).get(field) != simdjson::SUCCESS) return false;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    bool good;
    if (key == "src") {
      good = ReadName(field.value(), &src_kind, &src);
    } else if (key == "dest") {
      good = ReadName(field.value(), &dest_kind, &dest);
    } else if (key == "body") {
      good = ReadBody(field.value());
    } else {
      good = Visit(field.value(), 1);
    }
    if (!good) return false;
  }
  // Anything after the object is an error.
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

EnvelopeReader::EnvelopeReader(const Roster* roster, size_t max_line_bytes)
    : roster_(roster), max_line_bytes_(max_line_bytes), state_(std::make_unique<State>()) {}
EnvelopeReader::~EnvelopeReader() = default;

// The reason why Parse refused a line, found by the parser that keeps reasons.
std::optional<LineProblem> EnvelopeReader::Explain(std::string_view line) const {
  const absl::StatusOr<Json> json = ParseJson(line);
  if (!json.ok()) return Wrong(absl::StrCat("that is ", json.status().message()), line, kRule);
  return Wrong("that is JSON, but not an object", line, kRule);
}

std::optional<LineProblem> EnvelopeReader::Read(NodeId writer, std::string_view line, Message* message) {
  if (line.size() > max_line_bytes_) {
    return Wrong(absl::StrCat("of ", line.size(), " bytes, above the limit of ", max_line_bytes_), line,
                 "Send less in one message.");
  }
  State& said = *state_;
  if (!said.Parse(line)) return Explain(line);
  const std::string& self = roster_->name(writer);
  message->src = writer;
  if (said.src_kind == State::Name::kOther) {
    return Wrong("whose \"src\" is not a string", line,
                 absl::StrCat("It must be the node's own name, \"", self, "\"."));
  }
  if (said.src_kind == State::Name::kText && said.src != self) {
    NodeId claimed;
    if (!roster_->Find(said.src, &claimed) || roster_->role(claimed) != NodeRole::kClient) {
      return Wrong(absl::StrCat("whose \"src\" is \"", Excerpt(said.src), "\""), line,
                   absl::StrCat("It must be the node's own name, \"", self,
                                "\" (or a client's, to forward a request)."));
    }
    message->src = claimed;
  }
  if (said.dest_kind != State::Name::kText) {
    return Wrong("without a string \"dest\"", line, "Every message names its destination.");
  }
  if (!said.body_is_object) {
    return Wrong(said.has_body ? "whose \"body\" is not an object" : "without a \"body\"", line,
                 "A message looks like {\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"echo_ok\"}}.");
  }
  if (!roster_->Find(said.dest, &message->dest)) {
    return LineProblem{"unknown-destination",
                       absl::StrCat("sent a message to \"", Excerpt(said.dest), "\", and there is no such node: ",
                                    Excerpt(line),
                                    "\nThe nodes' names come with init; reply to the \"src\" of a request.")};
  }
  message->body.assign(said.body);
  message->SetType(said.type);
  message->content_hash = Hash64(said.content);
  return std::nullopt;
}

void SetRequestBody(const Json& body, uint64_t msg_id, Message* message) {
  CHECK(body.is_object() && body.Find("msg_id") == nullptr);
  std::string& text = message->body;
  text.clear();
  body.AppendTo(text);
  message->content_hash = Hash64(text);
  const Json* type = body.Find("type");
  message->SetType(type != nullptr && type->is_string() ? std::string_view(type->AsString()) : std::string_view());
  text.pop_back();
  absl::StrAppend(&text, text.size() > 1 ? "," : "", "\"msg_id\":", msg_id, "}");
}

void FormatLine(const Message& message, const Roster& roster, std::string& out) {
  out.assign("{\"id\":");
  AppendInteger(message.id.value(), &out);
  out.append(",\"src\":");
  AppendJsonString(roster.name(message.src), out);
  out.append(",\"dest\":");
  AppendJsonString(roster.name(message.dest), out);
  out.append(",\"body\":");
  out.append(message.body);
  out.push_back('}');
}

std::string Excerpt(std::string_view line) {
  std::string text;
  size_t at = 0;
  while (at < line.size() && at < kExcerptBytes) {
    const unsigned char c = static_cast<unsigned char>(line[at]);
    const size_t length = Utf8SequenceLength(line.substr(at));
    if (c == '\t') {
      text += "\\t";
    } else if (c == '\r') {
      text += "\\r";
    } else if (length == 0 || c < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&text, "\\x%02x", c);
    } else {
      text.append(line.substr(at, length));
    }
    at += length == 0 ? 1 : length;
  }
  if (at < line.size()) absl::StrAppend(&text, "... (", line.size(), " bytes)");
  return text;
}

}  // namespace gyre
