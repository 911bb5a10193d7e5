// SweepDb: what is known of a sweep's seeds, in a SQLite file: each finished seed once, whoever finished it and however
// often. A killed sweep goes on where it was; parts of many machines are merged. One thread; several processes may have
// the same file open.
//
//   about(name TEXT PRIMARY KEY, value TEXT)       "format", "config": of the runs, without their seeds,
//                                                with "program", a digest of its files
//   seeds(seed INTEGER PRIMARY KEY, status INTEGER, kind TEXT, line TEXT)      line: as of --out
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/sweep_report.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gyre {

class SweepDb {
 public:
  // Opens the file, or makes it.
  static absl::StatusOr<std::unique_ptr<SweepDb>> Open(const std::string& path);
  // Opens a file that must be there.
  static absl::StatusOr<std::unique_ptr<SweepDb>> OpenExisting(const std::string& path);
  ~SweepDb();
  SweepDb(const SweepDb&) = delete;
  SweepDb& operator=(const SweepDb&) = delete;

  // What is swept. The first to say so decides; an error when it is something else than what is in the file.
  absl::Status Claim(const std::string& config);
  // On disk when it returns. False: the seed was there already, and stays as it is.
  absl::StatusOr<bool> Add(const SweepOutcome& outcome);
  // Each seed's outcome, by seed.
  absl::Status ForEach(absl::FunctionRef<void(const SweepOutcome&)> tell);
  absl::StatusOr<std::string> config();

 private:
  SweepDb(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
  static absl::StatusOr<std::unique_ptr<SweepDb>> OpenWith(const std::string& path, int flags);
  absl::StatusOr<bool> HasAnything();  // any table
  absl::Status CheckFormat();
  absl::Status NotOurs() const;
  absl::Status Execute(const char* sql);
  absl::Status Error(std::string_view action) const;

  const std::string path_;
  sqlite3* const db_;
};

// The outcome that a line of --out, or of the file, tells.
absl::StatusOr<SweepOutcome> OutcomeFromLine(std::string_view line);

}  // namespace gyre
