// The index of a journal against what a look at every record says, on drawn journals; windows, chains and what is under
// way likewise.
#include "tools/serve/journal_index.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/base/concat.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/base/rng.h"
#include "tools/serve/windows.h"

namespace gyre {
namespace {

using Kind = JournalRecord::Kind;

class Scratch {
 public:
  Scratch() { REQUIRE(mkdtemp(path_) != nullptr); }
  ~Scratch() { CHECK(system(Concat("rm -rf ", path_).c_str()) == 0); }
  std::string operator/(std::string_view name) const { return Concat(path_, "/", name); }

 private:
  char path_[32] = "/tmp/gyre-index-XXXXXX";
};

JournalRecord Record(Kind kind, int64_t ns, uint32_t node, uint32_t peer, uint64_t message, std::string_view text) {
  JournalRecord record;
  record.kind = kind;
  record.time = Instant(ns);
  record.node = NodeId(node);
  record.peer = NodeId(peer);
  record.message = MessageId(message);
  record.text = text;
  if (kind == Kind::kEndpoint && text[0] == 'c') record.role = NodeRole::kClient;
  return record;
}

std::unique_ptr<JournalIndex> Built(const std::string& path) {
  JournalIndex::Progress progress;
  absl::StatusOr<std::unique_ptr<JournalIndex>> index = JournalIndex::Build(path, &progress);
  REQUIRE_MESSAGE(index.ok(), std::string(index.status().message()));
  return *std::move(index);
}

// A client's request that n1 passes on to n2, both replies, a message that is lost, one that never ends.
std::string WriteStory(const std::string& path) {
  const JournalRecord records[] = {
      Record(Kind::kEndpoint, 0, 0, 0, 0, "n1"),
      Record(Kind::kEndpoint, 0, 1, 0, 0, "n2"),
      Record(Kind::kEndpoint, 0, 2, 0, 0, "c1"),
      Record(Kind::kPhase, 500, 0, 0, 0, "main"),
      Record(Kind::kSend, 1'000, 2, 0, 10, R"({"type":"read","msg_id":1})"),
      Record(Kind::kReceive, 2'000, 0, 2, 10, ""),
      Record(Kind::kSend, 3'000, 0, 1, 11, R"({"type":"ask","msg_id":5})"),
      Record(Kind::kReceive, 4'000, 1, 0, 11, ""),
      Record(Kind::kSend, 5'000, 1, 0, 12, R"({"type":"told","in_reply_to":5})"),
      Record(Kind::kReceive, 6'000, 0, 1, 12, ""),
      Record(Kind::kSend, 7'000, 0, 2, 13, R"({"type":"read_ok","in_reply_to":1})"),
      Record(Kind::kReceive, 8'000, 2, 0, 13, ""),
      Record(Kind::kSend, 9'000'000'000, 1, 0, 14, R"({"type":"tick"})"),
      Record(Kind::kDrop, 9'000'001'000, 0, 1, 14, "partition"),
      Record(Kind::kSend, 9'000'002'000, 1, 0, 15, R"({"type":"tick"})"),
      Record(Kind::kPhase, 9'000'003'000, 0, 0, 0, "end"),
  };
  const absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(path);
  REQUIRE(journal.ok());
  for (const JournalRecord& record : records) (*journal)->Append(record);
  REQUIRE((*journal)->Close().ok());
  return path;
}

TEST_CASE("a small story: fates, causes, chains, bodies") {
  const Scratch scratch;
  const std::unique_ptr<JournalIndex> index = Built(WriteStory(scratch / "journal"));
  REQUIRE(index->messages().size() == 6);
  CHECK(index->records() == 16);
  CHECK(index->zero() == 500);
  CHECK(index->end() == 9'000'003'000);
  CHECK(index->damage().empty());
  CHECK(index->events().size() == 2);
  std::string causes;
  for (const IndexedMessage& m : index->messages()) {
    causes += Concat(m.cause == kNoMessageIndex ? "-" : Concat(m.cause), " ", index->types()[m.type], "; ");
  }
  CHECK(causes == "- read; 0 ask; 1 told; 0 read_ok; - tick; - tick; ");
  CHECK(index->messages()[4].fate == Fate::kLost);
  CHECK(index->reasons()[index->messages()[4].lost] == "partition");
  CHECK(index->messages()[5].fate == Fate::kUnderWay);
  CHECK(RootOf(*index, 2) == 0);
  CHECK(RootOf(*index, 5) == kNoMessageIndex);
  CHECK(ChainOf(*index, 2, 1'000, 8'000) == std::vector<uint32_t>{0, 1, 2, 3});
  CHECK(ChainOf(*index, 2, 1'001, 8'000).empty());
  CHECK(*index->Body(2) == R"({"type":"told","in_reply_to":5})");
  CHECK(UnderWayJson(*index, 3'500) == R"({"count":1,"messages":[1,3000,4000,0,1,1,0]})");
  const Json told = *ParseJson(MessageJson(*index, 4));
  CHECK(*told.Find("fate") == Json("lost"));
  CHECK(*told.Find("reason") == Json("partition"));
  CHECK(WindowJson(*index, {2'500, 4'500, 100, {}, {}}) ==
        R"({"from":2500,"to":4500,"total":1,"stride":1,"messages":[1,500,1000,0,1,1,0],"density":[]})");
  CHECK(WindowJson(*index, {0, 10'000, 100, {1}, {3}}) ==
        R"({"from":0,"to":10000,"total":1,"stride":1,"messages":[3,7000,1000,0,2,3,0],"density":[]})");
}

TEST_CASE("a torn journal is indexed up to there; what is none is an error") {
  const Scratch scratch;
  const std::string path = WriteStory(scratch / "journal");
  const std::string bytes = *ReadFile(path);
  REQUIRE(WriteFileAtomically(scratch / "torn", std::string_view(bytes).substr(0, bytes.size() - 40)).ok());
  const std::unique_ptr<JournalIndex> torn = Built(scratch / "torn");
  CHECK(torn->damage().find("a torn record at byte") != std::string::npos);
  CHECK(torn->messages().size() == 5);
  JournalIndex::Progress progress;
  REQUIRE(WriteFileAtomically(scratch / "text", "some text that is no journal").ok());
  CHECK(JournalIndex::Build(scratch / "text", &progress).status().message() ==
        Concat(scratch / "text", " is not a journal of gyre: it does not begin with gyre-jnl"));
  std::string other = bytes;
  other[8] = 9;
  REQUIRE(WriteFileAtomically(scratch / "other", other).ok());
  CHECK(JournalIndex::Build(scratch / "other", &progress).status().message() ==
        Concat("journal ", scratch / "other", " has format version 9; this gyre reads version 1"));
}

// What a drawn journal's windows must have, from every message.
struct Drawn {
  int64_t sent = 0;
  int64_t ended = 0;
  uint32_t from = 0;
  uint32_t to = 0;
  bool ends = false;
};

std::vector<Drawn> WriteDrawn(const std::string& path, uint64_t seed, size_t count) {
  constexpr uint32_t kEndpoints = 5;
  Draw draw(seed, "journal", 0);
  std::vector<Drawn> messages(count);
  std::multimap<int64_t, std::pair<size_t, bool>> events;  // (message, whether it is sent)
  int64_t now = 0;
  for (size_t i = 0; i < count; ++i) {
    now += draw.Between(0, 2'000);
    Drawn& m = messages[i];
    m.from = static_cast<uint32_t>(draw.Below(kEndpoints));
    m.to = static_cast<uint32_t>(draw.Below(kEndpoints));
    m.sent = now;
    m.ends = !draw.Chance({1, 20});
    m.ended = m.ends ? now + draw.Between(0, draw.Chance({1, 50}) ? 500'000 : 5'000) : now;
    events.insert({m.sent, {i, true}});
  }
  for (size_t i = 0; i < count; ++i) {
    if (messages[i].ends) events.insert({messages[i].ended, {i, false}});
  }
  const absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(path);
  REQUIRE(journal.ok());
  for (uint32_t e = 0; e < kEndpoints; ++e) (*journal)->Append(Record(Kind::kEndpoint, 0, e, 0, 0, Concat("n", e)));
  for (const auto& [time, what] : events) {
    const auto& [i, sent] = what;
    const Drawn& m = messages[i];
    if (sent) (*journal)->Append(Record(Kind::kSend, time, m.from, m.to, i + 1, R"({"type":"x"})"));
    else (*journal)->Append(Record(i % 7 == 0 ? Kind::kDrop : Kind::kReceive, time, m.to, m.from, i + 1, ""));
  }
  REQUIRE((*journal)->Close().ok());
  return messages;
}

std::set<size_t> NumbersIn(const Json& window) {
  std::set<size_t> numbers;
  const Json::Array& flat = window.Find("messages")->AsArray();
  for (size_t at = 0; at < flat.size(); at += 7) numbers.insert(flat[at].AsUint());
  return numbers;
}

TEST_CASE("windows of drawn journals have the messages that a look at all of them finds") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const Scratch scratch;
    const std::vector<Drawn> messages = WriteDrawn(scratch / "journal", seed, 3'000);
    const std::unique_ptr<JournalIndex> index = Built(scratch / "journal");
    REQUIRE(index->messages().size() == messages.size());
    Draw draw(seed, "windows", 0);
    for (int i = 0; i < 60; ++i) {
      Window window;
      window.from = draw.Between(-1'000, 3'100'000);
      window.to = window.from + draw.Between(1, draw.Chance({1, 2}) ? 10'000 : 3'000'000);
      window.most = draw.Chance({1, 2}) ? 100'000 : 50;
      if (draw.Chance({1, 2})) window.hidden_nodes = {static_cast<uint32_t>(draw.Below(5))};
      std::set<size_t> wanted;
      for (size_t m = 0; m < messages.size(); ++m) {
        const Drawn& each = messages[m];
        const bool hidden = !window.hidden_nodes.empty() &&
                            (each.from == window.hidden_nodes[0] || each.to == window.hidden_nodes[0]);
        if (!hidden && each.sent < window.to && each.ended >= window.from) wanted.insert(m);
      }
      const Json json = *ParseJson(WindowJson(*index, window));
      const uint64_t stride = json.Find("stride")->AsUint();
      CHECK(json.Find("total")->AsUint() == wanted.size());
      CHECK(wanted.size() / stride <= window.most);
      std::erase_if(wanted, [&](size_t m) { return m % stride != 0; });
      CHECK(NumbersIn(json) == wanted);
      CHECK((stride == 1) == json.Find("density")->AsArray().empty());

      std::set<size_t> under_way;
      for (size_t m = 0; m < messages.size(); ++m) {
        if (messages[m].ends && messages[m].sent <= window.from && messages[m].ended > window.from) under_way.insert(m);
      }
      CHECK(NumbersIn(*ParseJson(UnderWayJson(*index, window.from))) == under_way);
    }
  }
}

// A journal of `count` messages from n0 to n0 whose bodies have `size` bytes, all but the first few of them a hole in
// the file: it takes no room on disk.
void WriteHuge(const std::string& path, uint32_t count, size_t size) {
  const auto varint = [](uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    return out + static_cast<char>(value);
  };
  {
    const absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(path);
    REQUIRE(journal.ok());
    (*journal)->Append(Record(Kind::kEndpoint, 0, 0, 0, 0, "n0"));
    REQUIRE((*journal)->Close().ok());
  }
  const int fd = open(path.c_str(), O_WRONLY);
  REQUIRE(fd >= 0);
  off_t at = lseek(fd, 0, SEEK_END);
  std::string payload;
  for (uint32_t i = 1; i <= count; ++i) {
    // kSend, a microsecond later, from endpoint 0 to endpoint 0, message i.
    std::string head = Concat(std::string{1}, varint(2'000), std::string(3, '\0'), varint(i));
    head += Concat("{\"type\":\"big\",\"msg_id\":", i, ",\"data\":\"");
    payload.assign(head).resize(size, '\0');
    const uint64_t hash = Hash64(payload);
    std::string frame = varint(size);
    for (int shift = 0; shift < 32; shift += 8) frame.push_back(static_cast<char>(hash >> shift));
    frame += head;
    REQUIRE(pwrite(fd, frame.data(), frame.size(), at) == static_cast<ssize_t>(frame.size()));
    at += static_cast<off_t>(frame.size() - head.size() + size);
  }
  REQUIRE(ftruncate(fd, at) == 0);
  close(fd);
}

TEST_CASE("a journal of 5 GB is indexed whole, and costs memory by its messages, not by its size") {
  constexpr uint32_t kCount = 10'000;
  constexpr size_t kSize = 512 << 10;
  const Scratch scratch;
  WriteHuge(scratch / "journal", kCount, kSize);
  struct rusage before {};
  getrusage(RUSAGE_SELF, &before);
  const std::unique_ptr<JournalIndex> index = Built(scratch / "journal");
  struct rusage after {};
  getrusage(RUSAGE_SELF, &after);
  CHECK(index->damage().empty());
  REQUIRE(index->messages().size() == kCount);
  CHECK(index->messages().back().position > 5'000'000'000);
  CHECK(index->types() == std::vector<std::string>{"big"});
  const std::string body = *index->Body(kCount - 1);
  CHECK(body.starts_with("{\"type\":\"big\",\"msg_id\":10000,"));
  CHECK(body.size() > kSize - 20);
  CHECK(after.ru_maxrss - before.ru_maxrss < 32 << 10);  // KiB
}

}  // namespace
}  // namespace gyre
