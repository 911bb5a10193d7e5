// The file's grammar and a worked example are in README.md. Writer and reader share one table of which fields a
// record of each kind has, so that they cannot disagree.
#include "sim/history/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"

namespace gyre {
namespace {

using Kind = JournalRecord::Kind;

constexpr std::string_view kMagic = "gyre-jnl";
constexpr size_t kBufferSize = 64 << 10;
constexpr size_t kChecksumSize = 4;
// A node's line is at most 16 MiB, other texts are short: a larger record is damage, not data.
constexpr uint64_t kMaxPayload = 1 << 30;

// What a record of each kind has beside time and text; in the order of Kind.
struct Layout {
  Kind kind;
  std::string_view name;
  bool has_node;
  bool has_peer_and_message;
  bool has_role;
};
constexpr Layout kLayouts[] = {
    {Kind::kEndpoint, "endpoint", true, false, true},
    {Kind::kSend, "send", true, true, false},
    {Kind::kReceive, "receive", true, true, false},
    {Kind::kDrop, "drop", true, true, false},
    {Kind::kHold, "hold", true, true, false},
    {Kind::kStart, "start", true, false, false},
    {Kind::kDeath, "death", true, false, false},
    {Kind::kFinding, "finding", true, false, false},
    {Kind::kFault, "fault", false, false, false},
    {Kind::kPhase, "phase", false, false, false},
};

constexpr bool LayoutsAreInOrder() {
  for (size_t i = 0; i < std::size(kLayouts); ++i) {
    if (static_cast<size_t>(kLayouts[i].kind) != i) return false;
  }
  return true;
}
static_assert(LayoutsAreInOrder());

const Layout& LayoutOf(Kind kind) {
  CHECK(static_cast<size_t>(kind) < std::size(kLayouts));
  return kLayouts[static_cast<size_t>(kind)];
}

// Gathers the few bytes before a record's text.
class Head {
 public:
  void Byte(uint8_t value) { bytes_[size_++] = static_cast<char>(value); }
  // Seven bits a byte, least significant first; the high bit says that more follow.
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Byte(static_cast<uint8_t>(value | 0x80));
    Byte(static_cast<uint8_t>(value));
  }
  std::string_view bytes() const { return {bytes_, size_}; }

 private:
  size_t size_ = 0;
  char bytes_[64];  // a kind, a role and five numbers of at most ten bytes
};

bool TakeVarint(std::string_view& bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const unsigned char byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return shift < 63 || byte <= 1;
  }
  return false;
}

bool TakeVarint32(std::string_view& bytes, uint32_t* value) {
  uint64_t wide = 0;
  if (!TakeVarint(bytes, &wide) || wide > UINT32_MAX) return false;
  *value = static_cast<uint32_t>(wide);
  return true;
}

void AppendFixed32(uint32_t value, std::string& out) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t Fixed32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

