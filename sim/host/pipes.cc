#include "sim/host/pipes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/base/check.h"

namespace gyre {
namespace {

// Fewer drains, and a full pipe is rare. Refused to users with many pipes; then the default does.
constexpr int kPipeBytes = 1 << 20;

bool OpenPipe(ScopedFd* read_end, ScopedFd* write_end, ino_t* inode, uint64_t* capacity) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  *read_end = ScopedFd(ends[0]);
  *write_end = ScopedFd(ends[1]);
  struct stat status;
  if (fstat(ends[0], &status) != 0) return false;
  *inode = status.st_ino;
  fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  *capacity = static_cast<uint64_t>(fcntl(ends[1], F_GETPIPE_SZ));
  return true;
}

}  // namespace

bool StdinPipe::Open() {
  if (!OpenPipe(&read_, &write_, &inode_, &capacity_)) return false;
  return fcntl(write_.get(), F_SETFL, O_NONBLOCK) == 0;
}

void StdinPipe::Append(absl::Span<const std::string> lines) {
  for (const std::string& line : lines) lines_.push_back(line + '\n');
}

bool StdinPipe::FeedPiece(uint64_t limit) {
  const std::string& line = lines_.front();
  const uint64_t size = std::min(limit, line.size() - front_sent_);
  if (size == 0) return false;
  ssize_t written;
  do {
    written = write(write_.get(), line.data() + front_sent_, size);
  } while (written < 0 && errno == EINTR);
  if (written <= 0) return false;
  front_sent_ += static_cast<uint64_t>(written);
  in_pipe_ += static_cast<uint64_t>(written);
  fed_ += static_cast<uint64_t>(written);
  if (front_sent_ == line.size()) {
    line_ends_.push_back(fed_);
    lines_.pop_front();
    front_sent_ = 0;
  }
  return true;
}

void StdinPipe::FeedLinesThatFit(uint64_t size) {
  if (in_pipe_ > 0 || lines_.empty()) return;
  // The pipe counts pages, not bytes: half of it always takes what we write at once.
  const uint64_t room = std::min(size, capacity_ / 2);
  if (lines_.front().size() - front_sent_ >= room) {
    FeedPiece(room);
    return;
  }
  while (!lines_.empty() && in_pipe_ + lines_.front().size() - front_sent_ <= room) {
    if (!FeedPiece(room)) break;
  }
}

void StdinPipe::FeedOneLine() {
  if (in_pipe_ == 0 && !lines_.empty()) FeedPiece(capacity_ / 2);
}

void StdinPipe::Consumed(uint64_t bytes) {
  CHECK(bytes <= in_pipe_);
  in_pipe_ -= bytes;
  taken_ += bytes;
  while (!line_ends_.empty() && line_ends_.front() <= taken_) {
    line_ends_.pop_front();
    ++lines_read_;
  }
}

uint64_t StdinPipe::TakeLinesRead() {
  const uint64_t lines = lines_read_;
  lines_read_ = 0;
  return lines;
}

bool OutputPipe::Open(uint64_t most) {
  most_ = most;
  uint64_t capacity;
  if (!OpenPipe(&read_, &write_, &inode_, &capacity)) return false;
  return fcntl(read_.get(), F_SETFL, O_NONBLOCK) == 0;
}

void OutputPipe::Append(const char* bytes, size_t size) {
  const size_t room = bytes_.size() < most_ ? most_ - bytes_.size() : 0;
  bytes_.append(bytes, std::min(size, room));
  dropped_ += size - std::min(size, room);
}

uint64_t OutputPipe::TakeDropped() { return std::exchange(dropped_, 0); }

void OutputPipe::Drain() {
  static thread_local std::vector<char> buffer(kPipeBytes);
  for (;;) {
    const ssize_t got = read(read_.get(), buffer.data(), buffer.size());
    if (got > 0) Append(buffer.data(), static_cast<size_t>(got));
    if (got < 0 && errno == EINTR) continue;
    // A short read has emptied the pipe, since none of the node's threads runs meanwhile.
    if (got < static_cast<ssize_t>(buffer.size())) return;
  }
}

}  // namespace gyre
