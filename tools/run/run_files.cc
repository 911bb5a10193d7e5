#include "tools/run/run_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sim/base/concat.h"

namespace gyre {
namespace {

constexpr size_t kLogBuffer = 16u << 10;

}  // namespace

RunFiles::RunFiles(const std::string& directory, const std::vector<std::string>& nodes) {
  if (!directory.empty()) {
    absl::StatusOr<std::unique_ptr<JournalWriter>> journal = JournalWriter::Open(Concat(directory, "/", kJournalFile));
    Keep(journal.status());
    if (journal.ok()) journal_ = *std::move(journal);

    absl::StatusOr<std::unique_ptr<AppendFile>> decisions = AppendFile::Create(Concat(directory, "/", kDecisionsFile));
    Keep(decisions.status());
    if (decisions.ok()) decisions_ = *std::move(decisions);

    Keep(MakeDirectories(Concat(directory, "/", kNodeLogs)));
    for (const std::string& node : nodes) {
      logs_.push_back({Concat(directory, "/", kNodeLogs, "/", node), "", "", 0});
      if (status_.ok()) Write(logs_.back());  // a silent node has an empty log
    }
  }
  if (journal_ == nullptr) journal_ = std::make_unique<JournalWriter>();
}

void RunFiles::Record(const Decision& decision) {
  if (decisions_ == nullptr) return;
  line_.clear();
  AppendJsonLine(decision, &line_);
  line_.push_back('\n');
  decisions_->Append(line_);
}

void RunFiles::Log(size_t node, Instant time, std::string_view bytes) {
  if (logs_.empty()) return;
  NodeLog& log = logs_[node];
  if (log.size >= kMostLog) return;
  absl::StrAppend(&log.times, time.ns(), " ", log.size, "\n");
  bytes = bytes.substr(0, kMostLog - log.size);
  log.size += bytes.size();
  log.buffer.append(bytes);
  if (log.size >= kMostLog) {
    log.buffer +=
        Concat("\n[gyre: this node wrote more than ", kMostLog >> 20, " MiB to stderr; the rest is not kept]\n");
  }
  if (log.buffer.size() + log.times.size() >= kLogBuffer) Write(log);
}

absl::Status RunFiles::Close() {
  for (NodeLog& log : logs_) {
    if (!log.buffer.empty()) Write(log);
  }
  Keep(journal_->Close());
  if (decisions_ != nullptr) Keep(decisions_->Close());
  return status_;
}

void RunFiles::Write(NodeLog& log) {
  Append(Concat(log.path, ".log"), &log.buffer);
  if (!log.times.empty()) Append(Concat(log.path, ".times"), &log.times);
}

void RunFiles::Append(const std::string& path, std::string* buffer) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) {
    Keep(FileError("create", path, errno));
    buffer->clear();
    return;
  }
  std::string_view rest = *buffer;
  while (!rest.empty()) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      Keep(FileError("write", path, errno));
      break;
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  close(fd);
  buffer->clear();
}

}  // namespace gyre
