#include "tools/journal_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/base/concat.h"
#include "tests/tools/golden.h"

namespace gyre {
namespace {

using Kind = JournalRecord::Kind;

JournalRecord Record(Kind kind, int64_t ms, uint32_t node, uint32_t peer, uint64_t message, std::string_view text) {
  JournalRecord record;
  record.kind = kind;
  record.time = Instant() + Milliseconds(ms);
  record.node = NodeId(node);
  record.peer = NodeId(peer);
  record.message = MessageId(message);
  record.text = text;
  return record;
}

// A short life of two nodes and a client; `reply` is what n1 answers.
std::string WriteJournal(const std::string& path, std::string_view reply) {
  const absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(path);
  REQUIRE(journal.ok());
  const JournalRecord records[] = {
      Record(Kind::kEndpoint, 0, 0, 0, 0, "n1"),
      Record(Kind::kEndpoint, 0, 1, 0, 0, "n2"),
      Record(Kind::kStart, 0, 0, 0, 0, "1"),
      Record(Kind::kPhase, 0, 0, 0, 0, "main"),
      Record(Kind::kEndpoint, 1, 2, 0, 0, "c1"),
      Record(Kind::kSend, 1, 2, 0, 7, R"({"type":"echo","msg_id":1})"),
      Record(Kind::kHold, 2, 0, 2, 7, "before-init"),
      Record(Kind::kReceive, 3, 0, 2, 7, ""),
      Record(Kind::kSend, 4, 0, 2, 8, reply),
      Record(Kind::kDrop, 5, 2, 0, 8, "loss"),
      Record(Kind::kFinding, 6, 1, 0, 0, "wrote \x1b[2J"),
      Record(Kind::kDeath, 7, 1, 0, 0, "exit 3"),
      Record(Kind::kFault, 8, 0, 0, 0, R"({"partition":["n1"]})"),
      Record(Kind::kPhase, 9, 0, 0, 0, "end"),
  };
  for (const JournalRecord& record : records) (*journal)->Append(record);
  REQUIRE((*journal)->Close().ok());
  return path;
}

std::string Printed(const std::string& path, const JournalFilter& filter) {
  std::string text;
  const absl::Status status = PrintJournal(path, filter, [&](std::string_view line) { text += Concat(line, "\n"); });
  REQUIRE(status.ok());
  return text;
}

TEST_CASE("a journal in lines, whole and in parts") {
  const TemporaryDirectory directory;
  const std::string path = WriteJournal(directory.path() + "/journal", R"({"type":"echo_ok","in_reply_to":1})");
  JournalFilter of_n1;
  of_n1.node = "n1";
  JournalFilter of_c1;
  of_c1.node = "c1";
  JournalFilter echo;
  echo.type = "echo";
  JournalFilter drops;
  drops.type = "drop";
  JournalFilter middle;
  middle.from = Instant() + Milliseconds(3);
  middle.to = Instant() + Milliseconds(5);
  JournalFilter nothing;
  nothing.node = "n9";
  CheckGolden("journal.txt", Concat("whole\n", Printed(path, {}), "\nof n1\n", Printed(path, of_n1), "\nof c1\n",
                                    Printed(path, of_c1), "\ntype echo\n", Printed(path, echo), "\ntype drop\n",
                                    Printed(path, drops), "\nfrom 0.003 to 0.005\n", Printed(path, middle),
                                    "\nof a node that is not there\n", Printed(path, nothing)));
}

TEST_CASE("where two journals part") {
  const TemporaryDirectory directory;
  const std::string a = WriteJournal(directory.path() + "/a", R"({"type":"echo_ok","in_reply_to":1})");
  const std::string b = WriteJournal(directory.path() + "/b", R"({"type":"echo_ok","in_reply_to":2})");
  const std::string c = WriteJournal(directory.path() + "/c", R"({"type":"echo_ok","in_reply_to":1})");
  CHECK_FALSE(FirstDifference(a, c)->has_value());
  const absl::StatusOr<std::optional<JournalDifference>> difference = FirstDifference(a, b);
  REQUIRE(difference.ok());
  REQUIRE(difference->has_value());
  CHECK((*difference)->record == 8);
  CHECK((*difference)->left == R"(        0.004s  send      n1 -> c1  #8  {"type":"echo_ok","in_reply_to":1})");
  CHECK((*difference)->right == R"(        0.004s  send      n1 -> c1  #8  {"type":"echo_ok","in_reply_to":2})");
  CHECK_FALSE(FirstDifference(a, directory.path() + "/none").ok());
}

}  // namespace
}  // namespace gyre