// Small numbers of either sign to small numbers: 0, -1, 1, -2, ...
uint64_t ZigZag(uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
uint64_t UnZigZag(uint64_t value) { return (value >> 1) ^ (0 - (value & 1)); }

uint32_t Checksum(std::string_view payload) { return static_cast<uint32_t>(Hash64(payload)); }

void EncodePayload(const JournalRecord& record, Instant previous, std::string& out) {
  const Layout& layout = LayoutOf(record.kind);
  Head head;
  head.Byte(static_cast<uint8_t>(record.kind));
  head.Varint(ZigZag(static_cast<uint64_t>(record.time.ns()) - static_cast<uint64_t>(previous.ns())));
  if (layout.has_role) head.Byte(static_cast<uint8_t>(record.role));
  if (layout.has_node) head.Varint(record.node.value());
  if (layout.has_peer_and_message) {
    head.Varint(record.peer.value());
    // The halves are small numbers (sender and count), the whole is not.
    head.Varint(record.message.value() >> 32);
    head.Varint(record.message.value() & UINT32_MAX);
  }
  out.assign(head.bytes());
  out.append(record.text);
}

// False for what EncodePayload does not write. The text points into `payload`.
bool DecodePayload(std::string_view payload, Instant previous, JournalRecord* record) {
  *record = JournalRecord();
  if (payload.empty() || static_cast<unsigned char>(payload[0]) >= std::size(kLayouts)) return false;
  record->kind = static_cast<Kind>(payload[0]);
  payload.remove_prefix(1);
  const Layout& layout = LayoutOf(record->kind);
  uint64_t difference = 0;
  if (!TakeVarint(payload, &difference)) return false;
  record->time = Instant(static_cast<int64_t>(static_cast<uint64_t>(previous.ns()) + UnZigZag(difference)));
  if (layout.has_role) {
    if (payload.empty() || static_cast<unsigned char>(payload[0]) > static_cast<unsigned>(NodeRole::kService)) {
      return false;
    }
    record->role = static_cast<NodeRole>(payload[0]);
    payload.remove_prefix(1);
  }
  uint32_t number = 0;
  if (layout.has_node) {
    if (!TakeVarint32(payload, &number)) return false;
    record->node = NodeId(number);
  }
  if (layout.has_peer_and_message) {
    uint32_t high = 0;
    uint32_t low = 0;
    if (!TakeVarint32(payload, &number) || !TakeVarint32(payload, &high) || !TakeVarint32(payload, &low)) return false;
    record->peer = NodeId(number);
    record->message = MessageId((static_cast<uint64_t>(high) << 32) | low);
  }
  record->text = payload;
  return true;
}

std::string Header() {
  std::string header(kMagic);
  AppendFixed32(kJournalVersion, header);
  return header;
}

}  // namespace

std::string_view ToString(JournalRecord::Kind kind) { return LayoutOf(kind).name; }

struct JournalWriter::State {
  std::unique_ptr<AppendFile> file;  // none: digests only
  DigestStream digest;
  uint64_t count = 0;
  Instant previous;
  std::string payload;  // kept for its capacity
};

JournalWriter::JournalWriter() : state_(std::make_unique<State>()) {}

JournalWriter::~JournalWriter() = default;

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<AppendFile>> file = AppendFile::Create(path);
  if (!file.ok()) return file.status();
  std::unique_ptr<JournalWriter> writer = std::make_unique<JournalWriter>();
  writer->state_->file = std::move(*file);
  writer->state_->file->Append(Header());
  return writer;
}

void JournalWriter::Append(const JournalRecord& record) {
  State& state = *state_;
  EncodePayload(record, state.previous, state.payload);
  CHECK(state.payload.size() <= kMaxPayload);
  state.previous = record.time;
  ++state.count;
  state.digest.Add(state.payload);
  if (state.file == nullptr) return;
  Head frame;
  frame.Varint(state.payload.size());
  const uint32_t checksum = Checksum(state.payload);
  for (int shift = 0; shift < 32; shift += 8) frame.Byte(static_cast<uint8_t>(checksum >> shift));
  state.file->Append(frame.bytes());
  state.file->Append(state.payload);
}

uint64_t JournalWriter::count() const { return state_->count; }

Digest JournalWriter::digest() const { return state_->digest.Get(); }

absl::Status JournalWriter::Close() {
  return state_->file == nullptr ? absl::OkStatus() : state_->file->Close();
}

struct JournalReader::State {
  std::string path;
  int fd = -1;
  std::string buffer;     // bytes [begin, end) are read but not consumed; those behind hold nothing
  size_t begin = 0;
  size_t end = 0;
  uint64_t offset = 0;    // in the file, of buffer[begin]
  uint64_t file_size = 0;
  Instant previous;

  ~State() {
    if (fd >= 0) close(fd);
  }

  std::string_view available() const { return std::string_view(buffer).substr(begin, end - begin); }

