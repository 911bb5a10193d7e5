// The journal: every network event, fault and node event of a run, in order. Streamed to disk while the run
// goes on, digested on the way, readable in pieces. README.md of this folder has the file's grammar.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/base/digest.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/history/message.h"

namespace gyre {

inline constexpr uint32_t kJournalVersion = 1;

struct JournalRecord {
  enum class Kind : uint8_t {
    kEndpoint,  // a new endpoint: node = its id, text = its name, role
    kSend,      // message sent: message, node = src, peer = dest, text = body
    kReceive,   // message taken by its destination: message, node = dest, peer = src
    kDrop,      // message lost: message, node = dest, peer = src, text = reason ("loss", "partition", "node-down")
    kHold,      // message kept back: message, node = dest, peer = src, text = reason ("before-init")
    kStart,     // a node starts: node, text = incarnation
    kDeath,     // a node ended: node, text = "exit 3", "signal 11 (SIGSEGV)"
    kFinding,   // a node misbehaved: node, text = one sentence
    kFault,     // the nemesis acted: text = JSON
    kPhase,     // the run's phases: text = "setup", "main", "recovery", "final", "end"
  };
  Kind kind = Kind::kSend;
  NodeRole role = NodeRole::kServer;  // of kEndpoint only
  Instant time;
  NodeId node;
  NodeId peer;
  MessageId message;
  std::string_view text;
};
std::string_view ToString(JournalRecord::Kind kind);

// Appends records to a file (or to nowhere) and digests them. One thread. Its memory is a 64 KiB buffer.
class JournalWriter {
 public:
  // Digests only.
  JournalWriter();
  // Also writes to `path`, which must not exist. A failed write later is kept and returned by Close.
  static absl::StatusOr<std::unique_ptr<JournalWriter>> Open(const std::string& path);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void Append(const JournalRecord& record);
  // Records so far.
  uint64_t count() const;
  // Of all records' canonical bytes.
  Digest digest() const;
  // Flushes and closes. OK, or the first error of any write.
  absl::Status Close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads a journal from its start, record by record. Texts are valid until the next Next.
class JournalReader {
 public:
  // Errors: no such file, not a journal, another version (names both).
  static absl::StatusOr<std::unique_ptr<JournalReader>> Open(const std::string& path);
  ~JournalReader();
  // True with a record; false at the end; an error for a torn or damaged record (with its offset).
  absl::StatusOr<bool> Next(JournalRecord* record);
  // Where in the file the next record begins.
  uint64_t position() const;
  // Goes on with the record that begins at `position`, as position() gave it when the record before was of `previous`.
  absl::Status Seek(uint64_t position, Instant previous);

 private:
  struct State;
  JournalReader();
  std::unique_ptr<State> state_;
};

}  // namespace gyre
