#include "tools/sweep_db.h"

#include <sqlite3.h>

#include "sim/base/concat.h"
#include "tools/console.h"

namespace gyre {
namespace {

constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value TEXT);"
    "CREATE TABLE IF NOT EXISTS seeds(seed INTEGER PRIMARY KEY, status INTEGER, kind TEXT, line TEXT);"
    "INSERT OR IGNORE INTO about VALUES('format', '1');";
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
  if (opened != SQLITE_OK) return db->Error("open");
  sqlite3_busy_timeout(handle, kPatience);
  if (absl::Status status = db->Prepare(); !status.ok()) return status;
  return db;
}

absl::StatusOr<std::unique_ptr<SweepDb>> SweepDb::Open(const std::string& path) {
  return OpenWith(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

absl::StatusOr<std::unique_ptr<SweepDb>> SweepDb::OpenExisting(const std::string& path) {
  return OpenWith(path, SQLITE_OPEN_READWRITE);
}

// A killed process loses nothing that was told to be written: SQLite's rollback journal, synced by default.
absl::Status SweepDb::Prepare() { return Execute(kSchema); }

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
  if (*claimed == config) return absl::OkStatus();
  return absl::FailedPreconditionError(Concat(EscapeForTerminal(path_),
                                              " holds the seeds of another sweep: other options or another program; "
                                              "name another file."));
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