  void Consume(size_t size) {
    begin += size;
    offset += size;
  }

  // Reads until `size` bytes are available or the file ends.
  absl::Status Fill(size_t size) {
    if (available().size() >= size) return absl::OkStatus();
    std::copy(buffer.begin() + static_cast<ptrdiff_t>(begin), buffer.begin() + static_cast<ptrdiff_t>(end),
              buffer.begin());
    end -= begin;
    begin = 0;
    if (buffer.size() < size) buffer.resize(std::max(size, kBufferSize));
    while (end < size) {
      const ssize_t got = read(fd, buffer.data() + end, buffer.size() - end);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FileError("read", path, errno);
      if (got == 0) break;
      end += static_cast<size_t>(got);
    }
    return absl::OkStatus();
  }

  absl::Status Damaged(std::string_view what) const {
    return absl::DataLossError(
        Concat("journal ", path, ": ", what, " at byte ", offset, "; the records before it are good"));
  }
};

JournalReader::JournalReader() : state_(std::make_unique<State>()) {}

JournalReader::~JournalReader() = default;

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::Open(const std::string& path) {
  std::unique_ptr<JournalReader> reader(new JournalReader);
  State& state = *reader->state_;
  state.path = path;
  state.fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (state.fd < 0 || fstat(state.fd, &status) != 0) return FileError("open", path, errno);
  state.file_size = static_cast<uint64_t>(status.st_size);

  const size_t header_size = kMagic.size() + 4;
  const absl::Status filled = state.Fill(header_size);
  if (!filled.ok()) return filled;
  const std::string_view header = state.available();
  if (header.size() < header_size || !header.starts_with(kMagic)) {
    return absl::InvalidArgumentError(Concat(path, " is not a journal of gyre: it does not begin with ", kMagic));
  }
  const uint32_t version = Fixed32(header.substr(kMagic.size()));
  if (version != kJournalVersion) {
    return absl::FailedPreconditionError(Concat("journal ", path, " has format version ", version,
                                                "; this gyre reads version ", kJournalVersion));
  }
  state.Consume(header_size);
  return reader;
}

uint64_t JournalReader::position() const { return state_->offset; }

absl::Status JournalReader::Seek(uint64_t position, Instant previous) {
  State& state = *state_;
  if (lseek(state.fd, static_cast<off_t>(position), SEEK_SET) < 0) return FileError("seek in", state.path, errno);
  state.begin = state.end = 0;
  state.offset = position;
  state.previous = previous;
  return absl::OkStatus();
}

absl::StatusOr<bool> JournalReader::Next(JournalRecord* record) {
  State& state = *state_;
  constexpr size_t kMaxFrame = 10 + kChecksumSize;
  absl::Status filled = state.Fill(kMaxFrame);
  if (!filled.ok()) return filled;
  std::string_view bytes = state.available();
  if (bytes.empty()) return false;

  const size_t before = bytes.size();
  uint64_t size = 0;
  if (!TakeVarint(bytes, &size)) return state.Damaged(before < kMaxFrame ? "a torn record" : "a damaged record");
  const size_t frame = before - bytes.size() + kChecksumSize;
  if (size > kMaxPayload) return state.Damaged("a damaged record");
  if (state.offset + frame + size > state.file_size) return state.Damaged("a torn record");
  filled = state.Fill(frame + size);
  if (!filled.ok()) return filled;
  bytes = state.available();
  if (bytes.size() < frame + size) return state.Damaged("a torn record");

  const uint32_t checksum = Fixed32(bytes.substr(frame - kChecksumSize));
  const std::string_view payload = bytes.substr(frame, size);
  if (Checksum(payload) != checksum || !DecodePayload(payload, state.previous, record)) {
    return state.Damaged("a damaged record");
  }
  state.previous = record->time;
  state.Consume(frame + size);
  return true;
}

}  // namespace gyre
