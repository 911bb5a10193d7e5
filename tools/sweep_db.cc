#include "tools/sweep_db.h"

#include <sqlite3.h>

#include <cerrno>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/console.h"

namespace gyre {
namespace {

// All at once: who opens the file meanwhile finds nothing or all of it.
constexpr char kSchema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value TEXT);"
    "CREATE TABLE IF NOT EXISTS seeds(seed INTEGER PRIMARY KEY, status INTEGER, kind TEXT, line TEXT);"
    "INSERT OR IGNORE INTO about VALUES('format', '1');"
    "COMMIT;";
constexpr char kFormat[] = "1";
constexpr int kPatience = 10'000;  // ms that another process may write

// A statement, finalized at the end.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql) { sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr); }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void Bind(int place, int64_t value) { sqlite3_bind_int64(statement_, place, value); }
  void Bind(int place, std::string_view text) {
    sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  int Step() { return statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_); }
  std::string Text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    return text == nullptr ? "" : reinterpret_cast<const char*>(text);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

// A value of a configuration: "20" of "20", [] of [].
std::string Told(const Json* value) {
  if (value == nullptr) return "not said";
  if (value->is_string()) return value->AsString().empty() ? "nothing" : EscapeForTerminal(value->AsString());
  return EscapeForTerminal(Shortened(value->Dump(), 60));
}

void AddDifferences(const Json& there, const Json& here, std::vector<std::string>* differences) {
  if (!there.is_object() || !here.is_object()) return;
  for (const auto& [name, value] : here.AsObject()) {
    const Json* was = there.Find(name);
    if (was != nullptr && *was == value) continue;
    if (name == "config" && was != nullptr) {
      AddDifferences(*was, value, differences);
    } else if (name != "program") {
      differences->push_back(Concat(name, " is ", Told(was), " there and ", Told(&value), " here"));
    }
  }
}

// Whether two claims are of the same program, as far as both say.
bool SameProgram(const Json& there, const Json& here) {
  const Json* was = there.Find("program");
  const Json* is = here.Find("program");
  return was == nullptr || is == nullptr || *was == *is;
}

}  // namespace

absl::StatusOr<SweepOutcome> OutcomeFromLine(std::string_view line) {
  const absl::StatusOr<Json> json = ParseJson(line);
  if (!json.ok()) return json.status();
  absl::StatusOr<RunSummary> summary = SummaryFromJson(*json);
  if (!summary.ok()) return summary.status();
  const Json* status = json->Find("status");
  if (status == nullptr || !status->is_int()) return absl::InvalidArgumentError("it has no status");
  SweepOutcome outcome;
  outcome.seed = summary->seed;
  outcome.status = static_cast<ExitStatus>(status->AsInt());
  outcome.text = summary->text;
  outcome.summary = *std::move(summary);
  const Json* replay = json->Find("replay");
  if (replay != nullptr && replay->is_string()) outcome.replay = replay->AsString();
  return outcome;
}

absl::Status SweepDb::Error(std::string_view action) const {
  return absl::UnavailableError(Concat("cannot ", action, " ", EscapeForTerminal(path_), ": ", sqlite3_errmsg(db_)));
}

absl::Status SweepDb::Execute(const char* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus() : Error("write");
}

absl::StatusOr<std::unique_ptr<SweepDb>> SweepDb::OpenWith(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<SweepDb> db(new SweepDb(path, handle));
  if (opened != SQLITE_OK) {
    const int why = sqlite3_system_errno(handle);
    return why == 0 ? db->Error("open") : FileError("open", path, why);
  }
  sqlite3_busy_timeout(handle, kPatience);
  return db;
}

absl::StatusOr<std::unique_ptr<SweepDb>> SweepDb::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<SweepDb>> db = OpenWith(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!db.ok()) return db;
  const absl::StatusOr<bool> anything = (*db)->HasAnything();
  if (!anything.ok()) return anything.status();
  // A killed process loses nothing that was told to be written: SQLite's rollback journal, synced by default.
  const absl::Status status = *anything ? (*db)->CheckFormat() : (*db)->Execute(kSchema);
  if (!status.ok()) return status;
  return db;
}

