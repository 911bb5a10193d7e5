// What a message followed from is not in a journal, so it is told from what is: a message that answers another, by
// in_reply_to, followed from that; any other from the message that its sender read last, if that was at the same step,
// which is to say within kStep. A node that reads several lines at once makes this a guess among them. It is used to
// gather what belongs to an operation, never to judge.
#include "tools/serve/journal_index.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "sim/base/concat.h"
#include "tools/serve/body_scan.h"

namespace gyre {

using Kind = JournalRecord::Kind;

namespace {

constexpr size_t kBlock = 512;
constexpr size_t kMostEvents = 20'000;
constexpr size_t kMostNames = 1'000;   // of types, which nodes make up
constexpr size_t kNameBytes = 60;
constexpr size_t kTextBytes = 2'000;
constexpr int64_t kStep = 1'000'000;   // ns
constexpr uint64_t kTellEvery = 4'096;  // records

// Numbers for names, in the order of their appearance; of very many the later ones are one.
class Names {
 public:
  explicit Names(std::vector<std::string>* names) : names_(names) {}
  uint32_t NumberOf(std::string_view name) {
    name = name.substr(0, kNameBytes);
    if (const auto found = numbers_.find(ToAbsl(name)); found != numbers_.end()) return found->second;
    if (names_->size() >= kMostNames) return static_cast<uint32_t>(names_->size() - 1);
    names_->emplace_back(names_->size() + 1 == kMostNames ? "(others)" : name);
    return numbers_[std::string(name)] = static_cast<uint32_t>(names_->size() - 1);
  }

 private:
  std::vector<std::string>* names_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // looked up only
};

}  // namespace

class IndexBuilder {
 public:
  explicit IndexBuilder(JournalIndex* index) : index_(index), types_(&index->types_), reasons_(&index->reasons_) {}

  void Add(const JournalRecord& record, uint64_t position) {
    ++index_->records_;
    index_->end_ = std::max(index_->end_, record.time.ns());
    switch (record.kind) {
      case Kind::kEndpoint:
        index_->endpoints_.push_back({std::string(record.text.substr(0, kTextBytes)), record.role, 0});
        last_read_.push_back(kNoMessageIndex);
        return;
      case Kind::kSend:
        return Send(record, position);
      case Kind::kReceive:
      case Kind::kDrop:
        return End(record);
      case Kind::kPhase:
        if (record.text == "main") index_->zero_ = record.time.ns();
        return AddEvent(record);
      default:
        return AddEvent(record);
    }
  }

  void Finish() {
    int64_t latest = INT64_MIN;
    std::vector<IndexedMessage>& messages = index_->messages_;
    for (size_t i = 0; i < messages.size(); ++i) {
      latest = std::max(latest, messages[i].ended);
      if (i % kBlock == kBlock - 1) index_->latest_ends_.push_back(latest);
    }
  }

 private:
  using Request = std::tuple<uint32_t, uint32_t, int64_t>;  // from, to, msg_id

  bool Known(NodeId id) const { return id.value() < index_->endpoints_.size(); }

  void Send(const JournalRecord& record, uint64_t position) {
    if (!Known(record.node) || !Known(record.peer) || index_->messages_.size() >= kNoMessageIndex) return;
    const uint32_t number = static_cast<uint32_t>(index_->messages_.size());
    const BodyLinks links = ScanBody(record.text);
    IndexedMessage message;
    message.sent = message.ended = record.time.ns();
    message.position = position;
    message.id = record.message.value();
    message.from = record.node.value();
    message.to = record.peer.value();
    message.type = types_.NumberOf(links.type);
    if (links.in_reply_to >= 0) {
      const auto asked = requests_.find({message.to, message.from, links.in_reply_to});
      if (asked != requests_.end()) {
        message.cause = asked->second;
        requests_.erase(asked);  // a second answer to it is told by what its sender had just read
      }
    }
    const uint32_t read = last_read_[message.from];
    if (message.cause == kNoMessageIndex && read != kNoMessageIndex &&
        message.sent - index_->messages_[read].ended <= kStep) {
      message.cause = read;
    }
    if (links.msg_id >= 0) requests_[{message.from, message.to, links.msg_id}] = number;
    under_way_[record.message] = number;
    ++index_->endpoints_[message.from].messages;
    ++index_->endpoints_[message.to].messages;
    index_->messages_.push_back(message);
  }

