#include "tools/journal_text.h"

#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "sim/base/concat.h"
#include "sim/base/json.h"
#include "tools/console.h"

namespace gyre {
namespace {

using Kind = JournalRecord::Kind;

bool IsMessage(Kind kind) {
  return kind == Kind::kSend || kind == Kind::kReceive || kind == Kind::kDrop || kind == Kind::kHold;
}

// Reads a journal and keeps what later records refer to: names, and the bodies of messages for as long as the
// filter by type needs them.
class Source {
 public:
  static absl::StatusOr<Source> Open(const std::string& path) {
    absl::StatusOr<std::unique_ptr<JournalReader>> reader = JournalReader::Open(path);
    if (!reader.ok()) return reader.status();
    return Source(*std::move(reader));
  }

  // The next record; its texts are valid until the next call.
  absl::StatusOr<bool> Next(JournalRecord* record) {
    absl::StatusOr<bool> more = reader_->Next(record);
    if (more.ok() && *more && record->kind == Kind::kEndpoint) {
      roster_.Add(std::string(record->text), record->role);
    }
    return more;
  }

  std::string Name(NodeId id) const { return id.value() < roster_.size() ? roster_.name(id) : "-"; }
  bool Names(NodeId id, std::string_view name) const { return id.value() < roster_.size() && roster_.name(id) == name; }

 private:
  explicit Source(std::unique_ptr<JournalReader> reader) : reader_(std::move(reader)) {}

  std::unique_ptr<JournalReader> reader_;
  Roster roster_;
};

std::string Line(const Source& source, const JournalRecord& record) {
  const std::string text = EscapeForTerminal(record.text);
  std::string what;
  if (IsMessage(record.kind)) {
    const bool sent = record.kind == Kind::kSend;
    const std::string from = source.Name(sent ? record.node : record.peer);
    const std::string to = source.Name(sent ? record.peer : record.node);
    what = absl::StrFormat("%s -> %s  #%d", from, to, record.message.value());
    if (!text.empty()) what += Concat("  ", text);
  } else if (record.kind == Kind::kFault || record.kind == Kind::kPhase) {
    what = text;
  } else {
    what = Concat(source.Name(record.node), record.kind == Kind::kEndpoint || text.empty() ? "" : "  ",
                  record.kind == Kind::kEndpoint ? "" : text);
  }
  return absl::StrFormat("%14s  %-8s  %s", ToString(record.time), ToString(record.kind), what);
}

std::string TypeOf(std::string_view body) {
  const absl::StatusOr<Json> json = ParseJson(body);
  if (!json.ok()) return "";
  const Json* type = json->Find("type");
  return type != nullptr && type->is_string() ? type->AsString() : "";
}

// Decides record by record, in order: only a send has the body, so what becomes of a message later is chosen by
// whether its send was.
class Chooser {
 public:
  Chooser(const Source& source, const JournalFilter& filter) : source_(source), filter_(filter) {}

  bool Wants(const JournalRecord& record) {
    // The type first, since it must see every send.
    return HasType(record) && record.time >= filter_.from && record.time <= filter_.to && HasNode(record);
  }

 private:
  bool HasType(const JournalRecord& record) {
    if (filter_.type.empty() || ToString(record.kind) == filter_.type) return true;
    if (!IsMessage(record.kind)) return false;
    if (record.kind != Kind::kSend) return messages_.contains(record.message.value());
    if (TypeOf(record.text) != filter_.type) return false;
    messages_.insert(record.message.value());
    return true;
  }

  bool HasNode(const JournalRecord& record) const {
    if (filter_.node.empty()) return true;
    if (record.kind == Kind::kFault || record.kind == Kind::kPhase) return false;
    return source_.Names(record.node, filter_.node) ||
           (IsMessage(record.kind) && source_.Names(record.peer, filter_.node));
  }

  const Source& source_;
  const JournalFilter& filter_;
  absl::flat_hash_set<uint64_t> messages_;  // looked up only
};

}  // namespace

absl::Status PrintJournal(const std::string& path, const JournalFilter& filter,
                          absl::FunctionRef<void(std::string_view line)> print) {
  absl::StatusOr<Source> source = Source::Open(path);
  if (!source.ok()) return source.status();
  Chooser chooser(*source, filter);
  JournalRecord record;
  while (true) {
    const absl::StatusOr<bool> more = source->Next(&record);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    if (chooser.Wants(record)) print(Line(*source, record));
  }
}

absl::StatusOr<std::optional<JournalDifference>> FirstDifference(const std::string& left, const std::string& right) {
  absl::StatusOr<Source> a = Source::Open(left);
  if (!a.ok()) return a.status();
  absl::StatusOr<Source> b = Source::Open(right);
  if (!b.ok()) return b.status();
  for (uint64_t record = 0;; ++record) {
    JournalRecord x;
    JournalRecord y;
    const absl::StatusOr<bool> more_a = a->Next(&x);
    if (!more_a.ok()) return more_a.status();
    const absl::StatusOr<bool> more_b = b->Next(&y);
    if (!more_b.ok()) return more_b.status();
    if (!*more_a && !*more_b) return std::nullopt;
    std::string line_a = *more_a ? Line(*a, x) : "(end)";
    std::string line_b = *more_b ? Line(*b, y) : "(end)";
    if (line_a != line_b) return JournalDifference{record, std::move(line_a), std::move(line_b)};
  }
}

}  // namespace gyre
