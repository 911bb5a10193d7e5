// Envelope: a node's line of output, validated once at the door and turned into a Message; and the line that a
// message's destination reads. The hot path of a run: no allocation beyond the message's own body.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/json.h"
#include "sim/history/message.h"

namespace gyre {

// What is wrong with a line: `kind` is RunFinding's stable word, `text` follows "n1 at 0.5s ".
struct LineProblem {
  const char* kind = "";
  std::string text;
};

// Reads lines. Keeps the parser and its buffers, which grow to the longest line. One thread.
class EnvelopeReader {
 public:
  // `roster` is borrowed.
  EnvelopeReader(const Roster* roster, size_t max_line_bytes);
  ~EnvelopeReader();

  // Reads `line`, written by `writer`, into `message` (all but its id), or says what is wrong with it.
  //
  // src may be missing or null (programs that do not know their name yet): then it is the writer. It may be a
  // client's name, too: programs that forward a client's request let the reply go straight to the client. Another
  // server's name is an error. An "id" and unknown keys are ignored.
  std::optional<LineProblem> Read(NodeId writer, std::string_view line, Message* message);

 private:
  struct State;
  std::optional<LineProblem> Explain(std::string_view line) const;

  const Roster* roster_;
  size_t max_line_bytes_;
  std::unique_ptr<State> state_;
};

// Makes `body` with that msg_id the message's body, and sets its type and content hash. REQUIRES: an object without
// msg_id.
void SetRequestBody(const Json& body, uint64_t msg_id, Message* message);

// Replaces `out` with the line that the destination reads: {"id":1,"src":"c1","dest":"n1","body":{...}}.
void FormatLine(const Message& message, const Roster& roster, std::string& out);

// The first bytes of a line for people: control characters and bytes that are not UTF-8 escaped, the rest counted.
std::string Excerpt(std::string_view line);

}  // namespace gyre
