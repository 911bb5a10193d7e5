// JournalIndex: where each message of a journal is, when it was under way and what it followed from, so that any window
// of a long run is drawn without reading the rest. Built once, in the order of the journal, and then only read: any
// thread. Bodies stay in the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/history/journal.h"

namespace gyre {

enum class Fate : uint8_t { kTaken, kLost, kUnderWay };

inline constexpr uint32_t kNoMessageIndex = UINT32_MAX;

// One message. Those that a network duplicates are one, ended by the first copy.
struct IndexedMessage {
  int64_t sent = 0;       // ns of the journal's time
  int64_t ended = 0;      // when it was taken or lost; of kUnderWay, `sent`
  uint64_t position = 0;  // of the record of its sending, in the file
  uint64_t id = 0;
  uint32_t from = 0;  // endpoints
  uint32_t to = 0;
  uint32_t type = 0;                  // of JournalIndex::types
  uint32_t cause = kNoMessageIndex;   // what it answers, or else what its sender had just read
  uint32_t lost = 0;                  // of JournalIndex::reasons, if kLost
  Fate fate = Fate::kUnderWay;
};

struct IndexedEndpoint {
  std::string name;
  NodeRole role = NodeRole::kServer;
  uint64_t messages = 0;  // from it or to it
};

// What is no message: starts, deaths, findings, faults, phases.
struct IndexedEvent {
  int64_t time = 0;
  JournalRecord::Kind kind = JournalRecord::Kind::kPhase;
  uint32_t node = 0;
  std::string text;
};

class JournalIndex {
 public:
  // How far a build has come, in bytes; read by others while it goes on.
  struct Progress {
    std::atomic<uint64_t> done{0};
    std::atomic<uint64_t> all{1};
    std::atomic<bool> cancelled{false};
  };

  // A torn or damaged journal is indexed up to there, and `damage` says why; a file that is no journal of this version
  // is an error.
  static absl::StatusOr<std::unique_ptr<JournalIndex>> Build(const std::string& path, Progress* progress);

  const std::vector<IndexedMessage>& messages() const { return messages_; }  // in the order of sending
  const std::vector<IndexedEndpoint>& endpoints() const { return endpoints_; }
  const std::vector<IndexedEvent>& events() const { return events_; }
  const std::vector<std::string>& types() const { return types_; }
  const std::vector<std::string>& reasons() const { return reasons_; }
  uint64_t records() const { return records_; }
  int64_t end() const { return end_; }              // the last record's time
  int64_t zero() const { return zero_; }            // the history's time 0: the beginning of the main phase
  const std::string& damage() const { return damage_; }
  uint64_t events_left_out() const { return events_left_out_; }

  // The first message that may be under way at `from` or later: all before it have ended by then.
  size_t FirstUnderWay(int64_t from) const;
  // The first that was sent at `time` or later.
  size_t FirstSent(int64_t time) const;

  // The bytes of a message's body.
  absl::StatusOr<std::string> Body(size_t message) const;

 private:
  friend class IndexBuilder;
  std::string path_;
  std::vector<IndexedMessage> messages_;
  std::vector<int64_t> latest_ends_;  // of the messages up to the end of each block
  std::vector<IndexedEndpoint> endpoints_;
  std::vector<IndexedEvent> events_;
  std::vector<std::string> types_;
  std::vector<std::string> reasons_;
  uint64_t records_ = 0;
  uint64_t events_left_out_ = 0;
  int64_t end_ = 0;
  int64_t zero_ = 0;
  std::string damage_;
};

}  // namespace gyre