absl::StatusOr<std::unique_ptr<SweepDb>> SweepDb::OpenExisting(const std::string& path) {
  if (!Exists(path)) return FileError("open", path, ENOENT);
  absl::StatusOr<std::unique_ptr<SweepDb>> db = OpenWith(path, SQLITE_OPEN_READWRITE);
  if (!db.ok()) return db;
  if (absl::Status status = (*db)->CheckFormat(); !status.ok()) return status;
  return db;
}

absl::Status SweepDb::NotOurs() const {
  return absl::InvalidArgumentError(
      Concat(EscapeForTerminal(path_), " is not what `gyre sweep --db` wrote; name another file."));
}

absl::StatusOr<bool> SweepDb::HasAnything() {
  Statement statement(db_, "SELECT 1 FROM sqlite_master");
  const int result = statement.Step();
  if (sqlite3_errcode(db_) == SQLITE_NOTADB) return NotOurs();
  if (result != SQLITE_ROW && result != SQLITE_DONE) return Error("read");
  return result == SQLITE_ROW;
}

absl::Status SweepDb::CheckFormat() {
  const absl::StatusOr<bool> anything = HasAnything();
  if (!anything.ok()) return anything.status();
  Statement statement(db_, "SELECT value FROM about WHERE name = 'format'");
  if (statement.Step() != SQLITE_ROW) return NotOurs();
  if (statement.Text(0) == kFormat) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat(EscapeForTerminal(path_), " is of another version of gyre: its format is ",
                                           EscapeForTerminal(statement.Text(0)), ", and this one knows ", kFormat,
                                           "; name another file."));
}

SweepDb::~SweepDb() { sqlite3_close(db_); }

absl::StatusOr<std::string> SweepDb::config() {
  Statement statement(db_, "SELECT value FROM about WHERE name = 'config'");
  const int result = statement.Step();
  if (result == SQLITE_DONE) return std::string();
  if (result != SQLITE_ROW) return Error("read");
  return statement.Text(0);
}

absl::Status SweepDb::Claim(const std::string& config) {
  {
    Statement statement(db_, "INSERT OR IGNORE INTO about VALUES('config', ?)");
    statement.Bind(1, config);
    if (statement.Step() != SQLITE_DONE) return Error("write");
  }
  const absl::StatusOr<std::string> claimed = this->config();
  if (!claimed.ok()) return claimed.status();
  const absl::StatusOr<Json> there = ParseJson(*claimed);
  const absl::StatusOr<Json> here = ParseJson(config);
  if (!there.ok() || !here.ok()) return NotOurs();
  std::vector<std::string> differences;
  AddDifferences(*there, *here, &differences);
  if (!differences.empty()) {
    return absl::FailedPreconditionError(Concat(EscapeForTerminal(path_), " holds the seeds of another sweep: ",
                                                absl::StrJoin(differences, ", "), "; name another file."));
  }
  if (SameProgram(*there, *here)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat(EscapeForTerminal(path_),
             " holds the seeds of another program: its file has changed since, or the script that it is given; name "
             "another file."));
}

absl::StatusOr<bool> SweepDb::Add(const SweepOutcome& outcome) {
  Statement statement(db_, "INSERT OR IGNORE INTO seeds VALUES(?, ?, ?, ?)");
  statement.Bind(1, static_cast<int64_t>(outcome.seed));
  statement.Bind(2, static_cast<int64_t>(outcome.status));
  statement.Bind(3, IsFailure(outcome) ? GroupOf(outcome) : "");
  std::string line = ToJsonLine(outcome);
  line.pop_back();
  statement.Bind(4, line);
  if (statement.Step() != SQLITE_DONE) return Error("write");
  return sqlite3_changes(db_) > 0;
}

absl::Status SweepDb::ForEach(absl::FunctionRef<void(const SweepOutcome&)> tell) {
  Statement statement(db_, "SELECT line FROM seeds ORDER BY seed");
  while (true) {
    const int result = statement.Step();
    if (result == SQLITE_DONE) return absl::OkStatus();
    if (result != SQLITE_ROW) return Error("read");
    const absl::StatusOr<SweepOutcome> outcome = OutcomeFromLine(statement.Text(0));
    if (!outcome.ok()) return outcome.status();
    tell(*outcome);
  }
}

}  // namespace gyre
