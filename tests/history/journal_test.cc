#include "sim/history/journal.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/concat.h"
#include "sim/base/file.h"

namespace gyre {
namespace {

using Kind = JournalRecord::Kind;

struct Scratch {
  Scratch() {
    char name[] = "/tmp/gyre-journal-test-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string operator/(std::string_view name) const { return Concat(path, "/", name); }
  std::string path;
};

JournalRecord Record(Kind kind, int64_t ns, uint32_t node, uint32_t peer, uint64_t message, std::string_view text) {
  JournalRecord record;
  record.kind = kind;
  record.time = Instant(ns);
  record.node = NodeId(node);
  record.peer = NodeId(peer);
  record.message = MessageId(message);
  record.text = text;
  return record;
}

// One record of each kind; fields that a kind has not are zero.
std::vector<JournalRecord> Sample() {
  std::vector<JournalRecord> records = {
      Record(Kind::kEndpoint, 0, 0, 0, 0, "n1"),
      Record(Kind::kEndpoint, 0, 1, 0, 0, "c1"),
      Record(Kind::kPhase, 0, 0, 0, 0, "setup"),
      Record(Kind::kStart, 0, 0, 0, 0, "0"),
      Record(Kind::kSend, 1000, 1, 0, (uint64_t{1} << 32) + 5, R"({"type":"echo"})"),
      Record(Kind::kHold, 2000, 0, 1, (uint64_t{1} << 32) + 5, "before-init"),
      Record(Kind::kReceive, 3000000000, 0, 1, (uint64_t{1} << 32) + 5, ""),
      Record(Kind::kDrop, 3000000000, 0, 1, UINT64_MAX, "node-down"),
      Record(Kind::kFinding, 2999999999, 0, 0, 0, "n1 wrote \"\n\""),
      Record(Kind::kFault, INT64_MAX, 0, 0, 0, "{}"),
      Record(Kind::kDeath, INT64_MIN, UINT32_MAX, 0, 0, "exit 3"),
  };
  records[1].role = NodeRole::kClient;
  return records;
}

bool Same(const JournalRecord& a, const JournalRecord& b) {
  return a.kind == b.kind && a.role == b.role && a.time == b.time && a.node == b.node && a.peer == b.peer &&
         a.message == b.message && a.text == b.text;
}

// Writes the records; the digest.
Digest Write(const std::string& path, const std::vector<JournalRecord>& records) {
  const auto writer = JournalWriter::Open(path);
  REQUIRE(writer.ok());
  for (const JournalRecord& record : records) (*writer)->Append(record);
  CHECK((*writer)->count() == records.size());
  const Digest digest = (*writer)->digest();
  CHECK((*writer)->Close().ok());
  return digest;
}

struct Reading {
  size_t good = 0;      // records that equal `expected`, from the start
  std::string problem;  // the error, or empty at a clean end
};

Reading Read(const std::string& path, const std::vector<JournalRecord>& expected) {
  Reading reading;
  const auto reader = JournalReader::Open(path);
  if (!reader.ok()) return {0, std::string(reader.status().message())};
  JournalRecord record;
  for (;;) {
    const absl::StatusOr<bool> more = (*reader)->Next(&record);
    if (!more.ok()) reading.problem = std::string(more.status().message());
    if (!more.ok() || !*more) return reading;
    const bool same = reading.good < expected.size() && Same(record, expected[reading.good]);
    if (!same) {
      reading.problem = "another record";
      return reading;
    }
    ++reading.good;
  }
}

TEST_CASE("every kind comes back") {
  const Scratch d;
  const Digest digest = Write(d / "journal", Sample());
  CHECK(digest.Hex() == "d2d01a45473688dfe99c798d67f48960");
  const Reading reading = Read(d / "journal", Sample());
  CHECK(reading.good == Sample().size());
  CHECK(reading.problem == "");
}

TEST_CASE("the README's example") {
  const Scratch d;
  const std::vector<JournalRecord> records = {
      Record(Kind::kEndpoint, 0, 0, 0, 0, "n1"),
      Record(Kind::kSend, 1000, 1, 0, (uint64_t{1} << 32) + 5, R"({"type":"echo"})"),
  };
  Write(d / "journal", records);
  std::string hex;
  const std::string bytes = *ReadFile(d / "journal");
  for (const char byte : bytes) {
    hex += Concat(absl::Hex(static_cast<unsigned char>(byte), absl::kZeroPad2));
  }
  CHECK(hex ==
        "677972652d6a6e6c" "01000000"
        "06" "c21d1aad" "00" "00" "00" "00" "6e31"
        "16" "4b94f8bd" "01" "d00f" "01" "00" "01" "05" "7b2274797065223a226563686f227d");
}

TEST_CASE("the digest is of the records, wherever they go") {
  const Scratch d;
  JournalWriter nowhere;
  for (const JournalRecord& record : Sample()) nowhere.Append(record);
  CHECK(nowhere.digest() == Write(d / "journal", Sample()));
  CHECK(nowhere.Close().ok());
  CHECK(nowhere.count() == Sample().size());

  std::vector<JournalRecord> changed = Sample();
  std::swap(changed[4], changed[5]);
  CHECK(!(Write(d / "changed", changed) == nowhere.digest()));
}

TEST_CASE("texts larger than all buffers") {
  const Scratch d;
  const std::string large(300000, 'x');
  std::vector<JournalRecord> records;
  for (int i = 0; i < 50; ++i) {
    records.push_back(Record(Kind::kSend, i, 0, 1, static_cast<uint64_t>(i),
                             std::string_view(large).substr(0, static_cast<size_t>(i * i * 120))));
  }
  Write(d / "journal", records);
  const Reading reading = Read(d / "journal", records);
  CHECK(reading.good == records.size());
  CHECK(reading.problem == "");
}

TEST_CASE("torn anywhere, all whole records are read and the tear is named") {
  const Scratch d;
  Write(d / "journal", Sample());
  const std::string bytes = *ReadFile(d / "journal");
  size_t clean_ends = 0;
  size_t previous_good = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE(WriteFileAtomically(d / "torn", std::string_view(bytes).substr(0, size)).ok());
    const Reading reading = Read(d / "torn", Sample());
    INFO(size);
    CHECK(reading.problem != "another record");
    CHECK(reading.good >= previous_good);
    previous_good = reading.good;
    clean_ends += reading.problem.empty();
    const bool has_header = size >= 12;
    if (!has_header) {
      CHECK(reading.problem == Concat(d / "torn", " is not a journal of gyre: it does not begin with gyre-jnl"));
    } else if (!reading.problem.empty()) {
      CHECK(reading.problem.find(": a torn record at byte ") != std::string::npos);
    }
  }
  CHECK(clean_ends == Sample().size());  // between records, the file's own end left out
}

TEST_CASE("a tear in full text") {
  const Scratch d;
  Write(d / "journal", Sample());
  const std::string bytes = *ReadFile(d / "journal");
  REQUIRE(WriteFileAtomically(d / "torn", std::string_view(bytes).substr(0, bytes.size() - 1)).ok());
  CHECK(Read(d / "torn", Sample()).problem ==
        Concat("journal ", d / "torn", ": a torn record at byte 186; the records before it are good"));
}

TEST_CASE("any changed bit is noticed") {
  const Scratch d;
  Write(d / "journal", Sample());
  const std::string bytes = *ReadFile(d / "journal");
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE(WriteFileAtomically(d / "damaged", damaged).ok());
    const Reading reading = Read(d / "damaged", Sample());
    INFO(bit);
    CHECK(reading.problem != "");
    CHECK(reading.problem != "another record");
  }
}

TEST_CASE("another version, another file, no file") {
  const Scratch d;
  Write(d / "journal", {});
  std::string bytes = *ReadFile(d / "journal");
  REQUIRE(bytes.size() == 12);
  CHECK(Read(d / "journal", {}).problem == "");
  bytes[8] = 9;
  REQUIRE(WriteFileAtomically(d / "other", bytes).ok());
  CHECK(Read(d / "other", {}).problem ==
        Concat("journal ", d / "other", " has format version 9; this gyre reads version 1"));
  CHECK(Read(d / "none", {}).problem == Concat("cannot open ", d / "none", ": No such file or directory"));
  CHECK(JournalWriter::Open(d / "journal").status().message() ==
        Concat("cannot create ", d / "journal", ": File exists"));
}

TEST_CASE("kinds have names") {
  std::string names;
  for (const JournalRecord& record : Sample()) names += Concat(ToString(record.kind), " ");
  CHECK(names == "endpoint endpoint phase start send hold receive drop finding fault death ");
}

}  // namespace
}  // namespace gyre