  void End(const JournalRecord& record) {
    const auto found = under_way_.find(record.message);
    if (found == under_way_.end()) return;
    IndexedMessage& message = index_->messages_[found->second];
    message.ended = record.time.ns();
    message.fate = record.kind == Kind::kDrop ? Fate::kLost : Fate::kTaken;
    if (message.fate == Fate::kLost) message.lost = reasons_.NumberOf(record.text);
    else last_read_[message.to] = found->second;
    under_way_.erase(found);
  }

  void AddEvent(const JournalRecord& record) {
    // Faults and phases are what windows are shaded by: of those all are kept.
    const bool kept = record.kind == Kind::kFault || record.kind == Kind::kPhase;
    if (!kept && index_->events_.size() >= kMostEvents) {
      ++index_->events_left_out_;
      return;
    }
    index_->events_.push_back(
        {record.time.ns(), record.kind, record.node.value(), std::string(record.text.substr(0, kTextBytes))});
  }

  JournalIndex* index_;
  Names types_;
  Names reasons_;
  std::vector<uint32_t> last_read_;                       // by each endpoint
  absl::flat_hash_map<MessageId, uint32_t> under_way_;    // looked up only
  absl::flat_hash_map<Request, uint32_t> requests_;       // looked up only
};

absl::StatusOr<std::unique_ptr<JournalIndex>> JournalIndex::Build(const std::string& path, Progress* progress) {
  const absl::StatusOr<std::unique_ptr<JournalReader>> reader = JournalReader::Open(path);
  if (!reader.ok()) return reader.status();
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) progress->all = static_cast<uint64_t>(std::max<off_t>(status.st_size, 1));
  std::unique_ptr<JournalIndex> index = std::make_unique<JournalIndex>();
  index->path_ = path;
  IndexBuilder builder(index.get());
  JournalRecord record;
  while (!progress->cancelled) {
    const uint64_t position = (*reader)->position();
    const absl::StatusOr<bool> more = (*reader)->Next(&record);
    if (!more.ok()) index->damage_ = ToStd(more.status().message());
    if (!more.ok() || !*more) break;
    builder.Add(record, position);
    if (index->records_ % kTellEvery == 0) progress->done = position;
  }
  builder.Finish();
  return index;
}

size_t JournalIndex::FirstUnderWay(int64_t from) const {
  // The blocks' latest ends never fall.
  const auto block = std::lower_bound(latest_ends_.begin(), latest_ends_.end(), from);
  size_t at = static_cast<size_t>(block - latest_ends_.begin()) * kBlock;
  while (at < messages_.size() && messages_[at].ended < from) ++at;
  return at;
}

size_t JournalIndex::FirstSent(int64_t time) const {
  const auto at = std::lower_bound(messages_.begin(), messages_.end(), time,
                                   [](const IndexedMessage& message, int64_t t) { return message.sent < t; });
  return static_cast<size_t>(at - messages_.begin());
}

absl::StatusOr<std::string> JournalIndex::Body(size_t message) const {
  const absl::StatusOr<std::unique_ptr<JournalReader>> reader = JournalReader::Open(path_);
  if (!reader.ok()) return reader.status();
  if (absl::Status status = (*reader)->Seek(messages_[message].position, Instant()); !status.ok()) return status;
  JournalRecord record;
  const absl::StatusOr<bool> more = (*reader)->Next(&record);
  if (!more.ok()) return more.status();
  if (!*more || record.message.value() != messages_[message].id) {
    return absl::DataLossError(Concat("journal ", path_, " has changed since it was indexed"));
  }
  return std::string(record.text);
}

}  // namespace gyre
